"""What paths through joins take at least that hold a kind of edge that is wished for.

The search for them is guided as if there were no wish: what is told here for all nodes at once
spares it where it would find nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.costs import COSTS
from rbacgraph.query.arrays.path_filter import NEEDS, Limits
from rbacgraph.query.search.shortest_tree import allowed_by

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Wishes:
    """Bounds for paths to some nodes that hold a wished-for kind.

    Whatever holds such an edge leads on by it, as if one need of a join were enough. If that is
    not the rare need of each join, the way by these comes on top of the edge.

    Parameters
    ----------
    graph, limits:
        The graph, and what a path may be made of: some kind is wished for.
    seeds:
        The nodes to reach.
    by_rare_needs:
        For each node the cost of the cheapest way by some join, as if of each the rare need
        were enough.
    """

    def __init__(
        self, graph: AccessGraph, limits: Limits, seeds: Collection[int], by_rare_needs: Integers
    ) -> None:
        self._graph = graph
        self._limits = limits
        self._seeds = seeds
        self._by_rare_needs = by_rare_needs
        self._every = limits.allowed(graph)
        self._rare = allowed_by(graph, limits, graph.rare_needs)

    def is_hopeless(self, start: int, below: float) -> bool:
        """Whether each path from a node costs as much as that, or has too many hops."""
        most = self._limits.max_hops
        if most is not None and self._fewest_hops[start] > most:
            return True
        return not self._least_cost[start] < below

    @cached_property
    def hops_left(self) -> Sequence[float]:
        """For each node the hops at least from where a path holds nothing yet that is wished for.

        What is wished for follows, or is on the way to another need of a join that follows.
        """
        chained = self._chains(self._every, self._limits.via, count=True)
        beside = self._chains(self._every, {NEEDS}, count=True) + 1
        return memoryview(np.minimum(chained, beside).data)

    @cached_property
    def _least_cost(self) -> Sequence[float]:
        beside = _or_inf(self._by_rare_needs) + min(COSTS[kind] for kind in self._limits.via)
        return self._least(beside, count=False)

    @cached_property
    def _fewest_hops(self) -> Sequence[float]:
        rare = costs_back(self._graph, self._rare, self._seeds, count=True)
        return self._least(_or_inf(rare) + 1, count=True)

    def _least(self, beside: Floats, *, count: bool) -> Sequence[float]:
        """Return what a path takes, where ``beside`` tells what rare needs and the edge take."""
        every, rare = (
            self._chains(allowed, self._limits.via, count=count)
            for allowed in (self._every, self._rare)
        )
        return memoryview(np.minimum(rare, np.maximum(every, beside)).data)

    def _chains(self, allowed: Booleans, kinds: Collection[int], *, count: bool) -> Floats:
        """Return for each node what a chain of some edges takes that holds one of some kinds."""
        graph = self._graph
        left = costs_back(graph, allowed, self._seeds, count=count)
        at: dict[int, int] = {}
        wished = allowed & np.isin(graph.kind, list(kinds))
        wished &= left[graph.target] != UNREACHED
        for edge in wished.nonzero()[0].tolist():
            source, cost = graph.source_of[edge], COSTS[graph.kind_of[edge]]
            cost = min(cost, 1) if count else cost
            cost += int(left[graph.target_of[edge]])
            at[source] = min(cost, at.get(source, cost))
        return _or_inf(_back(graph, allowed, at, count=count))


def costs_back(
    graph: AccessGraph, allowed: Booleans, seeds: Iterable[int], *, count: bool
) -> Integers:
    """Return for each node what a way to some others takes at least: costs, or a count of hops.

    One need of a join is enough, if it is allowed.
    """
    return _back(graph, allowed, dict.fromkeys(seeds, 0), count=count)


def _back(graph: AccessGraph, allowed: Booleans, at: Mapping[int, int], *, count: bool) -> Integers:
    starts = np.array([], dtype=np.int64)
    found = cheapest(graph, allowed, starts, at, backward=True, hops=not count, count=count)
    return found.effort


def _or_inf(costs: Integers) -> Floats:
    """Return costs, of which some may be of nodes that are not reached."""
    return np.where(costs == UNREACHED, inf, costs)
