"""Stores bitmaps of which the large ones are few, but for some members each."""

from collections.abc import Iterator
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

Booleans = NDArray[np.bool_]

_LARGE = 4096
"""A bitmap of more members takes 8 KB or more; of fewer, two bytes for each."""
_PATTERNS = 16
"""The number of large bitmaps to compare others with."""
_LITTLE = 16
"""A large bitmap differs little from another by less than such a part of its members."""


class SimilarBitmaps:
    """Bitmaps by number, from 0 on.

    A large one is kept as its difference from an earlier one, if that is little. One with a single
    member is kept as this.

    ``large``: the number of members from which a bitmap counts as large.

    Examples
    --------
    >>> kept = SimilarBitmaps()
    >>> number = kept.append(BitMap([1, 5]))
    >>> kept[number]
    BitMap([1, 5])
    """

    def __init__(self, large: int = _LARGE) -> None:
        self._large = large
        self._kept: list[BitMap | int] = []
        self._near: dict[int, int] = {}
        self._patterns: list[BitMap] = []

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, number: int) -> BitMap:
        kept = self._kept[number]
        if isinstance(kept, int):
            return BitMap((kept,))
        near = self._near.get(number)
        return kept if near is None else kept ^ self._patterns[near]

    def __iter__(self) -> Iterator[BitMap]:
        return map(self.__getitem__, range(len(self)))

    def append(self, members: BitMap) -> int:
        """Add a bitmap, and return its number."""
        number, count = len(self._kept), len(members)
        if count == 1:
            self._kept.append(members.min())
        elif count < self._large:
            self._kept.append(members)
        else:
            self._kept.append(self._difference(number, members, count))
        return number

    def _difference(self, number: int, members: BitMap, count: int) -> BitMap:
        """Return what a large bitmap differs in from an earlier one, or else the bitmap."""
        apart = [pattern.symmetric_difference_cardinality(members) for pattern in self._patterns]
        near = apart.index(min(apart)) if apart else -1
        if near < 0 or apart[near] * _LITTLE > count:
            if len(self._patterns) == _PATTERNS:
                return members
            near = len(self._patterns)
            self._patterns.append(members)
        self._near[number] = near
        return members ^ self._patterns[near]

    def forget_all_but(self, kept: Booleans) -> None:
        """Keep only some bitmaps, and renumber them in order."""
        numbers = (np.cumsum(kept) - 1).tolist()
        self._kept = list(compress(self._kept, kept))
        self._near = {numbers[old]: near for old, near in self._near.items() if kept[old]}
