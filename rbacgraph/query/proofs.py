"""Cheapest ways from a source where some nodes need several others: proofs rather than chains."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import product
from math import inf

from rbacgraph.edges import KINDS
from rbacgraph.graph.access import AccessGraph
from rbacgraph.query.limits import NEEDS, Limits
from rbacgraph.query.search import COSTS, State, Tree, grow
from rbacgraph.query.sharing import Shared, shared_ways

Step = tuple[int, State]
"""An edge, and the state it was taken from; NOWHERE where the steps before it lead there."""

CONTAINS = KINDS["contains"]
NOWHERE: State = (-1, 0, False)

Item = tuple[int, tuple[Step, ...], State]
"""What waits: the cost, the steps that lead there, the state."""


def forward(graph: AccessGraph, limits: Limits, source: int) -> Tree:
    """Search from a node, through joins where the graph has some."""
    if graph.joins:
        return ProofTree(graph, limits).grow([source])
    return grow(graph, limits, [source], backward=False)


def cost_of(graph: AccessGraph, edges: Iterable[int]) -> int:
    """Sum up the cost of a path's edges: a technique once for each member that it yields.

    Edges are in an order in which everything stands before what needs it.
    """
    total = 0
    by: dict[int, int] = {}  # for a node that a technique yields, or a part of it: what that costs
    narrowed: set[int] = set()
    for edge in edges:
        source, target, kind = graph.source_of[edge], graph.target_of[edge], graph.kind_of[edge]
        if kind == CONTAINS and source in by:
            total += by[source] if source in narrowed else 0
            narrowed.add(source)
            by[target] = by[source]
        elif COSTS[kind]:
            total += COSTS[kind]
            by[target] = COSTS[kind]
    return total


def has_join(graph: AccessGraph, edges: Iterable[int]) -> bool:
    """Whether a path meets the needs of some join."""
    return any(graph.kind_of[edge] == NEEDS for edge in edges)


def nearest(tree: Tree, nodes: Iterable[int]) -> Sequence[int]:
    """Return the edges of the cheapest way to any of some nodes; none where there is no way."""
    found = [(cost, node) for node in nodes if (cost := tree.cost(node)) is not None]
    return tree.edges(min(found)[1]) if found else ()


class ProofTree(Tree):
    """Cheapest ways from seeds, through joins: reached once each of their inputs is.

    A join costs what the techniques cost that lead to its inputs, each counted once. Of all
    ways to them the one that costs least together is told, but for what further joins, on the
    way to several of them, have in common.

    Parameters
    ----------
    graph:
        The graph.
    limits:
        What a path may be made of.
    toward:
        What is left to where the search is to lead, at least; nodes that do not lead there
        are left out. Anywhere by default.
    first:
        The edges by which seeds may be left; all by default.
    """

    def __init__(
        self,
        graph: AccessGraph,
        limits: Limits,
        *,
        toward: Tree | None = None,
        first: Container[int] | None = None,
    ) -> None:
        super().__init__(graph, backward=False)
        self._limits = limits
        self._toward = toward
        self._outgoing = graph.outgoing.of if toward is None else toward.outgoing
        self._first = first
        self._below: float = inf
        self.cut = False
        """Whether something was left out that costs too much."""
        self._seeds: frozenset[int] = frozenset()
        self._given: dict[State, Sequence[int]] = {}
        self._done: dict[State, tuple[int, tuple[Step, ...]]] = {}
        self._best: dict[int, State] = {}
        self._states: dict[int, list[State]] = {}
        self._shared: dict[int, list[tuple[Shared, list[Step]]]] = {}
        """Ways to all inputs of a join, by where they start, with the steps after that."""

    def grow(
        self,
        seeds: Iterable[int],
        given: Mapping[int, Sequence[int]] = {},
        *,
        until: Container[int] = frozenset(),
        below: float = inf,
    ) -> "ProofTree":
        """Search from the seeds, each at no cost, and from nodes with a given way to each.

        The search ends once one of ``until`` is reached. What costs ``below`` or more, with
        what is left, is left out.
        """
        self._below = below
        self._seeds = frozenset(seeds)
        heap: list[Item] = [(0, (), (node, 0, not self._limits.via)) for node in self._seeds]
        for node, edges in given.items():
            state = self._state(node, edges)
            self._given[state] = edges
            heap.append((cost_of(self._graph, edges), (), state))
        heapify(heap)
        while heap:
            cost, steps, state = heappop(heap)
            if state in self._done:
                continue
            self._done[state] = cost, steps
            self._states.setdefault(state[0], []).append(state)
            if state[2]:
                self._best.setdefault(state[0], state)
                if state[0] in until:
                    break
            for item in self._following(cost, state):
                heappush(heap, item)
        return self

    def _state(self, node: int, edges: Iterable[int]) -> State:
        """Return the state of a node to which some edges lead."""
        limits = self._limits
        kinds = [self._graph.kind_of[edge] for edge in edges]
        hops = sum(COSTS[kind] > 0 for kind in kinds) if limits.max_hops is not None else 0
        return node, hops, not limits.via or not limits.via.isdisjoint(kinds)

    def _following(self, cost: int, state: State) -> Iterator[Item]:
        graph, limits = self._graph, self._limits
        node, hops, satisfied = state
        for way, needs in self._shared.get(node, ()):
            yield self._together(cost, state, way, needs)
        for edge in self._outgoing(node):
            far, kind = graph.target_of[edge], graph.kind_of[edge]
            if far in limits.blocked or not limits.allows(graph, edge):
                continue
            if self._first is not None and node in self._seeds and edge not in self._first:
                continue
            if not self._leads_on(far, cost + COSTS[kind]):
                continue
            if kind == NEEDS:
                yield from self._joined(far, state)
                continue
            used = hops + (COSTS[kind] > 0) if limits.max_hops is not None else 0
            following = far, used, satisfied or kind in limits.via
            if following not in self._done and used <= (limits.max_hops or used):
                yield cost + COSTS[kind], ((edge, state),), following

    def _leads_on(self, node: int, cost: int) -> bool:
        """Whether a node that is reached at some cost leads to where the search is to lead."""
        rest = 0 if self._toward is None else self._toward.cost(node)
        if rest is None:
            return False
        if cost + rest < self._below:
            return True
        self.cut = True
        return False

    def _joined(self, join: int, last: State) -> Iterator[Item]:
        """Yield the ways to a join that its last missing input opens."""
        graph = self._graph
        needs = [edge for edge in graph.incoming.of(join) if graph.kind_of[edge] == NEEDS]
        sources = [graph.source_of[edge] for edge in needs]
        choices = [[last] if node == last[0] else self._states.get(node, []) for node in sources]
        for states in product(*choices):
            edges = dict.fromkeys(edge for state in states for edge in self._proof(state))
            following, cost = self._state(join, edges), cost_of(graph, edges)
            if following in self._done or following[1] > (self._limits.max_hops or following[1]):
                continue
            if self._leads_on(join, cost):
                yield cost, tuple(zip(needs, states, strict=True)), following
                if self._limits.plain and self._may_share(states):
                    yield from self._sharing(needs, self._done[last][0], cost)

    def _may_share(self, states: Sequence[State]) -> bool:
        """Whether several inputs cost something, so that they may cost less together."""
        return sum(self._done[state][0] > 0 for state in states) > 1

    def _sharing(self, needs: Sequence[int], now: int, below: int) -> Iterator[Item]:
        """Yield the cheaper ways to the inputs of a join together, those known by now.

        Others may follow, once where they start is reached.
        """
        graph = self._graph
        steps: list[Step] = [(edge, NOWHERE) for edge in needs]
        ways = shared_ways(
            graph,
            [graph.source_of[edge] for edge in needs],
            incoming=self._incoming,
            least=lambda node: now if (cost := self.cost(node)) is None else cost,
            below=below,
        )
        for way in ways:
            state = self._best.get(way.start)
            if state is None:
                self._shared.setdefault(way.start, []).append((way, steps))
            else:
                yield self._together(self._done[state][0], state, way, steps)

    def _together(self, cost: int, state: State, way: Shared, needs: Sequence[Step]) -> Item:
        """Return what waits for a join, by a way to all of its inputs from a state."""
        join = self._graph.target_of[needs[0][0]]
        steps = [*((edge, NOWHERE) for edge in way.edges), *needs]
        return cost + way.cost, ((steps[0][0], state), *steps[1:]), (join, 0, True)

    def _incoming(self, node: int) -> Iterator[int]:
        """Yield the edges by which a node may be reached, but for what joins need."""
        graph, limits = self._graph, self._limits
        for edge in graph.incoming.of(node):
            source = graph.source_of[edge]
            if graph.kind_of[edge] == NEEDS or source in limits.blocked:
                continue
            if self._first is not None and source in self._seeds and edge not in self._first:
                continue
            if limits.allows(graph, edge):
                yield edge

    def __contains__(self, node: int) -> bool:
        return node in self._best

    def __iter__(self) -> Iterator[int]:
        return iter(self._best)

    def cost(self, node: int) -> int | None:
        """Cost of the way between a node and the nearest seed; None where there is no way."""
        state = self._best.get(node)
        return None if state is None else self._done[state][0]

    def edges(self, node: int) -> Sequence[int]:
        """Return the edges of the cheapest way, what is needed before what needs it."""
        return list(self._proof(self._best[node]))

    def _from_far(self, node: int) -> list[int]:
        return list(reversed(self.edges(node)))

    def _proof(self, state: State) -> dict[int, None]:
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
                if step[1] is not NOWHERE:
                    todo.append((step[1], None))
        return found
