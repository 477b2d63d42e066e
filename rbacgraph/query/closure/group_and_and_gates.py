"""Nodes that do not simply propagate: groups hold back their members, AND nodes need all inputs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.edge_arrays import Int32Array
from rbacgraph.query.arrays.and_node_table import AndNodeTable
from rbacgraph.query.arrays.bitmap_store import EMPTY, BitmapStore
from rbacgraph.query.arrays.similar_bitmaps import SimilarBitmaps

Integers = NDArray[np.int64]


class GroupGate(NamedTuple):
    """A group: its component, the members it holds back, the components after it."""

    component: int
    kept: BitMap
    beyond: list[int]


class GroupGates:
    """Passes on the principals that reach a group without being in it."""

    def __init__(self, groups: Iterable[GroupGate]) -> None:
        self._groups = tuple(groups)
        self._handed_on = [(EMPTY, 0)] * len(self._groups)

    def hand_on(self, numbers: Integers, sets: BitmapStore) -> Iterator[tuple[int, int]]:
        """Yield components after the groups, each with a set of principals that it lacks."""
        found: dict[int, int] = {}
        for place, group in enumerate(self._groups):
            number = int(numbers[group.component])
            state = number, len(sets.base(number))
            if state == self._handed_on[place]:
                continue
            self._handed_on[place] = state
            for component in group.beyond:
                new = sets.lacking(int(numbers[component]), number, group.kept)
                if new:
                    found[component] = sets.unite(found.get(component, EMPTY), sets.add(new))
        yield from found.items()


class AndNodeGates:
    """Passes on principals that reach a whole tail, unless only as members of a group that does.

    All that a group reaches must be known before its members are asked about. Nearly always it
    makes no difference, and all are asked about at once: :attr:`hasty` says whether it did.

    ``members``: the members of each group, by edges that paths may use.
    ``principals``: who has paths of its own; beside them members count, a kubelet as its user.
    """

    def __init__(
        self,
        members: Mapping[int, BitMap],
        needs: AndNodeTable,
        component: Int32Array,
        principals: BitMap,
    ) -> None:
        self._members = members
        self._principals = self._known = principals
        self._asked: BitMap | None = None
        self.hasty = False
        """Whether a principal was handed on before a group of it that has as much."""
        self._borrowed: dict[int, BitMap] = {}
        """By AND node those handed on who have all of its tail from groups."""
        self._with_some = BitMap(self._members)
        self._members_seen: dict[bytes, BitMap] = {}
        self._joins = component[needs.joins].tolist()
        self._inputs = component[needs.inputs]
        self._starts = needs.starts
        self._bounds = [*needs.starts.tolist(), len(needs.inputs)]
        self._held = np.full(len(needs.inputs), EMPTY)
        self._handed_on = [EMPTY] * len(self._joins)
        self._extent = 0
        self._able_seen: dict[tuple[int, ...], tuple[int, BitMap]] = {}
        self._whole = SimilarBitmaps()
        self._whole_of: dict[int, int] = {}

    def turns(self) -> Iterator[None]:
        """Ask about the principals that are in no group, then about the members of these alone.

        So on to all, and last about kubelets. After each turn all that reach a tail are wanted.
        """
        everybody = BitMap.union(self._principals, *self._members.values())
        asked = BitMap()
        while left := everybody - asked:
            some = left & self._principals
            now = some - self._members_of(some) if some else left
            assert now, "no principals are in one another"
            self._known, asked = asked, asked | now
            self._asked = asked
            self._able_seen.clear()
            self._held.fill(EMPTY)
            yield

    def keeps_back(self, before: Integers, sets: BitmapStore) -> bool:
        """Whether some AND node passes on less than before, by the numbers of sets."""
        pairs = {*zip(before.tolist(), self._handed_on, strict=True)}
        return any(sets[one] - sets[other] for one, other in pairs)

    def hand_on(self, numbers: Integers, sets: BitmapStore) -> Iterator[tuple[int, int]]:
        """Yield AND nodes, each with the set of principals that reach its tail, if it is new."""
        held, before = numbers[self._inputs], self._held
        places: Iterable[int] = range(len(self._joins))
        if sets.extent == self._extent and len(self._joins):
            new = np.logical_or.reduceat(held != before, self._starts)
            places = new.nonzero()[0].tolist()
        else:  # results for sets with a grown base are outdated
            self._able_seen.clear()
            self._whole, self._whole_of = SimilarBitmaps(), {}
        self._held, self._extent = held, sets.extent
        inputs, bounds = held.tolist(), self._bounds
        for place in places:
            needed = tuple(inputs[bounds[place] : bounds[place + 1]])
            found = self._able_seen.get(needed)
            if found is None:
                found = self._able_seen[needed] = self._able(needed, sets)
            able, borrowed = found
            if able != self._handed_on[place]:
                self._handed_on[place] = able
                known = self._borrowed.get(place)
                if known:
                    self.hasty |= known.intersect(self._members_of(sets[able] & self._known))
                if borrowed:
                    self._borrowed[place] = borrowed | (known or BitMap())
                yield self._joins[place], able

    def _able(self, needed: Sequence[int], sets: BitmapStore) -> tuple[int, BitMap]:
        """Return the set of those who reach a tail, and who of them only by groups."""
        able = BitMap.intersection(*(self._with_members(number, sets) for number in needed))
        if self._asked is not None:
            able &= self._asked
        if not able:
            return EMPTY, able
        own = BitMap.union(*(sets[number] for number in needed))
        borrowed = able - own
        if borrowed:
            kept = borrowed & self._members_of(able & self._known)
            able, borrowed = able - kept, borrowed - kept
        # # What holds for the base of all of them still holds when it grows.
        return sets.add(able, beside=needed[0] if all(map(sets.base, needed)) else EMPTY), borrowed

    def _with_members(self, number: int, sets: BitmapStore) -> BitMap:
        known = self._whole_of.get(number)
        if known is None:
            members = sets[number]
            members = members | self._members_of(members)
            self._whole_of[number] = self._whole.append(members)
            return members
        return self._whole[known]

    def _members_of(self, principals: BitMap) -> BitMap:
        groups = principals & self._with_some
        key = groups.serialize()
        known = self._members_seen.get(key)
        if known is None:
            members = BitMap.union(BitMap(), *(self._members[group] for group in groups))
            known = self._members_seen[key] = members
        return known
