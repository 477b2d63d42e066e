"""Who reaches what for certain, and who where conditions hold too."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.query.arrays.bitmap_store import Sets
from rbacgraph.query.arrays.path_filter import Limits
from rbacgraph.query.closure.closure import Spread

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class Spreads(NamedTuple):
    """Who reaches what, over edges that are certain and over all that are kept.

    The two are one where no conditional edge adds anything. ``kept`` tells for each edge
    whether paths may hold it. ``choices`` are lists of what is so over certain edges and those
    that are there if a server holds one choice of versions: all of a list make it certain.
    ``members`` are those of each group.
    """

    sure: Spread
    every: Spread
    kept: Booleans
    sets: Sets
    choices: Sequence[Sequence[Spread]]
    members: Mapping[int, BitMap]

    def reaching(self, nodes: Integers) -> tuple[Integers, Integers]:
        """Return for each of some nodes the numbers of who reaches it for certain, and at all."""
        sure = self.surely_reaching(nodes)
        return sure, sure if self.every is self.sure else self.every.reaching(nodes)

    def surely_reaching(self, nodes: Integers) -> Integers:
        """Return for each of some nodes the number of who reaches it for certain."""
        sure = self.sure.reaching(nodes)
        columns = [sure]
        for together in self.choices:
            several = self._of_each(together, nodes, sure)
            if several:
                rows, places = np.unique(np.array(several), axis=1, return_inverse=True)
                found = [self._whichever(dict.fromkeys(row)) for row in rows.T.tolist()]
                columns.append(np.array(found, dtype=np.int64)[places.reshape(-1)])
        if len(columns) == 1:
            return sure
        rows, places = np.unique(np.array(columns), axis=1, return_inverse=True)
        united = [reduce(self.sets.unite, row) for row in rows.T.tolist()]
        return np.array(united, dtype=np.int64)[places.reshape(-1)]

    def _of_each(
        self, choices: Sequence[Spread], nodes: Integers, sure: Integers
    ) -> Sequence[Integers]:
        """Return who reaches nodes by each choice; nothing if one adds nothing to what is sure."""
        found: list[Integers] = []
        size = self.sets.size
        for choice in choices:
            there = choice.reaching(nodes)
            pairs = set(zip(there.tolist(), sure.tolist(), strict=True))
            if all(size(one) == size(other) for one, other in pairs):
                return ()
            found.append(there)
        return found

    def _whichever(self, numbers: Iterable[int]) -> int:
        """Return the number of who is in each set, or has a group there, and in some of them.

        Those of whom a group is in each set are members of what has it for certain.
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
    graph: AccessGraph, principals: Principals, limits: Limits, *, at_once: bool = False
) -> Spreads:
    """Follow the edges of a graph from everybody.

    Parameters
    ----------
    graph:
        The graph.
    principals:
        Who counts.
    limits:
        What a path may be made of.
    at_once:
        Whether all is found now: what it took to find it is then forgotten.
    """
    kept = limits.allowed(graph)
    certain = kept & (graph.condition == 0)
    sets = Sets()
    only = limits._replace(certain=True)
    sure = every = Spread(graph, principals, certain, sets, limits=only)
    in_each_choice = limits.in_each_choice(graph)
    if at_once and not in_each_choice:
        sets.forget_all_but(sure.numbers)
    telling = _telling(graph, certain, kept & ~certain)
    if telling.any():
        every = Spread(graph, principals, certain | telling, sets, limits=limits, base=sure)
        if at_once and not in_each_choice:
            sets.forget_all_but(every.numbers, sure.numbers)
    choices = [
        [
            Spread(graph, principals, one.allowed(graph), sets, limits=one, base=sure)
            for one in together
        ]
        for together in in_each_choice
    ]
    return Spreads(sure, every, kept, sets, choices, graph.membership.members)


def _telling(graph: AccessGraph, certain: Booleans, conditional: Booleans) -> Booleans:
    """Conditional edges but those whose ends a certain one has too: they add nothing."""
    concerned = np.zeros(len(graph.nodes), dtype=bool)
    concerned[graph.source[conditional]] = True
    ends, known = _ends(graph, conditional), _ends(graph, certain & concerned[graph.source])
    known = np.append(np.sort(known), np.iinfo(np.int64).max)
    telling = conditional.copy()
    telling[conditional] = known[np.searchsorted(known, ends)] != ends
    return telling


def _ends(graph: AccessGraph, edges: Booleans) -> Integers:
    """Return both ends of some edges, as one number each."""
    found: Integers = graph.source[edges].astype(np.int64) << 32 | graph.target[edges]
    return found


def secret_nodes(graph: AccessGraph) -> Integers:
    """Return the numbers of all Secrets, in the order of the world's."""
    block = graph.world.secret_block
    return np.arange(block.start, block.stop)
