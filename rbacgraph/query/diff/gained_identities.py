"""Finds who gains which identities and nodes: what else a change opens besides Secrets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from rbacgraph.model.answers.diff import Cause, GainedIdentity, Level
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.node import (
    GROUP,
    KUBELET,
    NODE,
    SERVICE_ACCOUNT,
    USER,
    Node,
    doubled,
    format_node,
    is_named,
)
from rbacgraph.query.access.explain_path import PathExplainer, as_certain
from rbacgraph.query.arrays.costs import cost_of
from rbacgraph.query.diff import gained_pairs
from rbacgraph.query.diff.explain_gain import GainExplainer
from rbacgraph.query.diff.find_causes import Causes, Identity, united
from rbacgraph.query.diff.find_causes import identity as cause_identity
from rbacgraph.query.diff.shared_collections import CONTAINS, Lead
from rbacgraph.query.search.from_each_source import HyperpathTree, onward
from rbacgraph.query.search.tails import is_certain

# Finds the paths by which principals gain identities, with few searches.

MOST_SEARCHES = 100
_WORK = 2_000_000
"""The nodes and edges that all searches may visit together."""
_FEWEST = 3


class IdentityGain(NamedTuple):
    """Principals that newly control an identity through its nodes.

    ``appeared`` says whether the identity is on one side only, and ``old_rights`` whether rights
    over all of its kind lead to it, which the principals had before.
    """

    identity: Node
    appeared: bool
    old_rights: bool
    lead: Lead

    @property
    def principals(self) -> BitMap:
        """The principals, by shared numbers."""
        return self.lead.secrets[self.lead.seed]


class GainPath(NamedTuple):
    """A principal's path to an identity, and why it is new.

    ``proven`` says whether evidence proves the causes. It may be ``certain`` where the principal's
    own paths are not, through a group.
    """

    gain: IdentityGain
    person: int
    edges: Sequence[int]
    causes: tuple[Cause, ...]
    proven: bool
    certain: bool


class IdentityPaths:
    """Searches from each principal or to each identity, whichever are fewer.

    ``joined``: the new members of groups.
    """

    def __init__(
        self, old: gained_pairs.Side, new: gained_pairs.Side, joined: gained_pairs.Joined
    ) -> None:
        self._new = new
        self._causes = Causes(old.graph, new.graph)
        self._explainer = GainExplainer(old, new, joined, self._causes)
        self._path_of = PathExplainer(new.graph).path_of
        size = len(new.graph.nodes) + len(new.graph.kind)
        self._most = min(MOST_SEARCHES, max(_FEWEST, _WORK // max(size, 1)))

    def found(self, gains: Sequence[IdentityGain]) -> Iterator[GainPath]:
        """Yield the paths of gains, as many as the number of searches allows."""
        people = BitMap.union(BitMap(), *(gain.principals for gain in gains))
        if len(people) > len(gains):
            yield from self._to_each(gains[: self._most])
        else:
            order = sorted(people, key=self._new.people.nodes.__getitem__)
            for person in order[: self._most]:
                yield from self._from(person, [one for one in gains if person in one.principals])

    def cost(self, one: GainPath) -> int:
        return cost_of(self._new.graph, one.edges)

    def path(self, one: GainPath) -> Path:
        """Return a path with its evidence."""
        path = self._path_of(one.edges)
        return as_certain(path) if one.gain.lead.certain else path

    def _to_each(self, gains: Sequence[IdentityGain]) -> Iterator[GainPath]:
        for gain in gains:
            for one in self._explainer.trace(gain.lead):
                certain = self._is_certain(gain, one.way)
                yield GainPath(gain, one.person, one.way, one.causes, one.proven, certain)

    def _from(self, person: int, gains: Sequence[IdentityGain]) -> Iterator[GainPath]:
        node = self._new.node_of(person)
        assert node is not None

        @cache
        def tree(certain: bool) -> HyperpathTree:
            limits = self._new.limits._replace(certain=certain or self._new.limits.certain)
            return onward(self._new.graph, limits, node)(node)

        for gain in gains:
            found = tree(certain := gain.lead.certain)
            seeds = [seed for seed in gain.lead.seeds if seed in found]
            if seeds:  # else each choice of versions has another path
                edges = min(map(found.edges, seeds), key=partial(cost_of, self._new.graph))
                limits = self._new.limits._replace(certain=certain or self._new.limits.certain)
                proven = self._causes.of(edges, limits)
                causes = proven or self._causes.beside(edges, limits)
                yield GainPath(
                    gain, person, edges, causes, bool(proven), self._is_certain(gain, edges)
                )

    def _is_certain(self, gain: IdentityGain, edges: Sequence[int]) -> bool:
        return gain.lead.certain or is_certain(self._new.graph, edges)


_BY_HEADERS_ALONE = frozenset({GROUP})
"""Kinds whose own node is reached by membership, which gives no other identity."""
_ORDER = (NODE, KUBELET, SERVICE_ACCOUNT, USER, GROUP)
_KINDS = frozenset(_ORDER)
_NAMES_ALONE = frozenset({USER, GROUP})
"""Kinds that are no objects: a name that only one side holds was there before."""


def gained_identities(old: gained_pairs.Side, new: gained_pairs.Side) -> Iterator[GainedIdentity]:
    """Yield which identities and nodes principals control on the new side and not on the old one.

    A principal counts as for Secrets: by a path of its own that is more than it had. Each entry has
    the causes of a path of the lowest effort. Old rights that lead to a new object are an entry
    without causes.
    """
    finder = _Finder(old, new)
    paths = IdentityPaths(old, new, finder.joined)
    gains = [one for identity in sorted(finder.identities) for one in finder.gained(identity)]
    alike: dict[_Alike, dict[int, list[_Gained]]] = {}
    searched: set[tuple[int, int]] = set()
    for path in paths.found([gain for gain in gains if not gain.old_rights]):
        gain = path.gain
        if path.proven or not gain.appeared:
            _add(alike, gain, path.person, path)
        elif gain.identity[0] not in _NAMES_ALONE:
            _add(alike, gain, path.person, None)
        searched.add((id(gain), path.person))
    for gain in gains:
        if gain.old_rights and gain.identity[0] in _NAMES_ALONE:
            continue
        for person in gain.principals:
            if (id(gain), person) not in searched:
                _add(alike, gain, person, None)
    for sort, people in alike.items():
        yield from _entries(sort, people, paths, new)


def _add(
    alike: "dict[_Alike, dict[int, list[_Gained]]]",
    gain: IdentityGain,
    person: int,
    path: GainPath | None,
) -> None:
    certain = path.certain if path else gain.lead.certain
    after: Level = "certain" if certain else "conditional"
    causes = tuple(map(cause_identity, path.causes)) if path else ()
    people = alike.setdefault(_Alike(after, gain.lead.was, gain.appeared, causes), {})
    people.setdefault(person, []).append(_Gained(gain.identity, path))


class _Alike(NamedTuple):
    """What gains of one entry share."""

    after: Level
    was: Level
    appeared: bool
    causes: tuple[Identity, ...]


class _Gained(NamedTuple):
    """An identity that a principal gains, with its path if that was searched."""

    identity: Node
    path: GainPath | None


def _entries(
    sort: _Alike,
    people: Mapping[int, Sequence[_Gained]],
    paths: IdentityPaths,
    new: gained_pairs.Side,
) -> Iterator[GainedIdentity]:
    """Yield an entry for each set of identities, with all principals that gain it."""
    together: dict[tuple[Node, ...], list[int]] = {}
    for person in sorted(people, key=new.people.nodes.__getitem__):
        identities = _without_own_kubelets({one.identity for one in people[person]})
        together.setdefault(identities, []).append(person)
    for identities, persons in together.items():
        place = {identity: number for number, identity in enumerate(identities)}
        every = [one.path for person in persons for one in people[person] if one.path]
        cheapest = min(
            (one for one in every if one.gain.identity in place),
            key=lambda one: (paths.cost(one), place[one.gain.identity]),
            default=None,
        )
        yield GainedIdentity(
            gained=True,
            principals=tuple(format_node(new.people.nodes[person]) for person in persons),
            identities=tuple(map(format_node, identities)),
            before=sort.was,
            after=sort.after,
            appeared=sort.appeared,
            causes=_united([one.causes for one in every]),
            path=paths.path(cheapest) if cheapest else None,
        )


def _without_own_kubelets(identities: AbstractSet[Node]) -> tuple[Node, ...]:
    """Return identities in order, nodes first; a node stands for its kubelet too."""
    left = (one for one in identities if one[0] != KUBELET or (NODE, *one[1:]) not in identities)
    return tuple(sorted(left, key=lambda one: (_ORDER.index(one[0]), format_node(one))))


def _united(every: Sequence[tuple[Cause, ...]]) -> tuple[Cause, ...]:
    return tuple(united(several) for several in zip(*every, strict=True))


class _Sets(NamedTuple):
    """The sets of principals that control an identity, certainly and at all."""

    sure: tuple[int, ...]
    every: tuple[int, ...]


class _Reached:
    """The identities of one side, with the sets that control them.

    An identity has two nodes: itself, and what acting as it by headers gives.
    """

    def __init__(self, side: gained_pairs.Side) -> None:
        self.nodes: dict[Node, list[int]] = {}
        kinds = {kind: kind for kind in _KINDS - _BY_HEADERS_ALONE}
        kinds |= {doubled((kind, "", ""))[0]: kind for kind in _KINDS - {NODE}}
        for number, node in enumerate(side.graph.nodes):
            kind = kinds.get(node[0])
            if kind is not None and is_named(node):
                self.nodes.setdefault((kind, node[1], node[2]), []).append(number)
        numbers = [number for several in self.nodes.values() for number in several]
        places = np.array(numbers, dtype=np.int64)
        columns = (side.reaching(places, certain=certain).tolist() for certain in (True, False))
        self._sets = {node: one for node, *one in zip(numbers, *columns, strict=True)}

    def sets_of(self, identity: Node) -> _Sets:
        several = [self._sets[number] for number in self.nodes.get(identity, ())]
        return _Sets(tuple(one[0] for one in several), tuple(one[1] for one in several))


class _Finder:
    """Compares who controls each identity on two sides."""

    def __init__(self, old: gained_pairs.Side, new: gained_pairs.Side) -> None:
        self._old, self._new = old, new
        self._was, self._now = _Reached(old), _Reached(new)
        self.joined: gained_pairs.Joined = gained_pairs.newly_joined(old, new)
        self._implied: Mapping[int, BitMap] = new.implied_beside(old)
        self._holders: dict[tuple[int, bool], BitMap] = {}
        self._known: dict[tuple[_Sets, _Sets], Sequence[tuple[bool, Level, BitMap]]] = {}

    @property
    def identities(self) -> Iterable[Node]:
        return self._now.nodes

    def gained(self, identity: Node) -> Iterator[IdentityGain]:
        """Yield who newly controls an identity, and how they did before."""
        sets = self._was.sets_of(identity), self._now.sets_of(identity)
        found = self._known.get(sets)
        if found is None:
            found = self._known[sets] = list(self._compared(*sets))
        own = self._new.people.numbers.get(identity)
        itself = BitMap() if own is None else BitMap({own})
        before = self._was.nodes.get(identity, ())
        for certain, was, principals in found:
            left = principals - itself
            for node in before if left else ():
                left = left - self._old.folded_reaching(node, left, certain=certain)
            if not left:
                continue
            first, *others = self._now.nodes[identity]
            had = BitMap()
            for node in () if before else (first, *others):
                had |= left & self._by_old_rights(node, certain=certain)
            for people, old_rights in ((left - had, False), (had, True)):
                if people:
                    lead = Lead(first, certain, was, {first: people}, tuple(others))
                    yield IdentityGain(identity, not before, old_rights, lead)

    def _by_old_rights(self, node: int, *, certain: bool) -> BitMap:
        """Return who controlled, on the old side, a collection that a new identity is in."""
        graph, found = self._new.graph, BitMap()
        inner = seen = {node}
        while inner:
            outer = {
                graph.source_of[edge]
                for member in inner
                for edge in graph.incoming.of(member)
                if graph.kind_of[edge] == CONTAINS
            }
            there = (self._old.graph.index.get(graph.nodes[number]) for number in outer)
            for number in there:
                if number is not None:
                    found |= self._held(number, certain=certain)
            inner = outer - seen
            seen = seen | outer
        return found

    def _held(self, number: int, *, certain: bool) -> BitMap:
        known = self._holders.get((number, certain))
        if known is None:
            sets = self._old.reaching(np.array([number], dtype=np.int64), certain=certain)
            known = self._had(sets.tolist())
            self._holders[number, certain] = known
        return known

    def _compared(self, was: _Sets, now: _Sets) -> Iterator[tuple[bool, Level, BitMap]]:
        yield from gained_pairs.more_than(
            (self._had(was.sure), self._had(was.every)),
            (self._has(now.sure), self._has(now.every)),
        )

    def _had(self, sets: Iterable[int]) -> BitMap:
        return BitMap.union(
            BitMap(), *(self._old.effective(self._old.own(one), self._implied) for one in sets)
        )

    def _has(self, sets: Iterable[int]) -> BitMap:
        several = (gained_pairs.with_joined(self._new.own(one), self.joined) for one in sets)
        return BitMap.union(BitMap(), *several)
