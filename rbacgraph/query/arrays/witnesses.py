"""Cheapest ways told backwards: whose path it is, and by which techniques."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.edge_arrays import sorting
from rbacgraph.model.node import format_node
from rbacgraph.query.arrays.bitmap_store import runs
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, Cheapest

_BITS = 8  # of a kind's number


class Way(NamedTuple):
    """The principal that a cheapest path starts from, the ids of its techniques, its effort."""

    principal: str
    techniques: tuple[str, ...]
    effort: int


class Ways:
    """Follows cheapest paths back, remembering what they share.

    Parameters
    ----------
    graph:
        The graph.
    cheapest:
        The last edge and the effort of the cheapest path to every node.
    joined:
        How the needs of joins are met, at which such paths may begin.
    """

    def __init__(
        self, graph: AccessGraph, cheapest: Cheapest, joined: Mapping[int, "Way"] = {}
    ) -> None:
        self._graph = graph
        self._cheapest = cheapest
        self._last: Sequence[int] = cheapest.last.data
        self._effort: Sequence[int] = cheapest.effort.data
        self._known = {join: (way.principal, way.techniques) for join, way in joined.items()}

    def to(self, nodes: Sequence[int]) -> list[Way | None]:
        """Return the cheapest way to each of some nodes; None where nobody reaches it.

        Nodes to which the same technique leads from one place share a way.
        """
        graph, (effort, last) = self._graph, self._cheapest
        wanted = np.array(nodes, dtype=np.int64)
        reached = np.flatnonzero(effort[wanted] != UNREACHED)
        edges = last[wanted[reached]]
        keys = graph.source[edges].astype(np.int64) << _BITS | graph.kind[edges]
        order = sorting(keys)
        _, starts = runs(keys[order])
        firsts = wanted[reached[order[starts]]].tolist()
        ways = [Way(*self._follow(first), self._effort[first]) for first in firsts]
        place = np.full(len(wanted), len(ways))
        place[reached[order]] = np.arange(len(ways)).repeat(np.diff(starts, append=len(order)))
        told: list[Way | None] = [*ways, None]
        return [told[one] for one in place.tolist()]

    def _follow(self, node: int) -> tuple[str, tuple[str, ...]]:
        graph, known = self._graph, self._known
        back: list[int] = []
        while node not in known:
            edge = self._last[node]
            source = graph.source_of[edge]
            # Paths start at nodes that cost nothing, and nothing leads to a path's start.
            if not self._effort[node] and self._effort[source]:
                known[node] = format_node(graph.nodes[source]), ()
                break
            back.append(edge)
            node = source
        told = known[node]
        for edge in reversed(back):
            kind = graph.kind_at(edge)
            if not kind.structural:
                told = told[0], (*told[1], kind.id)
            known[graph.target_of[edge]] = told
        return told
