"""Cheapest ways from one node after the other to everything, through joins.

What :class:`rbacgraph.query.search.hyperpaths.ProofTree` finds where it leads nowhere in
particular and nothing is to be known of the path so far, of equally cheap ways the same one: in
plain lists, on steps that are put in order once for all nodes to start from.
"""

from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.costs import CONTAINS, COSTS, cost_of
from rbacgraph.query.arrays.path_filter import NEEDS, Limits
from rbacgraph.query.search.hyperpaths import ProofTree
from rbacgraph.query.search.shortest_tree import Tree
from rbacgraph.query.search.stateful_tree import grow

Booleans = NDArray[np.bool_]

_UNREACHED = -1


def onward(graph: AccessGraph, limits: Limits, only: int | None = None) -> Callable[[int], Tree]:
    """Return the search from any node, or from one only, through joins where the graph has some."""
    if not graph.joins:
        return lambda source: grow(graph, limits, [source], backward=False)
    if limits.plain:
        return Onward(graph, limits, only).tree
    return lambda source: ProofTree(graph, limits).grow(source)


def may_reach(graph: AccessGraph, limits: Limits, source: int) -> Booleans:
    """Tell for each node whether a node may reach it: as if one need of a join were enough."""
    allowed, nowhere = limits.allowed(graph), np.array([], dtype=np.int64)
    reached: Booleans = cheapest(graph, allowed, nowhere, {source: 0}).effort != UNREACHED
    return reached


class Onward:
    """The steps of a graph within some limits, to search from any node.

    Parameters
    ----------
    graph:
        The graph.
    limits:
        What a path may be made of: plain ones.
    only:
        The node to search from, where there is but one: what it does not lead to is left out.
    """

    def __init__(self, graph: AccessGraph, limits: Limits, only: int | None = None) -> None:
        assert limits.plain
        self.graph = graph
        allowed = limits.allowed(graph)
        allowed &= graph.kind != NEEDS
        if only is not None:
            allowed &= may_reach(graph, limits, only)[graph.source]
        for node in limits.blocked:
            allowed[graph.incoming.array_of(node)] = False
        edges = np.flatnonzero(allowed)
        costs = np.array(COSTS, dtype=np.int64)[graph.kind[edges]]
        order = np.lexsort((edges, costs, graph.source[edges]))
        edges = edges[order]
        counts = np.bincount(graph.source[edges], minlength=len(graph.nodes))
        ends = counts.cumsum()
        # Lists are twice as fast, and ten times as large: they are for what each step asks for.
        self.edges: Sequence[int] = memoryview(edges.astype(np.int32).data)
        self.sources: Sequence[int] = memoryview(graph.source[edges].data)
        self.prices = list(map(COSTS.__getitem__, graph.kind[edges].tolist()))
        self.targets: list[int] = graph.target[edges].tolist()
        self.ends: list[int] = ends.tolist()
        self.begins: list[int] = (ends - counts).tolist()
        self.last = list(map(self.ends.__getitem__, self.sources))
        self.needs = {
            join: [edge for edge in graph.incoming.of(join) if graph.kind_of[edge] == NEEDS]
            for join in graph.joins
        }
        self.joins = {
            node: joins
            for node, needs in graph.needs_of.items()
            if (
                joins := [
                    graph.target_of[edge]
                    for edge in needs
                    if limits.allows(graph, edge) and graph.target_of[edge] not in limits.blocked
                ]
            )
        }

    def tree(self, source: int) -> "OnwardTree":
        """Search from a node."""
        return OnwardTree(self, source)


