"""Paths through joins: who meets the needs of all its inputs, and how."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import inf

import numpy as np
from pyroaring import BitMap

from rbacgraph.edges import KINDS
from rbacgraph.graph.access import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.node import PRINCIPALS
from rbacgraph.query.limits import Limits
from rbacgraph.query.proofs import ProofTree
from rbacgraph.query.search import PlainTree, Tree
from rbacgraph.query.sets import Sets
from rbacgraph.query.spread import Spread

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
    """

    def __init__(
        self,
        graph: AccessGraph,
        principals: Principals,
        limits: Limits,
        seeds: Sequence[int],
        tree: Tree,
    ) -> None:
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._seeds = frozenset(seeds)
        self._tree = tree

    @cached_property
    def concern(self) -> bool:
        """Whether any way leads through a join."""
        joins = self._graph.joins
        return bool(joins) and any(node in joins for node in self._tree)

    def way_from(self, node: int) -> Sequence[int]:
        """Return the edges of a node's cheapest path, by groups too; none where it has none."""
        tree = ProofTree(self._graph, self._limits, toward=self._relaxed)
        found = self._seeds.intersection(tree.grow(node, until=self._seeds))
        return tree.edges(next(iter(found))) if found else ()

    def own_ways(self, plain: Mapping[int, int]) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield principals with the edges of a path of their own that is cheaper than known.

        Parameters
        ----------
        plain:
            Cost of the cheapest path of their own through no join, of who has one.
        """
        for principal in sorted(self._bounds[0]):
            known = plain.get(principal, inf)
            least = self._least(principal)
            if least < known and principal in self._able:
                edges = self._own_way(principal, known)
                if edges:
                    yield principal, edges

    @cached_property
    def _relaxed(self) -> Tree:
        """What is left to the seeds at least: as if of each join one need were enough."""
        graph, needs = self._graph, frozenset[int]().union(*self._graph.single_needs)
        limits = self._limits.without_memory()
        return PlainTree(graph, limits, self._seeds, backward=True, needs=needs)

    @cached_property
    def _through(self) -> Tree:
        """The same of paths that lead through some join."""
        graph, needs = self._graph, frozenset[int]().union(*self._graph.single_needs)
        costs = {
            join: cost for join in graph.joins if (cost := self._tree.cost(join)) is not None
        }
        limits = self._limits.without_memory()
        return PlainTree(graph, limits, costs, backward=True, costs=costs, needs=needs)

    @cached_property
    def _bounds(self) -> list[Tree]:
        """What paths through joins cost at least: trees in which one need of each is enough."""
        graph, limits = self._graph, self._limits.without_memory()
        costs = {node: cost for node in self._tree if (cost := self._tree.cost(node)) is not None}
        found: list[Tree] = []
        for needs in graph.single_needs:
            seeds: dict[int, int] = {}
            for edge in needs:
                cost = costs.get(graph.target_of[edge])
                if cost is not None:
                    node = graph.source_of[edge]
                    seeds[node] = min(cost, seeds.get(node, cost))
            found.append(PlainTree(graph, limits, seeds, backward=True, costs=seeds, needs=needs))
        return found

    def _least(self, node: int) -> float:
        """Return what a principal's own path through joins costs at least; inf for none."""
        if self._graph.nodes[node][0] not in PRINCIPALS:
            return inf
        costs = [bound.cost(node) for bound in self._bounds]
        return max(inf if cost is None else cost for cost in costs)

    def _own_way(self, principal: int, below: float) -> Sequence[int]:
        """Return the edges of a principal's cheapest own path; none where none is cheap enough.

        What a join needs may also come from a group, but no group of the principal may meet
        all needs by itself, and the path does not pass through one after the join.
        """
        graph = self._graph
        groups = [e for e in graph.outgoing.of(principal) if graph.kind_of[e] == MEMBER_OF]
        first = frozenset((*self._own_edges.get(principal, ()), *groups))
        whole = ProofTree(graph, self._limits, toward=self._through)
        whole.give(principal, ())
        whole.advance(by=first)
        passed = frozenset(graph.membership.groups_of(principal))
        after = ProofTree(graph, self._limits._replace(blocked=passed), toward=self._tree)
        while (least := min(after.least, whole.least)) < below:
            if after.least == least:
                state = after.advance()
                if state[2] and state[0] in self._seeds:
                    return after.edges_to(state)
            else:
                state = whole.advance()
                if state[0] in graph.joins and principal in self._spread.able(state[0]):
                    after.give(state[0], whole.edges_to(state))
        return ()

    @cached_property
    def _able(self) -> BitMap:
        """The principals that have any path of their own, through joins or not."""
        return self._spread.all_reaching(np.array(sorted(self._seeds), dtype=np.int64))

    @cached_property
    def _spread(self) -> Spread:
        """Who reaches what of all that leads to the seeds."""
        graph, limits = self._graph, self._limits
        inside = np.zeros(len(graph.nodes), dtype=bool)
        inside[list(self._relaxed)] = True
        allowed = inside[graph.source] & inside[graph.target]
        allowed &= ~np.isin(graph.kind, list(limits.without))
        if limits.certain:
            allowed &= graph.condition == 0
        return Spread(graph, self._principals, allowed, Sets(), limits=limits)

    @cached_property
    def _own_edges(self) -> dict[int, tuple[int, ...]]:
        return {start.principal: start.edges for start in self._principals.starts}
