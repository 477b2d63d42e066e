"""Propagates bitmaps along the condensed DAG; after the giant component they share its bitmap."""

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.query.arrays.bitmap_store import EMPTY, BitmapStore, distinct
from rbacgraph.query.arrays.condensation import Condensation

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]
Ends = NDArray[np.integer]


class Propagation:
    """The propagation of principals from component to component.

    The set of the giant component is the base of its successors' sets: if it grows, so do they,
    without propagation.

    ``count``: the largest number of components.
    ``giant``: the number of the giant component.
    ``sets``: the bitmap store.
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
