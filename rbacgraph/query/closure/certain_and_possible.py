"""Who reaches what for certain, and who where conditions hold too."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.query.arrays.bitmap_store import Sets
from rbacgraph.query.arrays.path_filter import Limits
from rbacgraph.query.closure.closure import Spread

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

    @property
    def both(self) -> tuple[Spread, Spread]:
        """The two."""
        return self.sure, self.every

    def reaching(self, nodes: Integers) -> tuple[Integers, Integers]:
        """Return for each of some nodes the numbers of who reaches it for certain, and at all."""
        sure = self.sure.reaching(nodes)
        return sure, sure if self.every is self.sure else self.every.reaching(nodes)


def spreads(
    graph: AccessGraph, principals: Principals, limits: Limits, *, at_once: bool = False
) -> Spreads:
    """Follow the edges of a graph from everybody.

    Parameters
    ----------
    graph:
        The graph.
    principals:
        Who counts.
    limits:
        What a path may be made of.
    at_once:
        Whether all is found now: what it took to find it is then forgotten.
    """
    kept = limits.allowed(graph)
    certain = kept & (graph.condition == 0)
    sets = Sets()
    only = limits._replace(certain=True)
    sure = every = Spread(graph, principals, certain, sets, limits=only)
    if at_once:
        sets.forget_all_but(sure.numbers)
    telling = _telling(graph, certain, kept & ~certain)
    if telling.any():
        every = Spread(graph, principals, certain | telling, sets, limits=limits, base=sure)
        if at_once:
            sets.forget_all_but(every.numbers, sure.numbers)
    return Spreads(sure, every, kept, sets)


def _telling(graph: AccessGraph, certain: Booleans, conditional: Booleans) -> Booleans:
    """Conditional edges but those whose ends a certain one has too: they add nothing."""
    concerned = np.zeros(len(graph.nodes), dtype=bool)
    concerned[graph.source[conditional]] = True
    ends, known = _ends(graph, conditional), _ends(graph, certain & concerned[graph.source])
    known = np.append(np.sort(known), np.iinfo(np.int64).max)
    telling = conditional.copy()
    telling[conditional] = known[np.searchsorted(known, ends)] != ends
    return telling


def _ends(graph: AccessGraph, edges: Booleans) -> Integers:
    """Return both ends of some edges, as one number each."""
    found: Integers = graph.source[edges].astype(np.int64) << 32 | graph.target[edges]
    return found


def secret_nodes(graph: AccessGraph) -> Integers:
    """Return the numbers of all Secrets, in the order of the world's."""
    block = graph.world.secret_block
    return np.arange(block.start, block.stop)
