"""Decides what a ServiceAccount reads and may do in AWS, by the dump in the input."""

from collections.abc import Callable

from rbacgraph.errors import UsageError
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.aws_dumped import aws_stores
from rbacgraph.facts.external.aws_names import missing_of
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.answers.vault_reason import LoginCode
from rbacgraph.model.condition import Condition, If
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import Node
from rbacgraph.stores.aws.authority import Session, no_doubt
from rbacgraph.stores.aws.truth import Truth

_TAKES_AWAY = If.CONTROLS_OF_AWS_TAKE_NOTHING


def aws_can_read(world: Facts, secret: Node, namespace: str, name: str) -> Decision | None:
    """Decide whether some role lets a ServiceAccount in, and reads a secret.

    Returns yes with the role and the policies; no; or unknown, with what is open. None if no dump
        of the input has the secret.
    """
    stores = aws_stores(world)
    found = stores.secrets.get(secret) if stores else None
    if stores is None or found is None:
        return None
    return _best(
        world,
        (namespace, name),
        lambda session: stores.estate.read(session, found),
        lambda session: tuple(stores.evidence(session, found.arn)),
    )


def aws_can_i(world: Facts, action: str, resource: str, namespace: str, name: str) -> Decision:
    """Decide whether some role that lets a ServiceAccount in may do something.

    Raises UsageError if the input has no dump of AWS, or the action names no service.
    """
    stores = aws_stores(world)
    if stores is None:
        raise UsageError("the input has no dump of AWS", advice="rbacgraph aws commands makes one")
    if ":" not in action:
        raise UsageError(f"{action} names no service", advice="give it as policies do: kms:Decrypt")
    arn = stores.arn_of(resource)
    return _best(
        world,
        (namespace, name),
        lambda session: stores.estate.may(session, action, arn),
        lambda session: tuple(stores.evidence(session, arn, (action,))),
    )


def _best(
    world: Facts,
    account: Key,
    asked: Callable[[Session], Truth],
    shown: Callable[[Session], tuple[Evidence, ...]],
) -> Decision:
    """Decide by the session of a ServiceAccount that has the least doubt."""
    stores, dump = aws_stores(world), world.snapshot.aws
    assert stores is not None
    assert dump is not None
    best: tuple[int, Condition, Decision] | None = None
    for session, doubts in stores.estate.sessions(stores.estate.logins(*account)).items():
        answer = asked(session)
        if answer is False:
            continue
        condition = stores.condition(doubts | no_doubt(answer))
        evidence = shown(session)
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
    adding = (one for one in missing_of(dump) if one.doubts[0].code is not _TAKES_AWAY)
    return Decision(False, LoginCode.NO_ROLE_OF_AWS_READS(), missing=tuple(adding))
