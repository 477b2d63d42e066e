"""By which paths something is gained, and what these rest on that is new."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import dropwhile
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from rbacgraph.graph.principals import MEMBER_OF
from rbacgraph.model.diff import Cause, Opened
from rbacgraph.model.node import format_node
from rbacgraph.query import hops
from rbacgraph.query.causes import Causes, identity, united
from rbacgraph.query.costs import cost_of
from rbacgraph.query.gains import Joined, Side
from rbacgraph.query.leads import Lead, chains_to
from rbacgraph.query.limits import Limits
from rbacgraph.query.objects import ObjectKey
from rbacgraph.query.reachers import Reachers


class Told(NamedTuple):
    """A way that is new, and why."""

    causes: tuple[Cause, ...]
    way: Opened


class _Traced(NamedTuple):
    """Principals with the same way from their first grant on; edges are those of the first."""

    causes: list[tuple[Cause, ...]]
    principals: list[str]
    edges: Sequence[int]


_Alike = tuple[bytes, tuple[ObjectKey, ...], tuple[int, ...]]
"""Secrets, what changed, and the edges from the first grant on."""


class Teller:
    """Finds the ways of the new side that the old one lacks.

    Parameters
    ----------
    old, new:
        Both sides.
    joined:
        Who newly is in which group.
    """

    def __init__(self, old: Side, new: Side, joined: Joined) -> None:
        self._old = old
        self._new = new
        self._implied = new.implied_beside(old)
        self._joined = joined
        self._causes = Causes(old.graph, new.graph)
        self._path_of = hops.Teller(new.graph).path_of
        self._nodes = new.graph.nodes

    def tell(self, lead: Lead) -> Iterator[Told]:
        """Yield all that is gained through one node, alike principals together."""
        gained: dict[int, BitMap] = {}
        for secret, principals in lead.secrets.items():
            for person in principals:
                gained.setdefault(person, BitMap()).add(secret)
        found: dict[_Alike, _Traced] = {}
        had = self._had(lead)
        for person, way in self._ways(lead, gained):
            name = format_node(self._new.people.nodes[person])
            tail = tuple(dropwhile(self._is_structural, way))
            for causes, secrets in self._by_cause(lead, way, gained[person], had=person in had):
                key = secrets.serialize(), tuple(map(identity, causes)), tail
                traced = found.setdefault(key, _Traced([], [], way))
                traced.causes.append(causes)
                traced.principals.append(name)
        for (numbers, _, _), traced in found.items():
            yield self._told(lead, BitMap.deserialize(numbers), traced)

    def _told(self, lead: Lead, secrets: BitMap, traced: _Traced) -> Told:
        names = {format_node(self._nodes[number]): number for number in secrets}
        edges = self._to(lead, traced.edges, names[min(names)])
        way = Opened(
            principals=tuple(traced.principals),
            secrets=tuple(sorted(names)),
            before=lead.was,
            after="certain" if lead.certain else "conditional",
            path=self._path_of(edges),
        )
        causes = (united(several) for several in zip(*traced.causes, strict=True))
        return Told(tuple(causes), way)

    def _ways(self, lead: Lead, wanted: Iterable[int]) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield the cheapest way of everybody who is wanted to a lead's node, in order of name."""
        new, people = self._new, sorted(wanted, key=self._new.people.nodes.__getitem__)
        groups = [
            group for group, inside in self._joined.items() if not inside.isdisjoint(BitMap(people))
        ]
        asked = {*map(new.node_of, (*people, *groups))}
        others = {n: 0 for n in new.principals.numbers if n not in asked}
        reachers = Reachers(new.graph, new.principals, self._limits(lead), (lead.seed,))
        found = {way.principal: way.edges for way in reachers.ways(others)}
        for person in people:
            node = new.node_of(person)
            assert node is not None
            yield person, found.get(node) or self._through_group(node, person, found)

    def _through_group(
        self, node: int, person: int, found: Mapping[int, Sequence[int]]
    ) -> Sequence[int]:
        """Return the cheapest way of one that it newly has as a member."""
        graph = self._new.graph
        groups = map(
            self._new.node_of, (g for g, people in self._joined.items() if person in people)
        )
        ways = {group: found[group] for group in groups if group is not None and group in found}
        group = min(ways, key=lambda group: (cost_of(graph, ways[group]), group))
        return (self._membership(node, group), *ways[group])

    def _membership(self, person: int, group: int) -> int:
        graph = self._new.graph
        return next(
            edge
            for edge in graph.outgoing.of(person)
            if graph.kind_of[edge] == MEMBER_OF and graph.target_of[edge] == group
        )

    def _limits(self, lead: Lead) -> Limits:
        limits = self._new.limits
        return limits._replace(certain=lead.certain or limits.certain)

    def _had(self, lead: Lead) -> BitMap:
        """Return who had the whole collection before: to them only Secrets can be new."""
        old = self._old
        number = old.graph.index.get(self._nodes[lead.seed])
        if number is None or lead.seed in lead.secrets:
            return BitMap()
        found = old.reaching(np.array([number], dtype=np.int64), certain=lead.certain)
        return old.effective(int(found[0]), self._implied)

    def _by_cause(
        self, lead: Lead, way: Sequence[int], secrets: BitMap, *, had: bool
    ) -> Iterator[tuple[tuple[Cause, ...], BitMap]]:
        """Yield what a way rests on that is new, with those of the Secrets that it is so for."""
        limits = self._limits(lead)
        whole = lead.seed not in lead.secrets and not had and self._causes.of(way, limits)
        if whole:
            yield whole, secrets
            return
        found: dict[tuple[ObjectKey, ...], tuple[tuple[Cause, ...], BitMap]] = {}
        for secret in secrets:
            edges = self._to(lead, way, secret)
            told = () if had else self._causes.of(edges, limits)
            causes = told or self._causes.beside(edges[len(way) :] if had else edges, limits)
            _, several = found.setdefault(tuple(map(identity, causes)), (causes, BitMap()))
            several.add(secret)
        yield from found.values()

    def _to(self, lead: Lead, way: Sequence[int], secret: int) -> Sequence[int]:
        """Lead a way on to one of the Secrets."""
        if secret == lead.seed:
            return way
        graph = self._new.graph
        if lead.seed in lead.secrets:  # one of those alike, and so are their last edges
            last = way[-1]
            alike = graph.source_of[last], graph.kind_of[last], graph.condition_of[last]
            other = next(
                edge
                for edge in graph.incoming.of(secret)
                if (graph.source_of[edge], graph.kind_of[edge], graph.condition_of[edge]) == alike
            )
            return (*way[:-1], other)
        chains = chains_to(self._new, secret, certain=lead.certain)
        return (*way, *next(chain for node, chain in chains if node == lead.seed))

    def _is_structural(self, edge: int) -> bool:
        return self._new.graph.kind_at(edge).structural
