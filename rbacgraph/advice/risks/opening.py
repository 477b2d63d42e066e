"""Finds what causes open: the nodes behind their first edges, and an example path."""

from collections.abc import Callable, Collection, Container, Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.advice.cut.remaining_paths import RemainingPaths
from rbacgraph.advice.risks.access_counts import AccessCounter
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import MEMBER_OF, Start
from rbacgraph.query.access.reachers import OwnPath
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter
from rbacgraph.query.closure.closure import Closure
from rbacgraph.techniques.catalogue import KINDS

Booleans = NDArray[np.bool_]

_NONE = np.array([], dtype=np.int64)

_CONTROL_PLANE = KINDS["control-plane-host"]


_KEPT = 100
_TRIED = 64
"""How many sets of first edges are tried before a cause counts as needed."""


class Behind(NamedTuple):
    """The nodes that are reached, and those without AND nodes."""

    nodes: Booleans
    plain: Booleans


class Openings:
    """Finds what some edges lead to.

    ``counter``: counts its access.
    """

    def __init__(self, graph: AccessGraph, limits: PathFilter, counter: AccessCounter) -> None:
        self._graph = graph
        self._counter = counter
        self._limits = limits
        allowed = limits.allowed(graph) & (graph.kind != NEEDS)
        self._every = allowed
        self._certain: Booleans = allowed & (graph.condition == 0)
        self._of_full: dict[bool, Booleans] = {}
        self._leading: tuple[tuple[tuple[int, ...], bool], Booleans] | None = None
        self._ways: dict[tuple[tuple[int, ...], bool], RemainingPaths] = {}

    def behind(
        self,
        starts: Collection[int],
        holders: Collection[int],
        around: Collection[int],
        *,
        certain: bool,
        past_full: bool = True,
    ) -> Behind:
        """Return which nodes are reached through some edges.

        ``holders``: the principals that use them: what these reach meets AND nodes too.
        ``around``: Nodes that ways do not go on from: what these give is no opening of the edges.
        ``past_full``: whether ways go on from full control.
        """
        graph = self._graph
        allowed = self._certain if certain else self._every
        closure = self._counter.short_of_full(certain=certain)
        todo = {graph.target_of[edge] for edge in starts if allowed[edge]}
        ends = np.array(sorted(around), dtype=np.int64)
        if not past_full:
            ends = np.append(ends, self._counter.full)
        found = np.zeros(len(graph.nodes), dtype=bool)
        plain: Booleans | None = None
        met = set[int]()
        while todo:
            if self._spread(found, todo, allowed, ends, whole=not past_full):
                found |= self._behind_full(certain=certain)  # it gives all that it gives
                return Behind(found, found if plain is None else plain)
            if plain is None:
                plain = found.copy()
            todo = set()
            for join in self._near(found) - met:
                tails = graph.joins[join]
                if all(found[tail] or _has(closure, holders, tail) for tail in tails):
                    met.add(join)
                    todo.add(join)
        return Behind(found, found if plain is None else plain)

    def _behind_full(self, *, certain: bool) -> Booleans:
        """Return what full control gives, without AND nodes."""
        known = self._of_full.get(certain)
        if known is None:
            known = np.zeros(len(self._graph.nodes), dtype=bool)
            allowed = self._certain if certain else self._every
            self._spread(known, self._counter.full.tolist(), allowed, _NONE, whole=True)
            self._of_full[certain] = known
        return known

    def _spread(
        self,
        found: Booleans,
        start: Iterable[int],
        allowed: Booleans,
        around: NDArray[np.int64],
        *,
        whole: bool = False,
    ) -> bool:
        """Add the nodes behind some nodes; stop at full control unless all are wanted.

        Returns whether it stopped.
        """
        graph, full = self._graph, self._counter.full
        frontier = np.array(sorted(start), dtype=np.int64)
        while frontier.size:
            found[frontier] = True
            if not whole and found[full].any():
                return True
            onward = frontier[~np.isin(frontier, around)] if around.size else frontier
            edges = graph.outgoing.of_all(onward)
            reached = np.zeros(len(found), dtype=bool)
            reached[graph.target[edges[allowed[edges]]]] = True
            frontier = np.flatnonzero(reached & ~found)
        return False

    @cached_property
    def _hosts(self) -> NDArray[np.int32]:
        found: NDArray[np.int32] = self._graph.source[self._graph.kind == _CONTROL_PLANE]
        return found

    def _near(self, found: Booleans) -> set[int]:
        """Return the AND nodes with a reached premise."""
        graph = self._graph
        edges = self._needs[found[graph.source[self._needs]]]
        return set(graph.target[edges].tolist())

    @cached_property
    def _needs(self) -> NDArray[np.int64]:
        return np.flatnonzero(self._graph.kind == NEEDS)

    def through_control_plane(self, behind: Booleans) -> bool:
        """Whether a node of the control plane is among some nodes."""
        return bool(behind[self._hosts].any())

    def needed(
        self, start: Start, seeds: Sequence[int], *, certain: bool
    ) -> tuple[int, ...] | None:
        """Return first edges of a principal with which it gets to a node, and without some not.

        ``start``: the principal, and the edges without which it does not get there by the others of
            the answer.
        Returns the edges; all if the search is too long; None if the given ones are never needed.
        """
        graph, own = self._graph, frozenset(start.edges)
        ways = self._ways_to(seeds, certain=certain)

        def enough(edges: Iterable[int]) -> bool:
            return ways.of(_start(start.principal, edges), _only(start)) is not None

        alone = self._plainly_to(seeds, certain=certain)
        every = frozenset(
            edge
            for edge in graph.outgoing.of(start.principal)
            if edge in own or not (alone[graph.target_of[edge]] or graph.kind_of[edge] == MEMBER_OF)
        )
        if not enough(every):  # another edge is enough alone
            return None
        todo, tried = [every], {every}
        while todo:
            edges = todo.pop()
            others = set(edges - own)
            if not enough(others):
                return tuple(sorted(edges))
            if len(tried) > _TRIED:
                return tuple(sorted(every))
            for edge in sorted(others):  # fewest that are enough: a way with ours lacks one of them
                if enough(others - {edge}):
                    others.discard(edge)
            fewer = [edges - {edge} for edge in sorted(others)]
            left = [one for one in fewer if one not in tried and enough(one)]
            tried.update(left)
            todo += left
        return None

    def way(
        self, start: Start, seeds: Sequence[int], through: Container[int], *, certain: bool
    ) -> OwnPath | None:
        """Return a path of the lowest effort found, from a node by some edges to any of nodes.

        ``seeds``: the nodes at which it may end.
        ``through``: edges; it uses one of them.
        """
        ways = self._ways_to(seeds, certain=certain)
        every = _start(start.principal, self._graph.outgoing.of(start.principal))
        # a premise of an AND node may need a group, or another first edge
        several: tuple[Callable[[], OwnPath | None], ...] = (
            lambda: ways.of(start, _only(start), as_member=False),
            lambda: ways.of(start, _only(start)),
            lambda: ways.of(every),
        )
        for search in several:
            way = search()
            if way is not None and any(edge in through for edge in way.edges):
                return way
        return None

    def _plainly_to(self, seeds: Sequence[int], *, certain: bool) -> Booleans:
        """Return from which nodes a way without AND nodes leads to some nodes."""
        key = tuple(seeds), certain
        if self._leading is None or self._leading[0] != key:
            allowed = self._certain if certain else self._every
            targets = dict.fromkeys(seeds, 0)
            found = cheapest(self._graph, allowed, _NONE, targets, backward=True)
            self._leading = key, found.effort != UNREACHED
        return self._leading[1]

    def _ways_to(self, seeds: Sequence[int], *, certain: bool) -> RemainingPaths:
        key = tuple(seeds), certain
        ways = self._ways.get(key)
        if ways is None:
            if len(self._ways) > _KEPT:
                self._ways.clear()
            limits = self._limits._replace(certain=certain or self._limits.certain)
            ways = self._ways[key] = RemainingPaths(self._graph, limits, seeds)
        return ways


def _start(principal: int, edges: Iterable[int]) -> Start:
    return Start(principal, tuple(sorted(edges)))


def _only(start: Start) -> frozenset[int]:
    return frozenset({start.principal})


def _has(closure: Closure, holders: Collection[int], node: int) -> bool:
    able = closure.able(node)
    return any(holder in able for holder in holders)
