"""Bind the attacker's own identity to a role."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import role_grant
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, AnyBinding, RoleRef
from rbacgraph.model.node import EACH_NAMESPACE, GraphNode
from rbacgraph.model.node_keys import RoleName
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRight,
    HeldRights,
    cluster_wide,
    common_names,
    meet,
    names_made,
    names_of,
    wider_scopes,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Right, where

_CREATE = Right(("create",), RBAC_GROUP, "rolebindings")
_EDIT = Right(("update", "patch"), RBAC_GROUP, "rolebindings")
_DELETE = Right(("delete",), RBAC_GROUP, "rolebindings")
_CREATE_CLUSTER = Right(("create",), RBAC_GROUP, "clusterrolebindings")
_EDIT_CLUSTER = Right(("update", "patch"), RBAC_GROUP, "clusterrolebindings")
_DELETE_CLUSTER = Right(("delete",), RBAC_GROUP, "clusterrolebindings")
_BIND = Right(("bind",), RBAC_GROUP, "roles")
_BIND_CLUSTER = Right(("bind",), RBAC_GROUP, "clusterroles")

ADMIN = "cluster-admin"
_ANY = RoleName("ClusterRole", "")


class _Bindings(NamedTuple):
    """One kind of bindings: the rights to write them, and the existing ones in a scope."""

    create: Right
    edit: Right
    delete: Right
    existing: Callable[[Facts, str], Sequence[AnyBinding]]


_LOCAL = _Bindings(_CREATE, _EDIT, _DELETE, lambda world, scope: world.rbac.role_bindings_in(scope))
_CLUSTER = _Bindings(
    _CREATE_CLUSTER,
    _EDIT_CLUSTER,
    _DELETE_CLUSTER,
    lambda world, _: world.rbac.cluster_role_bindings,
)


class _Written(NamedTuple):
    """Where a binding can be written, for which role (None for any), by which rules.

    ``doubt`` is the condition; ``keeps`` returns the condition on which the identity still holds a
    rule afterwards, None if it does not: a deleted binding gives none. ``counted`` is what a quota
    counts of a new binding; nothing if another one is deleted for it.
    """

    scope: str
    role: RoleName | None
    uses: tuple[HeldRight, ...]
    doubt: Condition = CERTAIN
    keeps: Callable[[HeldRight], Condition | None] = lambda _: CERTAIN
    counted: str = ""


def _bindable(held: HeldRights) -> Iterator[tuple[str, RoleName, HeldRight]]:
    """Yield the scopes and roles of the verb bind; no role has an empty name: it is any."""
    for right, kind in ((_BIND, "Role"), (_BIND_CLUSTER, "ClusterRole")):
        for holding in held.get(right, ()):
            for name in names_of(holding.match):
                yield holding.scope, RoleName(kind, name), holding


def _new(world: Facts, held: HeldRights, bindings: _Bindings) -> Iterator[_Written]:
    """Yield where new bindings can be written: by POST, or by a PUT or apply with a name."""
    counted = f"{bindings.create.resource}.{RBAC_GROUP}"
    for create in held.get(bindings.create, ()):
        if create.match.nameless:
            doubt = world.identities.creating_one(create.scope, counted)
            yield _Written(create.scope, None, (create,), doubt, counted=counted)
            continue
        for edit in held.get(bindings.edit, ()):
            scope = meet(create.scope, edit.scope)
            names = names_made(world, create, edit)
            if scope is None or not names:
                continue
            for free in _free(world, scope, names, bindings):
                doubt = world.identities.creating_one(free, counted)
                yield _Written(free, None, (create, edit), doubt, counted=counted)
            for delete in held.get(bindings.delete, ()):
                at = meet(scope, delete.scope)
                if at is None:
                    continue
                for name in common_names(names, names_of(delete.match)):
                    keeps = partial(_keeps, world, bindings, name)
                    held_if = [found for use in (create, edit) if (found := keeps(use)) is not None]
                    if len(held_if) == 2:  # noqa: PLR2004 - both are still held
                        written_if = both(max(held_if), world.identities.creating.get(at, CERTAIN))
                        yield _Written(at, None, (create, edit, delete), written_if, keeps)


def _keeps(world: Facts, bindings: _Bindings, name: str, holding: HeldRight) -> Condition | None:
    """Return the condition on which another binding than one of a name gives a rule."""
    if holding.binding is not None:
        given = [holding.binding]
    else:
        role = type(holding.role).__name__, holding.role.metadata.name
        given = [
            binding
            for binding in bindings.existing(world, holding.scope)
            if (binding.role_ref.kind, binding.role_ref.name) == role
        ]
    kept = [(one.metadata.namespace, one.metadata.name) != (holding.scope, name) for one in given]
    if all(kept):
        return CERTAIN
    return If.OTHER_BINDING_GIVES_RIGHTS(holding.scope, name) if any(kept) else None


def _free(world: Facts, scope: str, names: Sequence[str], bindings: _Bindings) -> Iterator[str]:
    """Yield where one of some names is free."""
    found: dict[str, set[str]] = {}
    for binding in bindings.existing(world, scope):
        if binding.metadata.name in names:
            found.setdefault(binding.metadata.namespace, set()).add(binding.metadata.name)
    full = {namespace for namespace, taken in found.items() if taken.issuperset(names)}
    if not full:
        yield scope
    elif "" not in full and scope in {"", EACH_NAMESPACE}:
        yield from (namespace for namespace in world.identities.namespaces if namespace not in full)


def _existing(world: Facts, edit: HeldRight, bindings: Iterable[AnyBinding]) -> Iterator[_Written]:
    """Yield the bindings that can be edited, by their unchangeable role."""
    names = names_of(edit.match)
    for binding in bindings:
        metadata, ref = binding.metadata, binding.role_ref
        if ref.name and (names == ("",) or metadata.name in names):
            doubt = world.rbac.versions.where(binding, partial(_refers, ref))
            yield _Written(metadata.namespace, RoleName(ref.kind, ref.name), (edit,), doubt)


def _refers(ref: RoleRef, binding: AnyBinding) -> bool:
    return binding.role_ref == ref


def _found(
    world: Facts, written: Iterable[_Written], held: HeldRights, *, cluster: bool
) -> Iterator[FoundRight]:
    bindable = list(_bindable(held))
    for (scope, fixed, uses, doubt, keeps, counted), (at, role, bind) in product(written, bindable):
        place, kept = meet(scope, at), keeps(bind)
        if place is None or (cluster and (at or role.kind == "Role")) or kept is None:
            continue
        if fixed is None:
            made_if = both(doubt, world.identities.creating_one(place, counted))
            yield FoundRight(place, role, (*uses, bind), made_if or kept)
        elif fixed == role or (not role.name and fixed.kind == role.kind):
            yield FoundRight(place, fixed, (*uses, bind), doubt or kept)


def _binds(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    if _BIND not in held and _BIND_CLUSTER not in held:
        return
    new = list(_new(world, held, _LOCAL))
    found = list(_found(world, new, held, cluster=False))
    certain = {one.scope for one in new if not one.doubt}
    for edit in held.get(_EDIT, ()):
        created = not certain.isdisjoint(wider_scopes(edit.scope))
        doubted = world.identities.binding.keys() - certain if created else set[str]()
        if created and not doubted:
            continue
        local: Sequence[AnyBinding] = world.rbac.role_bindings_in(edit.scope)
        if created:  # but where none is created
            local = [one for one in local if one.metadata.namespace in doubted]
        found += _found(world, _existing(world, edit, local), held, cluster=False)
    yield from _without_less(world, found)


def _binds_cluster(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    if _BIND_CLUSTER not in held:
        return
    held = {right: cluster_wide(holdings) for right, holdings in held.items()}
    new = list(_new(world, held, _CLUSTER))
    found = list(_found(world, new, held, cluster=True))
    for edit in held.get(_EDIT_CLUSTER, ()):
        if all(one.doubt for one in new):
            bindings = world.rbac.cluster_role_bindings
            found += _found(world, _existing(world, edit, bindings), held, cluster=True)
    yield from _without_less(world, found)


def _without_less(world: Facts, found: list[FoundRight]) -> Iterator[FoundRight]:
    """Leave out other roles if cluster-admin, which holds everything, can be bound."""
    every = {_ANY, RoleName("ClusterRole", ADMIN)}
    full = {one.scope for one in found if one.name in every and not one.condition}
    if full and not world.authorizer.find_role("ClusterRole", "", ADMIN):
        full = set()
    for one in found:
        wider = (one.scope,) if one.scope in world.identities.binding else wider_scopes(one.scope)
        if one.name in every or full.isdisjoint(wider):
            yield one


def _inside(world: Facts, namespace: str) -> Condition:
    return world.identities.binding.get(namespace, CERTAIN)


BIND_ROLE = CompoundRight(
    id="bind",
    rights=(_CREATE, _EDIT, _DELETE, _BIND, _BIND_CLUSTER),
    needs=(_BIND, _BIND_CLUSTER),
    found=_binds,
    joint=True,
    together=tuple(
        (bind, *written)
        for bind in (_BIND, _BIND_CLUSTER)
        for written in ((_CREATE,), (_EDIT,), (_CREATE, _EDIT), (_CREATE, _EDIT, _DELETE))
    ),
    inside=_inside,
)
BIND_CLUSTER_WIDE = CompoundRight(
    id="bind-cluster-wide",
    rights=(_CREATE_CLUSTER, _EDIT_CLUSTER, _DELETE_CLUSTER, _BIND_CLUSTER),
    needs=(_BIND_CLUSTER,),
    found=_binds_cluster,
    joint=True,
    together=(
        (_BIND_CLUSTER, _CREATE_CLUSTER),
        (_BIND_CLUSTER, _EDIT_CLUSTER),
        (_BIND_CLUSTER, _CREATE_CLUSTER, _EDIT_CLUSTER),
        (_BIND_CLUSTER, _CREATE_CLUSTER, _EDIT_CLUSTER, _DELETE_CLUSTER),
    ),
    cluster_scoped=True,
)


def bound_at(bind: CompoundRight, scope: str) -> str:
    """Return the scope of a role that a right can bind."""
    return scope if bind is BIND_CLUSTER_WIDE else scope or EACH_NAMESPACE


def place_words(place: str) -> str:
    """Return where a role is bound: in the whole cluster, in every namespace, or in one."""
    return where(place) if place else "in the whole cluster"


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for ability in (BIND_ROLE, BIND_CLUSTER_WIDE):
        for scope, role in present.of_roles(ability):
            node = present.node(ability, scope, role)
            at = bound_at(ability, scope)
            targets = tuple(_grants(world, at, role))
            if node and targets:
                yield Hyperarc((node,), targets, _words(role, place_words(at)), at, (role,))


def _grants(world: Facts, scope: str, role: RoleName) -> Iterator[GraphNode]:
    """Yield the grants that binding a role gives; for any ClusterRole the one that holds all."""
    kind, name = role
    find = world.authorizer.find_role
    if kind == "Role":
        for namespace in world.identities.namespaces if scope == EACH_NAMESPACE else (scope,):
            if not name:
                yield from world.rbac.role_grants_in(namespace)
            elif find("Role", namespace, name):
                yield role_grant("Role", name, namespace)
    elif not name and not find(kind, "", ADMIN):
        for cluster_role in world.rbac.cluster_roles:
            yield role_grant(kind, cluster_role.metadata.name, scope)
    elif find(kind, "", name or ADMIN):
        yield role_grant(kind, name or ADMIN, scope)


def _words(role: RoleName, place: str) -> str:
    kind, name = role
    what = f"{kind} {name}" if name else f"any {kind}"
    return f"can bind {what} to itself {place}"


EDGE = Conjunction(
    id="bind-role",
    summary="bind oneself to a role",
    effort=2,  # one binding, which remains visible
    certainty="conditional where the binding that is deleted first may be what gives the rights, a"
    " namespace is being deleted, or a quota is used up",
    abilities=(BIND_ROLE, BIND_CLUSTER_WIDE),
    joins=_joins,
    grants=True,
)
