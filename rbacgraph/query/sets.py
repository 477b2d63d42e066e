"""Many sets that few differ in: each is kept once, under a number, for all that share it."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

Integers = NDArray[np.int64]

_N = TypeVar("_N", np.int32, np.int64)

EMPTY = 0
"""Number of the empty set."""


class Sets:
    """Sets by number. Two numbers may stand for equal sets, but few do.

    Most large sets hold the same many principals, and a few of their own. These are told once,
    as the base: of a set that holds them all only the others are kept.
    """

    def __init__(self) -> None:
        self.base = BitMap()
        self._sets: list[BitMap] = []
        self._wide: list[bool] = []
        self._added: dict[tuple[bool, bytes], int] = {}
        self._unions: dict[tuple[int, int], int] = {}
        self.add(BitMap())

    def __getitem__(self, number: int) -> BitMap:
        found = self._sets[number]
        return found | self.base if self._wide[number] else found

    def parts(self, number: int) -> tuple[BitMap, bool]:
        """Return what a set holds beside the base, and whether it holds that."""
        return self._sets[number], self._wide[number]

    def size(self, number: int) -> int:
        """Return how many members a set has."""
        return len(self._sets[number]) + (len(self.base) if self._wide[number] else 0)

    def lacking(self, number: int, other: int, kept: BitMap) -> BitMap:
        """Return what another set holds that a set does not, but for those that are kept."""
        if self._wide[number] and self._wide[other]:
            return self._sets[other] - self._sets[number] - kept
        found = self[other] - self._sets[number] - kept
        return found - self.base if self._wide[number] else found

    def expect(self, base: BitMap) -> None:
        """Say what many sets will hold, before there are any."""
        if len(self._sets) == 1:
            self.base = base

    def add(self, members: BitMap) -> int:
        """Return the number of a set, kept from now on."""
        members, wide = self._parted(members)
        key = wide, members.serialize()
        known = self._added.get(key)
        if known is None:
            known = self._added[key] = self._append(members, wide)
        return known

    def _parted(self, members: BitMap) -> tuple[BitMap, bool]:
        """Return what a set holds beside the base, and whether it holds that."""
        base = self.base
        wide = 0 < len(base) <= len(members) and base.issubset(members)
        return (members - base if wide else members), wide

    def singles(self, members: Sequence[int]) -> Integers:
        """Return for each of some members the number of the set that holds it alone."""
        single = {member: self.add(BitMap([member])) for member in dict.fromkeys(members)}
        return np.array([single[member] for member in members], dtype=np.int64)

    def _append(self, members: BitMap, wide: bool) -> int:
        self._sets.append(members)
        self._wide.append(wide)
        return len(self._sets) - 1

    def unite(self, first: int, second: int) -> int:
        """Return the number of a union; one of the two themselves where it holds the other."""
        known = self._unions.get((first, second))
        if known is None:
            one, other = self._sets[first], self._sets[second]
            one_wide, other_wide = self._wide[first], self._wide[second]
            if one_wide is other_wide:
                union, wide = one | other, one_wide
                if not wide:
                    union, wide = self._parted(union)
            else:
                union, wide = (one | other) - self.base, True
            if wide is one_wide and len(union) == len(one):
                known = first
            elif wide is other_wide and len(union) == len(other):
                known = second
            else:
                known = self._append(union, wide)
            self._unions[first, second] = known
        return known

    def gather(self, owners: Integers, numbers: Integers) -> tuple[Integers, Integers]:
        """Unite for each owner all sets that are given for it.

        Parameters
        ----------
        owners, numbers:
            Pairs of an owner and the number of a set; an owner may stand in many.
            Empty sets do not count.

        Returns
        -------
        tuple of numpy.ndarray
            Each owner that has a set once, in order, and the number of its union.
        """
        held = numbers != EMPTY
        owners, numbers = owners[held], numbers[held]
        while True:
            span = len(self._sets)
            owners, numbers = np.divmod(distinct(owners * span + numbers), span)
            again = owners[1:] == owners[:-1]
            if not again.any():
                return owners, numbers
            # Of each owner's sets every first is united with the one that follows.
            place = np.arange(len(owners))
            begin = np.maximum.accumulate(np.where(np.append(False, again), 0, place))
            left = np.flatnonzero((place - begin) % 2 == 0)
            paired = np.append(again, False)[left]
            united = numbers[left]
            united[paired] = self._unite_all(united[paired], numbers[left[paired] + 1])
            owners, numbers = owners[left], united

    def _unite_all(self, first: Integers, second: Integers) -> Integers:
        """Unite pairs, each different one once."""
        span = len(self._sets)
        pairs = first * span + second
        different = distinct(pairs)
        one, other = np.divmod(different, span)
        unions = np.fromiter(
            map(self.unite, one.tolist(), other.tolist()), dtype=np.int64, count=len(different)
        )
        return unions[np.searchsorted(different, pairs)]


def distinct(values: Integers) -> Integers:
    """Return what is different among some values, in order.

    Examples
    --------
    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    # Most are nearly sorted, which the stable sort makes use of.
    return runs(np.sort(values, kind="stable"))[0]


def runs(values: NDArray[_N]) -> tuple[NDArray[_N], Integers]:
    """Return what is different among sorted values, and where each of them begins.

    Examples
    --------
    >>> [found.tolist() for found in runs(np.array([1, 3, 3]))]
    [[1, 3], [0, 1]]
    """
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])
    return values[starts], starts