class OnwardTree(Tree):
    """Cheapest ways from a node to every other.

    What could be next at the same cost is taken in the order in which it was found; of the steps
    from a node, each is found once the one before it is taken.

    Parameters
    ----------
    onward:
        The graph with its steps.
    source:
        The node to search from.
    """

    def __init__(self, onward: Onward, source: int) -> None:
        super().__init__(onward.graph, backward=False)
        self._onward = onward
        size = len(onward.graph.nodes)
        self._costs = [_UNREACHED] * size
        self._by = [-1] * size
        """For each node the place of the step to it; negative where none leads there."""
        self._source = source
        self._proofs: dict[int, list[int]] = {}
        """The edges to joins, of which they are known."""
        self._search(source)

    def _search(self, source: int) -> None:  # noqa: C901, PLR0912 - calls would take half the time
        graph, steps, costs, by = self._graph, self._onward, self._costs, self._by
        targets, prices, last = steps.targets, steps.prices, steps.last
        begins, ends, joins = steps.begins, steps.ends, steps.joins
        waiting: dict[int, list[int]] = {0: [~source]}
        """By what they cost: places of steps; nodes that no step leads to, inverted."""
        order = [0]

        def wait(item: int, at: int) -> None:
            if at in waiting:
                waiting[at].append(item)
            else:
                waiting[at] = [item]
                heappush(order, at)

        while order:
            now = heappop(order)
            items = waiting[now]
            for item in items:  # and what is added meanwhile
                if item >= 0:
                    node = targets[item]
                    for place in range(item + 1, last[item]):
                        if costs[targets[place]] < 0:
                            if prices[place] == prices[item]:
                                items.append(place)
                            else:
                                wait(place, now - prices[item] + prices[place])
                            break
                else:
                    node = ~item
                if costs[node] >= 0:
                    continue
                costs[node] = now
                by[node] = item
                for place in range(begins[node], ends[node]):
                    if costs[targets[place]] < 0:
                        if prices[place]:
                            wait(place, now + prices[place])
                        else:
                            items.append(place)
                        break
                if node in joins:
                    for join in joins[node]:
                        needed = graph.joins[join]
                        if costs[join] < 0 and all(costs[need] >= 0 for need in needed):
                            wait(~join, self._cost_together(join, *needed))
            del waiting[now]

    def _cost_together(self, join: int, *needed: int) -> int:
        """Return what a join costs that needs some nodes: what ways to them share counts once."""
        if len(needed) == 2:  # noqa: PLR2004 - nearly all
            cost = self._cost_of_both(*needed)
            if cost is not None:
                return cost
        return cost_of(self._graph, self._proof(join))

    def _cost_of_both(self, one: int, other: int) -> int | None:
        """Return what two nodes cost together; None where a way to them leads through a join."""
        by, steps, kind_of = self._by, self._onward, self._graph.kind_of
        way, at = {one: -1}, one
        while (place := by[at]) >= 0:
            at = steps.sources[place]
            way[at] = place
        if at != self._source:
            return None
        last, at = -1, other
        while at not in way:
            last = by[at]
            if last < 0:
                return None
            at = steps.sources[last]
        cost = self._costs[one] + self._costs[other] - self._costs[at]
        places = last, way[at]
        if min(places) < 0 or any(kind_of[steps.edges[place]] != CONTAINS for place in places):
            return cost
        # Both narrow what one technique yields: it is done twice.
        while (place := by[at]) >= 0 and kind_of[steps.edges[place]] == CONTAINS:
            at = steps.sources[place]
        return cost + steps.prices[place] if place >= 0 else cost

    def _proof(self, join: int) -> list[int]:
        """Return the edges to all that a join needs, and from there to it."""
        if join not in self._proofs:
            found: list[int] = []
            for need in self._onward.needs[join]:
                found += self.edges(self._graph.source_of[need])
                found.append(need)
            self._proofs[join] = list(dict.fromkeys(found))
        return self._proofs[join]

    def edges(self, node: int) -> Sequence[int]:
        """Return the edges of the cheapest way, what is needed before what needs it."""
        steps, by = self._onward, self._by
        found = []
        while (place := by[node]) >= 0:
            found.append(steps.edges[place])
            node = steps.sources[place]
        return [*(() if node == self._source else self._proof(node)), *reversed(found)]

    def opening(self, node: int) -> int:
        """Return the edge of the last technique on the way to a node."""
        steps, by = self._onward, self._by
        while (place := by[node]) >= 0:
            edge = steps.edges[place]
            if steps.prices[place]:
                return edge
            node = steps.sources[place]
        return super().opening(node)

    def __contains__(self, node: int) -> bool:
        return self._costs[node] >= 0

    def __iter__(self) -> Iterator[int]:
        return (node for node, cost in enumerate(self._costs) if cost >= 0)

    def cost(self, node: int) -> int | None:
        """Cost of the way from the source to a node; None where there is no way."""
        cost = self._costs[node]
        return None if cost < 0 else cost

    def _from_far(self, node: int) -> list[int]:
        return list(reversed(self.edges(node)))
