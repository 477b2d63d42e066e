"""Finds the principals of a graph that are operators by design."""

from collections.abc import Mapping

from rbacgraph.facts.operators.operators import Operators
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.node import SERVICE_ACCOUNT


def operators_by_design(graph: AccessGraph) -> Mapping[int, str]:
    """Return the principals that are an operator's and have only rights that it needs by design.

    The values are the names of the operators. Only ServiceAccounts that a binding names are asked
    about, so this is cheap.
    """
    world = graph.world
    operators = world.part(Operators)
    found: dict[int, str] = {}
    for node in world.rbac.bindings_by_subject:
        if node[0] == SERVICE_ACCOUNT and node in graph.index:
            operator = operators.of(node)
            if operator is not None and operators.is_by_design(node):
                found[graph.index[node]] = operator.name
    return found
