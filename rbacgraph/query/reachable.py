"""Who reaches what at all, and for certain: the sets behind every answer about everything."""

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.edges import KINDS
from rbacgraph.graph.access import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.node import GROUP
from rbacgraph.query.limits import Limits
from rbacgraph.query.sets import Sets
from rbacgraph.query.spread import Spread

Booleans = NDArray[np.bool_]


class Reachable:
    """Who reaches what by a path of its own, over certain edges and over all.

    Parameters
    ----------
    graph:
        The graph.
    principals:
        Who counts.
    limits:
        What a path may be made of: no number of hops, no wished-for kinds.
    """

    def __init__(self, graph: AccessGraph, principals: Principals, limits: Limits) -> None:
        self._graph = graph
        self._principals = principals
        self.kept: Booleans = ~np.isin(graph.kind, list(limits.without))
        certain = self.kept & (graph.condition == 0)
        if limits.certain:
            self.kept = certain
        self.sets = Sets()
        only = limits._replace(certain=True)
        self.sure = self.every = Spread(graph, principals, certain, self.sets, limits=only)
        telling = _telling(graph, certain, self.kept & ~certain)
        if telling.any():
            every = certain | telling
            self.every = Spread(graph, principals, every, self.sets, limits=limits, base=self.sure)

    def members_of(self, groups: Iterable[int]) -> BitMap:
        """Return who is in any of some groups, as far as is known."""
        members = self._graph.membership.members
        found = BitMap.union(BitMap(), *(members[g] for g in groups if g in members))
        return found & self._principals.people

    @cached_property
    def folded_groups(self) -> tuple[int, ...]:
        """Groups that are folded: system:masters, which gets at everything."""
        graph = self._graph
        if KINDS["system-masters"] not in graph.kind[self.kept]:
            return ()
        folded = (start.principal for start in self._principals.folded)
        return tuple(n for n in folded if graph.nodes[n][0] == GROUP)

    @cached_property
    def groups(self) -> BitMap:
        """Every group."""
        return BitMap(self._principals.groups)


def _telling(graph: AccessGraph, certain: Booleans, conditional: Booleans) -> Booleans:
    """Conditional edges but those whose ends a certain one has too: they add nothing."""
    concerned = np.zeros(len(graph.nodes), dtype=bool)
    concerned[graph.source[conditional]] = True
    ends = graph.source.astype(np.int64) * len(graph.nodes) + graph.target
    telling = conditional.copy()
    telling[conditional] = ~np.isin(ends[conditional], ends[certain & concerned[graph.source]])
    return telling
