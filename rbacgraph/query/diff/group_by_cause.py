"""Groups new access by cause, with every changed line that opens it by itself.

First each gain gets its cheapest path. Then the edges of its causes are masked: a principal that
still gains does so by other changed lines, which become causes too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Membership
from rbacgraph.model.answers.diff import Cause, Level, Opened
from rbacgraph.model.node import named_node
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.diff.explain_gain import GainExplainer, Traced
from rbacgraph.query.diff.find_causes import Causes, Identity, identity, united
from rbacgraph.query.diff.gained_pairs import Gain, Side, gains, newly_joined
from rbacgraph.query.diff.shared_collections import leads_of
from rbacgraph.query.search.shortest_tree import ShortestTree
from rbacgraph.techniques.catalogue import KINDS

# Finds the new edges of a graph that depend on changed lines.

Line = tuple[Identity, str, int]
"""An object with one of its parts; with neither field nor index if it has none."""
Named = frozenset[Line]


def lines_of(causes: Iterable[Cause]) -> Named:
    """Return the changed lines of causes."""
    found = set()
    for cause in causes:
        found |= {(identity(cause), part.field, part.index) for part in cause.parts}
        if not cause.parts:
            found.add((identity(cause), "", 0))
    return frozenset(found)


class ChangedEdges:
    """Finds the edges that a new graph has because of some changed lines."""

    def __init__(
        self, old: AccessGraph, new: AccessGraph, causes: Causes, limits: PathFilter
    ) -> None:
        self._old = old
        self._new = new
        self._causes = causes
        self._limits = limits

    def on(self, named: Named) -> frozenset[int]:
        """Return the edges that depend on any of some lines."""
        return frozenset(edge for line in named for edge in self._edges.get(line, ()))

    def beside(self, named: Named) -> frozenset[int]:
        """Return the edges that depend on any other line; an object with a named line is there."""
        named |= {(key, "", 0) for key, _, _ in named}
        return frozenset(edge for edge, lines in self._lines.items() if not lines <= named)

    def beyond(self, named: Named) -> bool:
        """Whether any new edge depends on none of some lines."""
        return len(self.on(named)) < len(self._fresh)

    @cached_property
    def _edges(self) -> Mapping[Line, list[int]]:
        found: dict[Line, list[int]] = {}
        for edge, lines in self._lines.items():
            for line in lines:
                found.setdefault(line, []).append(edge)
        return found

    @cached_property
    def _lines(self) -> Mapping[int, Named]:
        return {edge: lines_of(self._causes.of_edge(edge)) for edge in self._fresh}

    @cached_property
    def _fresh(self) -> list[int]:
        """Edges that the old graph lacks, or has only with a condition that is now gone."""
        old, new = self._old, self._new
        of = np.array([old.index.get(node, -1) for node in new.nodes], dtype=np.int64)
        size, here, there = len(old.nodes), self._limits.allowed(new), self._limits.allowed(old)
        ends = _keys(new, of[new.source], of[new.target], size)
        before = _keys(old, old.source.astype(np.int64), old.target.astype(np.int64), size)
        known = (of[new.source] >= 0) & (of[new.target] >= 0)
        sure = (new.condition == 0) & ~np.isin(ends, before[there & (old.condition == 0)])
        none = ~np.isin(ends, before[there])
        fresh: list[int] = np.flatnonzero(here & (~known | sure | none)).tolist()
        return fresh


def _keys(
    graph: AccessGraph, source: NDArray[np.int64], target: NDArray[np.int64], size: int
) -> NDArray[np.int64]:
    keys: NDArray[np.int64] = (source * size + target) * len(KINDS) + graph.kind
    return keys


_Wanted = dict[int, BitMap]
"""By Secret, the shared numbers of principals."""
_NOTHING: Named = frozenset()
_TracedWays = list[tuple[GainExplainer, Traced]]


def openings(old: Side, new: Side) -> Iterator[tuple[tuple[Cause, ...], Opened | None]]:
    """Yield what the new side has and the old one lacks, alike principals together.

    Yields the causes of a path, and the path; None if another path of the same objects says as
        much.
    """
    finder = _Finder(old, new)
    found: list[tuple[GainExplainer, Traced]] = []
    todo: Mapping[Named, _Wanted | None] = {_NOTHING: None}
    while todo:
        following: dict[Named, _Wanted] = {}
        for named, wanted in todo.items():
            for one in finder.traced(named, wanted):
                found.append(one)
                _ask_on(following, named, one[1])
        todo = following
    yield from _put_together(found, new)


def _ask_on(following: dict[Named, _Wanted], named: Named, traced: Traced) -> None:
    """Record that the same gain must be searched without the named lines."""
    lines = lines_of(traced.causes)
    if traced.proven and not lines <= named:
        _want(following.setdefault(named | lines, {}), traced)


def _want(wanted: _Wanted, traced: Traced) -> None:
    for secret in traced.secrets:
        wanted.setdefault(secret, BitMap()).add(traced.person)


class _Finder:
    """Finds new paths that depend on none of some changed lines."""

    def __init__(self, old: Side, new: Side) -> None:
        self._old = old
        self._new = new
        self._causes = Causes(old.graph, new.graph)
        self._resting = ChangedEdges(old.graph, new.graph, self._causes, new.limits)
        self._fewer: dict[Named, tuple[_Wanted, _TracedWays]] = {}

    def traced(
        self, named: Named, wanted: _Wanted | None
    ) -> Iterator[tuple[GainExplainer, Traced]]:
        """Yield the paths; ``wanted`` are the gains to examine, by default all."""
        if wanted is None:
            yield from self._least(self._told(self._new, None))
        elif self._resting.beyond(named):
            yield from self._least(self._without(self._resting.on(named), wanted))

    def _without(self, shut: frozenset[int], wanted: _Wanted) -> _TracedWays:
        new = self._new
        side = Side(new.graph, new.limits._replace(shut=shut), new.people, system=new.system)
        wanted = _maybe(side, wanted)
        return self._told(side, wanted) if wanted else []

    def _told(self, side: Side, wanted: _Wanted | None) -> _TracedWays:
        joined = newly_joined(self._old, side)
        every = gains(self._old, side, joined)
        leads = leads_of(side, every if wanted is None else _only(every, wanted), joined)
        if not leads:
            return []
        teller = GainExplainer(self._old, side, joined, self._causes)
        return [(teller, one) for lead in leads for one in teller.trace(lead)]

    def _least(self, traced_ways: _TracedWays) -> Iterator[tuple[GainExplainer, Traced]]:
        """Yield the paths by fewer of the named objects, if these are enough."""
        together: dict[Named, _Wanted] = {}
        for _, traced in traced_ways:
            if traced.proven and len(traced.causes) > 1:
                _want(together.setdefault(lines_of(traced.causes), {}), traced)
        fewer: list[tuple[GainExplainer, Traced]] = []
        by_person: dict[int, list[Traced]] = {}
        for lines, wanted in together.items():
            asked, known = self._fewer.setdefault(lines, ({}, []))
            more = _not_yet(asked, wanted)
            found = list(self._by_fewer(lines, more)) if more else []
            known += found
            fewer += found
            for _, one in known:
                by_person.setdefault(one.person, []).append(one)
        for teller, traced in traced_ways:
            left, lines = traced.secrets, lines_of(traced.causes)
            for one in by_person.get(traced.person, ()):
                if lines_of(one.causes) < lines and _covers(one.level, traced.level):
                    left = left - one.secrets
            if left:
                yield teller, traced._replace(secrets=left)
        yield from fewer

    def _by_fewer(self, lines: Named, wanted: _Wanted) -> Iterator[tuple[GainExplainer, Traced]]:
        """Yield the paths that exist without one of the lines' objects."""
        for left_out in sorted({key for key, _, _ in lines}):
            rest = frozenset(line for line in lines if line[0] != left_out)
            yield from self._least(self._without(self._resting.beside(rest), wanted))


