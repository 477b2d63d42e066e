"""Decides whether a ServiceAccount reads a secret of AWS, by the dump in the input."""

from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.facts.external.aws_dumped import aws_stores
from rbacgraph.facts.external.aws_names import missing_of
from rbacgraph.facts.external.aws_stores import AwsStores
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.answers.vault_reason import LoginCode
from rbacgraph.model.condition import Condition
from rbacgraph.model.node import AWS
from rbacgraph.model.stores.aws_dump import AwsSecret
from rbacgraph.stores.aws.authority import no_doubt


def aws_can_read(world: Facts, path: str, namespace: str, name: str) -> Decision:
    """Decide whether some role lets a ServiceAccount in, and reads a secret.

    ``path``: the secret's name or ARN, as questions have it behind ``aws:``.
    Returns yes with the role and the policies; no; or unknown, with what is open.
    Raises UsageError if the input has no dump, or several secrets have the name; NotFoundError if
        no dump has the secret.
    """
    stores, dump = aws_stores(world), world.snapshot.aws
    if stores is None or dump is None:
        raise UsageError(
            "the input holds no dump of AWS",
            advice="rbacgraph explain aws says how to take one; give its folder with -f",
        )
    secret = _secret(world, stores, path)
    best: tuple[int, Condition, Decision] | None = None
    logins = stores.estate.logins(namespace, name)
    for session, doubts in stores.estate.sessions(logins).items():
        answer = stores.estate.read(session, secret)
        if answer is False:
            continue
        condition = stores.condition(doubts | no_doubt(answer))
        evidence = tuple(stores.evidence(session, secret))
        lacks = tuple(one.code(*one.subject) for one in condition.doubts)
        code = LoginCode.ROLE_OF_AWS_MAY_READ if lacks else LoginCode.ROLE_OF_AWS_READS
        decision = Decision(
            allowed=not lacks,
            reason=code(session.arn),
            evidence=evidence,
            missing=lacks or tuple(missing_of(dump)),
        )
        if best is None or (len(lacks), condition) < best[:2]:
            best = len(lacks), condition, decision
    if best is not None:
        return best[2]
    return Decision(allowed=False, reason=LoginCode.NO_ROLE_OF_AWS_READS())


def _secret(world: Facts, stores: AwsStores, path: str) -> AwsSecret:
    external = world.part(ExternalSecrets)
    called = external.called(AWS, path)
    found = [stores.secrets[node] for node in called if node in stores.secrets]
    if len(found) > 1:
        names = ", ".join(sorted(one.arn for one in found))
        raise UsageError(f"several secrets of AWS are called {path}", advice=f"choose one: {names}")
    if not found:
        raise NotFoundError(f"no dump of AWS has a secret {path}", advice="see rbacgraph exposure")
    return found[0]
