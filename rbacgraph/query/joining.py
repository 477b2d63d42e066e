"""Paths through joins: who meets the needs of all its inputs, and how."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from pyroaring import BitMap

from rbacgraph.edges import KINDS
from rbacgraph.graph.access import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.query.limits import Limits
from rbacgraph.query.proofs import ProofTree, nearest
from rbacgraph.query.search import region
from rbacgraph.query.sets import Sets
from rbacgraph.query.spread import Spread

MEMBER_OF = KINDS["member-of"]


class Joining:
    """The part of a graph that leads to some nodes, joins and all.

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
    """

    def __init__(
        self, graph: AccessGraph, principals: Principals, limits: Limits, seeds: Sequence[int]
    ) -> None:
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._seeds = seeds
        self._region = region(graph, limits, seeds)

    def able(self, join: int) -> BitMap:
        """Return the principals that meet the needs of a join, not only as members of a group."""
        return self._spread.able(join)

    def own_way(self, principal: int) -> Sequence[int]:
        """Return the edges of a principal's cheapest own path; none where it has none.

        What a join needs may also come from a group, but no group of the principal may meet
        all needs by itself, and the path does not pass through one after the join.
        """
        graph = self._graph
        own = self._own_edges.get(principal, ())
        groups = [e for e in graph.outgoing.of(principal) if graph.kind_of[e] == MEMBER_OF]
        whole = self._tree(self._limits, (*own, *groups)).grow([principal])
        given = {
            join: whole.edges(join)
            for join in graph.joins
            if join in whole and principal in self.able(join)
        }
        passed = frozenset(graph.membership.groups_of(principal))
        limits = self._limits._replace(blocked=passed)
        return nearest(self._tree(limits, own).grow([principal], given), self._seeds)

    def _tree(self, limits: Limits, first: Sequence[int]) -> ProofTree:
        return ProofTree(self._graph, limits, within=self._region, first=first)

    @cached_property
    def _own_edges(self) -> dict[int, tuple[int, ...]]:
        return {start.principal: start.edges for start in self._principals.starts}

    @cached_property
    def _spread(self) -> Spread:
        graph, limits = self._graph, self._limits
        inside = np.zeros(len(graph.nodes), dtype=bool)
        inside[list(self._region)] = True
        allowed = inside[graph.source] & inside[graph.target]
        allowed &= ~np.isin(graph.kind, list(limits.without))
        if limits.certain:
            allowed &= graph.condition == 0
        return Spread(graph, self._principals, allowed, Sets(), limits=limits)
