"""Computes the closure over certain edges, and over all edges."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.memory.gc_pause import give_back
from rbacgraph.query.arrays.bitmap_store import EMPTY, BitmapStore
from rbacgraph.query.arrays.blockwise import values_at
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.closure.closure import Closure

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class Closures(NamedTuple):
    """The closure over certain edges, and over all edges that the filter keeps.

    Both are the same object if no conditional edge adds anything. ``kept`` says for each edge
    whether paths may use it. ``choices`` are lists of closures, each over certain edges and the
    edges of one choice of versions: what all closures of a list hold is certain. ``members``
    holds the members of each group.
    """

    sure: Closure
    every: Closure
    kept: Booleans
    sets: BitmapStore
    choices: Sequence[Sequence[Closure]]
    members: Mapping[int, BitMap]

    def reaching(self, nodes: Integers) -> tuple[Integers, Integers]:
        """Return for each of some nodes the numbers of the sets: certain, and at all."""
        sure = self.surely_reaching(nodes)
        return sure, self.including(sure, self.every.reaching(nodes), self.every)

    def including(self, sure: Integers, found: Integers, closure: Closure) -> Integers:
        """Return the sets of a closure over more edges, with those who are sure of the same."""
        if closure is self.sure:
            return sure
        if not closure.begun_anew and (closure is not self.every or not self.choices):
            return found
        pairs, places = np.unique(np.array([sure, found]), axis=1, return_inverse=True)
        numbers = [self._including(*pair) for pair in pairs.T.tolist()]
        return np.array(numbers, dtype=np.int64)[places.reshape(-1)]

    def _including(self, sure: int, found: int) -> int:
        known, more = self.sets[found], self.sets[sure]
        return found if more <= known else self.sets.add(known | more, beside=found)

    def surely_reaching(self, nodes: Integers) -> Integers:
        """Return for each of some nodes the number of the set that reaches it for certain."""
        sure = self.sure.reaching(nodes)
        columns = [sure, *(found for _, found in self.by_choices(nodes, sure))]
        if len(columns) == 1:
            return sure
        rows, places = np.unique(np.array(columns), axis=1, return_inverse=True)
        united = [reduce(self.sets.unite, row) for row in rows.T.tolist()]
        return np.array(united, dtype=np.int64)[places.reshape(-1)]

    def by_choices(
        self, nodes: Integers, sure: Integers
    ) -> Iterator[tuple[Sequence[Closure], Integers]]:
        """Yield lists of choices, each with the numbers of the sets that reach nodes by them all.

        It leaves a list out if one of its choices adds nothing to the sets that are sure.
        """
        for together in self.choices:
            several = self._of_each(together, nodes, sure)
            if several:
                rows, places = np.unique(np.array(several), axis=1, return_inverse=True)
                found = [self._whichever(dict.fromkeys(row)) for row in rows.T.tolist()]
                yield together, np.array(found, dtype=np.int64)[places.reshape(-1)]

    def reaching_any(self, nodes: Integers, *, certain: bool) -> int:
        """Return the number of the set that reaches any of some nodes, for certain or at all.

        A principal that reaches one node by one choice of versions, and another node by each other
        choice, is in the certain set too.
        """
        sure = found = self._reaching_any(nodes, self.sure)
        for together in self.choices:
            each = (self._including(sure, self._reaching_any(nodes, one)) for one in together)
            found = self.sets.unite(found, self._whichever(each))
        return found if certain else self._including(found, self._reaching_any(nodes, self.every))

    def _reaching_any(self, nodes: Integers, closure: Closure) -> int:
        return reduce(self.sets.unite, closure.reaching(nodes).tolist(), EMPTY)

    def _of_each(
        self, choices: Sequence[Closure], nodes: Integers, sure: Integers
    ) -> Sequence[Integers]:
        """Return the sets that reach nodes by each choice; none if one choice adds nothing."""
        found: list[Integers] = []
        size = self.sets.size
        for choice in choices:
            there = self.including(sure, choice.reaching(nodes), choice)
            pairs = set(zip(there.tolist(), sure.tolist(), strict=True))
            if all(size(one) == size(other) for one, other in pairs):
                return ()
            found.append(there)
        return found

    def _whichever(self, numbers: Iterable[int]) -> int:
        """Return the number of the set of principals that every set includes.

        A set includes a principal itself or by one of its groups, and at least one set includes
        it itself. Members of a group that every set includes are left out.
        """
        several = [self.sets[number] for number in numbers]
        always = BitMap.intersection(*several)
        of_groups = (one | self._members_of(one) for one in several)
        either = BitMap.intersection(*of_groups) & BitMap.union(*several)
        return self.sets.add(always | (either - self._members_of(always)))

    def _members_of(self, principals: BitMap) -> BitMap:
        groups = (self.members[one] for one in principals if one in self.members)
        return BitMap.union(BitMap(), *groups)


def spreads(
    graph: AccessGraph, principals: Principals, limits: PathFilter, *, at_once: bool = False
) -> Closures:
    """Compute both closures of a graph.

    ``at_once``: whether to compute everything now, and free intermediate results.
    """
    kept = limits.allowed(graph)
    certain = kept & (graph.condition == 0)
    sets = BitmapStore()
    only = limits._replace(certain=True)
    sure = every = Closure(graph, principals, certain, sets, limits=only)
    in_each_choice = limits.in_each_choice(graph)
    if at_once and not in_each_choice:
        compute(sure)
        sets.forget_all_but(sure.numbers)
        give_back()
    adding = _adding(graph, certain, kept & ~certain)
    if adding.any():
        every = Closure(graph, principals, certain | adding, sets, limits=limits, base=sure)
        if at_once and not in_each_choice:
            compute(every)
            sets.forget_all_but(every.numbers, sure.numbers)
            every.forget_propagation()
            sure.forget_propagation()
            give_back()
    choices = [
        [
            Closure(graph, principals, one.allowed(graph), sets, limits=one, base=sure)
            for one in together
        ]
        for together in in_each_choice
    ]
    return Closures(sure, every, kept, sets, choices, graph.membership.members)


def compute(closure: Closure) -> None:
    """Compute a closure now, and return freed memory between the steps that need much."""
    for step in (lambda: closure.least, lambda: closure.component, lambda: closure.numbers):
        step()
        give_back()


def _adding(graph: AccessGraph, certain: Booleans, conditional: Booleans) -> Booleans:
    """Return the conditional edges, without those parallel to a certain one: they add nothing."""
    concerned = np.zeros(len(graph.nodes), dtype=bool)
    concerned[graph.source[conditional]] = True
    known = _ends(graph, certain & values_at(concerned, graph.source))
    ends = _ends(graph, conditional)
    known = np.append(np.sort(known), np.iinfo(np.int64).max)
    adding = conditional.copy()
    adding[conditional] = known[np.searchsorted(known, ends)] != ends
    return adding


def _ends(graph: AccessGraph, edges: Booleans) -> Integers:
    """Return both ends of some edges, as one number each."""
    found: Integers = graph.source[edges].astype(np.int64) << 32 | graph.target[edges]
    return found


def secret_nodes(graph: AccessGraph) -> Integers:
    """Return the numbers of all Secrets in the order of the world's, then those in stores."""
    block = graph.world.secret_block
    outside = graph.world.part(ExternalSecrets).numbers.values()
    return np.concatenate((np.arange(block.start, block.stop), np.array([*outside], np.int64)))
