"""Where sets are not simply handed down: groups hold their members back, joins need all inputs."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.access import AccessGraph
from rbacgraph.query.needs import Needs
from rbacgraph.query.sets import EMPTY, Sets

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class Group(NamedTuple):
    """A group: its component, whom it does not let through, the components beyond it."""

    component: int
    kept: BitMap
    beyond: list[int]


class GroupGates:
    """Hand on whoever reaches a group without being in it."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._groups = tuple(groups)
        self._handed_on = [EMPTY] * len(self._groups)

    def hand_on(self, numbers: Integers, sets: Sets) -> Booleans:
        """Add what the components beyond the groups lack; return which are changed."""
        found: dict[int, BitMap] = {}
        for place, group in enumerate(self._groups):
            number = int(numbers[group.component])
            if number == self._handed_on[place]:
                continue
            self._handed_on[place] = number
            through = sets[number] - group.kept
            for component in group.beyond:
                new = sets.lacking(int(numbers[component]), through)
                if new:
                    found[component] = found.get(component, BitMap()) | new
        changed = np.zeros(len(numbers), dtype=bool)
        for component, new in found.items():
            numbers[component] = sets.unite(int(numbers[component]), sets.add(new))
            changed[component] = True
        return changed


class JoinGates:
    """Hand on whoever meets all needs of a join, unless only as a member of a group that does."""

    def __init__(self, graph: AccessGraph, needs: Needs, component: Integers) -> None:
        self._members = graph.membership.members
        self._with_some = BitMap(self._members)
        self._members_seen: dict[bytes, BitMap] = {}
        self._joins = component[needs.joins].tolist()
        self._inputs = component[needs.inputs]
        self._bounds = [*needs.starts.tolist(), len(needs.inputs)]
        self._able_seen: dict[tuple[int, ...], int] = {}
        self._whole: dict[int, BitMap] = {}

    def hand_on(self, numbers: Integers, sets: Sets) -> Booleans:
        """Add whoever joins lack; return which are changed."""
        changed = np.zeros(len(numbers), dtype=bool)
        held, bounds = numbers[self._inputs].tolist(), self._bounds
        for place, join in enumerate(self._joins):
            needed = tuple(held[bounds[place] : bounds[place + 1]])
            able = self._able_seen.get(needed)
            if able is None:
                able = self._able_seen[needed] = sets.add(self._able(needed, sets))
            before = int(numbers[join])
            after = sets.unite(before, able)
            if after != before:
                numbers[join] = after
                changed[join] = True
        return changed

    def _able(self, needed: Iterable[int], sets: Sets) -> BitMap:
        able = BitMap.intersection(*(self._with_members(number, sets) for number in needed))
        if not able:
            return able
        own = BitMap.union(*(sets[number] for number in needed))
        return able - ((able - own) & self._members_of(able))

    def _with_members(self, number: int, sets: Sets) -> BitMap:
        known = self._whole.get(number)
        if known is None:
            known = self._whole[number] = sets[number] | self._members_of(sets[number])
        return known

    def _members_of(self, principals: BitMap) -> BitMap:
        groups = principals & self._with_some
        key = groups.serialize()
        known = self._members_seen.get(key)
        if known is None:
            members = BitMap.union(BitMap(), *(self._members[group] for group in groups))
            known = self._members_seen[key] = members
        return known
