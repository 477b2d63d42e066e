"""Weighs causes: who can start there, what is opened, and how certainly."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from rbacgraph.advice.risks.access_counts import AccessCounter
from rbacgraph.advice.risks.cause import RiskCause
from rbacgraph.advice.risks.opening import Booleans, Openings
from rbacgraph.facts.entry.entries import Entries
from rbacgraph.facts.value.secret_values import SecretValues
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Start
from rbacgraph.model.answers.risk.entry import Entry
from rbacgraph.model.answers.risk.risk_scale import MANY, severity_of, worst
from rbacgraph.model.answers.risk.risk_text import RiskCode
from rbacgraph.model.answers.risk.risks import RISK_ENTRIES, RiskEntry, RiskFactor, RiskValue
from rbacgraph.model.answers.risk.secret_value import SecretValue
from rbacgraph.model.answers.risk.severities import RISK_SEVERITIES, RiskSeverity
from rbacgraph.model.node import GROUP, USER, Node, format_node, named_node


class Weight(NamedTuple):
    """What a cause weighs.

    ``severity``, ``factors``: the severity and its reasons.
    ``cluster``, ``control_plane``: whether it opens full control, and through a node of the control
        plane.
    ``secrets``: how many Secrets it opens.
    ``examples``: some of them, the most valuable first.
    ``seeds``, ``certain``, ``starts``: the nodes to which the example path leads, whether it is
        certain, and with which edges it may start: it shows the severity.
    ``surely``: how many of the Secrets it opens for certain.
    """

    severity: RiskSeverity
    factors: tuple[RiskFactor, ...]
    cluster: bool
    control_plane: bool
    secrets: int
    examples: tuple[str, ...]
    seeds: tuple[int, ...]
    certain: bool
    starts: frozenset[int]
    surely: int


class _Opened(NamedTuple):
    """What lies behind some edges: the nodes, and full control and the Secrets among them.

    ``starts`` are the first edges with which a path leads there, those edges among them.
    """

    nodes: Booleans
    full: tuple[int, ...]
    secrets: Sequence[int]
    control_plane: bool
    starts: frozenset[int]


class _Part(NamedTuple):
    """What some of a cause's first edges open, for certain and at all, and who starts there."""

    entries: Sequence[tuple[RiskFactor, int]]
    sure: _Opened
    every: _Opened

    def of(self, step: int) -> _Opened:
        """Return what is certain, or with a step less of severity what is possible."""
        return self.every if step else self.sure


_EDGES = 2_000_000
"""How many edges the searches may look at that ask which Secrets behind AND nodes need a cause.

Where there are more Secrets the rest counts unasked: five are asked for at the least.
"""


