"""Stores many bitmaps that differ little: each once, by number, for all that share it."""

from array import array
from collections.abc import Hashable, Sequence
from itertools import compress
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.query.arrays.similar_bitmaps import SimilarBitmaps

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]

_N = TypeVar("_N", bound=np.integer)
_Key = TypeVar("_Key", bound=Hashable)

_HALF = 32

EMPTY = 0
"""The number of the empty set."""


class BitmapStore:
    """Bitmaps by number. Two numbers may stand for equal bitmaps, but few do.

    Most large sets hold the same many principals, and a few of their own. The store keeps the many
    once, as a base: a set with the base keeps only its other members, and if the base grows, so
    does every set that has it.
    """

    def __init__(self) -> None:
        self._own = SimilarBitmaps()
        self._base = array("I")
        self._bases: list[BitMap] = [BitMap()]  # the first one belongs to sets without a base
        self._added: dict[tuple[int, int], int] = {}
        self._singles: dict[int, int] = {}
        self._unions: dict[int, int] = {}
        self._append(BitMap(), 0)

    def __getitem__(self, number: int) -> BitMap:
        base = self._base[number]
        return self._own[number] | self._bases[base] if base else self._own[number]

    def own(self, number: int) -> BitMap:
        """Return the members of a set outside its base."""
        base = self._base[number]
        return self._own[number] - self._bases[base] if base else self._own[number]

    def base(self, number: int) -> BitMap:
        """Return the base of a set; the empty set if it has none."""
        return self._bases[self._base[number]]

    def size(self, number: int) -> int:
        """Return the number of members of a set."""
        base = self.base(number)
        own = self._own[number]
        return len(own) + len(base) - own.intersection_cardinality(base)

    def lacking(self, number: int, other: int, kept: BitMap) -> BitMap:
        """Return the members of another set that a set lacks, without the kept ones."""
        if self._base[number]:
            return self._own[other] - self._own[number] - kept - self.base(number)
        return self[other] - self._own[number] - kept

    def add(self, members: BitMap, beside: int = EMPTY) -> int:
        """Return the number of a new set that has another set's base too."""
        base = self._base[beside]
        own = members - self._bases[base] if base else members
        if not base and len(own) <= 1:
            return self._single(own.min()) if own else EMPTY
        key = base, hash(own.serialize())
        known = self._added.get(key)
        if known is None or self._own[known] != own:
            known = self._added[key] = self._append(own, base)
        return known

    def singles(self, members: Sequence[int]) -> Integers:
        """Return for each of some members the number of the set with only this member."""
        return np.fromiter(map(self._single, members), dtype=np.int64, count=len(members))

    def _single(self, member: int) -> int:
        known = self._singles.get(member)
        if known is None:
            known = self._singles[member] = self._append(BitMap((member,)), 0)
        return known

    def forget_all_but(self, *several: Integers) -> None:
        """Keep only the sets whose numbers some arrays hold, and renumber them there.

        All other numbers are invalid from now on.
        """
        kept = np.zeros(len(self._own), dtype=bool)
        kept[EMPTY] = True
        for numbers in several:
            kept[numbers] = True
        renumbered = np.cumsum(kept) - 1
        for numbers in several:
            numbers[:] = renumbered[numbers]
        self._own.forget_all_but(kept)
        self._base = array("I", compress(self._base, kept))
        self._unions.clear()
        self._added = _renumbered(self._added, kept, renumbered)
        self._singles = _renumbered(self._singles, kept, renumbered)

    # Bases

    def add_base(self, members: BitMap) -> int:
        """Return the number of a set that is a base and may grow."""
        self._bases.append(members)
        return self._append(BitMap(), len(self._bases) - 1)

    @property
    def extent(self) -> int:
        """The number of members of all bases."""
        return sum(map(len, self._bases))

    def grow(self, number: int, members: BitMap) -> bool:
        """Add members to the base of a set; return whether any of them is new there."""
        base = self._base[number]
        before = self._bases[base]
        self._bases[base] = before | members
        return len(self._bases[base]) > len(before)

    def holding_base(self, numbers: Integers) -> Booleans:
        """Return which of some sets have a base."""
        return np.array(self._base)[numbers] > 0

    def with_base(self, numbers: Integers, number: int) -> Integers:
        """Return the sets with another set's base instead of their own."""
        base = self._base[number]
        found = numbers.copy()
        moved = self.holding_base(numbers)
        different = distinct(numbers[moved])
        copies = np.array([self._append(self._own[n], base) for n in different.tolist()], np.int64)
        found[moved] = copies[np.searchsorted(different, numbers[moved])]
        return found

    def _append(self, own: BitMap, base: int) -> int:
        self._base.append(base)
        return self._own.append(own)

    # Unions

    def unite(self, first: int, second: int) -> int:
        """Return the number of a union; one of the two numbers if that set includes the other.

        Two sets that both have a base have the same one.
        """
        key = first << _HALF | second
        known = self._unions.get(key)
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
            self._unions[key] = known
        return known

    def gather(self, owners: NDArray[np.integer], numbers: Integers) -> tuple[Integers, Integers]:
        """Unite for each owner all its sets.

        ``owners``, ``numbers``: pairs of an owner and the number of a set; an owner may have many.
            Empty sets do not count.
        Returns each owner with a set once, in order, and the number of its union.
        """
        held = numbers != EMPTY
        whose, numbers = owners[held].astype(np.int64), numbers[held]
        while True:
            span = len(self._own)
            whose *= span
            whose += numbers
            whose.sort(kind="stable")  # most are nearly sorted
            whose, numbers = np.divmod(whose[begins(whose)], span)
            again = whose[1:] == whose[:-1]
            if not again.any():
                return whose, numbers
            # Of each owner's sets, every other one is united with its successor.
            place = np.arange(len(whose))
            begin = np.maximum.accumulate(np.where(np.append(False, again), 0, place))
            left = np.flatnonzero((place - begin) % 2 == 0)
            paired = np.append(again, False)[left]
            united = numbers[left]
            united[paired] = self._unite_all(united[paired], numbers[left[paired] + 1])
            whose, numbers = whose[left], united

    def _unite_all(self, first: Integers, second: Integers) -> Integers:
        """Unite pairs, each different pair once."""
        span = len(self._own)
        pairs = first * span + second
        different = distinct(pairs)
        one, other = np.divmod(different, span)
        unions = np.fromiter(
            map(self.unite, one.tolist(), other.tolist()), dtype=np.int64, count=len(different)
        )
        return unions[np.searchsorted(different, pairs)]


def _renumbered(numbers: dict[_Key, int], kept: Booleans, to: Integers) -> dict[_Key, int]:
    return {key: int(to[number]) for key, number in numbers.items() if kept[number]}


def distinct(values: NDArray[_N]) -> NDArray[_N]:
    """Return the different values, in order.

    Examples
    --------
    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    # Most are nearly sorted, which is fast for the stable sort.
    ordered = np.sort(values, kind="stable")
    return ordered[begins(ordered)]


def runs(values: NDArray[_N]) -> tuple[NDArray[_N], Integers]:
    """Return the different values of a sorted array, and where each of them begins.

    Examples
    --------
    >>> [found.tolist() for found in runs(np.array([1, 3, 3]))]
    [[1, 3], [0, 1]]
    """
    starts: Integers = begins(values).nonzero()[0]
    return values[starts], starts


def begins(values: NDArray[_N]) -> Booleans:
    """Return for each value of a sorted array whether it is the first of its kind."""
    first = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return first
