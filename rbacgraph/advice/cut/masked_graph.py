"""Finds paths that certainly remain after some edits, without rebuilding the graph.

The search does not follow an edge that an edit may remove: what it finds remains for certain, but
there may be more.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.advice.cut.remaining_paths import RemainingPaths, reaching
from rbacgraph.advice.edits.edits import Edit
from rbacgraph.advice.edits.edits_that_close import EditFinder, Supports
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals, Start
from rbacgraph.query.access.reachers import OwnPath
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class _Pairs(NamedTuple):
    """Which edits belong to what: two columns of numbers."""

    owners: Integers
    edits: Integers

    @classmethod
    def of(cls, sets: Sequence[Collection[Edit]], numbers: dict[Edit, int]) -> "_Pairs":
        """Return the edits of some sets, with numbers for those that have none."""
        counts = np.fromiter(map(len, sets), np.int64, len(sets))
        edits = (numbers.setdefault(edit, len(numbers)) for some in sets for edit in some)
        owners = np.arange(len(sets)).repeat(counts)
        return cls(owners, np.fromiter(edits, np.int64, len(owners)))


class SupportColumns:
    """The supports of edges, by number."""

    def __init__(self, supports: Sequence[Supports]) -> None:
        self._numbers: dict[Edit, int] = {}
        self._count = len(supports)
        several = [edits for one in supports for edits in one.several]
        counts = np.fromiter((len(one.several) for one in supports), np.int64, self._count)
        self._support_of = np.arange(self._count).repeat(counts)
        self._several = _Pairs.of(several, self._numbers)
        self._given = _Pairs.of([one.given for one in supports], self._numbers)

    def closed(self, made: Collection[Edit], more: Collection[Edit]) -> Booleans:
        """Return for each support whether edits may end it.

        They may if each of its sets has one of them, or if one that it needs is not made.
        """
        ended = self._mask(more)[self._several.edits]
        sets_ended = np.zeros(len(self._support_of), dtype=np.bool_)
        sets_ended[self._several.owners[ended]] = True
        closed = np.ones(self._count, dtype=np.bool_)
        closed[self._support_of[~sets_ended]] = False
        closed[self._given.owners[~self._mask(made)[self._given.edits]]] = True
        return closed

    def _mask(self, edits: Collection[Edit]) -> Booleans:
        known = [self._numbers[edit] for edit in edits if edit in self._numbers]
        mask = np.zeros(len(self._numbers), dtype=np.bool_)
        mask[known] = True
        return mask


Around = Callable[[int], frozenset[int]]
"""Returns the nodes that the paths of a principal must avoid."""

MOST = 50
"""The number of principals per round for which it searches hyperpaths."""

_NONE = np.array([], dtype=np.int64)


class MaskedGraph:
    """A graph with some edges masked."""

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
