"""Counts who reaches Secrets and full control, also as if some edges were not there."""

from collections.abc import Collection
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.query.access.full_control import full_control
from rbacgraph.query.arrays.bitmap_store import BitmapStore
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.closure.certain_and_possible import secret_nodes, spreads
from rbacgraph.query.closure.closure import Closure

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]

_NONE = np.array([], dtype=np.int64)


class AccessCount(NamedTuple):
    """How many pairs of a principal and a Secret there are, and principals with full control."""

    pairs: int
    admins: int


class AccessCounter:
    """Counts the access in a graph.

    Parameters
    ----------
    graph:
        The graph.
    principals:
        The principals that count.
    limits:
        The filter of paths.
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
        if self._limits.certain:
            return self.closure
        return self._closure(self._limits._replace(certain=True))

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
        return self.without(())

    def pairs_without(self, shut: Collection[int]) -> set[tuple[int, int]]:
        """Return principals, each with a Secret or -1 for full control, without some edges."""
        numbers, sets = self.reaching_without(shut)
        ends = [*self.secrets.tolist(), *([-1] * len(self.full))]
        return {
            (principal, end)
            for number, end in zip(numbers.tolist(), ends, strict=True)
            for principal in sets[number]
        }

    def without(self, shut: Collection[int]) -> AccessCount:
        """Return the access if some edges were not there."""
        return self._counted(*self.reaching_without(shut))

    def reaching_without(self, shut: Collection[int]) -> tuple[Integers, BitmapStore]:
        """Return the numbers of the sets that reach Secrets and full control."""
        nodes = np.concatenate((self.secrets, self.full))
        if not shut and not self._limits.certain:
            return self.closure.reaching(nodes), self._sets
        limits = self._limits._replace(shut=self._limits.shut.union(shut)) if shut else self._limits
        if limits.certain:
            found = spreads(self._graph, self._principals, limits)
            return found.surely_reaching(nodes), found.sets
        sets, allowed = BitmapStore(), self.useful.copy()
        allowed[list(shut)] = False
        closure = Closure(self._graph, self._principals, allowed, sets, limits=limits)
        return closure.reaching(nodes), sets

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

    def _counted(self, numbers: Integers, sets: BitmapStore) -> AccessCount:
        of_secrets, of_full = np.split(numbers, [len(self.secrets)])
        different, counts = np.unique(of_secrets, return_counts=True)
        pairs = sum(
            sets.size(number) * times
            for number, times in zip(different.tolist(), counts.tolist(), strict=True)
        )
        full = BitMap.union(BitMap(), *(sets[number] for number in set(of_full.tolist())))
        return AccessCount(pairs, len(full))
