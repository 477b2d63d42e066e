"""Finds who reaches which Secrets in one cluster but not in another, before any path."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import MEMBER_OF
from rbacgraph.model.answers.diff import Level
from rbacgraph.model.node import GROUP, KUBELET, SECRET, Node, named_node
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.closure.certain_and_possible import spreads
from rbacgraph.query.closure.closure import Closure
from rbacgraph.query.search.from_each_source import HyperpathTree, onward
from rbacgraph.techniques.catalogue import KINDS
from rbacgraph.techniques.structure.member_of import IMPLIED

Integers = NDArray[np.int64]
_NOBODY = BitMap()


class People:
    """Numbers of principals that two clusters share: a name has the same in both."""

    def __init__(self) -> None:
        self.numbers: dict[Node, int] = {}
        self.nodes: list[Node] = []

    def number(self, node: Node) -> int:
        """Return a principal's number."""
        number = self.numbers.setdefault(node, len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(node)
        return number


class Side:
    """One of two clusters: who reaches its Secrets, in numbers that both share.

    ``system``: whether control-plane identities on shipped bindings count.
    """

    def __init__(
        self, graph: AccessGraph, limits: PathFilter, people: People, *, system: bool
    ) -> None:
        self.graph = graph
        self.limits = limits
        self.system = system
        self.principals = graph.principals_unfolded if system else graph.principals
        self.people = people
        self._shared = np.full(len(graph.nodes), -1, dtype=np.int64)
        kubelets = graph.index.of_kinds({KUBELET})  # as their user and in system:nodes together
        for number in (*self.principals.numbers, *kubelets):
            self._shared[number] = people.number(named_node(graph.nodes[number]))
        self.here = BitMap(self._shared[self._shared >= 0])
        self._found = spreads(graph, self.principals, limits)
        self._own: dict[int, BitMap] = {}

    @cached_property
    def secrets(self) -> Mapping[Node, int]:
        """The node's number of every Secret, and of every secret of a store.

        A secret of a store has its full name here, so that another store in one of two clusters
        does not make it another secret.
        """
        world = self.graph.world
        external = world.part(ExternalSecrets)
        inside = ((SECRET, *key) for key in world.secrets)
        found: dict[Node, int] = dict(zip(inside, world.secret_block, strict=True))
        found |= {external.full_name(node): n for node, n in external.numbers.items()}
        return found

    def reaching(self, nodes: Integers, *, certain: bool) -> Integers:
        """Return for each of some nodes the number of the set of principals that reach it."""
        return self._found.surely_reaching(nodes) if certain else self._found.reaching(nodes)[1]

    def reaching_any(self, nodes: Integers, *, certain: bool) -> int:
        """Return the number of the set of principals that reach any of some nodes."""
        return self._found.reaching_any(nodes, certain=certain)

    def spread(self, *, certain: bool) -> Closure:
        """Return the closure, over certain edges or all edges."""
        return self._found.sure if certain else self._found.every

    def own(self, number: int) -> BitMap:
        """Return a set: the principals that reach it by a path of their own."""
        known = self._own.get(number)
        if known is None:
            known = self._own[number] = self._known(self._found.sets[number])
        return known

    def node_of(self, person: int) -> int | None:
        """Return the number of a principal in the graph."""
        return self.graph.index.get(self.people.nodes[person])

    def effective(self, own: BitMap, implied: Mapping[int, BitMap]) -> BitMap:
        """Return who has what principals reach by paths of their own, as one of them or a member.

        ``implied``: further members by group, which this side does not know.
        """
        more = [implied[group] for group in own & self._groups if group in implied]
        return BitMap.union(self.with_members(own), self._masters, *more)

    def with_members(self, principals: BitMap) -> BitMap:
        """Return principals with the members of the groups among them."""
        return BitMap.union(principals, self.members_of(principals))

    def members_of(self, principals: BitMap) -> BitMap:
        """Return the members of the groups among some principals."""
        members = (self._members(group) for group in principals & self._groups)
        return BitMap.union(_NOBODY, *members)

    def folded_reaching(self, secret: int, principals: BitMap, *, certain: bool) -> BitMap:
        """Return which principals reach a Secret by shipped bindings that answers fold."""
        if secret < 0:
            return _NOBODY
        return BitMap(
            person
            for person in principals & self._folded
            if secret in self._by_shipped(person, certain=certain)
        )

    @cached_property
    def _folded(self) -> BitMap:
        return self._known(BitMap(start.principal for start in self.principals.folded))

    def _by_shipped(self, person: int, *, certain: bool) -> HyperpathTree:
        key = person, certain
        if key not in self._trees:
            node = self.node_of(person)
            assert node is not None
            limits = self.limits._replace(certain=certain or self.limits.certain)
            self._trees[key] = onward(self.graph, limits, node)(node)
        return self._trees[key]

    @cached_property
    def _trees(self) -> dict[tuple[int, bool], HyperpathTree]:
        return {}

    @cached_property
    def _groups(self) -> BitMap:
        return self._known(BitMap(self.principals.groups))

    @cached_property
    def _masters(self) -> BitMap:
        """Members of a folded group, system:masters, who reach everything."""
        if KINDS["system-masters"] not in self.graph.kind[self._found.kept]:
            return BitMap()
        members = self.graph.membership.members
        folded = (start.principal for start in self.principals.folded)
        groups = (n for n in folded if self.graph.nodes[n][0] == GROUP and n in members)
        return self._known(BitMap.union(BitMap(), *(members[group] for group in groups)))

    def _members(self, group: int) -> BitMap:
        known = self._members_of.get(group)
        if known is None:
            node = self.node_of(group)
            found = _NOBODY if node is None else self.graph.membership.members.get(node, _NOBODY)
            known = self._members_of[group] = self._known(found)
        return known

    def _known(self, numbers: BitMap) -> BitMap:
        """Return the principals among some nodes, by their shared numbers."""
        shared = self._shared[np.array(numbers, dtype=np.int64)]
        return BitMap(shared[shared >= 0])

    @cached_property
    def _members_of(self) -> dict[int, BitMap]:
        return {}

    def implied_beside(self, other: "Side") -> Mapping[int, BitMap]:
        """Return by group the members that follow from their kind, and that another side lacks."""
        graph, found = self.graph, {}
        for group, members in graph.membership.implied_members.items():
            shared = int(self._shared[group])
            more = self._known(members) - other.here
            if more and shared >= 0:
                found[shared] = more
        return found

    @cached_property
    def given(self) -> frozenset[tuple[int, int]]:
        """The members of groups in the caller's mapping."""
        graph = self.graph
        edges = np.flatnonzero(graph.kind == MEMBER_OF).tolist()
        pairs = (
            (int(self._shared[graph.source_of[e]]), int(self._shared[graph.target_of[e]]))
            for e in edges
            if graph.basis_of(e) != IMPLIED and self.limits.allows(graph, e)
        )
        return frozenset(pair for pair in pairs if min(pair) >= 0)


_Numbers = tuple[int, int, int, int]
"""Numbers of sets: who reaches a Secret certainly and at all, now and before."""


class Gain(NamedTuple):
    """Principals, by shared numbers, that newly reach a Secret, and how they did before."""

    secret: int
    certain: bool
    was: Level
    principals: BitMap


Joined = Mapping[int, BitMap]
"""The new members of each group."""


def newly_joined(old: Side, new: Side) -> Joined:
    """Return who is in a group of the new side and was not in it on the old one."""
    found: dict[int, BitMap] = {}
    for person, group in new.given - old.given:
        found.setdefault(group, BitMap()).add(person)
    return found


def gains(old: Side, new: Side, joined: Joined) -> Iterator[Gain]:
    """Yield who reaches which Secrets of the new side and did not on the old one.

    A principal counts by a path of its own that is more than it had: if it had as much as a member
    of a group, it gains nothing. A new member of a group gains what the group has.

    Each Secret has at most three: certain from none, certain from conditional, conditional.
    """
    implied = new.implied_beside(old)
    secrets = new.secrets
    here = np.fromiter(secrets.values(), dtype=np.int64, count=len(secrets))
    before = [old.secrets.get(key, -1) for key in secrets]
    sure, every = (new.reaching(here, certain=certain).tolist() for certain in (True, False))
    was_sure, was_every = (_reaching(old, before, certain=certain) for certain in (True, False))
    known: dict[_Numbers, list[tuple[bool, Level, BitMap]]] = {}
    numbers = zip(sure, every, was_sure, was_every, strict=True)
    for secret, there, key in zip(here.tolist(), before, numbers, strict=True):
        found = known.get(key)
        if found is None:
            found = known[key] = list(_gained(old, new, key, implied, joined))
        for certain, was, principals in found:
            more = principals - old.folded_reaching(there, principals, certain=certain)
            if more:
                yield Gain(secret, certain, was, more)


def _reaching(side: Side, nodes: Sequence[int], *, certain: bool) -> list[int]:
    """Return the numbers of sets; -1 for a missing Secret."""
    there = [node for node in nodes if node >= 0]
    found = iter(side.reaching(np.array(there, dtype=np.int64), certain=certain).tolist())
    return [next(found) if node >= 0 else -1 for node in nodes]


def _gained(
    old: Side,
    new: Side,
    numbers: _Numbers,
    implied: Mapping[int, BitMap],
    joined: Joined,
) -> Iterator[tuple[bool, Level, BitMap]]:
    sure, every, was_sure, was_every = numbers
    had_sure = old.effective(old.own(was_sure), implied) if was_sure >= 0 else _NOBODY
    had_any = old.effective(old.own(was_every), implied) if was_every >= 0 else _NOBODY
    now_sure = with_joined(new.own(sure), joined)
    now_any = with_joined(new.own(every), joined)
    yield from more_than((had_sure, had_any), (now_sure, now_any))


def more_than(
    had: tuple[BitMap, BitMap], now: tuple[BitMap, BitMap]
) -> Iterator[tuple[bool, Level, BitMap]]:
    """Yield who has more than before: whether it is certain, what they had, and who.

    ``had``, ``now``: who has it for certain, and at all.
    """
    (had_sure, had_any), (now_sure, now_any) = had, now
    found: tuple[tuple[bool, Level, BitMap], ...] = (
        (True, "none", now_sure - had_any),
        (True, "conditional", (now_sure - had_sure) & had_any),
        (False, "none", now_any - now_sure - had_any),
    )
    yield from (one for one in found if one[2])


def with_joined(own: BitMap, joined: Joined) -> BitMap:
    """Return a set with the new members of its groups."""
    more = [joined[group] for group in own if group in joined] if joined else []
    return BitMap.union(own, *more) if more else own
