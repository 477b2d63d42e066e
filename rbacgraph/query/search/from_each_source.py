"""Cheapest hyperpaths from one node after the other to everything."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.costs import COSTS, cost_of
from rbacgraph.query.arrays.path_filter import PathFilter, holds
from rbacgraph.query.search.hyperpaths import HyperpathSearch
from rbacgraph.query.search.shortest_tree import Tree
from rbacgraph.query.search.simple_ways import SimpleWays, is_simple
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

    ``plain``: the same whatever ``via`` asks for: a hyperpath there that holds it may be the
        cheapest.
    """

    def __init__(self, steps: Steps, source: int, plain: "HyperpathTree | None" = None) -> None:
        self._graph, self._limits, self._via = steps.graph, steps.limits, steps.limits.via
        self._source = source
        self._plain = plain
        self._found = HyperpathSearch(steps)
        self._found.start(source, layer=UNMET if self._via else 0)
        self._found.run()
        self._simple: dict[int, Sequence[int]] = {}

    def __contains__(self, node: int) -> bool:
        return node in self._found and not (self._via and not self.edges(node))

    def _simple_to(self, node: int) -> Sequence[int]:
        """Return the edges of the cheapest way to a node that holds what is asked for, if any."""
        edges = self._simple.get(node)
        if edges is None:
            edges = self._simple[node] = self._find_simple_to(node)
        return edges

    def _find_simple_to(self, node: int) -> Sequence[int]:
        graph, anyhow = self._graph, () if self._plain is None else self._plain.edges(node)
        way: Sequence[int] = self._found.edges(node)
        if not is_simple(graph, way):
            way = self._simple_chains.get(node, ())
        if not holds(graph, anyhow, self._via) or not is_simple(graph, anyhow):
            return way
        return anyhow if not way or cost_of(graph, anyhow) <= cost_of(graph, way) else way

    @cached_property
    def _simple_chains(self) -> Mapping[int, Sequence[int]]:
        return SimpleWays(self._graph, self._limits).from_node(self._source)

    def cost(self, node: int) -> int | None:
        """Cost of the hyperpath to a node; None where there is none."""
        if node not in self:
            return None
        return cost_of(self._graph, self.edges(node)) if self._via else self._found.cost(node)

    def edges(self, node: int) -> Sequence[int]:
        """Return the edges of the hyperpath to a node, each after all that it needs."""
        return self._simple_to(node) if self._via else self._found.edges(node)

    def opening(self, node: int) -> int:
        """Return the edge of the last technique on the hyperpath to a node."""
        if not self._via:
            return self._found.last_technique(node)
        return next(one for one in reversed(self.edges(node)) if COSTS[self._graph.kind_of[one]])
