"""Cheapest paths, in both directions: Dijkstra over efforts, ties broken by hops and order.

Structural edges cost nothing and are no hop.
"""

import heapq
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from rbacgraph.edges import EDGES, KINDS
from rbacgraph.errors import UsageError
from rbacgraph.graph.access import AccessGraph
from rbacgraph.model.near import edge_advice

NEEDS = KINDS["needs"]
EFFORTS = tuple(edge.effort for edge in EDGES)


class Limits(NamedTuple):
    """What a path may be made of.

    Parameters
    ----------
    certain:
        Whether conditional edges are left out.
    max_hops:
        The most techniques a path may have; None for no limit.
    via:
        Numbers of edge kinds of which a path must hold one; empty for no such wish.
    without:
        Numbers of edge kinds that a path may not hold.
    blocked:
        Nodes that a path may not pass through.
    """

    certain: bool = False
    max_hops: int | None = None
    via: frozenset[int] = frozenset()
    without: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()

    def allows(self, graph: AccessGraph, edge: int) -> bool:
        """Whether a path may hold an edge."""
        if self.certain and graph.condition_of[edge]:
            return False
        return graph.kind_of[edge] not in self.without


def kind_numbers(ids: Iterable[str]) -> frozenset[int]:
    """Translate edge ids into numbers of kinds.

    Raises
    ------
    UsageError
        Where an id is not one of the catalogue's techniques.
    """
    wanted = tuple(ids)
    for name in wanted:
        if name not in KINDS or EDGES[KINDS[name]].structural:
            techniques = [edge.id for edge in EDGES if not edge.structural]
            advice = edge_advice(name, techniques)
            raise UsageError(f"there is no edge kind {name!r}", advice=advice)
    return frozenset(KINDS[name] for name in wanted)


def limits_of(
    *, certain: bool, max_hops: int | None, via: Sequence[str], without: Sequence[str]
) -> Limits:
    """Make limits of what a person asks for.

    Raises
    ------
    UsageError
        Where an edge kind is unknown, or is wished for and excluded at once.
    """
    wanted, excluded = kind_numbers(via), kind_numbers(without)
    for number in sorted(wanted & excluded):
        raise UsageError(f"via and without exclude each other: both name {EDGES[number].id}")
    return Limits(certain=certain, max_hops=max_hops, via=wanted, without=excluded)


State = tuple[int, int, bool]
"""Node, hops used (0 unless they are limited), whether a wished-for kind was passed."""

Cost = tuple[int, int]
"""Effort and hops."""


def cost_of(graph: AccessGraph, edges: Iterable[int]) -> Cost:
    """Sum up the cost of some edges, each once."""
    efforts = [EFFORTS[graph.kind_of[edge]] for edge in edges]
    return sum(efforts), sum(map(bool, efforts))


Step = tuple[int, State]
"""An edge, and the state it was taken from."""


