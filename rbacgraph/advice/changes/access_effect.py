"""Compares who reaches which Secrets before and after changes.

Secrets that the same principals reach, before and after, are compared once.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from heapq import nsmallest
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.changes.access_effect import Effect, Linked, Pairs, Reaching
from rbacgraph.model.node import GROUP, Node, format_node, named_node
from rbacgraph.query.arrays.bitmap_store import EMPTY
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.closure.certain_and_possible import secret_nodes, spreads

Integers = NDArray[np.int64]

MOST = 20
"""The number of principals and Secrets to list, and of the other kind for each of them."""

EVERY_PATH = PathFilter()


def effect(
    before: AccessGraph,
    after: AccessGraph,
    *,
    limits: PathFilter = EVERY_PATH,
    shut: frozenset[int] = frozenset(),
    system: bool = False,
    most: int = MOST,
) -> Effect:
    """Compare who reaches which Secrets in two graphs.

    Only Secrets that are known before count: a rule that names another one creates none.

    ``shut``: edges of the second graph that are gone, although it shows them.
    """
    names = _Names()
    old = new = _Side(before, names, limits, system=system)
    if shut or after is not before:
        new = _Side(after, names, limits._replace(shut=limits.shut | shut), system=system)
    keys = sorted(old.secrets)
    table = np.array([*old.columns(keys), *new.columns(keys)], dtype=np.int64)
    rows, classes = np.unique(table, axis=1, return_inverse=True)
    several = [tuple(row) for row in rows.T.tolist()]
    gone = [_parted(old.every(b) - new.with_members(a), old.every(s)) for s, b, _, a in several]
    come = [_parted(new.every(a) - old.with_members(b), new.every(s)) for _, b, s, a in several]
    classes = classes.reshape(-1)
    return Effect(
        before=old.reaching(keys),
        after=new.reaching(keys),
        gone=_Pairs(names, keys, classes, gone, most).listed_pairs(),
        new=_Pairs(names, keys, classes, come, most).listed_pairs(),
    )


class _Names:
    """Numbers of principals that both graphs share.

    ``members`` are the members of each group in either graph: an identity that nothing names any
    longer is still in its groups.
    """

    def __init__(self) -> None:
        self._numbers: dict[Node, int] = {}
        self.members: dict[int, BitMap] = {}

    def number(self, node: Node) -> int:
        return self._numbers.setdefault(node, len(self._numbers))

    @cached_property
    def printed(self) -> Sequence[str]:
        """The printed principals; valid once all have numbers."""
        return tuple(map(format_node, self._numbers))

    @cached_property
    def ranks(self) -> Integers:
        """The rank of each principal in the order of nodes."""
        nodes = list(self._numbers)
        ranks = np.empty(len(nodes), dtype=np.int64)
        ranks[sorted(range(len(nodes)), key=nodes.__getitem__)] = np.arange(len(nodes))
        return ranks


class _Side:
    """One of the two graphs."""

    def __init__(
        self, graph: AccessGraph, names: _Names, limits: PathFilter, *, system: bool
    ) -> None:
        principals = graph.principals_unfolded if system else graph.principals
        self._graph = graph
        self._spreads = spreads(graph, principals, limits, at_once=True)
        self._common = np.zeros(len(graph.nodes), dtype=np.int64)
        for number in principals.numbers:
            self._common[number] = names.number(named_node(graph.nodes[number]))
        self._counted = BitMap(principals.numbers)
        for group, members in graph.membership.members.items():
            if group in self._counted:
                number = int(self._common[group])
                known = names.members.get(number, BitMap())
                names.members[number] = known | self._translated(members & self._counted)
        folded = (start.principal for start in principals.folded)
        groups = BitMap(n for n in folded if graph.nodes[n][0] == GROUP)
        self._folded = self._translated(groups)
        self._members = names.members
        self._sets: dict[int, BitMap] = {}
        self._whole: dict[int, BitMap] = {}

    @cached_property
    def secrets(self) -> Mapping[Node, int]:
        """The position of each Secret, and of each secret of a store."""
        nodes = self._graph.nodes
        numbers = secret_nodes(self._graph).tolist()
        return {named_node(nodes[number]): place for place, number in enumerate(numbers)}

    @cached_property
    def _reaching(self) -> tuple[Integers, Integers]:
        """For each of these, the numbers of the principals that reach it, certainly and at all."""
        return self._spreads.reaching(secret_nodes(self._graph))

    def columns(self, keys: Sequence[Node]) -> tuple[Integers, Integers]:
        """Return the same columns for some Secrets, even for missing ones."""
        places = np.array([self.secrets.get(key, -1) for key in keys], dtype=np.int64)
        sure, every = (np.append(column, EMPTY)[places] for column in self._reaching)
        return sure, every

    def every(self, number: int) -> BitMap:
        """Return a bitmap in the numbers that both graphs share."""
        known = self._sets.get(number)
        if known is None:
            known = self._sets[number] = self._translated(self._spreads.sets[number])
        return known

    def with_members(self, number: int) -> BitMap:
        """Return a bitmap with the members of its groups, and of folded groups."""
        known = self._whole.get(number)
        if known is None:
            own = self.every(number)
            groups = (own | self._folded) & BitMap(self._members)
            members = (self._members[group] for group in groups)
            known = self._whole[number] = BitMap.union(own, *members)
        return known

    def _translated(self, members: BitMap) -> BitMap:
        return BitMap(self._common[np.array(members.to_array(), dtype=np.int64)])

    def reaching(self, keys: Sequence[Node]) -> Reaching:
        """Count what is reached."""
        pairs, counts = np.unique(np.array(self.columns(keys)), axis=1, return_counts=True)
        sets = self._spreads.sets
        sure = [(sets[number], n) for number, n in zip(pairs[0], counts.tolist(), strict=True)]
        every = [(sets[number], n) for number, n in zip(pairs[1], counts.tolist(), strict=True)]
        secrets, principals, paired = zip(_count(sure), _count(every), strict=True)
        return Reaching(
            secrets=secrets[0],
            conditional_secrets=secrets[1] - secrets[0],
            principals=principals[0],
            conditional_principals=principals[1] - principals[0],
            pairs=paired[0],
            conditional_pairs=paired[1] - paired[0],
        )


def _count(sets: Sequence[tuple[BitMap, int]]) -> tuple[int, int, int]:
    """Count the reached Secrets, the principals and the pairs."""
    return (
        sum(n for members, n in sets if members),
        len(BitMap.union(BitMap(), *(members for members, _ in sets))),
        sum(n * len(members) for members, n in sets),
    )


class _Parted(NamedTuple):
    """Principals whose path is certain, and others."""

    certain: BitMap
    conditional: BitMap

    @property
    def every(self) -> BitMap:
        return self.certain | self.conditional


def _parted(principals: BitMap, certain: BitMap) -> _Parted:
    return _Parted(principals & certain, principals - certain)


class _Class(NamedTuple):
    """Secrets whose pairs have the same principals."""

    secrets: list[int]
    principals: _Parted


class _Pairs:
    """The pairs, as a bitmap of principals for each class of Secrets."""

    def __init__(
        self,
        names: _Names,
        keys: Sequence[Node],
        classes: Integers,
        principals: Sequence[_Parted],
        most: int,
    ) -> None:
        self._names = names
        self._most = most
        self._keys = keys
        self._classes = [
            _Class(np.flatnonzero(classes == place).tolist(), members)
            for place, members in enumerate(principals)
            if members.every
        ]

    def listed_pairs(self) -> Pairs:
        classes = self._classes
        if not classes:
            return Pairs()
        total, conditional = (
            sum(len(secrets) * len(principals[part]) for secrets, principals in classes)
            for part in (0, 1)
        )
        certain, others = (
            BitMap.union(*(principals[part] for _, principals in classes)) for part in (0, 1)
        )
        secrets = sum(len(found.secrets) for found in classes if found.principals.certain)
        return Pairs(
            total=total,
            conditional_total=conditional,
            by_principal=tuple(self._by_principal()),
            by_secret=tuple(self._by_secret()),
            principals=len(certain),
            conditional_principals=len(others - certain),
            secrets=secrets,
            conditional_secrets=sum(len(found.secrets) for found in classes) - secrets,
        )

    def _by_principal(self) -> list[Linked]:
        names, ranks = self._names.printed, self._names.ranks
        totals = np.zeros((2, len(names)), dtype=np.int64)
        for secrets, principals in self._classes:
            for part, some in enumerate(principals):
                totals[part, np.array(some.to_array(), dtype=np.int64)] += len(secrets)
        order = np.lexsort((ranks, -totals[1], -totals[0]))[: self._most]
        return [
            Linked(names[place], self._secrets_of(place), *totals[:, place].tolist())
            for place in order.tolist()
            if totals[:, place].any()
        ]

    def _secrets_of(self, principal: int) -> tuple[str, ...]:
        """Return the first Secrets of a principal."""
        found: list[int] = []
        for secrets, principals in self._classes:
            if principal in principals.every:
                found = nsmallest(self._most, [*found, *secrets[: self._most]])
        return tuple(map(self._secret, found))

    def _by_secret(self) -> list[Linked]:
        places = (
            (-len(principals.certain), -len(principals.conditional), secret, number)
            for number, (secrets, principals) in enumerate(self._classes)
            for secret in secrets[: self._most]
        )
        return [
            Linked(self._secret(secret), self._principals_of(number), -total, -conditional)
            for total, conditional, secret, number in nsmallest(self._most, places)
        ]

    def _principals_of(self, number: int) -> tuple[str, ...]:
        """Return the first principals of a class."""
        members = self._classes[number].principals.every
        first = nsmallest(self._most, members, key=self._names.ranks.__getitem__)
        return tuple(self._names.printed[principal] for principal in first)

    def _secret(self, place: int) -> str:
        return format_node(self._keys[place])
