"""Paths of a graph that some edits surely leave, without building it anew.

An edge that an edit may take away is not followed: what is found is there for certain, but
there may be more, such as what needs several things at once.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rbacgraph.advice.closing import Closers
from rbacgraph.advice.edits import Edit
from rbacgraph.graph.access import AccessGraph
from rbacgraph.graph.principals import Start
from rbacgraph.query.cheapest import UNREACHED, cheapest
from rbacgraph.query.limits import NEEDS, Limits
from rbacgraph.query.reachers import Way

Integers = NDArray[np.int64]

Around = Callable[[int], frozenset[int]]
"""Tells of a principal the nodes that its ways do not pass."""

_NONE = np.array([], dtype=np.int64)


class Masked:
    """A graph of which some edges are not followed.

    Parameters
    ----------
    graph:
        The graph.
    closers:
        Tells the edits of its edges.
    limits:
        What a path may be made of.
    seeds:
        The nodes to reach.
    """

    def __init__(
        self, graph: AccessGraph, closers: Closers, limits: Limits, seeds: Sequence[int]
    ) -> None:
        self._graph = graph
        self._seeds = dict.fromkeys(seeds, 0)
        allowed = graph.condition == 0 if limits.certain else np.ones(len(graph.kind), dtype=bool)
        before = cheapest(graph, allowed, _NONE, self._seeds, backward=True).effort != UNREACHED
        self._allowed = allowed & before[graph.target] & (graph.kind != NEEDS)
        self._closers = closers
        found: dict[Edit, list[int]] = {}
        for edge in np.flatnonzero(self._allowed).tolist():
            for edit in set().union(*closers.of_edge(edge).several):
                found.setdefault(edit, []).append(edge)
        self._edges = found

    def ways(
        self, starts: Sequence[Start], edits: Collection[Edit], around: Around
    ) -> Iterator[Way]:
        """Yield a way of principals that edits leave, unless it passes a node to go around."""
        graph, allowed = self._graph, self._allowed.copy()
        allowed[self._closed(edits)] = False
        effort, last = cheapest(graph, allowed, _NONE, self._seeds, backward=True)
        for principal, own in starts:
            edges = [e for e in own if allowed[e] and effort[graph.target_of[e]] != UNREACHED]
            if not edges:
                continue
            edge = min(edges, key=lambda e: (int(effort[graph.target_of[e]]), e))
            way = [edge]
            while graph.target_of[way[-1]] not in self._seeds:
                way.append(int(last[graph.target_of[way[-1]]]))
            if around(principal).isdisjoint(graph.source_of[edge] for edge in way):
                yield Way(principal, way)

    def _closed(self, edits: Collection[Edit]) -> list[int]:
        """Return the edges that edits may take away."""
        made = frozenset(edits)
        touched = {edge for edit in made for edge in self._edges.get(edit, ())}
        return [edge for edge in touched if self._closers.of_edge(edge).left(made) is None]
