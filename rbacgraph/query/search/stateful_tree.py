"""Cheapest ways where it matters what they held so far: hops, and kinds wished for."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.costs import COSTS
from rbacgraph.query.arrays.path_filter import NEEDS, Limits
from rbacgraph.query.search.shortest_tree import PlainTree, Tree

_SEED = -1

State = tuple[int, int, bool]
"""Node, hops used (0 unless they are limited), whether a wished-for kind was passed."""


class StateTree(Tree):
    """Cheapest ways where it matters what they held so far: to states rather than to nodes."""

    def __init__(self, graph: AccessGraph, *, backward: bool) -> None:
        super().__init__(graph, backward=backward)
        self._costs: dict[State, int] = {}
        self._best: dict[int, State] = {}

    def _reach(self, state: State, cost: int) -> None:
        self._costs[state] = cost
        if state[2]:
            self._best.setdefault(state[0], state)

    def __contains__(self, node: int) -> bool:
        return node in self._best

    def __iter__(self) -> Iterator[int]:
        return iter(self._best)

    def cost(self, node: int) -> int | None:
        """Cost of the way between a node and the nearest seed; None where there is no way."""
        state = self._best.get(node)
        return None if state is None else self._costs[state]


class LimitedTree(StateTree):
    """Cheapest ways where it matters what the path held so far: hops, and kinds wished for.

    Parameters
    ----------
    graph, limits, seeds, backward:
        As for :func:`grow`.
    hops_left:
        For each node, how many hops are left from there at least to where ways are wanted
        from: those that would take too many are not followed.
    """

    def __init__(
        self,
        graph: AccessGraph,
        limits: Limits,
        seeds: Iterable[int],
        *,
        backward: bool,
        hops_left: Sequence[int] = (),
    ) -> None:
        super().__init__(graph, backward=backward)
        self._limits = limits
        self._hops_left = hops_left
        self._edges_of = (graph.incoming if backward else graph.outgoing).of
        self._far_end = graph.source_of if backward else graph.target_of
        self._by: dict[State, tuple[int, State | None]] = {}
        self._search(seeds)

    def _search(self, seeds: Iterable[int]) -> None:
        satisfied = not self._limits.via
        heap: list[tuple[int, int, State, State | None]] = [
            (0, _SEED, (node, 0, satisfied), None) for node in seeds
        ]
        heapify(heap)
        while heap:
            cost, edge, state, before = heappop(heap)
            if state in self._costs:
                continue
            self._reach(state, cost)
            self._by[state] = edge, before
            for item in self._steps(cost, state):
                heappush(heap, item)

    def _steps(self, cost: int, state: State) -> Iterator[tuple[int, int, State, State]]:
        graph, limits, left = self._graph, self._limits, self._hops_left
        node, hops, satisfied = state
        for edge in self._edges_of(node):
            far, kind = self._far_end[edge], graph.kind_of[edge]
            if far in limits.blocked or kind == NEEDS or not limits.allows(graph, edge):
                continue
            used = 0
            if limits.max_hops is not None:
                used = hops + (COSTS[kind] > 0)
                if used + (left[far] if left else 0) > limits.max_hops:
                    continue
            following = far, used, satisfied or kind in limits.via
            if following not in self._costs:
                yield cost + COSTS[kind], edge, following, state

    def _from_far(self, node: int) -> list[int]:
        found = []
        state: State | None = self._best[node]
        while state is not None:
            edge, state = self._by[state]
            if edge != _SEED:
                found.append(edge)
        return found


def grow(graph: AccessGraph, limits: Limits, seeds: Iterable[int], *, backward: bool) -> Tree:
    """Search from the seeds, each at no cost.

    Parameters
    ----------
    graph:
        The graph.
    limits:
        What a path may be made of.
    seeds:
        Nodes to search from.
    backward:
        Whether paths lead to the seeds (against the edges) or from them.
    """
    if limits.plain:
        return PlainTree(graph, limits, seeds, backward=backward)
    return LimitedTree(graph, limits, seeds, backward=backward)
