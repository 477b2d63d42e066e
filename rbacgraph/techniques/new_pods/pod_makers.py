"""Finds identities that can have Pods of their choice made, for several techniques."""

from collections.abc import Iterator, Mapping, Sequence

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.custom_resources.rows import by_key, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import WORKLOADS, WritableObjects
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import EACH_NAMESPACE, GraphNode
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS, MADE, making, pods_made
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRight,
    HeldRights,
    by_one_rule,
    names_of,
    wider_scopes,
)
from rbacgraph.techniques.spec.custom_resources import heeds, is_there, new_names, running
from rbacgraph.techniques.spec.technique import Right

_CREATES = tuple(Right(("create",), group, resource) for group, resource in MADE)
_CHANGES = tuple(
    Right(("update", "patch"), right.group, right.resource)
    for right in _CREATES
    if right.resource in WORKLOADS
)
_HOSTS = by_key(row for rows in rows_that("runs-pod").values() for row in rows if row.host)
_CUSTOM = {
    Right(verbs, *key): [row for row in rows if row.pods in pods]
    for verbs, pods in ((("create", "patch"), {"new", "remade"}), (("update", "patch"), {"remade"}))
    for key, rows in _HOSTS.items()
    if any(row.pods in pods for row in rows)
}
"""Rights on custom resources whose Pods may control their node."""


