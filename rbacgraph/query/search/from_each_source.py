"""Cheapest hyperpaths from one node after the other to everything."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.costs import cost_of
from rbacgraph.query.arrays.path_filter import PathFilter, holds
from rbacgraph.query.search.hyperpaths import HyperpathSearch
from rbacgraph.query.search.shortest_tree import Tree
from rbacgraph.query.search.steps import UNMET, Steps

Booleans = NDArray[np.bool_]


def onward(
    graph: AccessGraph, limits: PathFilter, only: int | None = None
) -> Callable[[int], "HyperpathTree"]:
    """Return the search from any node; where it is one only, without what that may not reach."""
    plain = _every_step(graph, limits.without_via(), only)
    if not limits.via:
        return lambda source: HyperpathTree(plain, source)
    steps = _every_step(graph, limits, only)
    return lambda source: HyperpathTree(steps, source, HyperpathTree(plain, source))


def may_reach(graph: AccessGraph, limits: PathFilter, source: int) -> Booleans:
    """Return for each node whether a node may reach it, as if AND nodes needed one premise."""
    allowed, nowhere = limits.allowed(graph), np.array([], dtype=np.int64)
    reached: Booleans = cheapest(graph, allowed, nowhere, {source: 0}).effort != UNREACHED
    return reached


def _every_step(graph: AccessGraph, limits: PathFilter, only: int | None) -> Steps:
    everywhere = np.ones(len(graph.nodes), dtype=bool)
    steps = Steps(graph, limits)
    steps.find_all(everywhere if only is None else may_reach(graph, limits, only))
    return steps


class HyperpathTree(Tree):
    """The cheapest hyperpaths from a node to every other.

    Parameters
    ----------
    steps:
        The steps of the graph.
    source:
        The node.
    plain:
        The same whatever ``via`` asks for: a hyperpath there that holds it may be the cheapest.
    """

    def __init__(self, steps: Steps, source: int, plain: "HyperpathTree | None" = None) -> None:
        self._graph, self._via = steps.graph, steps.limits.via
        self._plain = plain
        self._found = HyperpathSearch(steps)
        self._found.start(source, layer=UNMET if self._via else 0)
        self._found.run()

    def __contains__(self, node: int) -> bool:
        return node in self._found

    def _search_to(self, node: int) -> HyperpathSearch:
        """Return the search that found the cheapest hyperpath to a node."""
        found, plain = self._found, self._plain
        if plain is not None:
            edges = plain.edges(node)
            if holds(self._graph, edges, self._via):
                cost = cost_of(self._graph, found.edges(node))
                return plain._found if plain._found.cost(node) <= cost else found  # noqa: SLF001
        return found

    def cost(self, node: int) -> int | None:
        """Cost of the hyperpath to a node; None where there is none."""
        if node not in self:
            return None
        return cost_of(self._graph, self.edges(node)) if self._via else self._found.cost(node)

    def edges(self, node: int) -> Sequence[int]:
        """Return the edges of the hyperpath to a node, each after all that it needs."""
        return self._search_to(node).edges(node)

    def opening(self, node: int) -> int:
        """Return the edge of the last technique on the hyperpath to a node."""
        return self._search_to(node).last_technique(node)
