"""Tells readers of Secrets from operators by design and from cluster-admins.

A principal is an *operator* if each power of its bindings is by design of the operator that runs as
it; an *admin* if it gets full control of the cluster and is no operator; else a *reader*. For a
path that depends on a condition it is enough to be an admin under a condition.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.facts.entry.entries import Entries
from rbacgraph.facts.operators.operators import Operators
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.risk.entry import EntryLevel
from rbacgraph.model.node import SERVICE_ACCOUNT, named_node
from rbacgraph.query.access.full_control import full_control
from rbacgraph.query.closure.certain_and_possible import Closures

Integers = NDArray[np.int64]


class Counts(NamedTuple):
    """How many of a set are readers, operators and admins."""

    readers: int
    operators: int
    admins: int

    def without(self, other: "Counts") -> "Counts":
        """Return how many more these are."""
        return Counts(*(one - less for one, less in zip(self, other, strict=True)))


class ReaderGroups:
    """Knows who is an operator, an admin or a reader, by the numbers of nodes.

    ``found``: who reaches what.
    ``people``: the principals asked about.
    """

    def __init__(self, graph: AccessGraph, found: Closures, people: BitMap) -> None:
        self._graph = graph
        self._people = people
        self._sets = found.sets
        full = np.array(full_control(graph), dtype=np.int64)
        self._admins = {
            certain: found.sets[found.reaching_any(full, certain=certain)]
            for certain in (True, False)
        }

    @cached_property
    def operators(self) -> BitMap:
        """The operators."""
        graph, known = self._graph, self._graph.world.part(Operators)
        return BitMap(
            number
            for number in self._people
            if graph.nodes[number][0] == SERVICE_ACCOUNT
            and known.is_by_design(named_node(graph.nodes[number]))
        )

    @cached_property
    def _others(self) -> Mapping[bool, BitMap]:
        """Those who are admins, certainly or at all, and no operators."""
        return {certain: some - self.operators for certain, some in self._admins.items()}

    def admins(self, *, certain: bool) -> BitMap:
        """Return the admins, for certain or at all."""
        return self._others[certain]

    @property
    def sure_admins(self) -> BitMap:
        """All who are effectively cluster-admin for certain, operators too."""
        return self._admins[True]

    def counts(self, number: int, *, certain: bool) -> Counts:
        """Count the members of a set; ``certain`` says who is an admin."""
        admins = self._size_in(number, self._others[certain], certain)
        operators = self._size_in(number, self.operators, None)
        return Counts(self._sets.size(number) - admins - operators, operators, admins)

    def _size_in(self, number: int, some: BitMap, name: bool | EntryLevel | None) -> int:
        return self._in_both(number, name, some.intersection_cardinality)

    def _in_both(self, number: int, name: object, measure: Callable[[BitMap], int]) -> int:
        """Return what a set and its base share with some principals; bases are large and few."""
        base = self._sets.base(number)
        if not base:
            return measure(self._sets[number])
        key = name, len(base)
        known = self._of_bases.get(key)
        if known is None:
            known = self._of_bases[key] = measure(base)
        return measure(self._sets.own(number)) + known

    @cached_property
    def _of_bases(self) -> dict[tuple[object, int], int]:
        return {}

    def easiest(self, sure: int, every: int, *, certain: bool) -> EntryLevel | None:
        """Return the easiest entry to a reader; None if there is no reader.

        ``sure``, ``every``: the sets of those with a certain path, and with any.
        ``certain``: whether to ask about readers with a certain path, or about the others.
        """
        for level, people in self._readers_by_entry[certain]:
            found = self._in_both(
                sure if certain else every, (level, certain), people.intersection_cardinality
            )
            if found and not certain:
                found -= self._in_both(sure, (level, certain), people.intersection_cardinality)
            if found:
                return level
        return None

    @cached_property
    def _readers_by_entry(self) -> Mapping[bool, list[tuple[EntryLevel, BitMap]]]:
        """The readers by the easiest entry to each, the easiest first."""
        by_level: dict[EntryLevel, BitMap] = {level: BitMap() for level in reversed(EntryLevel)}
        graph = self._graph
        entries = Entries(graph.world)  # not a part of the world: it would outlive the answer
        for number in self._people - self.operators - self._others[True]:
            found = entries.of(named_node(graph.nodes[number]))
            sure = [one.level for one in found if not one.condition]
            level = max(sure, default=found[0].level if found else EntryLevel.UNUSED)
            by_level[level].add(number)
        conditional = self._others[False]
        return {
            True: list(by_level.items()),
            False: [(level, people - conditional) for level, people in by_level.items()],
        }
