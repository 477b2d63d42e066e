"""Finds the paths of a gain, and what is new in their evidence."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from rbacgraph.model.answers.diff import Cause, Level, Opened
from rbacgraph.model.node import format_node
from rbacgraph.query.diff.find_causes import Causes, Identity, identity
from rbacgraph.query.diff.gained_pairs import Joined, Side
from rbacgraph.query.diff.shared_collections import Lead
from rbacgraph.query.diff.witness_tracer import Tracer


class Traced(NamedTuple):
    """A principal's path to some Secrets, and why it is new.

    ``person``: the shared number of the principal.
    ``way``: its edges down to the shared node.
    ``secrets``: the Secrets, all reached through this node.
    ``proven``: whether evidence proves the causes.
    """

    lead: Lead
    person: int
    way: Sequence[int]
    secrets: BitMap
    causes: tuple[Cause, ...]
    proven: bool

    @property
    def level(self) -> tuple[Level, Level]:
        """How the Secrets were reached before, and how they are reached now."""
        return self.lead.was, "certain" if self.lead.certain else "conditional"


class GainExplainer:
    """Finds the paths of the new side that the old one lacks.

    ``joined``: the new members of groups.
    """

    def __init__(self, old: Side, new: Side, joined: Joined, causes: Causes) -> None:
        self._old = old
        self._new = new
        self._implied = new.implied_beside(old)
        self._causes = causes
        self._tracer = Tracer(new, joined)
        self._nodes = new.graph.nodes

    def trace(self, lead: Lead) -> Iterator[Traced]:
        """Yield every path of a gain through one node, or past it where that takes less effort."""
        gained = lead.by_person()
        had = self._had(lead)
        ways = dict(self._tracer.ways(lead, gained))
        new = {person: way for person, way in ways.items() if person not in had}
        for past, nearer in self._tracer.nearer(lead, new):
            for person, way in nearer.items():
                gained[person] = gained[person] - BitMap(past.secrets)
                yield from self._traced(past, person, way, BitMap(past.secrets))
        for person, way in ways.items():
            yield from self._traced(lead, person, way, gained[person], had=person in had)

    def _traced(
        self, lead: Lead, person: int, way: Sequence[int], secrets: BitMap, *, had: bool = False
    ) -> Iterator[Traced]:
        if secrets:
            for causes, several, proven in self._by_cause(lead, way, secrets, had=had):
                yield Traced(lead, person, way, several, causes, proven)

    def tail(self, traced: Traced) -> tuple[int, ...]:
        """Return a path from its first technique on, which many principals share."""
        return self._tracer.tail(traced.way)

    def way(self, alike: Sequence[Traced]) -> Opened:
        """Combine principals that reach the same Secrets by the same path."""
        first = alike[0]
        names, path = self._tracer.path(first.lead, first.way, first.secrets)
        before, after = first.level
        return Opened(
            principals=tuple(format_node(self._new.people.nodes[one.person]) for one in alike),
            secrets=names,
            before=before,
            after=after,
            path=path,
        )

    def _had(self, lead: Lead) -> BitMap:
        """Return who had the whole collection before: for them only Secrets can be new."""
        old = self._old
        number = old.graph.index.get(self._nodes[lead.seed])
        if number is None or lead.seed in lead.secrets:
            return BitMap()
        found = old.reaching(np.array([number], dtype=np.int64), certain=lead.certain)
        return old.effective(old.own(int(found[0])), self._implied)

    def _by_cause(
        self, lead: Lead, way: Sequence[int], secrets: BitMap, *, had: bool
    ) -> Iterator[tuple[tuple[Cause, ...], BitMap, bool]]:
        """Yield the new evidence of a path, with the Secrets that it explains."""
        limits = self._tracer.limits(lead)
        whole = lead.seed not in lead.secrets and not had and self._causes.of(way, limits)
        if whole:
            yield whole, secrets, True
            return
        found: dict[tuple[Identity, ...], tuple[tuple[Cause, ...], BitMap, bool]] = {}
        for secret in secrets:
            edges = self._tracer.to(lead, way, secret)
            proven = () if had else self._causes.of(edges, limits)
            causes = proven or self._causes.beside(edges[len(way) :] if had else edges, limits)
            key = tuple(map(identity, causes))
            _, several, _ = found.setdefault(key, (causes, BitMap(), bool(proven)))
            several.add(secret)
        yield from found.values()