def _not_yet(asked: _Wanted, wanted: _Wanted) -> _Wanted:
    """Return what has not been searched, and mark it as searched."""
    more = {}
    for secret, people in wanted.items():
        known = asked.setdefault(secret, BitMap())
        if left := people - known:
            more[secret] = left
            known |= left
    return more


def _maybe(side: Side, wanted: _Wanted) -> _Wanted:
    """Leave out principals that certainly reach nothing, even if one tail node were enough."""
    graph = side.graph
    needs = [edge for edges in graph.needs_of.values() for edge in edges]
    tree = ShortestTree(graph, side.limits, wanted, backward=True, needs=needs)
    people = BitMap.union(BitMap(), *wanted.values())
    near = BitMap(p for p in people if (node := side.node_of(p)) is not None and node in tree)
    left = {secret: principals & near for secret, principals in wanted.items()}
    return {secret: principals for secret, principals in left.items() if principals}


def _only(every: Iterator[Gain], wanted: Mapping[int, BitMap]) -> Iterator[Gain]:
    for gain in every:
        principals = gain.principals & wanted.get(gain.secret, BitMap())
        if principals:
            yield gain._replace(principals=principals)


_Alike = tuple[tuple[Identity, ...], int, int, bytes, tuple[int, ...]]
"""The objects, the side and the shared node, Secrets, and edges from the first technique on."""


