"""Finds the ServiceAccounts of recognised operators, however an install calls them."""

from collections.abc import Sequence

from rbacgraph.facts.operators.operators import Operators
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import SERVICE_ACCOUNT, Node


class OperatorAccounts:
    """The existing ServiceAccounts of each operator of a cluster, whatever shows that they exist.

    Parameters
    ----------
    world:
        The cluster.
    """

    def __init__(self, world: Facts) -> None:
        operators = world.part(Operators)
        self._found: dict[str, list[tuple[Node, str]]] = {}
        self._others: dict[str, list[Node]] = {}
        for namespace, name in world.identities.service_accounts:
            node: Node = (SERVICE_ACCOUNT, namespace, name)
            operator = operators.of(node)
            if operator is None:
                self._others.setdefault(name, []).append(node)
            else:
                self._found.setdefault(operator.name, []).append((node, name))

    def of(self, operator: str, component: str) -> Sequence[Node]:
        """Return the accounts of a component of an operator.

        Parameters
        ----------
        operator:
            The operator's name in the table of operators.
        component:
            How the names of its accounts end, behind a prefix of the install; ``""`` for all.
        """
        ending = f"-{component}"
        return [
            node
            for node, name in self._found.get(operator, ())
            if not component or name == component or name.endswith(ending)
        ]

    def called(self, name: str) -> Sequence[Node]:
        """Return the accounts of a name that nothing shows to be those of an operator."""
        return self._others.get(name, ())
