"""By which paths something is gained, and what these rest on that is new."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from rbacgraph.model.diff import Cause, Opened
from rbacgraph.model.node import format_node
from rbacgraph.query.causes import Causes, identity, united
from rbacgraph.query.gains import Joined, Side
from rbacgraph.query.leads import Lead
from rbacgraph.query.objects import ObjectKey
from rbacgraph.query.tracing import Tracer


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
        self._causes = Causes(old.graph, new.graph)
        self._tracer = Tracer(new, joined)
        self._nodes = new.graph.nodes

    def tell(self, lead: Lead) -> Iterator[Told]:
        """Yield all that is gained through one node, alike principals together."""
        gained = lead.by_person()
        found: dict[_Alike, _Traced] = {}
        had = self._had(lead)
        for person, way in self._tracer.ways(lead, gained):
            name = format_node(self._new.people.nodes[person])
            tail = self._tracer.tail(way)
            for causes, secrets in self._by_cause(lead, way, gained[person], had=person in had):
                key = secrets.serialize(), tuple(map(identity, causes)), tail
                traced = found.setdefault(key, _Traced([], [], way))
                traced.causes.append(causes)
                traced.principals.append(name)
        for (numbers, _, _), traced in found.items():
            yield self._told(lead, BitMap.deserialize(numbers), traced)

    def _told(self, lead: Lead, secrets: BitMap, traced: _Traced) -> Told:
        names, path = self._tracer.path(lead, traced.edges, secrets)
        way = Opened(
            principals=tuple(traced.principals),
            secrets=tuple(names),
            before=lead.was,
            after="certain" if lead.certain else "conditional",
            path=path,
        )
        causes = (united(several) for several in zip(*traced.causes, strict=True))
        return Told(tuple(causes), way)

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
        limits = self._tracer.limits(lead)
        whole = lead.seed not in lead.secrets and not had and self._causes.of(way, limits)
        if whole:
            yield whole, secrets
            return
        found: dict[tuple[ObjectKey, ...], tuple[tuple[Cause, ...], BitMap]] = {}
        for secret in secrets:
            edges = self._tracer.to(lead, way, secret)
            told = () if had else self._causes.of(edges, limits)
            causes = told or self._causes.beside(edges[len(way) :] if had else edges, limits)
            _, several = found.setdefault(tuple(map(identity, causes)), (causes, BitMap()))
            several.add(secret)
        yield from found.values()
