"""What a namespace gives to an identity that may change a writable object in it."""

from collections.abc import Iterator, Sequence

from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import WritableObject, WritableObjects, telling
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.collections import NAMESPACES_OF
from rbacgraph.techniques.spec.technique import Match, Target


def given_by(
    sorts: Sequence[WritableObject], world: Facts, scope: str, match: Match
) -> Iterator[Target]:
    """Yield the targets of changing a writable object of some kind in a scope."""
    if not (scope or match.names):
        for sort in world.part(WritableObjects).needed(tuple(sorts)):
            yield NAMESPACES_OF.named("", sort.resource), CERTAIN
        return
    found: dict[Node, list[Condition]] = {}
    for sort in sorts:
        for namespace, condition in _held(sort, world, scope, match):
            for node in sort.given(world, namespace):
                found.setdefault(node, []).append(condition)
    for node, several in found.items():
        yield from ((node, condition) for condition in telling(several))


def _held(
    sort: WritableObject, world: Facts, scope: str, match: Match
) -> Iterator[tuple[str, Condition]]:
    """Yield the namespaces with writable objects that the rule reaches, each with the condition."""
    if not match.names:
        somewhere = world.part(WritableObjects).somewhere(sort)
        yield from ((scope, condition) for condition in somewhere.get(scope, ()))
        return
    for namespace in (scope,) if scope else world.identities.namespaces:
        for name in match.exact_names:
            condition = sort.named(world, namespace, name)
            if condition is not None:
                yield namespace, condition or sort.doubts(world).get(namespace, CERTAIN)
