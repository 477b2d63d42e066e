"""Groups Secrets that are reached through the same collection, so that one search is enough."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from rbacgraph.model.answers.diff import Level
from rbacgraph.model.node import SECRETS
from rbacgraph.query.diff.gained_pairs import Gain, Joined, Side, with_joined
from rbacgraph.techniques.catalogue import KINDS

CONTAINS = KINDS["contains"]
_LEVELS = 2  # of collections of Secrets: everything, a namespace


class Lead(NamedTuple):
    """A node that leads to Secrets, and who reaches which of them through it.

    ``seed``: a collection with the Secrets, or one of several alike Secrets.
    ``was``: how the principals reached them before.
    ``secrets``: by Secret, the shared numbers of principals.
    ``others``: further nodes; each is as good as ``seed``.
    """

    seed: int
    certain: bool
    was: Level
    secrets: dict[int, BitMap]
    others: tuple[int, ...] = ()

    @property
    def seeds(self) -> tuple[int, ...]:
        """All nodes to which paths may lead."""
        return (self.seed, *self.others)

    def by_person(self) -> dict[int, BitMap]:
        """Return the Secrets by principal."""
        alike: dict[bytes, tuple[BitMap, BitMap]] = {}
        for secret, principals in self.secrets.items():
            alike.setdefault(principals.serialize(), (principals, BitMap()))[1].add(secret)
        found: dict[int, BitMap] = {}
        for principals, secrets in alike.values():
            for person in principals:
                found[person] = found[person] | secrets if person in found else secrets
        return found


Chain = tuple[int, ...]
"""Edges from a collection down to a member."""


def chains_to(side: Side, secret: int, *, certain: bool) -> Iterator[tuple[int, Chain]]:
    """Yield the collections of a Secret with the edges down to it, the widest first."""
    graph, limits = side.graph, side.limits._replace(certain=certain or side.limits.certain)
    found: list[tuple[int, Chain]] = []
    inner: list[tuple[int, Chain]] = [(secret, ())]
    for _ in range(_LEVELS):
        outer = [
            (graph.source_of[edge], (edge, *chain))
            for node, chain in inner
            for edge in graph.incoming.of(node)
            if graph.kind_of[edge] == CONTAINS
            and graph.nodes[graph.source_of[edge]][0] == SECRETS
            and limits.allows(graph, edge)
        ]
        found, inner = [*outer, *found], outer
    yield from found


def leads_of(side: Side, found: Iterable[Gain], joined: Joined) -> list[Lead]:
    """Group gains by their collection, the widest that a principal reaches."""
    by_collection: dict[tuple[bool, Level, int], dict[int, BitMap]] = {}
    alike: dict[tuple[bool, Level, bytes, object], dict[int, BitMap]] = {}
    reaching = _Reaching(side, joined)
    signs: dict[tuple[int, bool], frozenset[_Entry]] = {}
    for secret, certain, was, principals in found:
        left = principals
        for collection, _ in chains_to(side, secret, certain=certain):
            hit = left & reaching.of(collection, certain=certain)
            if hit:
                left = left - hit
                secrets = by_collection.setdefault((certain, was, collection), {})
                secrets[secret] = secrets.get(secret, BitMap()) | hit
        if left:
            sign = signs.get((secret, certain))
            if sign is None:
                sign = signs[secret, certain] = entries(side, secret, certain=certain)
            alike.setdefault((certain, was, left.serialize(), sign), {})[secret] = left
    leads = [
        Lead(collection, certain, was, secrets)
        for (certain, was, collection), secrets in by_collection.items()
    ]
    for (certain, was, *_), secrets in alike.items():
        leads.append(Lead(next(iter(secrets)), certain, was, secrets))
    return leads


_Entry = tuple[int, int, int]
"""The source, the kind and the condition of an edge."""


def past(side: Side, secret: int, collection: int, *, certain: bool) -> frozenset[int]:
    """Return from where else a Secret, or a collection of it within another one, is reached."""
    inner = (
        side.graph.source_of[edge]
        for node, chain in chains_to(side, secret, certain=certain)
        if node == collection
        for edge in chain[1:]
    )
    found = (entries(side, one, certain=certain) for one in (secret, *inner))
    return frozenset(source for several in found for source, _, _ in several)


def entries(side: Side, secret: int, *, certain: bool) -> frozenset[_Entry]:
    """Return what leads to a Secret besides collections: alike Secrets share it."""
    graph, limits = side.graph, side.limits._replace(certain=certain or side.limits.certain)
    limits = limits._replace(given=graph.version_choices.conditions)
    return frozenset(
        (graph.source_of[edge], graph.kind_of[edge], graph.condition_of[edge])
        for edge in graph.incoming.of(secret)
        if not (
            graph.kind_of[edge] == CONTAINS and graph.nodes[graph.source_of[edge]][0] == SECRETS
        )
        and limits.allows(graph, edge)
    )


class _Reaching:
    """Finds the principals that reach collections."""

    def __init__(self, side: Side, joined: Joined) -> None:
        self._side = side
        self._joined = joined
        self._known: Mapping[bool, dict[int, BitMap]] = {True: {}, False: {}}

    def of(self, collection: int, *, certain: bool) -> BitMap:
        known = self._known[certain].get(collection)
        if known is None:
            nodes = np.array([collection], dtype=np.int64)
            number = int(self._side.reaching(nodes, certain=certain)[0])
            known = with_joined(self._side.own(number), self._joined)
            self._known[certain][collection] = known
        return known