class Tree:
    """Cheapest ways between seeds and every node, in one direction.

    Forward, a join is reached once each of its inputs is, at the cost of the techniques that
    lead to them, each counted once. Backward a way ends at a join: who meets its needs is
    told by a search from the other side.

    Parameters
    ----------
    graph:
        The graph.
    limits:
        What a path may be made of.
    backward:
        Whether paths lead to the seeds (against the edges) or from them.
    within:
        The nodes to keep to; all by default.
    first:
        The edges by which seeds may be left; all by default.
    """

    def __init__(
        self,
        graph: AccessGraph,
        limits: Limits,
        *,
        backward: bool,
        within: Container[int] | None = None,
        first: Container[int] | None = None,
    ) -> None:
        self._graph = graph
        self.limits = limits
        self._within = within
        self._first = first
        self._given: dict[State, Sequence[int]] = {}
        self._adjacency = graph.incoming if backward else graph.outgoing
        self._far_end = graph.source_of if backward else graph.target_of
        self._backward = backward
        self._done: dict[State, tuple[Cost, tuple[Step, ...]]] = {}
        self._best: dict[int, State] = {}
        self._states: dict[int, list[State]] = {}

    def grow(
        self,
        seeds: Iterable[int],
        given: Mapping[int, Sequence[int]] = {},
        *,
        until: int | None = None,
    ) -> "Tree":
        """Search from the seeds, each at no cost, and from nodes with a given way to each.

        The search ends early once the node ``until`` is reached.
        """
        heap: list[tuple[Cost, tuple[Step, ...], State]] = [
            ((0, 0), (), (node, 0, not self.limits.via)) for node in seeds
        ]
        self._seeds = frozenset(state for _, _, state in heap)
        for node, edges in given.items():
            kinds = {self._graph.kind_of[edge] for edge in edges}
            cost = cost_of(self._graph, edges)
            hops = cost[1] if self.limits.max_hops is not None else 0
            satisfied = not self.limits.via or not self.limits.via.isdisjoint(kinds)
            state = node, hops, satisfied
            self._given[state] = edges
            heap.append((cost, (), state))
        heapq.heapify(heap)
        while heap:
            cost, steps, state = heapq.heappop(heap)
            if state in self._done:
                continue
            self._done[state] = cost, steps
            self._states.setdefault(state[0], []).append(state)
            if state[2]:
                self._best.setdefault(state[0], state)
                if state[0] == until:
                    break
            for item in self._steps(cost, state):
                heapq.heappush(heap, item)
        return self

    def _steps(self, cost: Cost, state: State) -> Iterator[tuple[Cost, tuple[Step, ...], State]]:
        graph, limits = self._graph, self.limits
        node, hops, satisfied = state
        for edge in self._adjacency.of(node):
            if not limits.allows(graph, edge):
                continue
            far = self._far_end[edge]
            if far in limits.blocked or (self._within is not None and far not in self._within):
                continue
            if self._first is not None and edge not in self._first and state in self._seeds:
                continue
            kind = graph.kind_of[edge]
            if kind == NEEDS:
                if not self._backward:
                    yield from self._joined(far, state)
                continue
            effort = EFFORTS[kind]
            if limits.max_hops is not None:
                used = hops + (1 if effort else 0)
                if used > limits.max_hops:
                    continue
            else:
                used = 0
            following = far, used, satisfied or kind in limits.via
            if following not in self._done:
                total = cost[0] + effort, cost[1] + (1 if effort else 0)
                yield total, ((edge, state),), following

    def _joined(self, join: int, last: State) -> Iterator[tuple[Cost, tuple[Step, ...], State]]:
        """Yield the ways to a join that its last missing input opens."""
        graph = self._graph
        needs = [edge for edge in graph.incoming.of(join) if graph.kind_of[edge] == NEEDS]
        choices = []
        for edge in needs:
            node = graph.source_of[edge]
            states = [last] if node == last[0] else self._states.get(node, ())
            choices.append([(edge, state) for state in states])
        limit = self.limits.max_hops
        for steps in product(*choices):
            edges: dict[int, None] = {}
            for _, state in steps:
                edges.update(self._proof(state))
            cost = cost_of(self._graph, edges)
            following = join, cost[1] if limit is not None else 0, any(s[2] for _, s in steps)
            if following not in self._done and (limit is None or cost[1] <= limit):
                yield cost, steps, following

    def __contains__(self, node: int) -> bool:
        return node in self._best

    def __iter__(self) -> Iterator[int]:
        return iter(self._best)

    def cost(self, node: int) -> Cost | None:
        """Effort and hops between a node and the nearest seed; None where there is no way."""
        state = self._best.get(node)
        return None if state is None else self._done[state][0]

    def edges(self, node: int) -> Sequence[int]:
        """Return the edges of the cheapest way, in the direction of the path.

        A join comes after the ways to all its inputs, each edge once.
        """
        return self._back(node) if self._backward else list(self._proof(self._best[node]))

    def _back(self, node: int) -> Sequence[int]:
        found = []
        steps = self._done[self._best[node]][1]
        while steps:
            (edge, state) = steps[0]
            found.append(edge)
            steps = self._done[state][1]
        return found

    def _proof(self, state: State) -> dict[int, None]:
        """Return the edges of the way to a state, what is needed before what needs it."""
        found: dict[int, None] = {}
        todo: list[tuple[State, int | None]] = [(state, None)]
        while todo:
            at, edge = todo.pop()
            if edge is not None:
                found.setdefault(edge)
                continue
            found.update(dict.fromkeys(self._given.get(at, ())))
            for step in reversed(self._done[at][1]):
                todo.append((at, step[0]))
                todo.append((step[1], None))
        return found

    def cheapest_start(self, edges: Iterable[int]) -> int | None:
        """Return that of some edges without effort after which the way is cheapest."""
        found = [
            (cost, edge)
            for edge in edges
            if (cost := self.cost(self._graph.target_of[edge])) is not None
        ]
        return min(found)[1] if found else None


def region(graph: AccessGraph, limits: Limits, seeds: Iterable[int]) -> set[int]:
    """Return every node that may be part of a way to the seeds, the inputs of joins too."""
    found = set(seeds)
    todo = list(found)
    while todo:
        for edge in graph.incoming.of(todo.pop()):
            source = graph.source_of[edge]
            if source not in found and limits.allows(graph, edge):
                found.add(source)
                todo.append(source)
    return found


def nearest(tree: Tree, nodes: Iterable[int]) -> Sequence[int]:
    """Return the edges of the cheapest way to any of some nodes; none where there is no way."""
    found = [(cost, node) for node in nodes if (cost := tree.cost(node)) is not None]
    return tree.edges(min(found)[1]) if found else ()
