"""Counts what goes away with each of many causes alone, with few closures.

A path that uses a cause is of a principal that reaches the cause, to a target behind it: it lies in
the cause's box, these principals times these targets. If no pair of a principal and a target is in
the boxes of two causes, both can be closed at once: a pair that goes away lies in one box, so
all its paths use that cause, and it alone takes the pair away. So causes are put into batches with
boxes apart, and each batch takes one closure.

Who has full control has every Secret that it gives without any cause, and loses none of them before
full control. So the ways behind full control count for no box.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.advice.risks.access_counts import AccessCount, AccessCounter, EndSets
from rbacgraph.advice.risks.cause import RiskCause
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.query.arrays.bitmap_store import BitmapStore
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter
from rbacgraph.query.closure.closure import Closure

Booleans = NDArray[np.bool_]

_OF_BATCH = 5
"""The number of causes that are looked at for each closure."""

_FULL_NODES = 200
"""The largest number of nodes of full control whose ways are looked at."""


class _Box(NamedTuple):
    """The principals that reach a cause, and the targets behind it, as places in a row."""

    users: BitMap
    targets: BitMap


class _Batch(NamedTuple):
    causes: list[int]
    users: BitMap


class AloneInBatches:
    """Counts what goes away with causes alone.

    ``counter``: counts its access.
    ``principals``: the principals that count.
    """

    def __init__(
        self,
        graph: AccessGraph,
        counter: AccessCounter,
        principals: Principals,
        limits: PathFilter,
    ) -> None:
        self._graph = graph
        self._counter = counter
        self._people = BitMap(principals.numbers)
        self._groups = BitMap(list(graph.membership.members))
        self._is_full = np.zeros(len(graph.nodes), dtype=bool)
        self._is_full[counter.full] = True
        useful = counter.useful & ~self._is_full[graph.source]
        # Who reaches what, but by full control.
        self._before_full = Closure(graph, principals, useful, BitmapStore(), limits=limits)
        self._every_target = BitMap(range(len(counter.secrets) + 1))

    def count(
        self,
        causes: Sequence[RiskCause],
        shut: Callable[[RiskCause], Collection[int]],
        most: int,
    ) -> Iterator[tuple[int, AccessCount]]:
        """Yield by the number of a cause how many pairs and admins go away with it alone.

        ``most``: the largest number of closures: the first causes come first.
        """
        robust = self._robust(causes)
        boxes = [self._box(cause, robust) for cause in causes[: most * _OF_BATCH]]
        for batch in self._batches(boxes)[:most]:
            edges = frozenset[int]().union(*(shut(causes[number]) for number in batch.causes))
            yield from self._lost(batch.causes, boxes, edges)

    def _robust(self, causes: Iterable[RiskCause]) -> bool:
        """Whether full control gives every Secret that it gives, whatever causes are closed."""
        full = self._counter.full.tolist()
        if len(full) > _FULL_NODES:
            return False
        graph = self._graph
        masked = self._counter.leading & (graph.kind != NEEDS)
        masked[list(frozenset[int]().union(*(cause.maybe for cause in causes)))] = False
        masked &= ~np.isin(graph.source, list(graph.membership.members))
        every = self._behind(full, self._counter.leading)
        return all(
            bool((self._behind([one], masked) >= every)[self._counter.secrets].all())
            for one in full
        )

    def _behind(self, nodes: Iterable[int], allowed: Booleans) -> Booleans:
        """Return the nodes behind some nodes, as if each AND node needed one premise."""
        graph = self._graph
        found = np.zeros(len(graph.nodes), dtype=bool)
        frontier = np.array(sorted(nodes), dtype=np.int64)
        while frontier.size:
            found[frontier] = True
            edges = graph.outgoing.of_all(frontier)
            targets = graph.target[edges[allowed[edges]]]
            frontier = np.unique(targets[~found[targets]]).astype(np.int64)
        return found

    def _box(self, cause: RiskCause, robust: bool) -> _Box:
        graph, closure = self._graph, self._before_full if robust else self._counter.closure
        users = BitMap()
        for source in {graph.source_of[edge] for edge in cause.maybe}:
            users |= closure.able(source)
            users.add(source)
        # A member may use what its group holds for one premise of an AND node.
        members = graph.membership.members
        for group in users & self._groups:
            users |= members[group]
        allowed = self._counter.leading
        if robust:
            allowed = allowed & ~self._is_full[graph.source]
        ends = {graph.target_of[edge] for edge in cause.maybe}
        behind = self._behind(ends, allowed)
        if behind[self._counter.full].any():
            return _Box(users & self._people, self._every_target)
        targets = BitMap(np.flatnonzero(behind[self._counter.secrets]).tolist())
        return _Box(users & self._people, targets)

    def _batches(self, boxes: Sequence[_Box]) -> list[_Batch]:
        batches: list[_Batch] = []
        for number, box in enumerate(boxes):
            for batch in batches:
                if not box.users.intersect(batch.users) or not any(
                    box.users.intersect(boxes[one].users)
                    and box.targets.intersect(boxes[one].targets)
                    for one in batch.causes
                ):
                    break
            else:
                batch = _Batch([], BitMap())
                batches.append(batch)
            batch.causes.append(number)
            batch.users.update(box.users)
        return batches

    @cached_property
    def _now(self) -> EndSets:
        return self._counter.reaching_without(())

    def _lost(
        self, numbers: Sequence[int], boxes: Sequence[_Box], shut: Collection[int]
    ) -> Iterator[tuple[int, AccessCount]]:
        """Yield what each cause of a batch takes away."""
        old, new, sure = self._now, self._counter.reaching_without(shut), self._counter.certain
        alike: Mapping[tuple[int, int, int], BitMap] = defaultdict(BitMap)
        columns = (one.secrets.tolist() for one in (old, new, sure))
        for place, several in enumerate(zip(*columns, strict=True)):
            alike[several].add(place)
        losses = [
            (old.sets[had] - new.sets[left], sure.sets[certain], places)
            for (had, left, certain), places in alike.items()
        ]
        losses = [(lost, certain, places) for lost, certain, places in losses if lost]
        admins = old.admins - new.admins
        for number in numbers:
            users, targets = boxes[number]
            pairs, some = 0, 0
            for lost, certain, places in losses:
                mine, times = lost & users, places.intersection_cardinality(targets)
                pairs += mine.intersection_cardinality(certain) * times
                some += len(mine) * times
            mine = admins & users
            full = mine.intersection_cardinality(sure.admins)
            yield number, AccessCount(pairs, full, some - pairs, len(mine) - full)
