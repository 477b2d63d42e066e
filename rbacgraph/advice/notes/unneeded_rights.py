"""Finds rights that a holder keeps without need because all holders share the role."""

from typing import NamedTuple

from rbacgraph.advice.changes.permissions import PermissionIndex
from rbacgraph.advice.planning.assignment import RoleSlot, needs_by_node
from rbacgraph.advice.planning.plan import Plan
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.node import Node


class Spare(NamedTuple):
    """The number of a role's permissions that a holder does not need in one place."""

    role: ObjectKey
    node: Node
    scope: str
    number: int


def spares(made: Plan) -> list[Spare]:
    """Return who keeps more of an edited role than needed, as far as known."""
    needs = needs_by_node(made.needing)
    found: list[Spare] = []
    indexes: dict[ObjectKey, PermissionIndex] = {}
    for grant in sorted(made.assigned.staying):
        if not made.is_seen(grant.node):
            continue
        whole = made.assigned.slots.get(RoleSlot(grant.role), ())
        if grant.role not in indexes:
            indexes[grant.role] = PermissionIndex(whole)
        own = [one for one in whole if not (grant.scope and one.path)]
        used = {
            permission
            for request in needs.get(grant.node, ())
            if grant.scope in {"", request.namespace}
            for permission in indexes[grant.role].allowing(request)
        }
        if idle := len({*own} - used):
            found.append(Spare(grant.role, grant.node, grant.scope, idle))
    return found
