"""Computes the closure over certain edges, and over all edges."""

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
    """The closure over certain edges, and over all edges that the filter keeps.

    Both are the same object if no conditional edge adds anything. ``kept`` says for each edge
    whether paths may use it.
    """

    sure: Spread
    every: Spread
    kept: Booleans
    sets: Sets

    @property
    def both(self) -> tuple[Spread, Spread]:
        """Both closures."""
        return self.sure, self.every

    def reaching(self, nodes: Integers) -> tuple[Integers, Integers]:
        """Return for each of some nodes the numbers of the sets: certain, and at all."""
        sure = self.sure.reaching(nodes)
        return sure, sure if self.every is self.sure else self.every.reaching(nodes)


def spreads(
    graph: AccessGraph, principals: Principals, limits: Limits, *, at_once: bool = False
) -> Spreads:
    """Compute both closures of a graph.

    Parameters
    ----------
    graph:
        The graph.
    principals:
        The principals that count.
    limits:
        The filter of paths.
    at_once:
        Whether to compute everything now, and free intermediate results.
    """
    kept = limits.allowed(graph)
    certain = kept & (graph.condition == 0)
    sets = Sets()
    only = limits._replace(certain=True)
    sure = every = Spread(graph, principals, certain, sets, limits=only)
    if at_once:
        sets.forget_all_but(sure.numbers)
    adding = _adding(graph, certain, kept & ~certain)
    if adding.any():
        every = Spread(graph, principals, certain | adding, sets, limits=limits, base=sure)
        if at_once:
            sets.forget_all_but(every.numbers, sure.numbers)
    return Spreads(sure, every, kept, sets)


def _adding(graph: AccessGraph, certain: Booleans, conditional: Booleans) -> Booleans:
    """Return the conditional edges, without those parallel to a certain one: they add nothing."""
    concerned = np.zeros(len(graph.nodes), dtype=bool)
    concerned[graph.source[conditional]] = True
    ends, known = _ends(graph, conditional), _ends(graph, certain & concerned[graph.source])
    known = np.append(np.sort(known), np.iinfo(np.int64).max)
    adding = conditional.copy()
    adding[conditional] = known[np.searchsorted(known, ends)] != ends
    return adding


def _ends(graph: AccessGraph, edges: Booleans) -> Integers:
    """Return both ends of some edges, as one number each."""
    found: Integers = graph.source[edges].astype(np.int64) << 32 | graph.target[edges]
    return found


def secret_nodes(graph: AccessGraph) -> Integers:
    """Return the numbers of all Secrets, in the order of the world's."""
    block = graph.world.secret_block
    return np.arange(block.start, block.stop)
