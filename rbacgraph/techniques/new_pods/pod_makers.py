"""Who may have Pods of any kind made: the part that techniques with Pods of one's own share."""

from collections.abc import Iterator, Mapping

from rbacgraph.facts.world import World
from rbacgraph.facts.writable_objects import WORKLOADS, Footholds
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import EACH_NAMESPACE
from rbacgraph.techniques.new_pods.known_operators import CHANGED, CREATED, operators_of
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS, MADE
from rbacgraph.techniques.spec.compound_rights import (
    Ability,
    Found,
    Held,
    Holding,
    Present,
    by_one_rule,
    names_of,
    wider_scopes,
)
from rbacgraph.techniques.spec.technique import Right

_CREATES = tuple(Right(("create",), group, resource) for group, resource in MADE)
_CHANGES = tuple(
    Right(("update", "patch"), right.group, right.resource)
    for right in _CREATES
    if right.resource in WORKLOADS
)
_CUSTOM = {
    Right(verbs, custom.group, custom.resource): custom
    for verbs, customs in ((("create", "patch"), CREATED), (("update", "patch"), CHANGED))
    for custom in customs.values()
    if custom.host
}
"""Rights on custom resources whose Pods may have their node."""


def _makes(world: World, held: Held) -> Iterator[Found]:
    made: dict[str, Found] = {}
    for right in _CREATES:
        for holding in held.get(right, ()):
            scope = holding.scope
            if holding.match.nameless and (scope not in made or made[scope].condition):
                condition = world.making_by(scope, right.resource)
                if scope not in made or condition < made[scope].condition:
                    made[scope] = Found(scope, "", (holding,), condition)
    yield from made.values()
    for right in _CHANGES:
        for holding in held.get(right, ()):
            if made.keys().isdisjoint(wider_scopes(holding.scope)):
                yield from _changes(world, right, holding)
    yield from _customs(world, held, made)


def _customs(world: World, held: Held, made: Mapping[str, Found]) -> Iterator[Found]:
    """Yield where custom resources make Pods, and one may not create Pods or workloads anyway."""
    for right, holdings in held.items():
        custom = _CUSTOM.get(right)
        for holding in holdings if custom else ():
            if custom and made.keys().isdisjoint(wider_scopes(holding.scope)):
                there, runs = _there(holding), operators_of(world, (custom,))
                if there is not None and runs is not None:
                    yield Found(holding.scope, "", (holding,), both(there, runs))


def _there(holding: Holding) -> Condition | None:
    """Say which object must be there for a request; None where none is allowed."""
    names, verbs = names_of(holding.match), holding.match.verbs
    called = () if names == ("",) else names
    if "create" in holding.right.verbs:
        if "create" in verbs and (holding.match.nameless or ("patch" in verbs and not called)):
            return CERTAIN
        applied = {"create", "patch"}.issubset(verbs) and names
        return If.OBJECT_IS_NOT_IN_NAMESPACE(*called) if applied else None
    return If.OBJECT_IS_IN_NAMESPACE(*called) if names else None


def _heeds(world: World, right: Right) -> bool:
    """Whether a right is on something that there may be."""
    custom = _CUSTOM.get(right)
    return custom is None or operators_of(world, (custom,)) is not None


def _changes(world: World, right: Right, holding: Holding) -> Iterator[Found]:
    """Yield the namespaces with a workload whose template the rule lets one change."""
    sort = WORKLOADS[right.resource]
    everywhere = holding.scope in {"", EACH_NAMESPACE}
    names = names_of(holding.match)
    if names == ("",):
        for namespace, condition in world.part(Footholds).somewhere(sort).items():
            if everywhere or namespace == holding.scope:
                yield Found(namespace, "", (holding,), condition)
        return
    for namespace in world.namespaces if everywhere else (holding.scope,):
        for name in names:
            found = sort.named(world, namespace, name)
            if found is not None:
                condition = both(found, sort.doubts(world).get(namespace, CERTAIN))
                yield Found(namespace, "", (holding,), condition)


MAKE_PODS = Ability(
    id="make-pods",
    rights=(*_CREATES, *_CHANGES, *_CUSTOM),
    found=_makes,
    heeds=_heeds,
)
"""Have Pods made, by themselves or by a workload, whose spec one chooses, also for their node."""


def makers(present: Present) -> Iterator[tuple[str, Ability, str]]:
    """Yield where somebody has Pods made, by which ability, and what a join is called by it."""
    for ability, called in ((MAKE_PODS, "made"), (APPLY_PODS, "applied")):
        for scope in present.scopes(ability):
            yield scope, ability, called


def _makes_somewhere(world: World, held: Held) -> Iterator[Found]:
    """Yield one way to have Pods made, wherever; a certain one where there is one."""
    best = None
    for found in _makes(world, held):
        best = best or found
        if not found.condition:
            best = found
            break
    if best is not None:
        yield best._replace(scope="", name="")


MAKE_PODS_SOMEWHERE = Ability(
    id="make-pods-somewhere",
    rights=MAKE_PODS.rights,
    found=_makes_somewhere,
    wanted=lambda world: bool(world.nodes),
    heeds=_heeds,
)
"""The same, for what is good in any namespace."""

DEBUG_PODS = Ability(
    id="debug-pods",
    rights=(Right(("update", "patch"), "", "pods", "ephemeralcontainers"),),
    found=by_one_rule(lambda _world, _scope, match: names_of(match)),
)
"""Add an ephemeral container, whose privileges one chooses, to a running Pod by name."""
