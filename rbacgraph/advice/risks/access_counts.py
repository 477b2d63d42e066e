"""Counts who reaches Secrets and full control, also as if some edges were not there."""

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.node import Node, named_node
from rbacgraph.query.access.full_control import full_control
from rbacgraph.query.arrays.bitmap_store import BitmapStore
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.closure.certain_and_possible import Closures, secret_nodes, spreads
from rbacgraph.query.closure.closure import Closure

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]

_NONE = np.array([], dtype=np.int64)
_FULL: Node = ("", "", "")
"""Stands for full control among Secrets."""


class AccessCount(NamedTuple):
    """How many pairs of a principal and a Secret there are, and principals with full control.

    ``pairs`` and ``admins`` are certain, the others depend on a condition.
    """

    pairs: int
    admins: int
    pairs_conditional: int
    admins_conditional: int


class EndReachers(NamedTuple):
    """Who reaches a Secret, or has full control: for certain, and at all."""

    certain: BitMap
    every: BitMap

    def beyond(self, other: "EndReachers") -> tuple[int, int]:
        """Count those who are not there at all otherwise, certain ones and the others."""
        gone = self.every - other.every
        certain = gone.intersection_cardinality(self.certain)
        return certain, len(gone) - certain


class EndSets(NamedTuple):
    """The numbers of the sets that reach Secrets, in order, and who has full control."""

    secrets: Integers
    admins: BitMap
    sets: BitmapStore

    def each(self) -> Iterator[BitMap]:
        """Yield who reaches each Secret."""
        return (self.sets[number] for number in self.secrets.tolist())


