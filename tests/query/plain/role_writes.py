"""Techniques that write bindings and roles."""

from itertools import product

from tests.query.plain.cluster import is_subject


def bound(mine, cluster):
    for who, role in product(mine.of("who"), cluster.roles):
        for scope in [role[1]] if role[0] == "Role" else [*cluster.namespaces, ""]:
            for by in _binds(mine, who, scope, role):
                yield "bound", (scope, role, by)


def _binds(mine, who, scope, role):
    """By which bindings somebody binds a role to itself: those that are there, or a new one."""
    kind = "RoleBinding" if scope else "ClusterRoleBinding"
    bind = "bind", f"{role[0].lower()}s", scope, role[2]
    if not mine.may(who, *bind):
        return
    resource = f"{kind.lower()}s"
    room = mine.has_room(scope, resource)
    for name in mine.cluster.names if scope not in mine.cluster.closed else ():
        taken = (scope, name) in mine.cluster.of(kind)
        gone = (kind, scope, name) if taken else None  # with all that it gives
        freed = mine.may(who, "delete", resource, scope, name) if taken else room
        made = freed and mine.makes(who, resource, scope, name, put=True, gone=gone)
        if made and mine.may(who, *bind, gone=gone):
            yield gone
    for found, place, name, fixed, _ in mine.cluster.bindings:
        if (found, place, fixed) == (kind, scope, role) and any(
            mine.may(who, verb, resource, scope, name) for verb in ("patch", "update")
        ):
            yield found, place, name


def widened(mine, cluster):
    """Roles that are written with any rights: those that are there, and new ones."""
    roles = {*cluster.roles, *(role for *_, role, _ in cluster.bindings)}
    places = (("Role", namespace) for namespace in cluster.namespaces)
    roles |= {(*at, name) for at in (*places, ("ClusterRole", "")) for name in cluster.names}
    written = {one for who, one in product(mine.of("who"), roles) if _writes(mine, who, one)}
    for role in written:
        yield from _as_its_holder(mine, cluster, role)
    for role in cluster.aggregated:
        if any(one[0] == "ClusterRole" and one != role for one in written):  # it gets the label
            yield from _as_its_holder(mine, cluster, role)


def _as_its_holder(mine, cluster, role):
    for _, scope, _, bound_to, subjects in cluster.bindings:
        mine_too = any(
            is_subject(s, one) for s, one in product(subjects, mine.of("who")) if not one.by
        )
        if bound_to == role and mine_too:
            yield "bound", (scope, None, None)
    for scope in [role[1]] if role[0] == "Role" else [*cluster.namespaces, ""]:
        if any(True for one in mine.of("who") for _ in _binds(mine, one, scope, role)):
            yield "bound", (scope, None, None)


def _writes(mine, who, role):
    kind, namespace, name = role
    resource = f"{kind.lower()}s"
    edits = any(mine.may(who, verb, resource, namespace, name) for verb in ("patch", "update"))
    made = namespace not in mine.cluster.closed and mine.has_room(namespace, resource)
    if mine.may(who, "escalate", resource, namespace, name) and edits:
        made = made and mine.may(who, "create", resource, namespace, name, beside=True)
        return role in mine.cluster.roles or made
    there = role in mine.cluster.roles
    freed = not there or mine.may(who, "delete", resource, namespace, name)
    made = freed and (made or (there and namespace not in mine.cluster.closed))
    lost = role if there else None  # its bindings stay, and give nothing
    return made and all(
        mine.may(who, verb, resource, namespace, lost=lost) for verb in ("create", "escalate")
    )
