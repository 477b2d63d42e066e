"""What principals' own paths to AND nodes cost at least, whatever the paths lead to.

One principal is asked about one Secret after the other, mostly in vain: these bounds show that
without a search.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from math import inf

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.and_node_table import AndNodeTable
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.costs import EFFORT
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter
from rbacgraph.query.closure.closure import Closure
from rbacgraph.query.closure.own_proofs import OwnEdges, OwnProofs

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]

_FEW = 16
"""Up to so many AND nodes that may be the last ones, each is looked at closely."""


class OwnCosts:
    """The bounds for one principal after the other.

    Parameters
    ----------
    graph:
        The graph.
    limits:
        The filter of paths.
    spread:
        Who reaches what within the limits.
    """

    def __init__(self, graph: AccessGraph, limits: PathFilter, spread: Closure) -> None:
        self._graph = graph
        self._spread = spread
        self._needs = AndNodeTable.of(graph)
        self._single: Booleans = limits.allowed(graph) & (graph.kind != NEEDS)
        self._known: dict[int, _Bounds] = {}

    def may_be_below(
        self, principal: int, own: Collection[int], after: Integers, below: float
    ) -> bool:
        """Whether a path whose last AND node is the principal's own may cost less than something.

        An own path reaches a premise of it, or no group of the principal reaches all of them.

        Parameters
        ----------
        principal:
            The principal.
        own:
            The edges at which its own paths start.
        after:
            For each node what is left after the last AND node; UNREACHED where there is no way.
        below:
            The cost.
        """
        if principal not in self._known:
            self._known[principal] = _Bounds(self._graph, self._needs, self._edges(principal, own))
        return self._known[principal].may_be_below(after, below)

    def _edges(self, principal: int, own: Collection[int]) -> OwnEdges:
        first = np.zeros(len(self._single), dtype=bool)
        first[list(own)] = True
        groups = self._graph.membership.groups_of(principal)
        able = map(self._spread.able, self._needs.joins.tolist())
        of_none = [principal in one and groups.isdisjoint(one) for one in able]
        return OwnEdges(
            principal, self._single, first, tuple(groups), np.array(of_none, dtype=bool)
        )


class _Bounds:
    """The bounds for one principal: quick ones for all AND nodes, close ones where asked for."""

    def __init__(self, graph: AccessGraph, needs: AndNodeTable, edges: OwnEdges) -> None:
        self._graph = graph
        self._needs = needs
        self._edges = edges
        none = np.array([], dtype=np.int64)
        by_any = self._settled(edges.every, none, {edges.principal: 0}, needs.most)
        most = needs.most(by_any)

        def by_own(costs: Integers) -> Integers:
            held = costs.copy()
            held[edges.principal] = 0
            return np.where(edges.of_none, most, np.maximum(needs.least(held), most))

        own = edges.own(graph)
        starts = np.flatnonzero(edges.first & own)
        costs = by_own(self._settled(own, starts, {}, by_own))
        found = costs != UNREACHED
        self._efforts = (by_any // EFFORT).astype(np.int32)
        self._joins, self._costs = needs.joins[found], costs[found]
        self._close: dict[int, tuple[int, int]] = {}
        """By AND node: the least effort there, and the effort that was enough to know."""

    def _settled(
        self,
        allowed: Booleans,
        starts: Integers,
        seeds: Mapping[int, int],
        through: Callable[[Integers], Integers],
    ) -> Integers:
        """Return what each node costs, where AND nodes cost what a function says."""
        graph, joins, met = self._graph, self._needs.joins, dict(seeds)
        costs = cheapest(graph, allowed, starts, met, hops=True).effort
        while True:
            there = through(costs)
            is_met = there != UNREACHED
            found = {
                **seeds,
                **dict(zip(joins[is_met].tolist(), there[is_met].tolist(), strict=True)),
            }
            if found == met:
                return costs
            met = found
            costs = cheapest(graph, allowed, starts, met, hops=True, known=costs).effort

    def may_be_below(self, after: Integers, below: float) -> bool:
        """Whether an own path may cost less than something with what is left after it."""
        left = after[self._joins]
        places = np.flatnonzero(left != UNREACHED)
        places = places[(self._costs + left)[places] < below]
        if not 0 < len(places) <= _FEW or below == inf:
            return bool(len(places))
        asked = [int(-((cost - below) // EFFORT)) for cost in left[places].tolist()]
        return self._any_below(self._joins[places].tolist(), asked)

    def _any_below(self, joins: Sequence[int], asked: Sequence[int]) -> bool:
        """Whether an own path to one of some AND nodes may take less effort than asked there."""
        proofs: OwnProofs | None = None
        for join, effort in zip(joins, asked, strict=True):
            bound, enough = self._close.get(join, (0, 0))
            if enough <= bound < effort:
                if proofs is None:
                    kept = self._leading(dict(zip(joins, asked, strict=True)))
                    proofs = OwnProofs.over(self._graph, self._needs, self._edges, kept)
                bound = proofs.least(join, effort)
                self._close[join] = bound, effort
            if bound < effort:
                return True
        return False

    def _leading(self, asked: Mapping[int, int]) -> Booleans:
        """Return the nodes through which an AND node may take less effort than asked there."""
        graph, most = self._graph, max(asked.values())
        allowed, none = self._edges.every | (graph.kind == NEEDS), np.array([], dtype=np.int64)
        seeds = {join: most - effort for join, effort in asked.items()}
        left = cheapest(graph, allowed, none, seeds, backward=True).effort
        leading: Booleans = np.minimum(left, most) + self._efforts < most
        return leading
