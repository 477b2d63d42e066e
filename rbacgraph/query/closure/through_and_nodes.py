"""Hyperpaths to some nodes: through AND nodes, from one node or from every principal."""

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from math import inf

import numpy as np
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.query.arrays.bitmap_store import BitmapStore
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED
from rbacgraph.query.arrays.costs import COSTS
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.closure.closure import Closure
from rbacgraph.query.closure.own_and_nodes import OwnAndNodes
from rbacgraph.query.search.own_hyperpaths import OwnHyperpaths
from rbacgraph.query.search.shortest_tree import PathTree, ShortestTree
from rbacgraph.query.search.simple_ways import is_simple
from rbacgraph.query.search.steiner_trees import SteinerSearch
from rbacgraph.query.search.steps import LAST, LAYERS, UNMET, Steps
from rbacgraph.query.search.tails import is_certain
from rbacgraph.techniques.catalogue import KINDS

MEMBER_OF = KINDS["member-of"]


class AndNodePaths:
    """The part of a graph that leads to some nodes through joins.

    ``trees``: the cheapest ways to them but through joins, whatever ``via`` asks for, and those
        that hold it.
    ``own_and_nodes``: the own ways to AND nodes within the same limits, if several questions share
        them.
    ``sharing``: finds ways to several nodes, of the same principals.
    ``base``: the same for nodes from which these are reached without effort, to go on from.
    """

    def __init__(
        self,
        graph: AccessGraph,
        principals: Principals,
        limits: PathFilter,
        seeds: Sequence[int],
        trees: tuple[ShortestTree, PathTree],
        *,
        spread: Closure | None = None,
        own_and_nodes: OwnAndNodes | None = None,
        sharing: SteinerSearch | None = None,
        base: "AndNodePaths | None" = None,
    ) -> None:
        self._own_and_nodes = own_and_nodes
        self._sharing = sharing or SteinerSearch(graph)
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._seeds = frozenset(seeds)
        self._tree, self._via_tree = trees
        self._known = spread
        self._base = base

    @cached_property
    def concern(self) -> bool:
        """Whether any way leads through a join."""
        joins = self._graph.joins
        return any(join in self._tree for join in joins)

    def way_from(self, node: int, below: float) -> Sequence[int]:
        """Return the edges of a node's cheapest path through joins, by groups too.

        There are none where no path costs less than ``below``.
        """
        if self._is_hopeless(node, below):
            return ()
        found = OwnHyperpaths(self.steps, is_own=lambda _: True, sharing=self._sharing)
        found.start_with(node, None)
        return self._first(found, below)

    def own_ways(self, below: Mapping[int, int]) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield principals with the edges of their cheapest own path through joins.

        What a join needs may also come from a group, but no group of the principal may meet
        all needs by itself, and the path does not pass through one after the join. Where the
        principal meets a need only on a condition, what a group gets for certain is left out.

        ``below``: for principals whose paths are wanted only if they cost less, that cost.
        """
        graph = self._graph
        for principal in self._able:
            limit, least = below.get(principal, inf), self.by_rare_needs.cost(principal)
            if least is None or least >= limit:
                continue
            if self._is_hopeless(principal, limit):
                continue
            members = [e for e in graph.outgoing.of(principal) if graph.kind_of[e] == MEMBER_OF]
            own = frozenset(self._own_edges.get(principal, ()))
            first, groups = own.union(members), graph.membership.groups_of(principal)
            found = OwnHyperpaths(
                self.steps,
                is_own=lambda join: principal in self._spread.able(join),  # noqa: B023
                groups=groups,
                sharing=self._sharing,
            )
            found.start_with(principal, first)
            edges = self._first(found, limit)
            if edges and not self._limits.certain and is_certain(graph, edges):
                # The certain paths have it already, unless it is a path of a group.
                edges = self._strictly_own(principal, own, first, limit)
            if edges:
                yield principal, edges

    def _strictly_own(
        self, principal: int, own: Collection[int], first: Container[int], below: float
    ) -> Sequence[int]:
        """Return the cheapest path whose last AND node is the principal's own, if any."""
        graph, groups = self._graph, self._graph.membership.groups_of(principal)
        if self._own_and_nodes is not None:
            after = self._tree.every_cost
            way = self._own_and_nodes.cheapest(principal, own, first, after, below)
            if way is None:
                return ()
            tail = () if self._limits.via else self._tree.edges(way.node)
            if tail and groups.isdisjoint(map(graph.source_of.__getitem__, tail)):
                return list(dict.fromkeys((*way.edges, *tail)))
        found = OwnHyperpaths(
            self.steps,
            is_own=lambda join: self._spread.is_of_none(join, principal, groups),
            groups=groups,
        )
        found.start_strictly(principal, own, first)
        return self._first(found, below)

    def _first(self, search: OwnHyperpaths, below: float) -> Sequence[int]:
        """Return the edges of the cheapest hyperpath; none where none is cheap enough."""
        found = search.run(self._ends, below)
        edges = () if found is None else search.edges(found)
        return () if self._limits.via and not is_simple(self._graph, edges) else edges

    @cached_property
    def _ends(self) -> Container[int]:
        """The states of the seeds to which whole hyperpaths lead."""
        return frozenset(LAST * len(self._graph.nodes) + seed for seed in self._seeds)

    @cached_property
    def steps(self) -> Steps:
        """The steps toward the seeds."""
        after = {LAST: self._tree.every_cost, LAST | UNMET: self._via_tree.every_cost}
        rests = [after.get(layer, self.through.every_cost) for layer in range(LAYERS)]
        base = None if self._base is None or self._limits.via else self._base.steps
        return Steps(self._graph, self._limits, rests, base)

    def _is_hopeless(self, start: int, below: float) -> bool:
        """Whether each path from a node that holds what ``via`` asks for costs so much."""
        # It only saves a search that finds nothing: "<=" would change no answer.
        return bool(self._limits.via) and not self._with_via[start] < below

    @cached_property
    def _with_via(self) -> Sequence[float]:
        """For each node what a path costs at least that holds what ``via`` asks for.

        Each such edge leads to the seeds, as if one premise of an AND node were enough.
        """
        graph, limits = self._graph, self._limits
        needs = frozenset(chain.from_iterable(graph.needs_of.values()))
        left = np.minimum(self.through.every_cost, self._tree.every_cost)
        wished = limits.allowed(graph) & np.isin(graph.kind, list(limits.via))
        wished &= left[graph.target] != UNREACHED
        costs: dict[int, int] = {}
        for edge in wished.nonzero()[0].tolist():
            source, target = graph.source_of[edge], graph.target_of[edge]
            cost = COSTS[graph.kind_of[edge]] + int(left[target])
            costs[source] = min(cost, costs.get(source, cost))
        tree = ShortestTree(graph, limits, costs, backward=True, costs=costs, needs=needs)
        return memoryview(np.where(tree.every_cost == UNREACHED, inf, tree.every_cost).data)

    @cached_property
    def through(self) -> ShortestTree:
        """What is left to the seeds by some join at least: as if one need of each were enough."""
        if self._base is not None:
            return self._by((), self._base.through)
        return self._by(frozenset(chain.from_iterable(self._graph.needs_of.values())))

    @cached_property
    def by_rare_needs(self) -> ShortestTree:
        """The same with that need of each join which the fewest have: nearer to the truth."""
        if self._base is not None:
            return self._by((), self._base.by_rare_needs)
        return self._by(self._graph.rare_needs)

    def _by(self, needs: Collection[int], base: ShortestTree | None = None) -> ShortestTree:
        costs = self._tree.costs(self._graph.joins)
        return ShortestTree(
            self._graph, self._limits, costs, backward=True, costs=costs, needs=needs, base=base
        )

    @cached_property
    def _able(self) -> BitMap:
        """The principals that have any path of their own, through joins or not."""
        return self._spread.all_reaching(np.array(sorted(self._seeds), dtype=np.int64))

    @cached_property
    def _spread(self) -> Closure:
        """Who reaches what of all that leads to the seeds."""
        if self._known is not None:
            return self._known
        graph, limits = self._graph, self._limits
        inside = np.zeros(len(graph.nodes), dtype=bool)
        inside[[*self._tree, *self.through]] = True
        allowed = inside[graph.source] & inside[graph.target] & limits.allowed(graph)
        return Closure(graph, self._principals, allowed, BitmapStore(), limits=limits)

    @cached_property
    def _own_edges(self) -> dict[int, tuple[int, ...]]:
        return {start.principal: start.edges for start in self._principals.starts}
