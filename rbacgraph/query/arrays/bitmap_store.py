"""Many sets that few differ in: each is kept once, under a number, for all that share it."""

from collections.abc import Sequence
from itertools import compress
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]

_N = TypeVar("_N", bound=np.integer)

EMPTY = 0
"""Number of the empty set."""


class Sets:
    """Sets by number. Two numbers may stand for equal sets, but few do.

    Most large sets hold the same many principals, and a few of their own. The many are told
    once, as a base: of a set that holds one only the others are kept, and where the base
    grows, so does each set that holds it.
    """

    def __init__(self) -> None:
        self._own = [BitMap()]
        self._base = [0]
        self._bases: list[BitMap] = [BitMap()]  # the first is that of sets that hold none
        self._added = {(0, hash(BitMap().serialize())): EMPTY}
        self._unions: dict[tuple[int, int], int] = {}

    def __getitem__(self, number: int) -> BitMap:
        base = self._base[number]
        return self._own[number] | self._bases[base] if base else self._own[number]

    def own(self, number: int) -> BitMap:
        """Return what a set holds beside its base."""
        base = self._base[number]
        return self._own[number] - self._bases[base] if base else self._own[number]

    def base(self, number: int) -> BitMap:
        """Return the base that a set holds; the empty set where it holds none."""
        return self._bases[self._base[number]]

    def size(self, number: int) -> int:
        """Return how many members a set has."""
        base = self.base(number)
        own = self._own[number]
        return len(own) + len(base) - own.intersection_cardinality(base)

    def lacking(self, number: int, other: int, kept: BitMap) -> BitMap:
        """Return what another set holds that a set does not, but for those that are kept."""
        if self._base[number]:
            return self._own[other] - self._own[number] - kept - self.base(number)
        return self[other] - self._own[number] - kept

    def add(self, members: BitMap, beside: int = EMPTY) -> int:
        """Return the number of a set, kept from now on, that holds another set's base too."""
        base = self._base[beside]
        own = members - self._bases[base] if base else members
        key = base, hash(own.serialize())
        known = self._added.get(key)
        if known is None or self._own[known] != own:
            known = self._added[key] = self._append(own, base)
        return known

    def singles(self, members: Sequence[int]) -> Integers:
        """Return for each of some members the number of the set that holds it alone."""
        single = {member: self.add(BitMap([member])) for member in dict.fromkeys(members)}
        return np.array([single[member] for member in members], dtype=np.int64)

    def forget_all_but(self, *several: Integers) -> None:
        """Keep only the sets that some arrays tell of, and number them anew there.

        No other number stands for its set from now on.
        """
        kept = np.zeros(len(self._own), dtype=bool)
        kept[EMPTY] = True
        for numbers in several:
            kept[numbers] = True
        anew = np.cumsum(kept) - 1
        for numbers in several:
            numbers[:] = anew[numbers]
        self._own = list(compress(self._own, kept))
        self._base = list(compress(self._base, kept))
        self._unions.clear()
        self._added = {
            key: int(anew[number]) for key, number in self._added.items() if kept[number]
        }

    # Bases

    def add_base(self, members: BitMap) -> int:
        """Return the number of a set that is a base, and may grow from now on."""
        self._bases.append(members)
        return self._append(BitMap(), len(self._bases) - 1)

    @property
    def extent(self) -> int:
        """How many members all bases have."""
        return sum(map(len, self._bases))

    def grow(self, number: int, members: BitMap) -> bool:
        """Add members to the base that a set holds; return whether any is new there."""
        base = self._base[number]
        before = self._bases[base]
        self._bases[base] = before | members
        return len(self._bases[base]) > len(before)

    def holding_base(self, numbers: Integers) -> Booleans:
        """Return which of some sets hold a base."""
        return np.array(self._base)[numbers] > 0

    def with_base(self, numbers: Integers, number: int) -> Integers:
        """Return sets as they are with the base of another in place of their own."""
        base = self._base[number]
        found = numbers.copy()
        moved = self.holding_base(numbers)
        different = distinct(numbers[moved])
        anew = np.array([self._append(self._own[n], base) for n in different.tolist()], np.int64)
        found[moved] = anew[np.searchsorted(different, numbers[moved])]
        return found

    def _append(self, own: BitMap, base: int) -> int:
        self._own.append(own)
        self._base.append(base)
        return len(self._own) - 1

    # Unions

    def unite(self, first: int, second: int) -> int:
        """Return the number of a union; one of the two themselves where it holds the other.

        Of two sets that each hold a base, it is the same one.
        """
        known = self._unions.get((first, second))
        if known is None:
            one, other = self._own[first], self._own[second]
            base = self._base[first] or self._base[second]
            if self._base[first] != base:
                one = one - self._bases[base]
            elif self._base[second] != base:
                other = other - self._bases[base]
            union = one | other
            if self._base[first] == base and len(union) == len(one):
                known = first
            elif self._base[second] == base and len(union) == len(other):
                known = second
            else:
                known = self._append(union, base)
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
            span = len(self._own)
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
        span = len(self._own)
        pairs = first * span + second
        different = distinct(pairs)
        one, other = np.divmod(different, span)
        unions = np.fromiter(
            map(self.unite, one.tolist(), other.tolist()), dtype=np.int64, count=len(different)
        )
        return unions[np.searchsorted(different, pairs)]


def distinct(values: NDArray[_N]) -> NDArray[_N]:
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