class AccessCounter:
    """Counts the access in a graph.

    ``principals``: the principals that count.
    """

    def __init__(self, graph: AccessGraph, principals: Principals, limits: PathFilter) -> None:
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._sets = BitmapStore()
        self.secrets: Integers = secret_nodes(graph)
        self._short: dict[bool, Closure] = {}
        self.full: Integers = np.array(full_control(graph), dtype=np.int64)

    @cached_property
    def closure(self) -> Closure:
        """Who reaches what, over all edges of the filter."""
        return self._closure(self._limits, self._sets)

    @cached_property
    def sure(self) -> Closure:
        """Who reaches what for certain, whichever versions of objects there are."""
        return self.closure if self._limits.certain else self._surely.sure

    @cached_property
    def _surely(self) -> Closures:
        return spreads(self._graph, self._principals, self._limits._replace(certain=True))

    @cached_property
    def certain(self) -> EndSets:
        """Who reaches Secrets and full control for certain, whichever versions there are."""
        return self._certain(self._surely)

    def short_of_full(self, *, certain: bool) -> Closure:
        """Return who reaches what by paths that do not go on from full control, which gives all."""
        known = self._short.get(certain)
        if known is None:
            limits = self._limits._replace(certain=certain or self._limits.certain)
            graph = self._graph
            allowed = limits.allowed(graph) & ~np.isin(graph.source, self.full)
            known = Closure(graph, self._principals, allowed, BitmapStore(), limits=limits)
            self._short[certain] = known
        return known

    @cached_property
    def all(self) -> AccessCount:
        """The access that there is."""
        now = self.reaching_without(())
        every, sure = self._counted(now), self._counted(self.certain)
        return AccessCount(*sure, *(one - other for one, other in zip(every, sure, strict=True)))

    def pairs_without(self, shut: Collection[int]) -> set[tuple[int, int]]:
        """Return principals, each with a Secret or -1 for full control, without some edges."""
        found = self.reaching_without(shut)
        ends = zip(self.secrets.tolist(), found.each(), strict=True)
        pairs = {(principal, end) for end, principals in ends for principal in principals}
        return pairs | {(principal, -1) for principal in found.admins}

    def reaching_without(self, shut: Collection[int]) -> EndSets:
        """Return who reaches Secrets and full control, if some edges were not there."""
        if not shut:
            return self.certain if self._limits.certain else self._at_all(self.closure, self._sets)
        limits = self._limits._replace(shut=self._limits.shut.union(shut))
        if limits.certain:
            return self._certain(spreads(self._graph, self._principals, limits))
        sets, allowed = BitmapStore(), self.useful.copy()
        allowed[list(shut)] = False
        closure = Closure(self._graph, self._principals, allowed, sets, limits=limits)
        return self._at_all(closure, sets)

    def _certain(self, found: Closures) -> EndSets:
        admins = found.sets[found.reaching_any(self.full, certain=True)]
        return EndSets(found.surely_reaching(self.secrets), admins, found.sets)

    def _at_all(self, closure: Closure, sets: BitmapStore) -> EndSets:
        numbers = closure.reaching(self.full).tolist()
        admins = BitMap.union(BitMap(), *(sets[number] for number in set(numbers)))
        return EndSets(closure.reaching(self.secrets), admins, sets)

    @cached_property
    def leading(self) -> Booleans:
        """For each edge, whether it is on a way to a Secret or to full control."""
        graph = self._graph
        targets = dict.fromkeys([*self.secrets.tolist(), *self.full.tolist()], 0)
        allowed = self._limits.allowed(graph)
        before = cheapest(graph, allowed, _NONE, targets, backward=True).effort != UNREACHED
        found: Booleans = allowed & before[graph.target]
        return found

    @cached_property
    def useful(self) -> Booleans:
        """For each edge, whether a path of some principal to such a target may use it."""
        found: Booleans = self.leading & self.closure.used
        return found

    def _closure(self, limits: PathFilter, sets: BitmapStore | None = None) -> Closure:
        graph = self._graph
        allowed = limits.allowed(graph)
        return Closure(graph, self._principals, allowed, sets or BitmapStore(), limits=limits)

    def _counted(self, found: EndSets) -> tuple[int, int]:
        different, counts = np.unique(found.secrets, return_counts=True)
        pairs = sum(
            found.sets.size(number) * times
            for number, times in zip(different.tolist(), counts.tolist(), strict=True)
        )
        return pairs, len(found.admins)

    def ends(self, numbers: dict[Node, int]) -> dict[Node, EndReachers]:
        """Return who reaches each Secret and who has full control, by numbers of their names.

        ``numbers``: the numbers that graphs share: new names get new ones.
        """
        nodes = self._graph.nodes
        number_of = {
            one: numbers.setdefault(named_node(nodes[one]), len(numbers))
            for one in self._principals.numbers
        }

        def named(principals: BitMap) -> BitMap:
            return BitMap(number_of[one] for one in principals)

        sure, now = self.certain, self.reaching_without(())
        different = set(zip(sure.secrets.tolist(), now.secrets.tolist(), strict=True))
        ends = {(a, b): EndReachers(named(sure.sets[a]), named(now.sets[b])) for a, b in different}
        columns = (self.secrets.tolist(), sure.secrets.tolist(), now.secrets.tolist())
        found = {named_node(nodes[one]): ends[a, b] for one, a, b in zip(*columns, strict=True)}
        return {**found, _FULL: EndReachers(named(sure.admins), named(now.admins))}


def removed(before: AccessCounter, after: AccessCounter) -> AccessCount:
    """Return the access of the first graph that the second one has not at all, pair by pair.

    A difference of totals would also count the members of a group that reach a Secret still: each
    has its own pair only once the group, which counts once, has none.
    """
    numbers = dict[Node, int]()
    old, new = before.ends(numbers), after.ends(numbers)
    nobody = EndReachers(BitMap(), BitMap())
    gone = {node: here.beyond(new.get(node, nobody)) for node, here in old.items()}
    admins = gone.pop(_FULL)
    pairs, conditional = (sum(part) for part in zip((0, 0), *gone.values(), strict=True))
    return AccessCount(pairs, admins[0], conditional, admins[1])
