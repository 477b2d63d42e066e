"""Traces cheapest paths backward: to their principals and techniques."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.edge_arrays import sorting
from rbacgraph.model.node import format_node
from rbacgraph.query.arrays.bitmap_store import runs
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, Cheapest

_BITS = 8  # of a kind's number


class CheapestWay(NamedTuple):
    """The principal of a cheapest path, the ids of its techniques, its effort."""

    principal: str
    techniques: tuple[str, ...]
    effort: int


class CheapestWays:
    """Traces cheapest paths backward, caching what they share.

    ``cheapest``: the last edge and the effort of the cheapest path to every node.
    ``joined``: the paths to AND nodes, at which other paths may continue.
    """

    def __init__(
        self, graph: AccessGraph, cheapest: Cheapest, joined: Mapping[int, "CheapestWay"] = {}
    ) -> None:
        self._graph = graph
        self._cheapest = cheapest
        self._last: Sequence[int] = cheapest.last.data
        self._effort: Sequence[int] = cheapest.effort.data
        self._costs: Sequence[int] = graph.efforts.data
        self._known = {join: (way.principal, way.techniques) for join, way in joined.items()}

    def to(self, nodes: Sequence[int]) -> list[CheapestWay | None]:
        """Return the cheapest path to each of some nodes; None if no principal reaches it.

        Nodes that one technique reaches from the same node share a path.
        """
        graph, (effort, last) = self._graph, self._cheapest
        wanted = np.array(nodes, dtype=np.int64)
        reached = np.flatnonzero(effort[wanted] != UNREACHED)
        edges = last[wanted[reached]]
        keys = graph.source[edges].astype(np.int64) << _BITS | graph.kind[edges]
        order = sorting(keys)
        _, starts = runs(keys[order])
        firsts = wanted[reached[order[starts]]].tolist()
        ways = [CheapestWay(*self._follow(first), self._effort[first]) for first in firsts]
        place = np.full(len(wanted), len(ways))
        place[reached[order]] = np.arange(len(ways)).repeat(np.diff(starts, append=len(order)))
        ways_by_place: list[CheapestWay | None] = [*ways, None]
        return [ways_by_place[one] for one in place.tolist()]

    def _follow(self, node: int) -> tuple[str, tuple[str, ...]]:
        graph, known = self._graph, self._known
        back: list[int] = []
        way: tuple[str, tuple[str, ...]] | None = None
        while way is None and node not in known:
            edge = self._last[node]
            source = graph.source_of[edge]
            back.append(edge)
            # A path starts with an edge if its cost alone is the effort, unless its source is free.
            if self._effort[node] == self._costs[edge] and self._effort[source]:
                way = format_node(graph.nodes[source]), ()
            node = source
        way = known[node] if way is None else way
        for edge in reversed(back):
            kind = graph.kind_at(edge)
            if not kind.structural:
                way = way[0], (*way[1], kind.id)
            known[graph.target_of[edge]] = way
        return way
