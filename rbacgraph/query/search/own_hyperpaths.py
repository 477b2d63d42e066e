"""Paths through joins of which a principal meets a need by itself: no group's path retold."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import count, product
from math import inf
from typing import NamedTuple

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.costs import COSTS, cost_of
from rbacgraph.query.arrays.path_filter import NEEDS, Limits
from rbacgraph.query.search.hyperpaths import Guide, ProofTree
from rbacgraph.query.search.stateful_tree import State


class Whose(NamedTuple):
    """A principal, the edges at which its own paths start, those to its groups, the groups."""

    principal: int
    starts: frozenset[int]
    memberships: frozenset[int]
    groups: frozenset[int]


class OwnNeeds:
    """The search for the cheapest path of a principal that begins with a right of its own.

    Of each join that the path goes through one need is met by an own path, and the others
    anyhow, each by the way that is cheapest for it alone.

    Parameters
    ----------
    graph:
        The graph.
    limits:
        What a path may be made of.
    whose:
        Whose path it is.
    free:
        Whether groups may meet all needs of a join, as none of them does alone.
    through, after:
        What is left to the seeds by some join at least, and by none.
    """

    def __init__(
        self,
        graph: AccessGraph,
        limits: Limits,
        whose: Whose,
        *,
        free: Callable[[int], bool],
        through: Guide,
        after: Guide,
    ) -> None:
        around = limits._replace(blocked=whose.groups)
        self._graph = graph
        self._limits = limits
        self._whose = whose
        self._free = free
        self._guide = through
        self._whole = _Found(ProofTree(graph, limits, toward=through, shares=False))
        self._own = _Found(ProofTree(graph, around, toward=through, shares=False))
        self._after = ProofTree(graph, around, toward=after, shares=False)
        self._met: list[tuple[int, int, int, Sequence[int]]] = []
        """Joins with the edges to them, those first by which a path may be the cheapest."""
        self._numbers = count()

    def way(self, seeds: Container[int], below: float) -> Sequence[int]:
        """Return the edges of the path to some nodes; none where none costs less than that."""
        whose, whole, own, after = self._whose, self._whole, self._own, self._after
        whole.start(whose.principal, whose.starts | whose.memberships)
        own.start(whose.principal, whose.starts)
        # What is met comes last: of what costs no more, all is known by then.
        while (least := min(after.least, own.least, whole.least, self._least_met)) < below:
            if after.least == least:
                state = after.advance()
                if state[2] and state[0] in seeds:
                    return after.edges_to(state)
            elif own.least == least:
                self._go_on_from_own(own.advance())
            elif whole.least == least:
                self._go_on_from_whole(whole.advance())
            else:
                _, _, join, edges = heappop(self._met)
                own.tree.give(join, edges)
        return ()

    @property
    def _least_met(self) -> float:
        return self._met[0][0] if self._met else inf

    def _go_on_from_own(self, state: State) -> None:
        node = state[0]
        if node in self._graph.joins:
            self._after.give(node, self._own.tree.edges_to(state))
        for join, needs in self._needing(node):
            self._meet(join, state, [self._whole.states(need) for need in needs])

    def _go_on_from_whole(self, state: State) -> None:
        node = state[0]
        if node in self._graph.joins and self._free(node):
            self._wait(node, self._whole.tree.edges_to(state))
        for join, needs in self._needing(node):
            for need in needs:
                others = [self._whole.states(other) for other in needs if other != need]
                for own in self._own.states(need):
                    self._meet(join, own, [[state], *others])

    def _needing(self, node: int) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield the joins that need a node, with what else they need."""
        graph = self._graph
        for edge in graph.needs_of.get(node, ()):
            if self._limits.allows(graph, edge):
                join = graph.target_of[edge]
                yield join, [need for need in graph.joins[join] if need != node]

    def _meet(self, join: int, own: State, others: Iterable[Sequence[State]]) -> None:
        """Go on to a join by an own way to one of its needs, and any ways to the others."""
        graph = self._graph
        needs = [edge for edge in graph.incoming.of(join) if graph.kind_of[edge] == NEEDS]
        for states in product(*others):
            edges = dict.fromkeys(self._own.tree.edges_to(own))
            for state in states:
                edges |= dict.fromkeys(self._whole.tree.edges_to(state))
            self._wait(join, [*edges, *needs])

    def _wait(self, join: int, edges: Sequence[int]) -> None:
        graph, most = self._graph, self._limits.max_hops
        rest = self._guide.cost(join)
        hops = sum(COSTS[graph.kind_of[edge]] > 0 for edge in edges)
        if rest is not None and (most is None or hops <= most):
            total = cost_of(graph, edges) + rest
            heappush(self._met, (total, next(self._numbers), join, edges))


class _Found:
    """A search with the states that it has reached, by their nodes."""

    def __init__(self, tree: ProofTree) -> None:
        self.tree = tree
        self._states: dict[int, list[State]] = {}

    @property
    def least(self) -> float:
        """What the next state costs, with what is left from there at least."""
        return self.tree.least

    def start(self, node: int, edges: Container[int]) -> None:
        """Search from a node by some of its edges."""
        self.tree.give(node, ())
        if self.tree.least < inf:
            self._add(self.tree.advance(edges))

    def advance(self) -> State:
        """Reach the next state, of which there must be one."""
        return self._add(self.tree.advance())

    def states(self, node: int) -> Sequence[State]:
        """Return the states of a node that are reached."""
        return self._states.get(node, ())

    def _add(self, state: State) -> State:
        self._states.setdefault(state[0], []).append(state)
        return state
