"""Who reaches what for certain, and who where conditions hold too."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.access import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.query.limits import Limits
from rbacgraph.query.sets import Sets
from rbacgraph.query.spread import Spread

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class Spreads(NamedTuple):
    """Who reaches what, over edges that are certain and over all that are kept.

    The two are one where no conditional edge adds anything. ``kept`` tells for each edge
    whether paths may hold it.
    """

    sure: Spread
    every: Spread
    kept: Booleans
    sets: Sets

    def reaching(self, nodes: Integers) -> tuple[Integers, Integers]:
        """Return for each of some nodes the numbers of who reaches it for certain, and at all."""
        sure = self.sure.reaching(nodes)
        return sure, sure if self.every is self.sure else self.every.reaching(nodes)


def spreads(graph: AccessGraph, principals: Principals, limits: Limits) -> Spreads:
    """Follow the edges of a graph from everybody.

    Parameters
    ----------
    graph:
        The graph.
    principals:
        Who counts.
    limits:
        What a path may be made of.
    """
    kept = limits.allowed(graph)
    certain = kept & (graph.condition == 0)
    sets = Sets()
    only = limits._replace(certain=True)
    sure = every = Spread(graph, principals, certain, sets, limits=only)
    telling = _telling(graph, certain, kept & ~certain)
    if telling.any():
        every = Spread(graph, principals, certain | telling, sets, limits=limits, base=sure)
    return Spreads(sure, every, kept, sets)


def _telling(graph: AccessGraph, certain: Booleans, conditional: Booleans) -> Booleans:
    """Conditional edges but those whose ends a certain one has too: they add nothing."""
    concerned = np.zeros(len(graph.nodes), dtype=bool)
    concerned[graph.source[conditional]] = True
    ends = graph.source.astype(np.int64) * len(graph.nodes) + graph.target
    telling = conditional.copy()
    telling[conditional] = ~np.isin(ends[conditional], ends[certain & concerned[graph.source]])
    return telling


def secret_nodes(graph: AccessGraph) -> Integers:
    """Return the numbers of all Secrets, in the order of the world's."""
    of: Sequence[int] = [
        graph.world.secret_numbers[namespace][name] for namespace, name in graph.world.secrets
    ]
    return np.array(of, dtype=np.int64)
