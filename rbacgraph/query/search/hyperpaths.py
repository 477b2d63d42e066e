"""Cheapest ways from a source where some nodes need several others: proofs rather than chains."""

from collections.abc import Container, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import count, product
from math import inf
from typing import NamedTuple, Protocol

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.costs import COSTS, cost_of
from rbacgraph.query.arrays.path_filter import NEEDS, Limits
from rbacgraph.query.search.stateful_tree import State, StateTree
from rbacgraph.query.search.steiner_trees import Shared, Sharing
from rbacgraph.query.search.yen import Step, Steps

Link = tuple[int, State]
"""An edge, and the state it was taken from; NOWHERE where the links before it lead there."""

NOWHERE: State = (-1, 0, False)


class Guide(Protocol):
    """Tells what is left from each node to where a search is to lead."""

    def cost(self, node: int) -> int | None:
        """Return what is left at least; None where a node does not lead there."""

    def steps(self, node: int) -> Steps:
        """Return the edges from a node that lead there, but for joins' needs."""


class HopsLeft(NamedTuple):
    """For each node, how many hops are left at least to where paths are to end.

    ``wishing`` is for paths that hold nothing yet of what is wished for. Of paths that cost the
    same another may be told by knowing this.
    """

    wishing: Sequence[float]
    satisfied: Sequence[float]


class Turn(NamedTuple):
    """A state to go on from by one of its steps, and later by those that are left."""

    cost: int
    state: State
    left: Iterator[Step]


class Item(NamedTuple):
    """What waits: what is cheapest with all that is left comes first."""

    total: int
    """The cost, with what is left at least."""
    rest: int
    """What is left at least."""
    number: int
    state: State
    links: tuple[Link, ...]
    """How it was reached: by an edge, or as many as a join needs; by none where it is a seed."""
    turn: Turn | None


