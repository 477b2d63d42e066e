"""Finds who becomes effectively cluster-admin by a change, and by which changed objects."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.model.answers.diff import AdminChange, Cause, Level
from rbacgraph.model.answers.paths import Admin
from rbacgraph.model.node import format_node
from rbacgraph.query.access.full_control import (
    EVERY_RIGHT,
    AdminExplainer,
    full_control,
    full_rule,
)
from rbacgraph.query.diff import gained_pairs
from rbacgraph.query.diff.find_causes import Causes, Identity, identity, merged, united
from rbacgraph.query.diff.shared_collections import Lead
from rbacgraph.query.diff.witness_tracer import Tracer
from rbacgraph.query.search.tails import is_certain


class ClusterAdmins:
    """Who gets full control of one side's cluster.

    ``joined``: who has what a group has, without a path of its own.
    """

    def __init__(self, side: gained_pairs.Side, joined: gained_pairs.Joined | None = None) -> None:
        self.side = side
        self._joined = joined or {}
        self.nodes = np.array(full_control(side.graph), dtype=np.int64)
        self._explainer = AdminExplainer(side.graph)

    def own(self, *, certain: bool) -> BitMap:
        """Return who gets it by a path of their own, for certain or at all."""
        return self.side.own(self.side.reaching_any(self.nodes, certain=certain))

    def surely(self, people: BitMap) -> BitMap:
        """Return whose cheapest way is certain after all, among principals that get it at all."""
        return self.certain_of(self.ways_at_all(people))

    def ways_at_all(self, people: BitMap) -> Mapping[int, Sequence[int]]:
        """Return the cheapest way of each of some principals, by certain edges or others."""
        return dict(self.ways(people, certain=False)) if people else {}

    def certain_of(self, ways: Mapping[int, Sequence[int]]) -> BitMap:
        """Return whose way is certain.

        It may be, if it passes where a group has been that gets it for certain.
        """
        return BitMap(one for one, way in ways.items() if is_certain(self.side.graph, way))

    def ways(self, people: BitMap, *, certain: bool) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield the cheapest way of each of some principals, ordered by name."""
        first, *others = self.nodes.tolist()
        lead = Lead(first, certain, "none", {first: people}, tuple(others))
        yield from self._tracer.ways(lead, people)

    def tail(self, way: Sequence[int]) -> tuple[int, ...]:
        """Return a way from its first technique on; its end where it has none."""
        return self._tracer.tail(way) or (-1, self.side.graph.target_of[way[-1]])

    def explain(self, way: Sequence[int], *, certain: bool) -> Admin:
        """Return a way with its evidence."""
        return self._explainer.explain(way, whichever=certain)

    @cached_property
    def _tracer(self) -> Tracer:
        return Tracer(self.side, self._joined)


def gained_admins(old: gained_pairs.Side, new: gained_pairs.Side) -> Iterator[AdminChange]:
    """Yield who is effectively cluster-admin on the new side, and was not on the old one.

    A principal counts as for Secrets: by a path of its own that is more than it had. Alike ways by
    the same changed objects are one entry.
    """
    joined = gained_pairs.newly_joined(old, new)
    were, are = ClusterAdmins(old), ClusterAdmins(new, joined)
    alike: dict[_Alike, list[_Gained]] = {}
    why = _Why(were, are)
    for certain, was, people in _gained(were, are, joined):
        for person, way in are.ways(people, certain=certain):
            causes = why.causes(way, certain=certain)
            key = _Alike(certain, was, tuple(map(identity, causes)), are.tail(way))
            alike.setdefault(key, []).append(_Gained(person, way, causes))
    for sort, several in alike.items():
        yield AdminChange(
            gained=True,
            principals=tuple(format_node(new.people.nodes[one.person]) for one in several),
            before=sort.was,
            after="certain" if sort.certain else "conditional",
            causes=tuple(map(united, zip(*(one.causes for one in several), strict=True))),
            way=are.explain(several[0].way, certain=sort.certain),
        )


class _Alike(NamedTuple):
    """What principals of one entry share."""

    certain: bool
    was: Level
    causes: tuple[Identity, ...]
    tail: tuple[int, ...]


class _Gained(NamedTuple):
    person: int
    way: Sequence[int]
    causes: tuple[Cause, ...]


def _gained(
    were: ClusterAdmins, are: ClusterAdmins, joined: gained_pairs.Joined
) -> Iterator[tuple[bool, Level, BitMap]]:
    old, new = were.side, are.side
    implied = new.implied_beside(old)
    sure, every = (were.own(certain=certain) for certain in (True, False))
    sure = sure | were.surely(every - old.with_members(sure))
    had_sure, had_any = (old.effective(one, implied) for one in (sure, every))
    now_sure, now_any = (
        gained_pairs.with_joined(are.own(certain=one), joined) for one in (True, False)
    )
    now_sure = now_sure | are.surely(now_any - now_sure - had_sure)
    for certain, was, people in gained_pairs.more_than((had_sure, had_any), (now_sure, now_any)):
        left = people
        for node in were.nodes.tolist():
            left = left - old.folded_reaching(node, left, certain=certain)
        if left:
            yield certain, was, left


class _Why:
    """Finds the changed objects of ways to full control."""

    def __init__(self, were: ClusterAdmins, are: ClusterAdmins) -> None:
        self._were = were
        self._side = are.side
        self._graph = are.side.graph

    def causes(self, way: Sequence[int], *, certain: bool) -> tuple[Cause, ...]:
        """Return the new or changed evidence of a way, and of the rule that gives every right."""
        limits = self._side.limits._replace(certain=certain or self._side.limits.certain)
        found = [*self._causes.of(way, limits), *self._of_rule(way)]
        return merged(found) or self._causes.beside(way, limits)

    @cached_property
    def _causes(self) -> Causes:
        return Causes(self._were.side.graph, self._graph)

    def _of_rule(self, way: Sequence[int]) -> tuple[Cause, ...]:
        full = full_rule(self._graph, self._graph.target_of[way[-1]])
        if full is None:
            return ()
        role, index = full
        detail = describe_rule((role.rules or ())[index])
        return self._causes.of_rule(role, index, detail, [[EVERY_RIGHT]])
