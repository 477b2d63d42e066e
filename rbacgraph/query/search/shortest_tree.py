"""Cheapest paths, in both directions: Dijkstra over efforts, ties broken by hops and order.

Structural edges cost nothing and are no hop. Of edges that could be next at the same cost,
that of the lowest number goes first. Ways end at AND nodes, which need more than one edge:
:mod:`rbacgraph.query.search.hyperpaths` goes on.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.bitmap_store import distinct
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.costs import COSTS
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter
from rbacgraph.query.search.tails import Tail, WayByTail, edges_of
from rbacgraph.query.search.yen import PathStep, PathSteps

Integers = NDArray[np.int64]
_COSTS = np.array(COSTS, dtype=np.int64)


class Tree(ABC):
    """Cheapest ways between some place and every node, in one direction."""

    @abstractmethod
    def __contains__(self, node: int) -> bool: ...

    @abstractmethod
    def cost(self, node: int) -> int | None:
        """Cost of the way between the place and a node; None where there is no way."""

    @abstractmethod
    def edges(self, node: int) -> Sequence[int]:
        """Return the edges of the cheapest way, what is needed before what needs it."""


class PathTree(Tree):
    """Cheapest paths to or from seeds; all costs are known at once.

    ``every_cost``: for each node what the way costs; UNREACHED where there is none.
    """

    def __init__(self, graph: AccessGraph, every_cost: Integers) -> None:
        self._graph = graph
        self.every_cost = every_cost
        self._cost_of = memoryview(every_cost.data)

    def __contains__(self, node: int) -> bool:
        return bool(self._cost_of[node] != UNREACHED)

    def __iter__(self) -> Iterator[int]:
        return iter((self.every_cost != UNREACHED).nonzero()[0].tolist())

    def cost(self, node: int) -> int | None:
        """Cost of the way between the seeds and a node; None where there is no way."""
        cost: int = self._cost_of[node]
        return None if cost == UNREACHED else cost

    def cheapest_starts(
        self, edges: Integers, firsts: Integers, shut: Collection[int] = ()
    ) -> tuple[list[int], list[int]]:
        """Return of each of several stretches of edges the one to start by.

        It is that with which the way is cheapest, with what that costs: UNREACHED for none, or
        none but edges that are shut.
        """
        if not edges.size:
            return [], []
        costs = self._costs_beyond(edges)
        costs += np.where(costs == UNREACHED, 0, _COSTS[self._graph.kind[edges]])
        if shut:
            costs[np.isin(edges, list(shut))] = UNREACHED
        least = np.minimum.reduceat(costs, firsts)
        counts = np.diff(np.append(firsts, len(edges)))
        found = np.where(costs == least.repeat(counts), edges, UNREACHED)
        return np.minimum.reduceat(found, firsts).tolist(), least.tolist()

    def _costs_beyond(self, edges: Integers) -> Integers:
        """Return what the cheapest ways cost that start by some edges, without these."""
        costs: Integers = self.every_cost[self._graph.target[edges]]
        return costs

    def way_by(self, edge: int) -> Sequence[int]:
        """Return the edges of the cheapest way that starts by an edge."""
        return [edge, *self.edges(self._graph.target_of[edge])]

    def cheapest_start(self, edges: Sequence[int]) -> int | None:
        """Return that of some edges with which the way is cheapest."""
        found = self.cheapest_starts(np.array(edges, dtype=np.int64), np.array([0]))
        return next((edge for edge, cost in zip(*found, strict=True) if cost != UNREACHED), None)


class ShortestTree(PathTree):
    """Cheapest ways between seeds and every node.

    What they cost is found for all nodes at once, their edges where they are asked for.

    ``limits``: what a path may be made of; what ``via`` asks for does not count.
    ``backward``: whether paths lead to the seeds (against the edges) or from them.
    ``costs``: what seeds cost, where it is something.
    ``needs``: edges to joins that are taken as if one were enough.
    ``base``: the same with other seeds, in which no way costs less than here: only what is cheaper
        here is looked for.
    """

    def __init__(
        self,
        graph: AccessGraph,
        limits: PathFilter,
        seeds: Iterable[int],
        *,
        backward: bool,
        costs: Mapping[int, int] = {},
        needs: Collection[int] = frozenset(),
        base: "ShortestTree | None" = None,
    ) -> None:
        self._backward = backward
        self._known_steps: dict[int, PathSteps] = {}
        if backward:
            self._near, self._far = graph.target_of, graph.source_of
            self._arriving, self._leaving = graph.outgoing, graph.incoming
        else:
            self._near, self._far = graph.source_of, graph.target_of
            self._arriving, self._leaving = graph.incoming, graph.outgoing
        allowed: NDArray[np.bool_]
        if base is None:
            allowed = allowed_by(graph, limits, needs)
            for node in limits.blocked:
                allowed[self._arriving.array_of(node)] = False
        else:
            allowed = base.allowed
        self.allowed: NDArray[np.bool_] = allowed
        self._allowed = memoryview(allowed.data)
        # A seed is arrived at by an edge that does not exist: its place, counted from the end.
        self._seeds = sorted(set(seeds) - limits.blocked)
        self._places = {node: n - len(self._seeds) for n, node in enumerate(self._seeds)}
        at = {node: costs.get(node, 0) for node in self._seeds}
        if base is not None:
            before = memoryview(base.every_cost.data)
            at = {node: cost for node, cost in at.items() if cost < before[node]}
        found = cheapest(
            graph,
            allowed,
            np.array([], dtype=np.int64),
            at,
            backward=backward,
            hops=True,
            known=None if base is None else base.every_cost,
        )
        super().__init__(graph, found.effort)
        self._inside = found.effort != UNREACHED
        self._seed_costs = costs
        self._base = base
        self._edges: dict[int, int] = {}
        """The first edge of the way of each settled node; a negative number at a seed."""
        self._tails: dict[int, Tail | None] = {}

    def costs(self, nodes: Collection[int]) -> dict[int, int]:
        """Return what the ways cost of those of some nodes that have one."""
        several = np.fromiter(nodes, dtype=np.int64, count=len(nodes))
        several = several[self._inside[several]]
        return dict(zip(several.tolist(), self.every_cost[several].tolist(), strict=True))

    def steps(self, node: int) -> PathSteps:
        """Return the edges from a node to nodes of the tree, none to AND nodes, as steps."""
        steps = self._known_steps.get(node)
        if steps is None:
            graph = self._graph
            edges = graph.outgoing.array_of(node)
            inside = self._inside[graph.target[edges]] & (graph.kind[edges] != NEEDS)
            steps = self._known_steps[node] = self.steps_by(edges[inside].tolist())
        return steps

    def steps_by(self, edges: Iterable[int]) -> PathSteps:
        """Return those of some edges that lead to nodes of the tree, as steps."""
        graph, steps = self._graph, []
        for edge in edges:
            target = graph.target_of[edge]
            rest = self.cost(target)
            if rest is not None:
                cost = COSTS[graph.kind_of[edge]]
                steps.append(PathStep(cost + rest, edge, target, cost))
        return sorted(steps)

    def way_by(self, edge: int) -> Sequence[int]:
        """Return the edges of the cheapest way that starts by an edge, in a backward tree."""
        return WayByTail(edge, self.tail(self._graph.target_of[edge]))

    def edges(self, node: int) -> Sequence[int]:
        """Return the edges of the cheapest way, in the direction of the path."""
        found = list(edges_of(self.tail(node)))
        return found if self._backward else found[::-1]

    def last(self, node: int) -> int:
        """Return the seed at which the cheapest way from or to a node ends."""
        edges = list(edges_of(self.tail(node)))
        return self._near[edges[-1]] if edges else node

    def tail(self, node: int) -> Tail | None:
        """Return the cheapest way, the edge at the node first; None at a seed."""
        tails, near, passed = self._tails, self._near, list[int]()
        while node not in tails:
            edge = self._edge_at(node)
            if edge < 0:
                tails[node] = None
            else:
                passed.append(node)
                node = near[edge]
        found = tails[node]
        for node in reversed(passed):
            found = tails[node] = Tail(self._graph, self._edges[node], found)
        return found

    def _edge_at(self, node: int) -> int:
        """Return the first edge of the way of a node; a negative number at a seed."""
        edge = self._edges.get(node)
        if edge is None:
            if self._base is None or self._differs[node]:
                self._edges |= self._settled_with(node)
                return self._edges[node]
            edge = self._edges[node] = self._base._edge_at(node)  # noqa: SLF001 - of its kind
        return edge

    @cached_property
    def _differs(self) -> Sequence[bool]:
        """For each node, whether the edge there may be another than in the base.

        It may where a cost differs at the node, where one of its edges leads, or at what it reaches
        without effort: nothing else decides the order in which edges are taken.
        """
        assert self._base is not None
        cost, leaving = self.every_cost, self._leaving
        near, far = self._graph.target, self._graph.source
        if not self._backward:
            near, far = far, near
        # Effort costs; to settle such edges again, too, would only take longer.
        free = self.allowed & (self._graph.efforts == 0)
        found = cost != self._base.every_cost
        found[far[leaving.of_all(found.nonzero()[0])]] = True
        found[[*self._places, *self._base._places]] = True  # noqa: SLF001 - of its kind
        fresh = found.nonzero()[0]
        while fresh.size:
            edges = leaving.of_all(fresh)
            nodes = far[edges[free[edges] & (cost[far[edges]] == cost[near[edges]])]]
            fresh = distinct(nodes[~found[nodes]])
            found[fresh] = True
        return memoryview(found.data)

    def _settled_with(self, node: int) -> dict[int, int]:
        """Settle a node, with all of equal cost from which it is reached, edge by edge.

        Of the edges by which one could arrive anywhere, that of the lowest number goes first.
        """
        cost = self._cost_of[node]
        waiting: list[int] = []
        free: dict[int, list[int]] = {node: []}
        todo = [node]
        while todo:
            at = todo.pop()
            if at in self._places and self._seed_costs.get(at, 0) == cost:
                waiting.append(self._places[at])
            for edge in self._arriving.of(at):
                near = self._near[edge]
                step = COSTS[self._graph.kind_of[edge]]
                if self._cost_of[near] + step != cost or not self._allowed[edge]:
                    continue
                if step:
                    waiting.append(edge)
                    continue
                if near not in free:
                    free[near] = []
                    todo.append(near)
                free[near].append(edge)
        heapify(waiting)
        settled: dict[int, int] = {}
        while waiting:
            edge = heappop(waiting)
            at = self._far[edge] if edge >= 0 else self._seeds[edge]
            if at not in settled:
                settled[at] = edge
                for after in free.get(at, ()):
                    heappush(waiting, after)
        return settled


class ViaTree(PathTree):
    """Cheapest ways to seeds that hold an edge of the kinds that limits ask for.

    Each goes to such an edge by one tree, and on from there by another.

    ``graph``, ``limits``, ``seeds``: as for :class:`ShortestTree`.
    """

    def __init__(self, graph: AccessGraph, limits: PathFilter, seeds: Iterable[int]) -> None:
        self._after = ShortestTree(graph, limits, seeds, backward=True)
        allowed = self._after.allowed & np.isin(graph.kind, list(limits.via))
        allowed &= self._after.every_cost[graph.target] != UNREACHED
        costs: dict[int, int] = {}
        self._held: dict[int, int] = {}
        """By where they start, the edges of those kinds after which the way is cheapest."""
        for edge in allowed.nonzero()[0].tolist():
            source, target = graph.source_of[edge], graph.target_of[edge]
            cost = COSTS[graph.kind_of[edge]] + int(self._after.every_cost[target])
            if cost < costs.get(source, cost + 1):
                costs[source], self._held[source] = cost, edge
        self._before = ShortestTree(graph, limits, costs, backward=True, costs=costs)
        self._asked = limits.via
        super().__init__(graph, self._before.every_cost)

    def _costs_beyond(self, edges: Integers) -> Integers:
        costs, targets = super()._costs_beyond(edges), self._graph.target[edges]
        asked = np.isin(self._graph.kind[edges], list(self._asked))
        costs[asked] = np.minimum(costs, self._after.every_cost[targets])[asked]
        return costs

    def way_by(self, edge: int) -> Sequence[int]:
        """Return the edges of the cheapest way that starts by an edge, which may be asked for."""
        target = self._graph.target_of[edge]
        if self._graph.kind_of[edge] in self._asked:
            after, other = (one.every_cost[target] for one in (self._after, self))
            if after <= other:
                return self._after.way_by(edge)
        return super().way_by(edge)

    def edges(self, node: int) -> Sequence[int]:
        """Return the edges of the cheapest way: it may pass a node again."""
        held = self._held[self._before.last(node)]
        after = self._after.edges(self._graph.target_of[held])
        return each_once((*self._before.edges(node), held, *after))


def each_once(edges: Sequence[int]) -> list[int]:
    """Return the edges of a way each once; all of them if it would end elsewhere then.

    That is a way to what it passes already, and only from there to what ``via`` asks for.
    """
    once = list(dict.fromkeys(edges))
    return once if once[-1:] == [*edges[-1:]] else list(edges)


def allowed_by(graph: AccessGraph, limits: PathFilter, needs: Collection[int]) -> NDArray[np.bool_]:
    """Tell for each edge whether ways may hold it, of joins' needs only some."""
    allowed = limits.allowed(graph)
    needed = allowed[list(needs)]
    allowed &= graph.kind != NEEDS
    allowed[list(needs)] = needed
    return allowed
