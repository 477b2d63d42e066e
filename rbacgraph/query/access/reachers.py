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

from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals, Start
from rbacgraph.model.answers.paths import Members
from rbacgraph.model.node import SERVICE_ACCOUNT, USER, format_node
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED
from rbacgraph.query.arrays.costs import EFFORT, cost_of
from rbacgraph.query.arrays.path_filter import PathFilter, holds
from rbacgraph.query.closure.closure import Closure
from rbacgraph.query.closure.own_and_nodes import OwnAndNodes
from rbacgraph.query.closure.through_and_nodes import AndNodePaths
from rbacgraph.query.search.k_paths import KSimplePaths
from rbacgraph.query.search.shortest_tree import PathTree, ShortestTree, ViaTree
from rbacgraph.query.search.simple_ways import SimpleWays, is_simple
from rbacgraph.query.search.steiner_trees import SteinerSearch
from rbacgraph.query.search.tails import passes


class OwnPath(NamedTuple):
    """A principal with the edges of a path of its own.

    ``whichever`` says that it rests on versions of objects, and that each other choice of
    versions opens another path.
    """

    principal: int
    edges: Sequence[int]
    whichever: bool = False


class ReachingPrincipals:
    """The principals that reach the seeds within the filter.

    ``principals``: the principals that count.
    ``seeds``: the target nodes.
    ``spread``, ``own_and_nodes``, ``sharing``: see :class:`AndNodePaths`.
    ``base``: the same for nodes that give some seed without effort: its results are reused.
    """

    def __init__(
        self,
        graph: AccessGraph,
        principals: Principals,
        limits: PathFilter,
        seeds: Sequence[int],
        *,
        spread: Closure | None = None,
        own_and_nodes: OwnAndNodes | None = None,
        sharing: SteinerSearch | None = None,
        base: "ReachingPrincipals | None" = None,
    ) -> None:
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._seeds = seeds
        self._spread = spread
        self._own_and_nodes = own_and_nodes
        self._sharing = sharing
        self._base = base
        self.plain_tree: ShortestTree = ShortestTree(
            graph, limits, seeds, backward=True, base=None if base is None else base.plain_tree
        )
        """The cheapest ways to the seeds, whatever ``via`` asks for."""
        self._trees_around: dict[frozenset[int], PathTree] = {}

    @cached_property
    def tree(self) -> PathTree:
        """The cheapest ways to the seeds."""
        limits = self._limits
        return ViaTree(self._graph, limits, self._seeds) if limits.via else self.plain_tree

    def ways(self, efforts: Mapping[int, int] = {}) -> Iterator[OwnPath]:
        """Yield every principal's cheapest path of its own.

        ``efforts``: effort limits for principals: only their cheaper paths are wanted.
        """
        return (way for way, _ in self.priced(efforts))

    def priced(self, efforts: Mapping[int, int] = {}) -> Iterator[tuple[OwnPath, int]]:
        """Yield the same paths, each with its cost."""
        below = {principal: effort * EFFORT for principal, effort in efforts.items()}
        found = {way.principal: (way, cost) for way, cost in self._held_anyhow(efforts)}
        costs = {principal: cost for principal, (_, cost) in found.items()}
        for way, cost in self._without_joins(below | costs):
            found[way.principal] = way, cost
        if self.joining.concern:
            costs = {principal: cost for principal, (_, cost) in found.items()}
            for principal, edges in self.joining.own_ways(below | costs):
                found[principal] = OwnPath(principal, edges), cost_of(self._graph, edges)
        yield from found.values()

    def _held_anyhow(self, efforts: Mapping[int, int]) -> Iterator[tuple[OwnPath, int]]:
        """Yield the paths that hold what ``via`` asks for whatever one asks for."""
        if self._plain is not None:
            for way, cost in self._plain.priced(efforts):
                if holds(self._graph, way.edges, self._limits.via):
                    yield way, cost

    def way_from(self, start: int) -> OwnPath | None:
        """Return the cheapest path of one node, through groups too; None if there is none."""
        way: Sequence[int] = ()
        if self._plain is not None:
            plain = self._plain.way_from(start)
            if plain is None:
                return None
            way = plain.edges if holds(self._graph, plain.edges, self._limits.via) else ()
        if start in self.tree:
            edges = self._graph.outgoing.of(start)
            other = self._simple(self.tree.edges(start), edges, (start,))
            way = self._cheaper(way, other) if other else way
        if self.joining.concern:
            limit = cost_of(self._graph, way) if way else inf
            way = self.joining.way_from(start, limit) or way
        return OwnPath(start, way) if way else None

    def _cheaper(self, one: Sequence[int], other: Sequence[int]) -> Sequence[int]:
        """Return the cheaper of two paths; the first may be missing."""
        graph = self._graph
        return one if one and cost_of(graph, one) <= cost_of(graph, other) else other

    @cached_property
    def joining(self) -> AndNodePaths:
        """The paths to the seeds through AND nodes."""
        return AndNodePaths(
            self._graph,
            self._principals,
            self._limits,
            self._seeds,
            (self.plain_tree, self.tree),
            spread=self._spread,
            own_and_nodes=self._own_and_nodes,
            sharing=self._sharing,
            base=None if self._base is None else self._base.joining,
        )

    @cached_property
    def _plain(self) -> "ReachingPrincipals | None":
        """The same whatever ``via`` asks for; None where it asks for nothing."""
        if not self._limits.via:
            return None
        return ReachingPrincipals(
            self._graph,
            self._principals,
            self._limits.without_via(),
            self._seeds,
            spread=self._spread,
            own_and_nodes=self._own_and_nodes,
            sharing=self._sharing,
        )

    def _without_joins(self, below: Mapping[int, int]) -> Iterator[tuple[OwnPath, int]]:
        graph, tree = self._graph, self.tree
        for start, edge, least in self._cheapest_starts():
            limit = below.get(start.principal, inf)
            if least >= limit:
                continue
            way = tree.way_by(edge)
            groups = graph.membership.groups_of(start.principal)
            if groups and passes(graph, way, groups):
                way = self._around(start, groups)
            elif not self._limits.via:
                yield OwnPath(start.principal, way), least
                continue
            if way:
                way = self._simple(way, self._edges_of(start), {start.principal, *groups})
            if way and (cost := cost_of(graph, way)) < limit:
                yield OwnPath(start.principal, way), cost

    def _cheapest_starts(self) -> Iterator[tuple[Start, int, int]]:
        """Yield the principals that reach the seeds, each with its first edge and the cost."""
        principals, tree = self._principals, self.tree
        edges, firsts = principals.start_edges, principals.first_start_edges
        found = tree.cheapest_starts(edges, firsts, self._shut_starts)
        for start, edge, cost in zip(principals.starts, *found, strict=True):
            if cost != UNREACHED:
                yield start, edge, cost

    def _around(self, start: Start, groups: frozenset[int]) -> Sequence[int]:
        """Return the edges of the cheapest path around the principal's groups, if any."""
        if not self._limits.via:
            return next(self._alternatives.of(self._edges_of(start), groups), ())
        tree = self._tree_around(frozenset(group for group in groups if group in self.plain_tree))
        edge = tree.cheapest_start(self._edges_of(start))
        return () if edge is None else tree.way_by(edge)

    def _simple(
        self, way: Sequence[int], starts: Iterable[int], avoided: Collection[int]
    ) -> Sequence[int]:
        """Return a way, or if it passes a node twice the cheapest that does not, if any."""
        if not self._limits.via or is_simple(self._graph, way):
            return way
        return self._simple_ways.to(frozenset(self._seeds), starts, avoided)

    @cached_property
    def _simple_ways(self) -> SimpleWays:
        rests = [memoryview(one.every_cost.data) for one in (self.tree, self.plain_tree)]
        return SimpleWays(self._graph, self._limits, rests)

    def _tree_around(self, blocked: frozenset[int]) -> PathTree:
        tree = self._trees_around.get(blocked)
        if tree is None:
            limits = self._limits._replace(blocked=blocked)
            tree = self._trees_around[blocked] = ViaTree(self._graph, limits, self._seeds)
        return tree

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
    def _alternatives(self) -> KSimplePaths:
        return KSimplePaths(self._graph, self._limits, self._seeds, self.plain_tree)

    def folded(self) -> Iterator[int]:
        """Yield the control-plane identities that reach the seeds by shipped bindings."""
        for start in self._principals.folded:
            if self.tree.cheapest_start(self._edges_of(start)) is not None:
                yield start.principal

    def members(self, costs: Mapping[int, int]) -> list[Members]:
        """Count those that reach the seeds only as members, by group.

        ``costs``: the cost of the cheapest path of each principal with a path of its own. Members
            of a folded group count all the same: the answer lists paths through folded identities.
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
    graph: AccessGraph, several: Iterable[Sequence[ReachingPrincipals]], known: Collection[int]
) -> Iterator[tuple[OwnPath, int]]:
    """Yield the paths of principals that get there whichever versions a server holds.

    Such a principal has a path by each choice of versions, or a group of it has one. Yielded is
    the most expensive of its own.

    ``several``: for lists of choices of versions, the principals that get there by each.
    """
    excluded = set(known)
    for choices in several:
        below = dict.fromkeys(excluded, 0)
        own = [{way.principal: (way, cost) for way, cost in one.priced(below)} for one in choices]
        always = excluded.union(set.intersection(*map(set, own)))
        for principal in dict.fromkeys(chain.from_iterable(own)):
            groups = graph.membership.groups_of(principal)
            by_groups = groups.isdisjoint(always) and all(
                principal in ways or not groups.isdisjoint(ways) for ways in own
            )
            if principal in always or by_groups:
                found = [ways[principal] for ways in own if principal in ways]
                way, cost = max(found, key=itemgetter(1))
                excluded.add(principal)
                yield way._replace(whichever=True), cost
