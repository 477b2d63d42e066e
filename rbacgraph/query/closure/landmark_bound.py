"""A lower bound of what some AND/OR graph's cheapest proof of a node costs: LM-cut.

Helmert and Domshlak's bound (2009). As if an AND node cost what its most expensive premise costs,
each node has a supporter; every proof has an edge of each cut of all chains of supporters to the
goal. The bound is the sum of the least costs of such cuts, each taken off the costs
of the cut's edges, until the goal costs nothing more.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.edge_arrays import sorting
from rbacgraph.query.arrays.bitmap_store import runs

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]

FAR = 1 << 30
"""More than any node costs that has a proof."""


class Links(NamedTuple):
    """Ends of links, sorted by target, and where each target's links begin."""

    source: Integers
    target: Integers
    order: Integers
    """The place of each link in the columns that it was made from."""
    ends: Integers
    starts: Integers

    @classmethod
    def of(cls, source: Integers, target: Integers) -> "Links":
        """Return links by their ends."""
        order = sorting(target)
        ends, starts = runs(target[order])
        return cls(source[order], target[order], order, ends, starts)


class ProofGraph(NamedTuple):
    """A graph in which a node needs one of its edges, or all of its premises.

    Parameters
    ----------
    size:
        The number of nodes.
    edges:
        The edges.
    payers:
        For each edge, the place of its cost: several edges may share one.
    premises:
        Links from premises to AND nodes.
    """

    size: int
    edges: Links
    payers: Integers
    premises: Links

    def least(self, start: int, goal: int, costs: Integers, enough: int) -> int:
        """Return what a proof of the goal costs at least, or that it costs enough.

        Parameters
        ----------
        start, goal:
            The node that is given, and the one to prove.
        costs:
            For each place of ``payers`` what its edges cost.
        enough:
            From where on it does not matter how much more a proof costs.
        """
        left, total = costs.copy(), 0
        reached = np.full(self.size, FAR)
        reached[start] = 0
        while total < enough:
            self._lower(reached, left)
            if reached[goal] == FAR:
                return enough
            if reached[goal] == 0:
                return total
            cut = self._cut(start, goal, reached, left)
            least = int(left[cut].min())
            left[cut] -= least
            total += least
        return enough

    def _lower(self, reached: Integers, costs: Integers) -> None:
        """Lower what nodes cost, as if an AND node cost what its dearest premise costs."""
        edges, premises = self.edges, self.premises
        prices = costs[self.payers]
        while True:
            by = np.minimum.reduceat(reached[edges.source] + prices, edges.starts)
            most = np.maximum.reduceat(reached[premises.source], premises.starts)
            if (by >= reached[edges.ends]).all() and (most >= reached[premises.ends]).all():
                return
            reached[edges.ends] = np.minimum(reached[edges.ends], by)
            reached[premises.ends] = np.minimum(reached[premises.ends], most)

    def _cut(self, start: int, goal: int, reached: Integers, costs: Integers) -> Integers:
        """Return the payers of the edges into the nodes from which the goal is free."""
        edges, premises = self.edges, self.premises
        dearest = reached[premises.source] == reached[premises.target]
        places = np.flatnonzero(dearest & (reached[premises.target] < FAR))
        _, firsts = runs(premises.target[places])
        supporting = places[firsts]
        known = reached[edges.source] < FAR
        free = known & (costs[self.payers] == 0)
        source = np.concatenate([edges.source[free], premises.source[supporting]])
        target = np.concatenate([edges.target[free], premises.target[supporting]])
        near = _closure(self.size, goal, target, source)
        source = np.concatenate([edges.source[known], premises.source[supporting]])
        target = np.concatenate([edges.target[known], premises.target[supporting]])
        outside = ~near[target]
        before = _closure(self.size, start, source[outside], target[outside])
        crossing = known & before[edges.source] & near[edges.target]
        return self.payers[crossing]


def _closure(size: int, start: int, source: Integers, target: Integers) -> Booleans:
    """Return what is reached from a node over some links."""
    found = np.zeros(size, dtype=bool)
    found[start] = True
    count = 1
    while True:
        found[target[found[source]]] = True
        now = int(np.count_nonzero(found))
        if now == count:
            return found
        count = now
