"""Finds which principals still reach a Secret, each with any path."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals, Start
from rbacgraph.query.access.reachers import OwnPath
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, Cheapest, cheapest
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter
from rbacgraph.query.closure.certain_and_possible import spreads
from rbacgraph.techniques.catalogue import KINDS

Integers = NDArray[np.int64]
_MEMBER_OF = KINDS["member-of"]
_NONE = np.array([], dtype=np.int64)


def reaching(
    graph: AccessGraph, principals: Principals, limits: PathFilter, seeds: Sequence[int]
) -> BitMap:
    """Return the principals that reach any of the seeds by a path of their own."""
    if not seeds:
        return BitMap()
    found = spreads(graph, principals, limits)
    return found.sets[found.reaching_any(np.array(seeds, dtype=np.int64), certain=False)]


class RemainingPaths:
    """Finds paths to the seeds, through AND nodes too."""

    def __init__(self, graph: AccessGraph, limits: PathFilter, seeds: Sequence[int]) -> None:
        self._graph = graph
        self._seeds = tuple(seeds)
        allowed = limits.allowed(graph)
        no_effort = dict.fromkeys(seeds, 0)
        before = cheapest(graph, allowed, _NONE, no_effort, backward=True).effort != UNREACHED
        inside = allowed & before[graph.target]
        self._needs = {join: edges for join, edges in self._joins(inside).items() if before[join]}
        self._single = inside & (graph.kind != NEEDS)

    def _joins(self, allowed: NDArray[np.bool_]) -> Mapping[int, list[int]]:
        graph = self._graph
        found: dict[int, list[int]] = {}
        for edge in np.flatnonzero(graph.kind == NEEDS).tolist():
            found.setdefault(graph.target_of[edge], []).append(edge)
        return {join: edges for join, edges in found.items() if allowed[edges].all()}

    def of(
        self, start: Start, around: frozenset[int] = frozenset(), *, as_member: bool = True
    ) -> OwnPath | None:
        """Return a path of a principal, including what it has as a member of groups.

        ``around``: Nodes from which the path does not go on; where it starts, only by the first
            edges.
        ``as_member``: whether the path may start with a membership.
        """
        graph, single = self._graph, self._single
        outgoing = graph.outgoing.of(start.principal) if as_member else ()
        member = [edge for edge in outgoing if graph.kind_of[edge] == _MEMBER_OF]
        starts = np.array([*start.edges, *member], dtype=np.int64)
        starts = starts[single[starts]]
        if around:
            single = single & ~np.isin(graph.source, list(around))
        met: dict[int, int] = {}
        while True:
            found = cheapest(graph, single, starts, met)
            seed = min(self._seeds, key=found.effort.__getitem__)
            if found.effort[seed] != UNREACHED:
                return OwnPath(start.principal, list(self._edges(start.principal, seed, found)))
            new = {
                join: dearest + 1  # an AND node is settled after all that it needs
                for join, edges in self._needs.items()
                if join not in met and (dearest := self._dearest(edges, found)) != UNREACHED
            }
            if not new:
                return None
            met |= new

    def to_each(
        self, start: Start, around: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield each seed that a principal reaches, with the edges of a path to it."""
        single = self._single
        if around:
            single = single & ~np.isin(self._graph.source, list(around))
        starts = np.array(start.edges, dtype=np.int64)
        starts = starts[single[starts]]
        met: dict[int, int] = {}
        while True:
            found = cheapest(self._graph, single, starts, met)
            new = {
                join: dearest + 1
                for join, edges in self._needs.items()
                if join not in met and (dearest := self._dearest(edges, found)) != UNREACHED
            }
            if not new:
                break
            met |= new
        for seed in self._seeds:
            if found.effort[seed] != UNREACHED:
                yield seed, list(self._edges(start.principal, seed, found))

    def _dearest(self, edges: Sequence[int], found: Cheapest) -> int:
        """Return the greatest effort of what an AND node needs; UNREACHED if any is not reached."""
        source = self._graph.source_of
        return max(int(found.effort[source[edge]]) for edge in edges)

    def _edges(self, principal: int, seed: int, found: Cheapest) -> Iterator[int]:
        """Yield the edges that lead to a seed, with the edges into an AND node before its own."""
        graph, done = self._graph, set[int]()
        todo: list[tuple[int, bool]] = [(seed, False)]
        while todo:
            node, after = todo.pop()
            edge = int(found.last[node])
            last = [edge] if edge >= 0 else self._needs.get(node, [])
            if after:
                yield from last
                continue
            if node in done or node == principal:
                continue
            done.add(node)
            todo.append((node, True))
            todo += [(graph.source_of[one], False) for one in last]
