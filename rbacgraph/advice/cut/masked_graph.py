"""Finds paths that certainly remain after some edits, without rebuilding the graph.

The search does not follow an edge that an edit may remove: what it finds remains for certain, but
there may be more.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rbacgraph.advice.cut.remaining_paths import RemainingPaths, reaching
from rbacgraph.advice.cut.support_columns import SupportColumns
from rbacgraph.advice.edits.edits import Edit
from rbacgraph.advice.edits.edits_that_close import EditFinder
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals, Start
from rbacgraph.query.access.reachers import OwnPath
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter

Integers = NDArray[np.int64]

Around = Callable[[int], frozenset[int]]
"""Returns the nodes that the paths of a principal must avoid."""

MOST = 50
"""The number of principals per round for which it searches hyperpaths."""

_NONE = np.array([], dtype=np.int64)


class MaskedGraph:
    """A graph with some edges masked.

    ``closers``: finds the edits of the graph's edges.
    ``principals``: the principals that count.
    ``seeds``: the target nodes.
    """

    def __init__(
        self,
        graph: AccessGraph,
        closers: EditFinder,
        principals: Principals,
        limits: PathFilter,
        seeds: Sequence[int],
    ) -> None:
        self.graph = self._graph = graph
        self.closers = closers
        self._principals = principals
        self._limits = limits
        self._seeds = dict.fromkeys(seeds, 0)
        allowed = limits.allowed(graph)
        before = cheapest(graph, allowed, _NONE, self._seeds, backward=True).effort != UNREACHED
        self._allowed = allowed & before[graph.target] & (graph.kind != NEEDS)
        self._edges = np.flatnonzero(self._allowed)
        self._support_of = closers.numbers_of(self._edges)
        self._supports = SupportColumns(closers.supports)

    def ways(
        self, starts: Sequence[Start], edits: Collection[Edit], around: Around
    ) -> Iterator[OwnPath]:
        """Yield remaining paths of principals, unless they pass a node to avoid."""
        graph, allowed = self._graph, self._allowed.copy()
        allowed[self.closed(edits)] = False
        found = cheapest(graph, allowed, _NONE, self._seeds, backward=True)
        effort, last = memoryview(found.effort.data), memoryview(found.last.data)
        is_allowed = memoryview(allowed.data)
        target_of, beyond = graph.target_of, dict[int, list[int]]()
        for principal, own in starts:
            first = ((effort[target_of[edge]], edge) for edge in own if is_allowed[edge])
            least, edge = min(first, default=(UNREACHED, -1))  # -1: nothing reads it
            if least == UNREACHED:
                continue
            node = target_of[edge]
            rest = beyond.get(node)
            if rest is None:
                rest = beyond[node] = list(self._beyond(node, last))
            way, avoided = [edge, *rest], around(principal)
            if not avoided or avoided.isdisjoint(graph.source_of[edge] for edge in way):
                yield OwnPath(principal, way)

    def _beyond(self, node: int, last: Sequence[int]) -> Iterator[int]:
        """Yield the edges from a node to a seed."""
        while node not in self._seeds:
            yield last[node]
            node = self._graph.target_of[last[node]]

    def joined_ways(
        self, starts: Sequence[Start], edits: Collection[Edit], around: Around
    ) -> Iterator[OwnPath]:
        """Yield remaining paths of some principals, including those through AND nodes."""
        graph, seeds = self._graph, list(self._seeds)
        limits = self._limits._replace(shut=frozenset(self.closed(edits).tolist()))
        left = reaching(graph, self._principals, limits, seeds)
        yield from ways_of(graph, limits, seeds, [s for s in starts if s.principal in left], around)

    def closed(self, edits: Collection[Edit]) -> NDArray[np.int64]:
        """Return the edges that edits may remove, or that depend on such edges."""
        made = frozenset(edits)
        closed = self._supports.closed(made, made - self.closers.chosen)
        return self._edges[closed[self._support_of]]


def ways_of(
    graph: AccessGraph,
    limits: PathFilter,
    seeds: Sequence[int],
    starts: Sequence[Start],
    around: Around,
) -> Iterator[OwnPath]:
    """Yield a path of each of the first principals: each is known to have one."""
    ways = RemainingPaths(graph, limits, seeds)
    for start in starts[:MOST]:
        way = ways.of(start, around(start.principal)) or ways.of(start)
        assert way is not None, "a principal that reaches it has a way"
        yield way