def _put_together(
    found: Sequence[tuple[GainExplainer, Traced]], new: Side
) -> Iterator[tuple[tuple[Cause, ...], Opened | None]]:
    covered = _Covered([traced for _, traced in found], new)
    yielded: dict[tuple[Identity, ...], dict[int, BitMap]] = {}
    alike: dict[_Alike, tuple[GainExplainer, list[Traced]]] = {}
    for teller, traced in found:
        key = tuple(map(identity, traced.causes))
        known = yielded.setdefault(key, {}).setdefault(traced.person, BitMap())
        more = covered.beyond(traced)
        if not more:
            continue
        left = more - known
        known |= left
        if not left:
            yield traced.causes, None
            continue
        sort = key, id(teller), id(traced.lead), left.serialize(), teller.tail(traced)
        alike.setdefault(sort, (teller, []))[1].append(traced._replace(secrets=left))
    for teller, several in alike.values():
        together = zip(*(one.causes for one in several), strict=True)
        yield tuple(map(united, together)), teller.way(several)


class _Covered:
    """Members of a group who gain no more than it, and by the same lines."""

    def __init__(self, found: Sequence[Traced], new: Side) -> None:
        self._new = new
        self._membership: Membership = new.graph.membership
        self._by_group: dict[int, list[tuple[Traced, Named]]] = {}
        for traced in found:
            node = new.node_of(traced.person)
            if node in self._membership.members:
                covered = traced, lines_of(traced.causes)
                self._by_group.setdefault(traced.person, []).append(covered)

    def beyond(self, traced: Traced) -> BitMap:
        """Return the Secrets that no group of a principal gains by the same lines alone."""
        left = traced.secrets
        own = lines_of(traced.causes) if self._by_group else _NOTHING
        for group in self._groups(traced.person):
            for other, lines in self._by_group[group]:
                if lines <= own and _covers(other.level, traced.level):
                    left = left - other.secrets
        return left

    def _groups(self, person: int) -> Iterator[int]:
        if self._by_group and (node := self._new.node_of(person)) is not None:
            for group in sorted(self._membership.groups_of(node)):
                number = self._new.people.numbers.get(named_node(self._new.graph.nodes[group]))
                if number in self._by_group:
                    yield number


def _covers(group: tuple[Level, Level], own: tuple[Level, Level]) -> bool:
    """Whether the explanation for a group covers one of its members."""
    (was, now), (before, after) = group, own
    return group == own or (was == "none" and now == after) or (was == before and now == "certain")
