"""Write any rights into a role to which the attacker is bound, or which it may bind."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.node import EACH_NAMESPACE
from rbacgraph.model.node_keys import NamedBy
from rbacgraph.techniques.rbac_writes.bind_role import (
    ADMIN,
    BIND_CLUSTER_WIDE,
    BIND_ROLE,
    bound_at,
    place_words,
)
from rbacgraph.techniques.rbac_writes.role_writers import (
    CREATE_ROLE,
    EDIT_CLUSTER_ROLE,
    EDIT_ROLE,
    ROLES,
    WRITES_ROLES,
    RoleWriters,
    everything_in,
)
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    HeldCompoundRights,
    Key,
    RoleKey,
    meet,
    wider_scopes,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    writers = RoleWriters(world, present)
    yield from _of_everybody(world, present, writers)
    yield from _bound(world, writers)
    found: dict[tuple[str, NamedBy], Hyperarc] = {}
    for bind in (BIND_ROLE, BIND_CLUSTER_WIDE):
        for _, key in writers.of_roles(bind, makers=True):
            joins = _bound_by_name if key[1].name else _bound_at_will
            for join in joins(world, writers, bind, key):
                found.setdefault((join.scope, join.name), join)
    yield from found.values()


def _of_everybody(
    world: Facts, present: HeldCompoundRights, writers: RoleWriters
) -> Iterator[Hyperarc]:
    """Yield the editable ClusterRoles that bind every authenticated identity."""
    for _, name in present.of(EDIT_CLUSTER_ROLE):
        role = name or next(iter(writers.everybodys), "")
        node = present.node(EDIT_CLUSTER_ROLE, "", name)
        if node and role in writers.everybodys:
            what = f"ClusterRole {role}" if name else f"any ClusterRole, such as {role}"
            words = f"can write any rights into {what}, which everybody holds"
            binding = writers.everybodys[role]
            evidence = world.authorizer.evidence_of(binding, detail=f"grants ClusterRole {role}")
            targets = (everything_in(""),)
            yield Hyperarc((node,), targets, words, evidence=(evidence,))


def _bound(world: Facts, writers: RoleWriters) -> Iterator[Hyperarc]:
    """Yield the editable roles that have subjects."""
    roles = {key for _, key in writers.of(EDIT_ROLE)}
    found = (key for _, key in writers.of(EDIT_CLUSTER_ROLE))
    cluster_roles = {key for key in found if key[1] not in writers.everybodys}
    if not roles and not cluster_roles:
        return
    for grant, (granted, _) in world.rbac.grants.items():
        if any(one.reviewed for one in granted):
            continue  # no role that can be written, but what the server lists of rights
        _, scope, role = grant
        kind, name = role
        local = kind == "Role"
        at = scope if local else ""
        if _has(roles if local else cluster_roles, at, name):
            node = writers.node(EDIT_ROLE if local else EDIT_CLUSTER_ROLE, at, name)
            assert node is not None
            words = f"can write any rights into {kind} {name}, which is bound {place_words(scope)}"
            yield Hyperarc((node, grant), (everything_in(scope),), words, scope, ("bound", role))


def _has(keys: set[Key], scope: str, name: str) -> bool:
    return any((wide, one) in keys for wide in wider_scopes(scope) for one in (name, ""))


def _bound_by_name(
    world: Facts, writers: RoleWriters, bind: CompoundRight, key: RoleKey
) -> Iterator[Hyperarc]:
    """Yield the writes of one role by identities that can bind it by its name."""
    scope, role = key
    kind, name = role
    local, place = kind == "Role", bound_at(bind, scope)
    for at in world.identities.namespaces if local and place == EACH_NAMESPACE else (place,):
        bound = writers.node(bind, at, role)
        if bound is None:
            continue
        for written, condition in writers.of_role(kind, at if local else "", name):
            words = f"can write any rights into {kind} {name}, and bind it {place_words(at)}"
            name_of_join = (role, "either", "way") if len(written) > 1 else (role,)
            yield Hyperarc(
                (bound, *written), (everything_in(at),), words, at, name_of_join, condition
            )


def _bound_at_will(
    world: Facts, writers: RoleWriters, bind: CompoundRight, key: RoleKey
) -> Iterator[Hyperarc]:
    """Yield the writes of roles by identities that can bind any of that kind."""
    scope, role = key
    kind, place = role.kind, bound_at(bind, scope)
    if kind == "ClusterRole" and world.authorizer.find_role(kind, "", ADMIN):
        return  # they can bind that one
    for ability, written_at, name in _written(world, writers, kind, place):
        at = written_at if kind == "Role" else place
        node = writers.present.node(ability, written_at, name)
        bound = writers.present.node(bind, at, role)
        if bound and node:
            words = f"can write any rights into a {kind}, and bind it {place_words(at)}"
            yield Hyperarc((bound, node), (everything_in(at),), words, at, (role, ability.id, name))


def _written(
    world: Facts, writers: RoleWriters, kind: str, place: str
) -> Iterator[tuple[CompoundRight, str, str]]:
    """Yield the possible writes of roles in a scope: where and by what name."""
    if kind == "ClusterRole":
        for ability, (scope, name) in writers.of(*WRITES_ROLES[2:], makers=True):
            if ability is not EDIT_CLUSTER_ROLE or _is_cluster_role(world, name):
                yield ability, scope, name
        return
    for scope, name in writers.meeting(CREATE_ROLE, place, makers=True):
        shared = meet(place, scope)
        assert shared is not None
        each = (
            shared == EACH_NAMESPACE
            and world.identities.creating_each(ROLES).keys() - world.identities.binding.keys()
        )
        for at in world.identities.namespaces if each else (shared,):
            yield CREATE_ROLE, at, name
    for scope, name in writers.meeting(EDIT_ROLE, place):
        shared = meet(place, scope)
        assert shared is not None
        for at in _with_role(world, shared, name):
            yield EDIT_ROLE, at, name


def _with_role(world: Facts, place: str, name: str) -> Iterator[str]:
    for namespace in world.identities.namespaces if place in {"", EACH_NAMESPACE} else (place,):
        roles = world.rbac.roles_in(namespace)
        if name in roles or (roles and not name):
            yield namespace


def _is_cluster_role(world: Facts, name: str) -> bool:
    if not name:
        return bool(world.rbac.cluster_roles)
    return bool(world.authorizer.find_role("ClusterRole", "", name))


EDGE = Conjunction(
    id="escalate-role",
    summary="write any rights into a role that one is bound to, or may bind",
    effort=2,  # one role, which remains visible
    certainty="conditional where the role may exist, though the input lacks it, a namespace is"
    " being deleted, or a quota is used up",
    abilities=(*WRITES_ROLES, BIND_ROLE, BIND_CLUSTER_WIDE),
    joins=_joins,
    grants=True,
)
