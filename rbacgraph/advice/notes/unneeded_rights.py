"""What somebody keeps without need, because a role stays one for all who have it."""

from typing import NamedTuple

from rbacgraph.advice.changes.permissions import PermissionIndex
from rbacgraph.advice.planning.assignment import Slot, needs_by_node
from rbacgraph.advice.planning.plan import Plan
from rbacgraph.model.changes.change import Key
from rbacgraph.model.node import Node


class Spare(NamedTuple):
    """How many permissions of a role somebody does not need in one place."""

    role: Key
    node: Node
    scope: str
    number: int


def spares(made: Plan) -> list[Spare]:
    """Find who keeps more of an edited role than is needed there, as far as that is known."""
    needs = needs_by_node(made.needing)
    found: list[Spare] = []
    indexes: dict[Key, PermissionIndex] = {}
    for grant in sorted(made.assigned.staying):
        if not made.is_seen(grant.node):
            continue
        whole = made.assigned.slots.get(Slot(grant.role), ())
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