class Weighing:
    """Weighs causes of a graph.

    ``counter``: counts its access.
    ``openings``: finds what causes open.
    ``people``: the principals that count.
    """

    def __init__(
        self, graph: AccessGraph, counter: AccessCounter, openings: Openings, people: Iterable[int]
    ) -> None:
        self._graph = graph
        self._counter = counter
        self._openings = openings
        self._people = frozenset(people)
        self._entries = graph.world.part(Entries)
        self._values = graph.world.part(SecretValues)
        self._of_secrets: dict[int, SecretValue] = {}
        self._full = frozenset(counter.full.tolist())

    def weigh(self, cause: RiskCause) -> Weight | None:
        """Return what a cause weighs; None if it opens nothing."""
        opened = [
            one for one in self._parts(cause) if self._value(one.every.secrets, one.every.full)
        ]
        if not opened:
            return None
        declared = self._declared(cause)
        # A Pod's setting needs somebody in the Pod first; people who are admins by name are known.
        less = int(declared is not None) + int(cause.kind == "pod")
        found = [
            (
                severity_of(value, cast("RiskEntry", entry.level), less + step + more),
                part,
                entry,
                step,
            )
            for step in (0, 1)
            for part in opened
            if (value := self._value(part.of(step).secrets, part.of(step).full)) is not None
            for entry, more in part.entries
        ]
        severity, worst_part, entry, step = min(found, key=_gravity)
        shown = worst_part.of(step)
        factors = [
            entry,
            self._value_factor(shown),
            RiskFactor(
                factor="certainty",
                level="conditional" if step else "certain",
                text=RiskCode.IS_CONDITIONAL() if step else RiskCode.IS_CERTAIN(),
            ),
        ]
        secrets, certain = (
            self._secrets(np.logical_or.reduce([one.of(step).nodes for one in opened]))
            for step in (1, 0)
        )
        return Weight(
            severity,
            tuple(factors if declared is None else [*factors, declared]),
            any(one.every.full for one in opened),
            any(one.every.control_plane for one in opened),
            len(secrets),
            tuple(format_node(self._graph.nodes[one]) for one in secrets[:MANY]),
            shown.full or tuple(shown.secrets[:1]),
            not step,
            shown.starts,
            len(certain),
        )

    def _parts(self, cause: RiskCause) -> Iterator[_Part]:
        """Yield what each holder of a binding or a role opens; of another cause, what all do."""
        if cause.kind not in {"binding", "role"}:
            nodes = [named_node(self._graph.nodes[one]) for one in cause.subjects]
            around = cause.subjects if cause.kind == "pod" else ()
            yield self._part(cause.starts, nodes, cause.subjects, around)
            return
        by_source: dict[int, list[int]] = {}
        for edge in sorted(cause.starts):
            by_source.setdefault(self._graph.source_of[edge], []).append(edge)
        for source, edges in sorted(by_source.items()):
            yield self._held_part(source, frozenset(edges))

    def _part(
        self,
        starts: frozenset[int],
        nodes: Sequence[Node],
        holders: Sequence[int],
        around: Sequence[int],
    ) -> _Part:
        people = [one for one in holders if one in self._people]
        found = []
        for certain in (True, False):
            behind = self._openings.behind(starts, people, around, certain=certain)
            found.append(self._opened(behind.nodes, starts))
        return _Part(self._entries_of(nodes), *found)

    def _held_part(self, source: int, starts: frozenset[int]) -> _Part:
        node = named_node(self._graph.nodes[source])
        sure, every = (self._of_holder(source, starts, certain=one) for one in (True, False))
        return _Part(self._entries_of([node]), sure, every)

    def _of_holder(self, source: int, starts: frozenset[int], *, certain: bool) -> _Opened:
        """Return what a holder opens: with what else it holds, only where that needs the edges."""
        openings, start = self._openings, Start(source, tuple(sorted(starts)))
        groups = sorted(self._graph.membership.groups_of(source))
        holders = [source, *groups] if source in self._people else []
        nodes, plain = openings.behind(starts, holders, [source], certain=certain)
        full = self._counter.full
        if nodes[full].any() and not plain[full].any():
            needed = openings.needed(start, full.tolist(), certain=certain)
            if needed:
                return self._opened(nodes, frozenset(needed))
            nodes = openings.behind(
                starts, holders, [source], certain=certain, past_full=False
            ).nodes
            nodes[full] = False
        more = [one for one in self._secrets(nodes) if not plain[one]]
        if more and not plain[full].any():
            nodes = nodes.copy()
            by_needed = {}
            for secret in more[: max(MANY, _EDGES // len(self._graph.source))]:
                needed = openings.needed(start, [secret], certain=certain)
                by_needed[secret] = needed
                nodes[secret] = needed is not None
            best = self._secrets(nodes)[:1]
            return self._opened(nodes, frozenset((best and by_needed.get(best[0])) or starts))
        return self._opened(nodes, starts)

    def _opened(self, nodes: Booleans, starts: frozenset[int]) -> _Opened:
        full = self._counter.full[nodes[self._counter.full]].tolist()
        control_plane = self._openings.through_control_plane(nodes)
        return _Opened(nodes, tuple(full), self._secrets(nodes), control_plane, starts)

    def _entries_of(self, nodes: Sequence[Node]) -> list[tuple[RiskFactor, int]]:
        """Return the easiest way in which somebody starts at one of some nodes.

        An easier one that depends on a condition is beside it, with a step less of severity.
        Nobody starts there only if there is neither.
        """
        found = [entry for node in nodes for entry in self._entries.of(node)]
        certain = [_entry_factor(one) for one in _easiest(e for e in found if not e.condition)]
        maybe = [_entry_factor(one) for one in _easiest(e for e in found if e.condition)]
        if not certain and not maybe:
            return [(RiskFactor(factor="entry", level="unused", text=RiskCode.NOBODY_STARTS()), 0)]
        return [*((one, 0) for one in certain), *((one, 1) for one in maybe)]

    def _worth(self, secret: int) -> SecretValue:
        known = self._of_secrets.get(secret)
        if known is None:
            node = named_node(self._graph.nodes[secret])
            known = self._of_secrets[secret] = self._values.of(node)
        return known

    def _value(self, secrets: Sequence[int], full: Sequence[int]) -> RiskValue | None:
        """Return the worst of what is opened; many Secrets are worth one step more than one."""
        if full:
            return "control"
        if not secrets:
            return None
        best = self._worth(secrets[0]).level.name.lower()
        return worst([cast("RiskValue", best)], more=len(secrets) >= MANY)

    def _value_factor(self, opened: _Opened) -> RiskFactor:
        value = self._value(opened.secrets, opened.full)
        assert value is not None
        if opened.full:
            code = RiskCode.OPENS_CONTROL_PLANE if opened.control_plane else RiskCode.OPENS_CLUSTER
            return RiskFactor(factor="value", level=value, text=code(len(opened.secrets)))
        best = self._worth(opened.secrets[0])
        evidence = () if best.evidence is None else (best.evidence,)
        return RiskFactor(factor="value", level=value, text=best.reason, evidence=evidence)

    def _secrets(self, behind: Booleans) -> list[int]:
        """Return the Secrets among some nodes, the most valuable first."""
        found: list[int] = self._by_value[behind[self._by_value]].tolist()
        return found

    @cached_property
    def _by_value(self) -> NDArray[np.int64]:
        """All Secrets, the most valuable first."""
        nodes = self._graph.nodes
        found = sorted(
            self._counter.secrets.tolist(),
            key=lambda one: (-self._worth(one).level, format_node(nodes[one])),
        )
        return np.array(found, dtype=np.int64)

    def _declared(self, cause: RiskCause) -> RiskFactor | None:
        """Return the factor of people who are bound to full control by name."""
        graph = self._graph
        if cause.kind != "binding":
            return None
        bindings = (graph.target_of[edge] for edge in cause.starts)
        grants = {graph.target_of[e] for one in bindings for e in graph.outgoing.of(one)}
        people = all(graph.nodes[one][0] in {USER, GROUP} for one in cause.subjects)
        if not people or grants.isdisjoint(self._full):
            return None
        return RiskFactor(factor="declared", level="declared", text=RiskCode.IS_DECLARED())


def _gravity(found: tuple[RiskSeverity, _Part, RiskFactor, int]) -> tuple[int, int, int]:
    severity, _, entry, step = found
    return RISK_SEVERITIES.index(severity), step, RISK_ENTRIES.index(cast("RiskEntry", entry.level))


def _easiest(entries: Iterable[Entry]) -> list[Entry]:
    """Return the first of the easiest entries, if there is one."""
    best = max(entries, key=lambda one: one.level, default=None)
    return [] if best is None else [best]


def _entry_factor(entry: Entry) -> RiskFactor:
    return RiskFactor(
        factor="entry",
        level=entry.level.name.lower().replace("_", "-"),
        text=entry.way,
        condition=entry.condition,
        evidence=entry.evidence,
        lacking=entry.lacking,
    )
