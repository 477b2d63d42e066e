"""Weighs causes: who can start there, what is opened, and how certainly."""

from collections.abc import Iterable, Sequence
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
from rbacgraph.model.answers.risk.entry import Entry
from rbacgraph.model.answers.risk.risk_scale import MANY, severity_of, worst
from rbacgraph.model.answers.risk.risk_text import RiskCode
from rbacgraph.model.answers.risk.risks import RiskEntry, RiskFactor, RiskValue
from rbacgraph.model.answers.risk.secret_value import SecretValue
from rbacgraph.model.answers.risk.severities import RISK_SEVERITIES, RiskSeverity
from rbacgraph.model.node import GROUP, USER, format_node, named_node


class Weight(NamedTuple):
    """What a cause weighs.

    Parameters
    ----------
    severity, factors:
        The severity and its reasons.
    cluster, control_plane:
        Whether it opens full control, and through a node of the control plane.
    secrets:
        How many Secrets it opens.
    examples:
        Some of them, the most valuable first.
    seeds:
        The nodes to which an example path leads.
    surely:
        How many of the Secrets it opens for certain.
    """

    severity: RiskSeverity
    factors: tuple[RiskFactor, ...]
    cluster: bool
    control_plane: bool
    secrets: int
    examples: tuple[str, ...]
    seeds: tuple[int, ...]
    surely: int


class Weighing:
    """Weighs causes of a graph.

    Parameters
    ----------
    graph:
        The graph.
    counter:
        Counts its access.
    openings:
        Finds what causes open.
    people:
        The principals that count.
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
        holders = [one for one in cause.subjects if one in self._people]
        alone = cause.kind in {"binding", "role"} and len(cause.subjects) == 1
        around = cause.subjects if alone or cause.kind == "pod" else ()
        behind = self._openings.behind(cause.starts, holders, around, certain=False)
        surely = self._openings.behind(cause.starts, holders, around, certain=True)
        secrets, certain = self._secrets(behind), self._secrets(surely)
        full = self._counter.full[behind[self._counter.full]].tolist()
        sure_full = bool(surely[self._counter.full].any())
        every, sure = self._value(secrets, bool(full)), self._value(certain, sure_full)
        if every is None:
            return None
        entries = self._entries_of(cause)
        declared = self._declared(cause)
        # A Pod's setting needs somebody in the Pod first; people who are admins by name are known.
        less = int(declared is not None) + int(cause.kind == "pod")
        found = [
            (severity_of(value, cast("RiskEntry", entry.level), less + step + more), value, entry)
            for value, step in ((sure, 0), (every, 1))
            if value is not None
            for entry, more in entries
        ]
        severity, value, entry = min(found, key=lambda one: RISK_SEVERITIES.index(one[0]))
        conditional = value != sure
        control_plane = self._openings.through_control_plane(behind)
        factors = [
            entry,
            self._value_factor(
                value,
                secrets,
                cluster=bool(full) if conditional else sure_full,
                control_plane=control_plane,
            ),
            RiskFactor(
                factor="certainty",
                level="conditional" if conditional else "certain",
                text=RiskCode.IS_CONDITIONAL() if conditional else RiskCode.IS_CERTAIN(),
            ),
        ]
        return Weight(
            severity,
            tuple(factors if declared is None else [*factors, declared]),
            bool(full),
            control_plane,
            len(secrets),
            tuple(format_node(self._graph.nodes[one]) for one in secrets[:MANY]),
            tuple(full or secrets[:1]),
            len(certain),
        )

    def _entries_of(self, cause: RiskCause) -> list[tuple[RiskFactor, int]]:
        """Return the easiest way in which somebody starts at one of the subjects.

        An easier one that depends on a condition is beside it, with a step less of severity.
        Nobody starts there only if there is neither.
        """
        nodes = [named_node(self._graph.nodes[one]) for one in cause.subjects]
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

    def _value(self, secrets: Sequence[int], full: bool) -> RiskValue | None:
        """Return the worst of what is opened; many Secrets are worth one step more than one."""
        if full:
            return "control"
        if not secrets:
            return None
        best = self._worth(secrets[0]).level.name.lower()
        return worst([cast("RiskValue", best)], more=len(secrets) >= MANY)

    def _value_factor(
        self, value: RiskValue, secrets: Sequence[int], *, cluster: bool, control_plane: bool
    ) -> RiskFactor:
        if cluster:
            code = RiskCode.OPENS_CONTROL_PLANE if control_plane else RiskCode.OPENS_CLUSTER
            return RiskFactor(factor="value", level=value, text=code(len(secrets)))
        best = self._worth(secrets[0])
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
