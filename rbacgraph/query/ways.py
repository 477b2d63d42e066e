"""Cheapest ways told backwards: whose path it is, and by which techniques."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rbacgraph.graph.access import AccessGraph
from rbacgraph.model.node import format_node
from rbacgraph.query.cheapest import UNREACHED, Cheapest


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
        self._last: Sequence[int] = cheapest.last.data
        self._effort: Sequence[int] = cheapest.effort.data
        self._known = {join: (way.principal, way.techniques) for join, way in joined.items()}

    def to(self, nodes: Iterable[int]) -> list[Way | None]:
        """Return the cheapest way to each of some nodes; None where nobody reaches it.

        Nodes to which the same technique leads from one place share a way.
        """
        graph, efforts = self._graph, self._effort
        shared: dict[tuple[int, int], Way] = {}
        found: list[Way | None] = []
        for node in nodes:
            effort = efforts[node]
            if effort == UNREACHED:
                found.append(None)
                continue
            edge = self._last[node]
            key = graph.source_of[edge], graph.kind_of[edge]
            way = shared.get(key)
            if way is None:
                way = shared[key] = Way(*self._follow(node), effort)
            found.append(way)
        return found

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
