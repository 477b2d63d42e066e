"""Decides whether a ServiceAccount reads a secret of AWS, by the dump in the input."""

from rbacgraph.facts.external.aws_dumped import aws_stores
from rbacgraph.facts.external.aws_names import missing_of
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.decision import Decision, LoginCode
from rbacgraph.model.condition import Condition
from rbacgraph.model.node import Node
from rbacgraph.stores.aws.authority import no_doubt


def aws_can_read(world: Facts, secret: Node, namespace: str, name: str) -> Decision | None:
    """Decide whether some role lets a ServiceAccount in, and reads a secret.

    Returns yes with the role and the policies; no; or unknown, with what is open. None if no dump
        of the input has the secret.
    """
    stores, dump = aws_stores(world), world.snapshot.aws
    found = stores.secrets.get(secret) if stores else None
    if stores is None or dump is None or found is None:
        return None
    best: tuple[int, Condition, Decision] | None = None
    logins = stores.estate.logins(namespace, name)
    for session, doubts in stores.estate.sessions(logins).items():
        answer = stores.estate.read(session, found)
        if answer is False:
            continue
        condition = stores.condition(doubts | no_doubt(answer))
        evidence = tuple(stores.evidence(session, found))
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
