"""Holds the supports of a graph's edges as columns of integers."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.advice.edits.edits import Edit
from rbacgraph.advice.edits.edits_that_close import Supports

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class _Pairs(NamedTuple):
    """Which edits belong to what: two columns of numbers."""

    owners: Integers
    edits: Integers

    @classmethod
    def of(cls, sets: Sequence[Collection[Edit]], numbers: dict[Edit, int]) -> "_Pairs":
        """Return the edits of some sets, with numbers for those that have none."""
        counts = np.fromiter(map(len, sets), np.int64, len(sets))
        edits = (numbers.setdefault(edit, len(numbers)) for some in sets for edit in some)
        owners = np.arange(len(sets)).repeat(counts)
        return cls(owners, np.fromiter(edits, np.int64, len(owners)))


class SupportColumns:
    """The supports of edges, by number."""

    def __init__(self, supports: Sequence[Supports]) -> None:
        self._numbers: dict[Edit, int] = {}
        self._count = len(supports)
        several = [edits for one in supports for edits in one.several]
        counts = np.fromiter((len(one.several) for one in supports), np.int64, self._count)
        self._support_of = np.arange(self._count).repeat(counts)
        self._several = _Pairs.of(several, self._numbers)
        self._given = _Pairs.of([one.given for one in supports], self._numbers)

    def closed(self, made: Collection[Edit], more: Collection[Edit]) -> Booleans:
        """Return for each support whether edits may end it.

        They may if each of its sets has one of them, or if one that it needs is not made.
        """
        ended = self._mask(more)[self._several.edits]
        sets_ended = np.zeros(len(self._support_of), dtype=np.bool_)
        sets_ended[self._several.owners[ended]] = True
        closed = np.ones(self._count, dtype=np.bool_)
        closed[self._support_of[~sets_ended]] = False
        closed[self._given.owners[~self._mask(made)[self._given.edits]]] = True
        return closed

    def _mask(self, edits: Collection[Edit]) -> Booleans:
        known = [self._numbers[edit] for edit in edits if edit in self._numbers]
        mask = np.zeros(len(self._numbers), dtype=np.bool_)
        mask[known] = True
        return mask
