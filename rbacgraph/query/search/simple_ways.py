"""The cheapest ways that hold what ``via`` asks for and pass no node twice.

The cheapest way to an edge of those kinds and on from there may come back to what it has passed:
what it obtains there it had before. Labels find the cheapest way that does not: of two ways to a
node, one that costs no more and has passed nothing else counts. Only nodes that some way came back
to are noted as passed (Righini and Salani, 2008: decremental state space relaxation).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED
from rbacgraph.query.arrays.costs import COSTS
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter

_LABELS = 16
"""Ways to a node, with or without what is asked for, that are gone on from."""

_ROUNDS = 16
"""Searches before giving up on ways that come back to one node after the other."""

_Chain = tuple[int, "_Chain | None"]
"""An edge and those before it."""


def is_simple(graph: AccessGraph, edges: Sequence[int]) -> bool:
    """Whether a way passes no node twice, where it starts included."""
    met = {graph.target_of[edge] for edge in edges if graph.kind_of[edge] == NEEDS}
    reached = [graph.target_of[edge] for edge in edges if graph.kind_of[edge] != NEEDS]
    reached += [*met, *(graph.source_of[edge] for edge in edges[:1])]
    return len(set(reached)) == len(reached)


class SimpleWays:
    """Finds simple ways that hold what ``via`` asks for, none through joins.

    ``rests``: what is left at least from each node to where ways lead, with what is asked for and
        without; empty where they lead anywhere.
    """

    def __init__(
        self,
        graph: AccessGraph,
        limits: PathFilter,
        rests: Sequence[Sequence[int]] = (),
    ) -> None:
        self._graph = graph
        self._limits = limits
        self._rests = rests
        self._allowed = memoryview((limits.allowed(graph) & (graph.kind != NEEDS)).data)

    def to(
        self, goals: Collection[int], starts: Iterable[int], avoided: Iterable[int]
    ) -> Sequence[int]:
        """Return the edges of the cheapest way from some edges to some nodes; none without one.

        ``starts``: the edges by which it may start.
        """
        found = self._found(tuple(starts), frozenset(avoided), goals)
        return next(iter(found.values()), ())

    def from_node(self, node: int) -> Mapping[int, Sequence[int]]:
        """Return the cheapest ways from a node to each that it gets so."""
        return self._found(self._graph.outgoing.of(node), frozenset((node,)), None)

    def _found(
        self, starts: Sequence[int], avoided: frozenset[int], goals: Collection[int] | None
    ) -> Mapping[int, Sequence[int]]:
        avoided |= self._limits.blocked
        noted = frozenset[int]()
        for _ in range(_ROUNDS):
            found = self._search(starts, avoided, goals, noted)
            again = [node for way in found.values() for node in self._passed_again(way)]
            if not again:
                return found
            noted |= set(again)
        return {node: way for node, way in found.items() if not any(self._passed_again(way))}

    def _passed_again(self, way: Sequence[int]) -> Iterator[int]:
        seen: set[int] = set()
        for edge in way:
            node = self._graph.target_of[edge]
            if node in seen:
                yield node
            seen.add(node)

    def _search(
        self,
        starts: Iterable[int],
        avoided: frozenset[int],
        goals: Collection[int] | None,
        noted: frozenset[int],
    ) -> dict[int, Sequence[int]]:
        """Return the cheapest ways to the goals, or to all nodes, that pass noted nodes once."""
        graph, via, allowed = self._graph, self._limits.via, self._allowed
        found: dict[int, Sequence[int]] = {}
        passed_by: dict[tuple[int, bool], list[frozenset[int]]] = {}
        heap: list[tuple[int, int, int, int, bool, frozenset[int], _Chain | None]] = []
        number = count()

        def wait(edges: Iterable[int], cost: int, way: _Chain | None, *, met: bool) -> None:
            for edge in edges:
                target, kind = graph.target_of[edge], graph.kind_of[edge]
                if not allowed[edge] or target in passed or target in avoided:
                    continue
                holds, total = met or kind in via, cost + COSTS[kind]
                rest = self._rests[holds][target] if self._rests else 0
                if rest != UNREACHED:
                    label = total + rest, next(number), total, target, holds, passed, (edge, way)
                    heappush(heap, label)

        passed = frozenset[int]()
        wait(starts, 0, None, met=False)
        while heap:
            _, _, cost, node, met, passed, way = heappop(heap)
            known = passed_by.setdefault((node, met), [])
            if len(known) == _LABELS or any(one <= passed for one in known):
                continue
            known.append(passed)
            if met and (goals is None or node in goals):
                found.setdefault(node, _edges_of(way))
                if goals is not None:
                    break
            if node in noted:
                passed |= {node}
            wait(graph.outgoing.of(node), cost, way, met=met)
        return found


def _edges_of(way: _Chain | None) -> Sequence[int]:
    edges = list[int]()
    while way is not None:
        edge, way = way
        edges.append(edge)
    return edges[::-1]