def _makes(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    made: dict[str, FoundRight] = {}
    for found in _creates(world, held):
        if found.scope not in made or found.condition < made[found.scope].condition:
            made[found.scope] = found
    yield from made.values()
    for right in _CHANGES:
        for holding in held.get(right, ()):
            if not _is_covered(world, holding.scope, made):
                for found in _changes(world, right, holding):
                    if not _is_known(world, found, made):
                        yield found
    yield from _customs(world, held, made)


def _creates(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    """Yield where Pods or workloads are created, of the scope of each right."""
    created: dict[str, dict[str, HeldRight]] = {}
    for right in _CREATES:
        for holding in held.get(right, ()):
            if holding.match.nameless:
                created.setdefault(holding.scope, {}).setdefault(right.resource, holding)
    for scope, by in created.items():
        for at, condition in making(world, scope, tuple(by)):
            least = next(one for one in by if world.identities.making_by(at, one) == condition)
            yield FoundRight(at, "", (by[least],), condition)


def _is_covered(world: Facts, scope: str, made: Mapping[str, FoundRight]) -> bool:
    """Whether `_is_known` holds for every workload in a scope, whatever its condition."""
    if made.keys().isdisjoint(wider_scopes(scope)):
        return False
    if scope in {"", EACH_NAMESPACE}:
        doubted = world.identities.closed_namespaces or world.identities.full_quotas
        return not doubted and not any(found.condition for found in made.values())
    return not made[scope].condition if scope in made else not pods_made(world, scope)


def _is_known(world: Facts, changed: FoundRight, made: Mapping[str, FoundRight]) -> bool:
    """Whether somebody who changes a workload makes Pods there anyway, under no more conditions.

    Where a quota is used up, a changed workload replaces the Pods that it has.
    """
    if changed.scope in made:
        return bool(changed.condition) or not made[changed.scope].condition
    wide = not made.keys().isdisjoint(wider_scopes(changed.scope))
    return wide and (bool(changed.condition) or not pods_made(world, changed.scope))


def _customs(
    world: Facts, held: HeldRights, made: Mapping[str, FoundRight]
) -> Iterator[FoundRight]:
    """Yield where custom resources make Pods, if nothing gives Pods or workloads."""
    for right, holdings in held.items():
        present = _present(world, right)
        for holding in holdings if present else ():
            rows = [
                row
                for row in present
                if not (row.cluster_scoped and holding.scope) and heeds(world, row, holding.scope)
            ]
            if rows and made.keys().isdisjoint(wider_scopes(holding.scope)):
                there = _there(world, holding)
                if there is not None:
                    condition = both(there, running(world, rows))
                    yield FoundRight(holding.scope, "", (holding,), condition)


def _there(world: Facts, holding: HeldRight) -> Condition | None:
    """Return which object must exist for a request; None if no request is allowed."""
    names, verbs = names_of(holding.match), holding.match.verbs
    called = () if names == ("",) else names
    if "create" in holding.right.verbs:
        new = new_names(world, holding.match)
        if "create" in verbs and (holding.match.nameless or new == ("",)):
            return CERTAIN
        return If.OBJECT_IS_NOT_IN_NAMESPACE(*new) if new else None
    return If.OBJECT_IS_IN_NAMESPACE(*called) if names else None


def _heeds(world: Facts, right: Right) -> bool:
    """Whether a right is on a resource that may exist."""
    return right not in _CUSTOM or bool(_present(world, right))


def _present(world: Facts, right: Right) -> Sequence[CustomResourceRow]:
    """Return the rows for a right whose resource may exist."""
    return [row for row in _CUSTOM.get(right, ()) if is_there(world, row)]


def _changes(world: Facts, right: Right, holding: HeldRight) -> Iterator[FoundRight]:
    """Yield the namespaces with a workload whose template the rule allows to change."""
    sort = WORKLOADS[right.resource]
    everywhere = holding.scope in {"", EACH_NAMESPACE}
    names = names_of(holding.match)
    if names == ("",):
        for namespace, conditions in world.part(WritableObjects).somewhere(sort).items():
            if everywhere or namespace == holding.scope:
                yield from (FoundRight(namespace, "", (holding,), one) for one in conditions)
        return
    for namespace in world.identities.namespaces if everywhere else (holding.scope,):
        for name in names:
            found = sort.named(world, namespace, name)
            if found is not None:
                condition = both(found, sort.doubts(world).get(namespace, CERTAIN))
                yield FoundRight(namespace, "", (holding,), condition)


MAKE_PODS = CompoundRight(
    id="make-pods",
    rights=(*_CREATES, *_CHANGES, *_CUSTOM),
    found=_makes,
    inside=pods_made,
    heeds=_heeds,
)
"""Have Pods of a chosen spec made, directly or by a workload, even to control their node."""


def makers(present: HeldCompoundRights) -> Iterator[tuple[str, CompoundRight, str]]:
    """Yield where an identity can have Pods made, by which right, with a word for the name."""
    for ability, called in ((MAKE_PODS, "made"), (APPLY_PODS, "applied")):
        for scope in present.scopes(ability):
            yield scope, ability, called


def _makes_somewhere(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    """Yield one way to have Pods made anywhere; a certain one if there is one."""
    best = None
    for found in _makes(world, held):
        best = best or found
        if not found.condition:
            best = found
            break
    if best is not None:
        yield best._replace(scope="", name="")


MAKE_PODS_SOMEWHERE = CompoundRight(
    id="make-pods-somewhere",
    rights=MAKE_PODS.rights,
    found=_makes_somewhere,
    heeds=_heeds,
)
"""The same, for techniques that any namespace suits."""


def makers_somewhere(present: HeldCompoundRights) -> Iterator[tuple[str, GraphNode, str]]:
    """Yield how Pods are made in any namespace: their scope, the right, a word for the name."""
    make = present.node(MAKE_PODS_SOMEWHERE, "")
    if make is not None:
        yield "", make, "made"
    for scope in present.scopes(APPLY_PODS):
        apply = present.node(APPLY_PODS, scope)
        assert apply is not None
        yield scope, apply, "applied"


DEBUG_PODS = CompoundRight(
    id="debug-pods",
    rights=(Right(("update", "patch"), "", "pods", "ephemeralcontainers"),),
    found=by_one_rule(lambda _world, _scope, match: names_of(match)),
)
"""Add an ephemeral container of chosen privileges to a running Pod by name."""
