"""Write any rights into a role that one is bound to, or may bind.

Precondition
    One identity may write the role and has the verb escalate on it: update or patch of a
    role that exists; create without names, where escalate has none either; or create and
    update or patch on one name (PUT and server-side apply create with a name). For a Role
    the rights may hold in its namespace alone, for a ClusterRole they must hold
    cluster-wide. Another identity of the intruder may be the one that is bound to the role,
    or that may bind it. An aggregationRule needs the same: who may set one may as well
    write the rules. Without escalate one can only write what one holds already.
Use
    kubectl patch role NAME -n NAMESPACE --type=json -p '[{"op": "add", "path": "/rules/-",
    "value": {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}}]'
Close
    Take the verb escalate away (verb * on roles includes it), or name harmless roles
    (resourceNames) that nobody is bound to.
References
    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#restrictions-on-role-creation-or-update
    kubernetes pkg/registry/rbac/role/policybased/storage.go
    MITRE ATT&CK T1098.006 (additional container cluster roles)
"""

from collections.abc import Iterator, Mapping

from rbacgraph.edges import efforts
from rbacgraph.edges.abilities import Key, Present, meet, wider_scopes
from rbacgraph.edges.base import where
from rbacgraph.edges.bind_role import BIND_CLUSTER_WIDE, BIND_ROLE
from rbacgraph.edges.joint import Join, JointEdge
from rbacgraph.edges.world import World
from rbacgraph.edges.writes_roles import (
    EDIT_CLUSTER_ROLE,
    EDIT_ROLE,
    WRITES_ROLES,
    writers,
    written_by,
)
from rbacgraph.model.node import ALL, AUTHENTICATED, EACH_NAMESPACE, UNAUTHENTICATED, Node
from rbacgraph.model.rbac import AnyBinding


def everybodys_roles(world: World) -> Mapping[str, AnyBinding]:
    """Return the ClusterRoles that everybody holds everywhere, with a binding that says so."""
    held = [
        {
            world.granted[place][2].partition("/")[2]: world.bindings[place][0]
            for place in world.bindings_by_subject.get(group, ())
            if world.granted[place] in world.grants and not world.granted[place][1]
        }
        for group in (AUTHENTICATED, UNAUTHENTICATED)
    ]
    return {name: held[0][name] for name in sorted(held[0].keys() & held[1].keys())}


def everything_in(place: str) -> Node:
    """Node of the full control of a namespace, of each, or for ``""`` of the cluster."""
    return ALL, place, "*"


def place_words(place: str) -> str:
    """Say where in words: in the whole cluster, in every namespace, or in one."""
    return where(place) if place else "in the whole cluster"


def _joins(world: World, present: Present) -> Iterator[Join]:
    everybodys = everybodys_roles(world)
    keys = {key for _, key in writers(present, EDIT_CLUSTER_ROLE)}
    for _, name in sorted(keys):
        own = name or next(iter(everybodys), "")
        if own in everybodys:
            yield _of_everybody(world, present, name, everybodys[own])
    named = {key for key in keys if key[1] not in everybodys and (key[1] or not everybodys)}
    yield from _bound(world, present, named, bool(everybodys))
    seen: set[tuple[str, str]] = set()
    for join in (*_bound_by_name(world, present), *_bound_at_will(world, present)):
        if (join.scope, join.name) not in seen:
            seen.add((join.scope, join.name))
            yield join


def _of_everybody(world: World, present: Present, name: str, binding: AnyBinding) -> Join:
    node = present.node(EDIT_CLUSTER_ROLE, "", name)
    assert node is not None
    role = binding.role_ref.name
    what = f"ClusterRole {role}" if name else f"any ClusterRole, such as {role}"
    evidence = world.authorizer.evidence_of(binding, detail=f"grants ClusterRole {role}")
    words = f"can write any rights into {what}, which everybody holds"
    return Join((node,), (everything_in(""),), words, "", name or "*", evidence=(evidence,))


