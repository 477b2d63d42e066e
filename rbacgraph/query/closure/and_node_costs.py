"""How the needs of joins are met: by whom, and by which techniques."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from math import inf

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.memory.method_cache import method_cache
from rbacgraph.model.node import PRINCIPALS, format_node
from rbacgraph.query.arrays.bucket_dijkstra import Cheapest, cheapest
from rbacgraph.query.arrays.costs import COSTS, EFFORT
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter
from rbacgraph.query.arrays.witnesses import CheapestWay
from rbacgraph.query.search.hyperpaths import HyperpathSearch
from rbacgraph.query.search.steiner_trees import SteinerSearch
from rbacgraph.query.search.steps import Steps

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]

_KEPT = 16
"""How many searches are kept: joins of one kind mostly share what is hard to get."""


class AndNodeCosts:
    """Finds the cheapest way of anybody to the inputs of a join, all of them.

    ``least``: for each node, an effort that nobody's way to it is below.
    """

    def __init__(
        self, graph: AccessGraph, limits: PathFilter, allowed: Booleans, least: Integers
    ) -> None:
        self._graph = graph
        self._limits = limits
        self._allowed = allowed
        self._least = least
        self._joins = np.array(list(graph.joins), dtype=np.int64)
        self._direct: dict[int, BitMap] = {}
        self._steps = Steps(graph, limits)
        self._sharing = SteinerSearch(graph)
        self._ways_to = method_cache(self._find_ways_to, _KEPT)
        self._joins_before = method_cache(self._find_joins_before, _KEPT)

    def cheapest(self, join: int, able: BitMap) -> CheapestWay:
        """Return the cheapest way of those who are able to meet a join's needs."""
        inputs = self._graph.joins[join]
        direct = next(_common((able, *map(self._holders, inputs))), None)
        if direct is not None:
            return CheapestWay(format_node(self._graph.nodes[direct]), (), 0)
        return self._with_one_hard(inputs, able) or self._searched(join, able)

    def _with_one_hard(self, inputs: Sequence[int], able: BitMap) -> CheapestWay | None:
        """Return the way of somebody who has all inputs but one without any technique.

        Only where nobody's way can be cheaper.
        """
        hard = max(inputs, key=self._least.__getitem__)
        others = [self._holders(node) for node in inputs if node != hard]
        candidates = BitMap.intersection(able, *others)
        ways, least = self._ways_to(hard, joins=False), int(self._least[hard])
        found = ((p, p) for p in candidates if ways.effort[p] == least)
        joins = self._joins_before(hard) if candidates else ()
        for principal, start in chain(found, self._by_joins(joins, candidates)):
            techniques = self._techniques(ways, start, hard)
            return CheapestWay(format_node(self._graph.nodes[principal]), techniques, least)
        return None

    def _find_joins_before(self, node: int) -> Sequence[int]:
        """Return the joins from which the way to a node is as cheap as anybody's can be."""
        efforts = self._ways_to(node, joins=False).effort[self._joins]
        found: list[int] = self._joins[efforts == self._least[node]].tolist()
        return found

    def _by_joins(self, joins: Iterable[int], principals: BitMap) -> Iterator[tuple[int, int]]:
        """Yield who has all needs of a join without any technique, and the join."""
        for join in joins:
            for principal in _common((principals, *map(self._holders, self._graph.joins[join]))):
                yield principal, join

    def _techniques(self, ways: Cheapest, node: int, to: int) -> tuple[str, ...]:
        graph, described = self._graph, list[str]()
        while node != to:
            edge = int(ways.last[node])
            kind = graph.kind_at(edge)
            if not kind.structural:
                described.append(kind.id)
            node = graph.target_of[edge]
        return tuple(described)

    def _searched(self, join: int, able: BitMap) -> CheapestWay:
        """Return the cheapest way, looked for from one principal after the other."""
        graph = self._graph
        bounds = [self._ways_to(node, joins=True).effort for node in graph.joins[join]]
        numbers = np.array(able, dtype=np.int64)
        least = np.max([bound[numbers] for bound in bounds], axis=0)
        order = np.argsort(least, kind="stable")
        best: CheapestWay | None = None
        for principal, effort in zip(numbers[order].tolist(), least[order].tolist(), strict=True):
            if best is not None and effort >= best.effort:
                break
            below = inf if best is None else best.effort * EFFORT
            search = HyperpathSearch(self._steps, sharing=self._sharing)
            search.start(principal)
            if search.run({join}, below) is not None:
                kinds = [graph.kind_at(edge) for edge in search.edges(join)]
                techniques = tuple(kind.id for kind in kinds if not kind.structural)
                cost = search.cost(join)
                best = CheapestWay(format_node(graph.nodes[principal]), techniques, cost // EFFORT)
        assert best is not None
        return best

    def _find_ways_to(self, node: int, *, joins: bool) -> Cheapest:
        """Return the cheapest ways to a node: through no join, or as if one need would do."""
        allowed = self._allowed if joins else self._allowed & (self._graph.kind != NEEDS)
        none = np.array([], dtype=np.int64)
        return cheapest(self._graph, allowed, none, {node: 0}, backward=True)

    def _holders(self, node: int) -> BitMap:
        """Return who has a node without any technique, by groups too."""
        known = self._direct.get(node)
        if known is not None:
            return known
        graph, members = self._graph, self._graph.membership.members
        found = BitMap()
        for edge in graph.incoming.of(node):
            if COSTS[graph.kind_of[edge]] or not self._limits.allows(graph, edge):
                continue
            source = graph.source_of[edge]
            if graph.nodes[source][0] in PRINCIPALS:
                found.add(source)
                found |= members.get(source, BitMap())
            elif source not in graph.joins:
                found |= self._holders(source)
        self._direct[node] = found
        return found


def _common(sets: Iterable[BitMap]) -> Iterator[int]:
    """Yield what is in all of some sets, in order: the first is often all that is wanted."""
    fewest, *others = sorted(sets, key=len)
    return (member for member in fewest if all(member in other for other in others))