class ProofTree(StateTree):
    """Cheapest ways from a seed, through joins: reached once each of their inputs is.

    A join costs what the techniques cost that lead to its inputs, each counted once, or once
    for each member that is used of all that it yields. Where
    the search leads somewhere, the inputs are reached by the ways that cost least together,
    but for what further joins on the way to them may have in common; else each by the one that
    is cheapest for it alone. What is cheapest with all that is left comes first (A*), and of
    that what has least left.

    Parameters
    ----------
    graph:
        The graph.
    limits:
        What a path may be made of.
    toward:
        Where the search is to lead; anywhere by default.
    hops_left:
        How many hops are left at least, where that is known: ways that would take too many are
        not followed.
    shares:
        Whether inputs are reached by the ways that cost least together.
    sharing:
        Finds these; from each node all searches that share it start by the same edges.
    """

    def __init__(
        self,
        graph: AccessGraph,
        limits: Limits,
        *,
        toward: Guide | None = None,
        hops_left: HopsLeft | None = None,
        shares: bool = True,
        sharing: Sharing | None = None,
    ) -> None:
        super().__init__(graph, backward=False)
        self._limits = limits
        self._guide = _Anywhere(graph) if toward is None else toward
        self._hops_left = hops_left
        self._shares = shares and toward is not None and limits.plain
        self._sharing = sharing or Sharing(graph)
        self._given: dict[State, Sequence[int]] = {}
        self._numbers = count()
        self._waiting: list[Item] = []
        self._links: dict[State, tuple[Link, ...]] = {}
        self._states: dict[int, list[State]] = {}
        self._least = 0
        self._left_by: dict[int, Container[int]] = {}
        self._proofs: dict[State, dict[int, None]] = {}
        self._shared: dict[int, list[tuple[Shared, list[Link]]]] = {}
        """Ways to all inputs of a join, by where they start, with the links after that."""

    def grow(self, seed: int, *, until: Container[int] = frozenset()) -> "ProofTree":
        """Search from a node until one of some others is reached."""
        self.give(seed, ())
        while self.least < inf:
            state = self.advance()
            if state[2] and state[0] in until:
                break
        return self

    def give(self, node: int, edges: Sequence[int]) -> None:
        """Search from a node too, to which some edges lead."""
        state = self._state(node, edges)
        if state not in self._given:
            self._given[state] = edges
            self._wait(cost_of(self._graph, edges), state, ())

    @property
    def least(self) -> float:
        """What the next state costs, with what is left from there at least; inf for none."""
        while self._waiting and self._waiting[0].state in self._costs:
            self._next()
        return self._waiting[0].total if self._waiting else inf

    def advance(self, by: Container[int] | None = None) -> State:
        """Reach the next state, of which there must be one; ``by`` are edges to go on by."""
        item = self._next()
        cost, state = item.total - item.rest, item.state
        self._reach(state, cost)
        self._links[state] = item.links
        self._least = item.total
        self._states.setdefault(state[0], []).append(state)
        steps, needs = self._guide.steps(state[0]), self._graph.needs_of.get(state[0], ())
        for way, links in self._shared.get(state[0], ()):
            self._go_together(state, way, links)
        if by is not None:
            self._left_by[state[0]] = by
            steps = [step for step in steps if step.edge in by]
            needs = [edge for edge in needs if edge in by]
        self._take(Turn(cost, state, iter(steps)))
        for edge in needs:
            self._join(self._graph.target_of[edge], edge, state)
        return state

    def _next(self) -> Item:
        item = heappop(self._waiting)
        if item.turn is not None:
            self._take(item.turn)
        return item

    def _take(self, turn: Turn) -> None:
        """Let the first step wait that may be taken, of those that are left."""
        graph, limits = self._graph, self._limits
        _, hops, satisfied = turn.state
        for step in turn.left:
            if step.target in limits.blocked or not limits.allows(graph, step.edge):
                continue
            used = hops + (step.cost > 0) if limits.max_hops is not None else 0
            following = step.target, used, satisfied or graph.kind_of[step.edge] in limits.via
            if following not in self._costs and self._is_in_time(following):
                self._wait(turn.cost + step.cost, following, ((step.edge, turn.state),), turn)
                return

    def _wait(
        self, cost: int, state: State, links: tuple[Link, ...], turn: Turn | None = None
    ) -> None:
        rest = self._guide.cost(state[0])
        if rest is not None:
            item = Item(cost + rest, rest, next(self._numbers), state, links, turn)
            heappush(self._waiting, item)

    def _is_in_time(self, state: State) -> bool:
        """Whether the hops of a path through a state may be as few as they must."""
        most, (node, used, satisfied) = self._limits.max_hops, state
        if most is None or self._hops_left is None:
            return most is None or used <= most
        return used + self._hops_left[satisfied][node] <= most

    def _state(self, node: int, edges: Iterable[int]) -> State:
        """Return the state of a node to which some edges lead."""
        limits = self._limits
        kinds = [self._graph.kind_of[edge] for edge in edges]
        hops = sum(COSTS[kind] > 0 for kind in kinds) if limits.max_hops is not None else 0
        return node, hops, not limits.via or not limits.via.isdisjoint(kinds)

    def _join(self, join: int, last: int, state: State) -> None:
        """Go on to a join by the ways that a last edge from a state opens."""
        graph, limits = self._graph, self._limits
        if join in limits.blocked or not limits.allows(graph, last):
            return
        needs = [edge for edge in graph.incoming.of(join) if graph.kind_of[edge] == NEEDS]
        sources = [graph.source_of[edge] for edge in needs]
        choices = [[state] if node == state[0] else self._states.get(node, []) for node in sources]
        for states in product(*choices):
            edges = dict.fromkeys(edge for state in states for edge in self._proof(state))
            following = self._state(join, edges)
            if following not in self._costs and self._is_in_time(following):
                links = tuple(zip(needs, states, strict=True))
                cost = cost_of(graph, edges)
                self._wait(cost, following, links)
                if self._shares and sum(self._costs[state] > 0 for state in states) > 1:
                    self._share(needs, cost)

    def _share(self, needs: Sequence[int], below: int) -> None:
        """Go on to a join by cheaper ways to all of its inputs together.

        Some may follow later, once where they start is reached.
        """
        links: list[Link] = [(edge, NOWHERE) for edge in needs]
        sources = [self._graph.source_of[edge] for edge in needs]
        key = self._limits, tuple(self._left_by)
        incoming, least = self._incoming, self._at_least
        ways = self._sharing.ways(sources, key=key, incoming=incoming, least=least, below=below)
        for way in ways:
            if way.start in self._best:
                self._go_together(self._best[way.start], way, links)
            else:
                self._shared.setdefault(way.start, []).append((way, links))

    def _go_together(self, state: State, way: Shared, needs: Sequence[Link]) -> None:
        """Let a join wait, by a way to all of its inputs from a state."""
        join = self._graph.target_of[needs[0][0]], 0, True
        if join not in self._costs:
            links = [*((edge, NOWHERE) for edge in way.edges), *needs]
            first = links[0][0], state
            self._wait(self._costs[state] + way.cost, join, (first, *links[1:]))

    def _at_least(self, node: int) -> float:
        """Return what it costs to reach a node, at least."""
        cost = self.cost(node)
        if cost is not None:
            return cost
        rest = self._guide.cost(node)
        return inf if rest is None else max(0, self._least - rest)

    def _incoming(self, node: int) -> Iterator[int]:
        """Yield the edges by which a node may be reached, but for what joins need."""
        graph, limits = self._graph, self._limits
        for edge in graph.incoming.of(node):
            source = graph.source_of[edge]
            if graph.kind_of[edge] == NEEDS or source in limits.blocked:
                continue
            if source in self._left_by and edge not in self._left_by[source]:
                continue
            if limits.allows(graph, edge):
                yield edge

    def edges(self, node: int) -> Sequence[int]:
        """Return the edges of the cheapest way, what is needed before what needs it."""
        return self.edges_to(self._best[node])

    def edges_to(self, state: State) -> Sequence[int]:
        """Return the edges of the cheapest way to a state that was reached."""
        return list(self._proof(state))

    def _from_far(self, node: int) -> list[int]:
        return list(reversed(self.edges(node)))

    def _proof(self, state: State) -> dict[int, None]:
        """Return the edges that lead to a state: those to what it needs, then the last ones."""
        found = dict.fromkeys(self._given.get(state, ()))
        for edge, before in self._links[state]:
            if before is not NOWHERE:
                found |= self._known_proof(before)
            found[edge] = None
        return found

    def _known_proof(self, state: State) -> dict[int, None]:
        """Return the same of a state that others were reached from."""
        known, todo = self._proofs, [state]
        while state not in known:  # however far it is
            at = todo.pop()
            needed = (before for _, before in self._links[at] if before is not NOWHERE)
            unknown = [before for before in needed if before not in known]
            if unknown:
                todo += at, *unknown
            else:
                known[at] = self._proof(at)
        return known[state]


class _Anywhere:
    """Guides nowhere: all edges are as good."""

    def __init__(self, graph: AccessGraph) -> None:
        self._graph = graph

    def cost(self, _: int) -> int:
        return 0

    def steps(self, node: int) -> Steps:
        graph = self._graph
        edges = [edge for edge in graph.outgoing.of(node) if graph.kind_of[edge] != NEEDS]
        costs = [COSTS[graph.kind_of[edge]] for edge in edges]
        targets = [graph.target_of[edge] for edge in edges]
        return sorted(map(Step, costs, edges, targets, costs))