def _bound(
    world: World, present: Present, cluster_roles: set[Key], everybody: bool
) -> Iterator[Join]:
    """Yield the roles that can be edited and that somebody is bound to."""
    roles = {key for _, key in writers(present, EDIT_ROLE)}
    if everybody and not present.lonely(EDIT_ROLE, EDIT_CLUSTER_ROLE):
        roles -= {("", ""), (EACH_NAMESPACE, "")}  # they get everything as it is
    if not roles and not cluster_roles:
        return
    for grant in world.grants:
        _, scope, role = grant
        kind, _, name = role.partition("/")
        if kind == "Role":
            keys, ability, at = roles, EDIT_ROLE, scope
        else:
            keys, ability, at = cluster_roles, EDIT_CLUSTER_ROLE, ""
        if any((wide, one) in keys for wide in wider_scopes(at) for one in (name, "")):
            node = present.node(ability, at, name)
            assert node is not None
            words = f"can write any rights into {kind} {name}, which is bound {place_words(scope)}"
            yield Join((node, grant), (everything_in(scope),), words, scope, f"bound {role}")


def _bound_by_name(world: World, present: Present) -> Iterator[Join]:
    """Yield the roles that can be written, and bound by their name."""
    for bind in (BIND_ROLE, BIND_CLUSTER_WIDE):
        for _, (scope, role) in writers(present, bind):
            kind, _, name = role.partition("/")
            place = scope if scope or bind is BIND_CLUSTER_WIDE else EACH_NAMESPACE
            if name == "*":
                continue
            each = kind == "Role" and place == EACH_NAMESPACE
            for at in world.namespaces if each else (place,):
                bound = present.node(bind, at, role)
                if bound is None:
                    continue
                at_role = at if kind == "Role" else ""
                for written, condition in written_by(world, present, kind, at_role, name):
                    words = (
                        f"can write any rights into {kind} {name}, and bind it {place_words(at)}"
                    )
                    told = f"{role} either way" if len(written) > 1 else role
                    inputs, target = (bound, *written), everything_in(at)
                    yield Join(inputs, (target,), words, at, told, condition)


def _bound_at_will(world: World, present: Present) -> Iterator[Join]:
    """Yield the roles that can be written by those who can bind any role of that kind."""
    for bind in (BIND_ROLE, BIND_CLUSTER_WIDE):
        for _, (scope, role) in writers(present, bind):
            kind, _, name = role.partition("/")
            place = scope if scope or bind is BIND_CLUSTER_WIDE else EACH_NAMESPACE
            if name != "*":
                continue
            local = kind == "Role"
            abilities = WRITES_ROLES[:2] if local else WRITES_ROLES[2:]
            for ability, (written_at, written) in writers(present, *abilities):
                shared = meet(place, written_at) if local else place
                if shared is None:
                    continue
                places: tuple[str, ...] = (shared,)
                if ability is EDIT_ROLE:
                    places = tuple(_with_role(world, shared, written))
                elif ability is EDIT_CLUSTER_ROLE and not _is_cluster_role(world, written):
                    places = ()
                for at in places:
                    bound = present.node(bind, at, role)
                    node = present.node(ability, at if local else "", written)
                    if bound and node:
                        words = f"can write any rights into a {kind}, and bind it {place_words(at)}"
                        told = f"{role} {ability.id} {written}".rstrip()
                        yield Join((bound, node), (everything_in(at),), words, at, told)


def _with_role(world: World, place: str, name: str) -> Iterator[str]:
    for namespace in world.namespaces if place in {"", EACH_NAMESPACE} else (place,):
        roles = world.roles_in(namespace)
        if name in roles or (roles and not name):
            yield namespace


def _is_cluster_role(world: World, name: str) -> bool:
    if not name:
        return bool(world.snapshot.cluster_roles)
    return bool(world.authorizer.find_role("ClusterRole", "", name))


EDGE = JointEdge(
    id="escalate-role",
    summary="write any rights into a role that one is bound to, or may bind",
    page=__doc__,
    effort=efforts.ESCALATE_ROLE,
    certainty="conditional where the role may exist, though the input lacks it",
    abilities=(*WRITES_ROLES, BIND_ROLE, BIND_CLUSTER_WIDE),
    joins=_joins,
)
