"""Finds who reaches some nodes: by a path of its own, or only as a member.

A principal's own path does not pass through a group of the principal: it gets what is behind the
group as a member, and the group counts instead.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from math import inf
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals, Start
from rbacgraph.model.answers.paths import Members
from rbacgraph.model.node import SERVICE_ACCOUNT, USER, format_node
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.costs import EFFORT, cost_of
from rbacgraph.query.arrays.path_filter import Limits
from rbacgraph.query.closure.closure import Spread
from rbacgraph.query.closure.through_and_nodes import Joining
from rbacgraph.query.search.k_paths import Alternatives
from rbacgraph.query.search.shortest_tree import PlainTree, Tree, allowed_by
from rbacgraph.query.search.stateful_tree import LimitedTree, grow
from rbacgraph.query.search.steiner_trees import Sharing


class Way(NamedTuple):
    """A principal with the edges of a path of its own.

    ``whichever`` says that it rests on versions of objects, and that each other choice of
    versions opens another path.
    """

    principal: int
    edges: Sequence[int]
    whichever: bool = False


class Reachers:
    """The principals that reach the seeds within the filter.

    Parameters
    ----------
    graph:
        The graph.
    principals:
        The principals that count.
    limits:
        The filter of paths.
    seeds:
        The target nodes.
    spread, sharing:
        See :class:`Joining`.
    base:
        The same for nodes that give some seed without effort, with a plain filter: its results are
        reused.
    """

    def __init__(
        self,
        graph: AccessGraph,
        principals: Principals,
        limits: Limits,
        seeds: Sequence[int],
        *,
        spread: Spread | None = None,
        sharing: Sharing | None = None,
        base: "Reachers | None" = None,
    ) -> None:
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._seeds = seeds
        self._spread = spread
        self._sharing = sharing
        self._base = base
        if base is None:
            self.tree = grow(graph, limits, seeds, backward=True)
        else:
            assert isinstance(base.tree, PlainTree)
            self.tree = PlainTree(graph, limits, seeds, backward=True, base=base.tree)
        self._trees_around: dict[frozenset[int], Tree] = {}

    def ways(self, efforts: Mapping[int, int] = {}) -> Iterator[Way]:
        """Yield every principal's cheapest path of its own.

        Parameters
        ----------
        efforts:
            Effort limits for principals of which only cheaper paths are wanted.
        """
        return (way for way, _ in self.priced(efforts))

    def priced(self, efforts: Mapping[int, int] = {}) -> Iterator[tuple[Way, int]]:
        """Yield the same paths, each with its cost."""
        below = {principal: effort * EFFORT for principal, effort in efforts.items()}
        found = {way.principal: (way, cost) for way, cost in self._without_joins(below)}
        if self.joining.concern:
            costs = {principal: cost for principal, (_, cost) in found.items()}
            for principal, edges in self.joining.own_ways(below | costs):
                found[principal] = Way(principal, edges), cost_of(self._graph, edges)
        yield from found.values()

    def way_from(self, start: int) -> Way | None:
        """Return the cheapest path of one node, through groups too; None if there is none."""
        way = self.tree.edges(start) if start in self.tree else ()
        if self.joining.concern:
            limit = cost_of(self._graph, way) if way else inf
            way = self.joining.way_from(start, limit) or way
        return Way(start, way) if way else None

    @cached_property
    def joining(self) -> Joining:
        """The paths to the seeds through AND nodes."""
        limits, tree = self._limits, self.tree
        if not limits.plain:
            tree = grow(self._graph, limits.without_memory(), self._seeds, backward=True)
        return Joining(
            self._graph,
            self._principals,
            limits,
            self._seeds,
            tree,
            spread=self._spread,
            sharing=self._sharing,
            base=None if self._base is None else self._base.joining,
        )

    def _without_joins(self, below: Mapping[int, int]) -> Iterator[tuple[Way, int]]:
        graph, tree = self._graph, self.tree
        for start, edge, least in self._cheapest_starts():
            limit = below.get(start.principal, inf)
            if least >= limit:
                continue
            way: Sequence[int] = [edge, *tree.edges(graph.target_of[edge])]
            groups = graph.membership.groups_of(start.principal)
            if groups and not groups.isdisjoint(map(graph.source_of.__getitem__, way)):
                way = self._around(start, groups)
                if way and (cost := cost_of(graph, way)) < limit:
                    yield Way(start.principal, way), cost
            else:
                yield Way(start.principal, way), least

    def _cheapest_starts(self) -> Iterator[tuple[Start, int, int]]:
        """Yield the principals that reach the seeds, each with its first edge and the cost."""
        graph, tree, principals = self._graph, self.tree, self._principals
        if isinstance(tree, PlainTree) and not self._shut_starts:
            found = tree.cheapest_starts(principals.start_edges, principals.first_start_edges)
            for start, edge, cost in zip(principals.starts, *found, strict=True):
                if cost != UNREACHED:
                    yield start, edge, cost
            return
        for start in principals.starts:
            cheapest = tree.cheapest_start(self._edges_of(start))
            if cheapest is not None:
                yield start, cheapest, tree.cost(graph.target_of[cheapest]) or 0

    def _around(self, start: Start, groups: frozenset[int]) -> Sequence[int]:
        """Return the edges of the cheapest path around the principal's groups, if any."""
        if self._limits.plain:
            return next(self._alternatives.of(self._edges_of(start), groups), ())
        tree = self._tree_around(start, frozenset(groups.intersection(self.tree)))
        edge = tree.cheapest_start(self._edges_of(start))
        return () if edge is None else [edge, *tree.edges(self._graph.target_of[edge])]

    def _tree_around(self, start: Start, blocked: frozenset[int]) -> Tree:
        graph, limits = self._graph, self._limits._replace(blocked=blocked)
        if limits.max_hops is not None:  # few paths lead there from one start
            left = self._hops_from(start)
            return LimitedTree(graph, limits, self._seeds, backward=True, hops_left=left)
        tree = self._trees_around.get(blocked)
        if tree is None:
            tree = grow(graph, limits, self._seeds, backward=True)
            self._trees_around[blocked] = tree
        return tree

    def _hops_from(self, start: Start) -> Sequence[int]:
        """Return for each node the smallest number of hops of a path there."""
        graph, edges = self._graph, np.array(self._edges_of(start), dtype=np.int64)
        allowed = allowed_by(graph, self._limits, ())
        return memoryview(cheapest(graph, allowed, edges, count=True).effort.data)

    def _edges_of(self, start: Start) -> Sequence[int]:
        shut = self._shut_starts
        return [edge for edge in start.edges if edge not in shut] if shut else start.edges

    @cached_property
    def _shut_starts(self) -> frozenset[int]:
        """The edges at which somebody's own paths would start, and may not."""
        graph, limits, edges = self._graph, self._limits, self._principals.start_edges
        if not limits.shut and not (limits.certain and graph.condition[edges].any()):
            return frozenset()
        return frozenset(edge for edge in edges.tolist() if not limits.allows(graph, edge))

    @cached_property
    def _alternatives(self) -> Alternatives:
        return Alternatives(self._graph, self._limits, self._seeds, self.tree)

    def folded(self) -> Iterator[int]:
        """Yield the control-plane identities that reach the seeds by shipped bindings."""
        for start in self._principals.folded:
            if self.tree.cheapest_start(self._edges_of(start)) is not None:
                yield start.principal

    def members(self, costs: Mapping[int, int]) -> list[Members]:
        """Count those that reach the seeds only as members, by group.

        Parameters
        ----------
        costs:
            The cost of the cheapest path of each principal with a path of its own. Members of a
            folded group count all the same: the answer lists paths through folded identities.
        """
        graph = self._graph
        counted = BitMap(costs)
        groups = [
            group for group in (*counted, *self.folded()) if group in graph.membership.members
        ]
        found = []
        for group in sorted(groups, key=lambda g: (self._cost(g, costs), graph.nodes[g])):
            members = (graph.membership.members[group] & self._principals.people) - counted
            counted |= members
            implied = members & graph.membership.implied_members.get(group, BitMap())
            for part, is_implied in ((implied, True), (members - implied, False)):
                kinds = Counter(graph.nodes[member][0] for member in part)
                if kinds[SERVICE_ACCOUNT] or kinds[USER]:
                    name = format_node(graph.nodes[group])
                    numbers = kinds[SERVICE_ACCOUNT], kinds[USER]
                    found.append(Members(name, *numbers, is_implied))
        return sorted(found)

    def _cost(self, group: int, own: Mapping[int, int]) -> int:
        return min(cost for cost in (self.tree.cost(group), own.get(group)) if cost is not None)


def whichever_version(
    graph: AccessGraph, several: Iterable[Sequence[Reachers]], known: Collection[int]
) -> Iterator[tuple[Way, int]]:
    """Yield the ways of those that get there whichever versions of objects a server holds.

    A way by each choice of versions, or that of a group for some of them; the dearest is told.

    Parameters
    ----------
    graph:
        The graph.
    several:
        For lists of choices of versions, who gets there by each.
    known:
        Who gets there without a condition, and is not told.
    """
    told = set(known)
    for choices in several:
        below = dict.fromkeys(told, 0)
        own = [{way.principal: (way, cost) for way, cost in one.priced(below)} for one in choices]
        always = told.union(set.intersection(*map(set, own)))
        for principal in dict.fromkeys(chain.from_iterable(own)):
            groups = graph.membership.groups_of(principal)
            by_groups = groups.isdisjoint(always) and all(
                principal in ways or not groups.isdisjoint(ways) for ways in own
            )
            if principal in always or by_groups:
                found = [ways[principal] for ways in own if principal in ways]
                way, cost = max(found, key=itemgetter(1))
                told.add(principal)
                yield way._replace(whichever=True), cost
