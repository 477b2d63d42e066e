"""Finds the cheapest ways by which principals reach AND nodes of their own, whatever follows.

What follows differs from Secret to Secret; how a principal gets to an AND node does not. So one
search per principal answers for all Secrets.
"""

from collections.abc import Collection, Container, Sequence
from functools import cached_property
from itertools import chain
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.closure.closure import Closure
from rbacgraph.query.search.own_hyperpaths import OwnHyperpaths
from rbacgraph.query.search.steps import LAST, Steps

Integers = NDArray[np.int64]


class WayToAndNode(NamedTuple):
    """An AND node, and the edges of an own way to it."""

    node: int
    edges: Sequence[int]


class OwnAndNodes:
    """The own ways of principals to AND nodes.

    ``limits``: the filter of paths; what ``via`` asks for does not count.
    """

    def __init__(self, graph: AccessGraph, limits: PathFilter, spread: Closure) -> None:
        self._graph = graph
        self._spread = spread
        self._steps = Steps(graph, limits.without_via())
        self._joins = np.fromiter(graph.joins, dtype=np.int64, count=len(graph.joins))
        self._known: dict[int, _Found] = {}

    def cheapest(
        self,
        principal: int,
        own: Collection[int],
        first: Container[int],
        after: Integers,
        below: float,
    ) -> WayToAndNode | None:
        """Return the way that costs least with what follows; None if none costs little enough.

        A premise of the AND node is reached by an own path, or no group of the principal reaches
        all premises.

        ``first``: these, and the edges to its groups.
        ``after``: for each node what is left after the last AND node; UNREACHED where there is no
            way.
        ``below``: what the whole way is to cost less than.
        """
        least = int(after[self._joins].min(initial=UNREACHED))
        if least == UNREACHED:
            return None
        most = below - least
        found = self._known.get(principal)
        if found is None or found.below < most:
            # A second request for more is answered once and for all.
            bound = most if found is None else inf
            found = self._known[principal] = self._found(principal, own, first, bound)
        return found.cheapest(after, below)

    def _found(
        self, principal: int, own: Collection[int], first: Container[int], below: float
    ) -> "_Found":
        groups = self._graph.membership.groups_of(principal)
        search = _ToAndNodes(
            self._steps,
            is_own=lambda join: self._spread.is_of_none(join, principal, groups),
            groups=groups,
        )
        search.start_strictly(principal, own, first)
        search.run(below=below)
        states, size = search.found, len(self._graph.nodes)
        edges = [search.edges(state) for state in states]
        return _Found(
            below,
            np.array([state % size for state in states], dtype=np.int64),
            np.array([search.cost(state) for state in states], dtype=np.int64),
            np.fromiter(chain.from_iterable(edges), dtype=np.int32),
            np.cumsum([len(one) for one in edges], dtype=np.int64),
        )


class _Found(NamedTuple):
    """All ways of one principal that cost less than a bound.

    ``nodes``, ``costs``: for each way, the AND node and the cost.
    ``edges``: the edges of all ways, one way after the other: there may be thousands of ways.
    ``ends``: for each way, the index after its last edge.
    """

    below: float
    nodes: Integers
    costs: Integers
    edges: NDArray[np.int32]
    ends: Integers

    def cheapest(self, after: Integers, below: float) -> WayToAndNode | None:
        """Return the way that costs least with what follows, if that is below a cost."""
        left = after[self.nodes]
        totals = np.where(left == UNREACHED, UNREACHED, self.costs + left)
        if totals.min(initial=UNREACHED) >= min(below, UNREACHED):
            return None
        place = int(totals.argmin())
        begin = int(self.ends[place - 1]) if place else 0
        edges: list[int] = self.edges[begin : int(self.ends[place])].tolist()
        return WayToAndNode(int(self.nodes[place]), edges)


class _ToAndNodes(OwnHyperpaths):
    """Searches AND nodes of a principal's own, and does not go on after the last one."""

    @cached_property
    def found(self) -> list[int]:
        """The states of those that are settled."""
        return []

    def _go_on(self, state: int, layer: int) -> None:
        if layer & LAST:
            self.found.append(state)
        else:
            super()._go_on(state, layer)
