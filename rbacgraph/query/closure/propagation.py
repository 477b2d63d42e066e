"""Propagates bitmaps along the condensed DAG; after the giant component they share its bitmap."""

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.edge_arrays import Adjacency, Int32Array, sorting
from rbacgraph.query.arrays.bitmap_store import EMPTY, BitmapStore, begins, distinct

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]
Ends = NDArray[np.integer]

_HALF = 32
_SECOND = (1 << _HALF) - 1


class Condensation:
    """An acyclic graph, with its edges by the rank of their targets.

    ``source``, ``target``: ends of each edge: numbers of nodes, below ``count``. Loops do not
        count.
    ``count``: the number of nodes.
    """

    def __init__(self, source: Ends, target: Ends, count: int) -> None:
        # Sorted by target, so that all inputs of a node are together.
        edges = target.astype(np.int64)
        edges <<= _HALF
        edges |= source
        edges = edges[source != target]
        edges.sort(kind="stable")
        edges = edges[begins(edges)]
        first, second = (edges & _SECOND).astype(np.int32), (edges >> _HALF).astype(np.int32)
        del edges
        rank = _ranks(first, second, count)[second]
        order = sorting(rank)
        bounds = np.flatnonzero(np.diff(rank[order])) + 1
        self._ranks = list(
            zip(np.split(first[order], bounds), np.split(second[order], bounds), strict=True)
        )

    def hand_down(self, numbers: Integers, changed: Booleans, sets: BitmapStore) -> None:
        """Propagate the sets of changed nodes to all successors.

        ``numbers``: for each node the number of its set; updated.
        ``changed``: for each node whether it changed; updated with the nodes that change here.
        """
        for source, target in self._ranks:
            moved = changed[source]
            if not moved.any():
                continue
            after = distinct(target[moved])
            owners, united = sets.gather(
                np.concatenate([after, target[moved]]),
                np.concatenate([numbers[after], numbers[source[moved]]]),
            )
            changed[owners] |= numbers[owners] != united
            numbers[owners] = united


def _ranks(source: Int32Array, target: Int32Array, count: int) -> Int32Array:
    """Return the rank of each node: one more than the highest rank of its predecessors."""
    out = Adjacency(source, count)
    waiting = np.bincount(target, minlength=count)
    ranks = np.zeros(count, dtype=np.int32)
    frontier = np.flatnonzero((waiting == 0) & (np.diff(out.starts) > 0))
    rank = 0
    while frontier.size:
        rank += 1
        further = target[out.of_all(frontier)]
        waiting -= np.bincount(further, minlength=count)
        frontier = distinct(further[waiting[further] == 0])
        ranks[frontier] = rank
    return ranks


class Propagation:
    """The propagation of principals from component to component.

    The set of the giant component is the base of its successors' sets: if it grows, so do they,
    without propagation.
    """

    def __init__(self, count: int, giant: int, sets: BitmapStore) -> None:
        self._sets = sets
        self._giant = giant
        self.numbers: Integers = np.full(count, EMPTY)
        """For each component, the number of its set."""
        self.changed: Booleans = np.zeros(count, dtype=bool)
        """For each component, whether its present set still has to be propagated."""
        self._grown = False
        self._dag: Condensation | None = None

    def go_over(self, source: Ends, target: Ends) -> None:
        """Set the edges between components for propagation; loops do not count."""
        into = target == self._giant
        self._entries = distinct(source[into & (source != self._giant)])
        source, target = source[~into], target[~into]
        self._dag = Condensation(source, target, len(self.numbers))

    @property
    def settled(self) -> bool:
        """Whether nothing is new since the last propagation."""
        return not (self._grown or self.changed.any())

    def give(self, component: int, number: int) -> None:
        """Add a non-empty set to a component's set."""
        before = int(self.numbers[component])
        if component != self._giant:
            after = self._sets.unite(before, number)
        else:
            after = self._sets.add_base(BitMap()) if before == EMPTY else before
            self._grown |= self._sets.grow(after, self._sets.own(number))
        if after != before:
            self.numbers[component] = after
            self.changed[component] = True

    def give_all(self, components: Ends, numbers: Integers) -> Integers:
        """Add sets to those of several components; return which components have one now."""
        giant = components == self._giant
        for number in distinct(numbers[giant]).tolist():
            self.give(self._giant, number)
        components, numbers = components[~giant], numbers[~giant]
        owners, united = self._sets.gather(
            np.concatenate([components, components]),
            np.concatenate([numbers, self.numbers[components]]),
        )
        self.numbers[owners] = united
        return owners

    def hand_down(self) -> None:
        """Propagate the sets of changed components to all successors."""
        assert self._dag is not None, "after go_over"
        self._dag.hand_down(self.numbers, self.changed, self._sets)
        self.changed[:] = False
        arrived = distinct(self.numbers[self._entries]).tolist()
        members = BitMap.union(BitMap(), *map(self._sets.own, arrived))
        if members:
            self.give(self._giant, self._sets.add(members))
        self._grown = False
