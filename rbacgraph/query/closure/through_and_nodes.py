"""Paths through joins: who meets the needs of all its inputs, and how."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import chain
from math import inf

import numpy as np
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.query.arrays.bitmap_store import Sets
from rbacgraph.query.arrays.costs import is_certain
from rbacgraph.query.arrays.path_filter import Limits
from rbacgraph.query.closure.closure import Spread
from rbacgraph.query.search.hyperpaths import HopsLeft, ProofTree
from rbacgraph.query.search.own_hyperpaths import OwnNeeds, Whose
from rbacgraph.query.search.shortest_tree import PlainTree, Tree
from rbacgraph.query.search.steiner_trees import Sharing
from rbacgraph.query.search.via_bounds import Wishes, costs_back
from rbacgraph.techniques.catalogue import KINDS

MEMBER_OF = KINDS["member-of"]


class Joining:
    """The part of a graph that leads to some nodes through joins.

    Parameters
    ----------
    graph:
        The graph.
    principals:
        Who counts.
    limits:
        What a path may be made of.
    seeds:
        The nodes to reach.
    tree:
        The cheapest ways to them but through joins, within those limits that can be told of
        each edge alone.
    spread:
        Who reaches what within the limits, where that is known for the whole graph.
    sharing:
        Finds ways to several nodes, of the same principals.
    base:
        The same for nodes from which these are reached without effort, to go on from.
    """

    def __init__(
        self,
        graph: AccessGraph,
        principals: Principals,
        limits: Limits,
        seeds: Sequence[int],
        tree: Tree,
        *,
        spread: Spread | None = None,
        sharing: Sharing | None = None,
        base: "Joining | None" = None,
    ) -> None:
        self._sharing = sharing or Sharing(graph)
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._seeds = frozenset(seeds)
        self._tree = tree
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
        return self._way(node, below, None, frozenset(), self._graph.joins.__contains__)

    def own_ways(self, below: Mapping[int, int]) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield principals with the edges of their cheapest own path through joins.

        What a join needs may also come from a group, but no group of the principal may meet
        all needs by itself, and the path does not pass through one after the join. Where the
        principal meets a need only on a condition, what a group gets for certain is not told.

        Parameters
        ----------
        below:
            For principals of which only paths that cost less are wanted, that cost.
        """
        graph = self._graph
        for principal in self._able:
            limit, least = below.get(principal, inf), self.by_rare_needs.cost(principal)
            if least is None or least >= limit:
                continue
            groups = [e for e in graph.outgoing.of(principal) if graph.kind_of[e] == MEMBER_OF]
            first = frozenset((*self._own_edges.get(principal, ()), *groups))
            passed = frozenset(graph.membership.groups_of(principal))
            edges = self._way(principal, limit, first, passed, partial(self._joins, principal))
            if edges and not self._limits.certain and is_certain(graph, edges):
                # It would have been told as certain before, were it not a group's.
                edges = self._own_needs(principal, groups).way(self._seeds, limit)
            if edges:
                yield principal, edges

    def _own_needs(self, principal: int, memberships: Iterable[int]) -> OwnNeeds:
        groups = self._graph.membership.groups_of(principal)
        whose = Whose(
            principal,
            frozenset(self._own_edges.get(principal, ())),
            frozenset(memberships),
            frozenset(groups),
        )

        def free(join: int) -> bool:
            able = self._spread.able(join)
            return principal in able and groups.isdisjoint(able)

        return OwnNeeds(
            self._graph, self._limits, whose, free=free, through=self.through, after=self._tree
        )

    def _way(
        self,
        start: int,
        below: float,
        first: Container[int] | None,
        passed: frozenset[int],
        last: Callable[[int], bool],
    ) -> Sequence[int]:
        """Return the edges of the cheapest path through joins; none where none is cheap enough.

        Parameters
        ----------
        start:
            Where to start.
        below:
            What it must cost less than.
        first:
            The edges to start by; any by default.
        passed:
            Nodes that it does not pass through after the last join.
        last:
            Whether a node is a join that may be the last.
        """
        if self._limits.via and self._wishes.is_hopeless(start, below):
            return ()
        left = self._hops_left
        known = self._sharing
        whole = ProofTree(
            self._graph, self._limits, toward=self.through, hops_left=left, sharing=known
        )
        whole.give(start, ())
        if whole.least < below:
            whole.advance(first)
        limits = self._limits._replace(blocked=passed)
        after = ProofTree(self._graph, limits, toward=self._tree, hops_left=left, sharing=known)
        while (least := min(after.least, whole.least)) < below:
            if after.least == least:
                state = after.advance()
                if state[2] and state[0] in self._seeds:
                    return after.edges_to(state)
            else:
                state = whole.advance()
                if last(state[0]):
                    after.give(state[0], whole.edges_to(state))
        return ()

    def _joins(self, principal: int, node: int) -> bool:
        """Whether a node is a join of which a principal meets all needs by a way of its own."""
        return node in self._graph.joins and principal in self._spread.able(node)

    @cached_property
    def _hops_left(self) -> HopsLeft | None:
        """The hops to the seeds at least, as if one need of a join were enough."""
        if self._limits.max_hops is None:
            return None
        allowed = self._limits.allowed(self._graph)
        left = memoryview(costs_back(self._graph, allowed, self._seeds, count=True).data)
        return HopsLeft(self._wishes.hops_left if self._limits.via else left, left)

    @cached_property
    def _wishes(self) -> Wishes:
        return Wishes(self._graph, self._limits, self._seeds, self.by_rare_needs.every_cost)

    @cached_property
    def through(self) -> PlainTree:
        """What is left to the seeds by some join at least: as if one need of each were enough."""
        if self._base is not None:
            return self._by((), self._base.through)
        return self._by(frozenset(chain.from_iterable(self._graph.needs_of.values())))

    @cached_property
    def by_rare_needs(self) -> PlainTree:
        """The same with that need of each join which the fewest have: nearer to the truth."""
        if self._base is not None:
            return self._by((), self._base.by_rare_needs)
        return self._by(self._graph.rare_needs)

    def _by(self, needs: Collection[int], base: PlainTree | None = None) -> PlainTree:
        limits, costs = self._limits.without_memory(), self._tree.costs(self._graph.joins)
        return PlainTree(
            self._graph, limits, costs, backward=True, costs=costs, needs=needs, base=base
        )

    @cached_property
    def _able(self) -> BitMap:
        """The principals that have any path of their own, through joins or not."""
        return self._spread.all_reaching(np.array(sorted(self._seeds), dtype=np.int64))

    @cached_property
    def _spread(self) -> Spread:
        """Who reaches what of all that leads to the seeds."""
        if self._known is not None:
            return self._known
        graph, limits = self._graph, self._limits
        inside = np.zeros(len(graph.nodes), dtype=bool)
        inside[[*self._tree, *self.through]] = True
        allowed = inside[graph.source] & inside[graph.target] & limits.allowed(graph)
        return Spread(graph, self._principals, allowed, Sets(), limits=limits)

    @cached_property
    def _own_edges(self) -> dict[int, tuple[int, ...]]:
        return {start.principal: start.edges for start in self._principals.starts}
