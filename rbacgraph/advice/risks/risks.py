"""Answers ``risks``: the causes of access, ranked, each with what closing it removes."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

import numpy as np

from rbacgraph.advice.risks.access_counts import AccessCounter
from rbacgraph.advice.risks.causes import Cause, CauseFinder
from rbacgraph.advice.risks.entry_and_value import EntriesAndValues, easiest
from rbacgraph.advice.risks.opening import Booleans, Openings
from rbacgraph.advice.risks.scale import MANY, SCALE, severity_of, worst
from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Start
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.answers.risk_text import RiskCode, RiskText
from rbacgraph.model.answers.risks import (
    RISK_ENTRIES,
    RISK_SEVERITIES,
    RISK_VALUES,
    Risk,
    RiskFactor,
    RiskOpens,
    RisksResult,
    RiskValue,
)
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import (
    AnyBinding,
    ClusterRole,
    ClusterRoleBinding,
    Role,
    RoleBinding,
)
from rbacgraph.model.node import GROUP, POD, SECRET, USER, format_node, named_node
from rbacgraph.query.access.full_control import AdminExplainer
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from rbacgraph.query.arrays.path_filter import PathFilter, limits_of
from rbacgraph.query.subject.basis import basis_of
from rbacgraph.techniques.catalogue import KINDS

_NONE = np.array([], dtype=np.int64)
_EXAMPLES = 5
_DIGITS = 10


def risks(
    graph: AccessGraph,
    *,
    certain: bool = False,
    without: Sequence[str] = (),
    system: bool = False,
    top: int = 0,
) -> RisksResult:
    """Return the causes of access to Secrets and to full control of the cluster.

    Parameters
    ----------
    graph:
        The graph.
    certain:
        Whether to leave out conditional edges.
    without:
        Ids of edge kinds that ways may not use.
    system:
        Whether control-plane identities on shipped bindings count.
    top:
        How many causes the caller wants to see; 0 for all.

    Raises
    ------
    UsageError
        If an edge kind is unknown.
    """
    limits = limits_of(certain=certain, via=(), without=without)
    ranking = RiskRanking(graph, limits, system=system)
    found = sorted(ranking.risks(), key=_order)
    return RisksResult(
        risks=tuple(one for one in found if not one.by_design),
        by_design=tuple(one for one in found if one.by_design),
        pairs=ranking.counter.all.pairs,
        admins=ranking.counter.all.admins,
        scale=SCALE,
        basis=basis_of(graph, limits),
        top=top,
    )


def _order(risk: Risk) -> tuple[object, ...]:
    opens, entry = risk.opens, risk.factor("entry")
    return (
        RISK_SEVERITIES.index(risk.severity),
        -(opens.pairs_alone + opens.admins_alone),
        RISK_ENTRIES.index(entry.level) if entry else 0,
        risk.path.effort if risk.path else 0,
        -opens.secrets,
        risk.namespace,
        risk.name,
        risk.object_kind,
        risk.id,
    )


class RiskRanking:
    """Finds and ranks the causes in a graph.

    Parameters
    ----------
    graph:
        The graph.
    limits:
        The filter of paths.
    system:
        Whether control-plane identities on shipped bindings count.
    operator_of:
        From a node to the operator that it belongs to; ``""`` for none.
    """

    def __init__(
        self,
        graph: AccessGraph,
        limits: PathFilter,
        *,
        system: bool = False,
        operator_of: Callable[[int], str] = lambda _: "",
    ) -> None:
        self._graph = graph
        principals = graph.principals_unfolded if system else graph.principals
        self.counter = AccessCounter(graph, principals, limits)
        closure = self.counter.closure
        targets = dict.fromkeys([*self.counter.secrets.tolist(), *self.counter.full.tolist()], 0)
        allowed = limits.allowed(graph)
        before = cheapest(graph, allowed, _NONE, targets, backward=True).effort != UNREACHED
        self._is_target = np.zeros(len(graph.nodes), dtype=bool)
        self._is_target[list(targets)] = True
        leading = allowed & before[graph.target]
        self._closure = closure
        self._openings = Openings(graph, limits, closure, self.counter.sure)
        self._lookup = EntriesAndValues(graph.world)
        self.finder = CauseFinder(
            graph, leading & closure.used, leading, self.counter.full.tolist(), operator_of
        )
        self._admins = AdminExplainer(graph)
        self._people = set(principals.numbers)

    def risks(self) -> Iterable[Risk]:
        """Yield a risk for each cause that opens something."""
        for cause in self.finder.causes():
            risk = self._risk(cause)
            if risk is not None:
                yield risk

    def _risk(self, cause: Cause) -> Risk | None:
        graph = self._graph
        holders = [one for one in cause.subjects if one in self._people]
        around = cause.subjects if cause.kind == "pod" or len(cause.subjects) == 1 else ()
        behind = self._openings.behind(cause.starts, holders, around, certain=False)
        surely = self._openings.behind(cause.starts, holders, around, certain=True)
        every, sure = self._value(behind), self._value(surely)
        if every is None:
            return None
        users = self._users(cause)
        alone = self._alone(cause)
        entries = [self._lookup.entry_of(graph.nodes[one]) for one in cause.subjects]
        entry = easiest(entries)
        declared = self._declared(cause)
        breaks_in = cause.kind == "pod"
        less = int(declared is not None) + int(breaks_in)
        found = [
            (value, severity_of(value, entry.level, less + step))  # type: ignore[arg-type]
            for value, step in ((sure, 0), (every, 1))
            if value is not None
        ]
        value, severity = min(found, key=lambda one: RISK_SEVERITIES.index(one[1]))
        conditional = value != sure
        factors = [
            entry,
            self._value_factor(value, behind),
            RiskFactor(
                factor="certainty",
                level="conditional" if conditional else "certain",
                text=RiskCode.IS_CONDITIONAL() if conditional else RiskCode.IS_CERTAIN(),
            ),
            *([declared] if declared else []),
        ]
        secrets = self._secrets(behind)
        kind, namespace, name = cause.key
        evidence = tuple(self._evidence(cause))
        file, line = self._place(cause, evidence)
        return Risk(
            id=self._id(cause),
            kind=cause.kind,
            severity=severity,
            object_kind=kind,
            namespace=namespace,
            name=name,
            file=file,
            line=line,
            text=self._text(cause),
            subjects=tuple(format_node(graph.nodes[one]) for one in cause.subjects),
            opens=RiskOpens(
                cluster=bool(behind[self.counter.full].any()),
                control_plane=self._openings.through_control_plane(behind),
                principals=users,
                secrets=len(secrets),
                examples=tuple(format_node(graph.nodes[one]) for one in secrets[:_EXAMPLES]),
                pairs_alone=alone[0],
                admins_alone=alone[1],
                exact=True,
            ),
            factors=tuple(factors),
            evidence=evidence,
            path=self._example(cause, behind, secrets),
            change=self._change(cause),
            operator=cause.operator,
        )

    def _value(self, behind: Booleans) -> RiskValue | None:
        """Return the worst of what is opened; many Secrets are worth one step more than one."""
        if behind[self.counter.full].any():
            return "control"
        secrets = self.counter.secrets[behind[self.counter.secrets]].tolist()
        if not secrets:
            return None
        values = {self._lookup.value_of(named_node(self._graph.nodes[one])) for one in secrets}
        return worst(tuple(values), more=len(secrets) >= MANY)

    def _value_factor(self, value: RiskValue, behind: Booleans) -> RiskFactor:
        code = RiskCode.OPENS_CLUSTER if value == "control" else RiskCode.OPENS_SECRETS
        if value == "control" and self._openings.through_control_plane(behind):
            code = RiskCode.OPENS_CONTROL_PLANE
        return RiskFactor(factor="value", level=value, text=code(len(self._secrets(behind))))

    def _secrets(self, behind: Booleans) -> list[int]:
        """Return the Secrets among some nodes, the most valuable first."""
        graph = self._graph
        found = self.counter.secrets[behind[self.counter.secrets]].tolist()
        return sorted(
            found,
            key=lambda one: (
                RISK_VALUES.index(self._lookup.value_of(named_node(graph.nodes[one]))),
                format_node(graph.nodes[one]),
            ),
        )

    def _users(self, cause: Cause) -> int:
        """Count the principals with a way through a cause."""
        graph = self._graph
        found = {one for one in cause.subjects if one in self._people}
        for edge in cause.starts:
            found |= set(self._closure.able(graph.source_of[edge]))
        return len(found)

    def _alone(self, cause: Cause) -> tuple[int, int]:
        """Return how many pairs and admins go away with a cause alone."""
        before, after = self.counter.all, self.counter.without(cause.maybe)
        return before.pairs - after.pairs, before.admins - after.admins

    def _declared(self, cause: Cause) -> RiskFactor | None:
        """Return the factor of people who are bound to full control by name."""
        graph = self._graph
        if cause.kind != "binding":
            return None
        full = set(self.counter.full.tolist())
        grants = {
            graph.target_of[e]
            for edge in cause.starts
            for e in graph.outgoing.of(graph.target_of[edge])
        }
        people = all(graph.nodes[one][0] in {USER, GROUP} for one in cause.subjects)
        if not people or not grants & full:
            return None
        return RiskFactor(factor="declared", level="declared", text=RiskCode.IS_DECLARED())

    def _example(self, cause: Cause, behind: Booleans, secrets: Sequence[int]) -> Path | None:
        graph = self._graph
        full = self.counter.full[behind[self.counter.full]].tolist()
        seeds = full or secrets[:1]
        by_source: dict[int, list[int]] = {}
        for edge in cause.starts:
            by_source.setdefault(graph.source_of[edge], []).append(edge)
        for source in sorted(by_source, key=lambda one: format_node(graph.nodes[one])):
            way = self._openings.way(Start(source, tuple(sorted(by_source[source]))), seeds)
            if way is not None:
                return self._admins.explain(way.edges).path
        return None

    def _object(self, cause: Cause) -> Role | ClusterRole | RoleBinding | ClusterRoleBinding | None:
        obj = self.finder.editor.objects.get(cause.key)
        if isinstance(obj, Role | ClusterRole | RoleBinding | ClusterRoleBinding):
            return obj
        return None

    def _evidence(self, cause: Cause) -> Iterable[Evidence]:
        world, obj = self._graph.world, self._object(cause)
        if isinstance(obj, Role | ClusterRole):
            for number in cause.rules:
                detail = describe_rule((obj.rules or ())[number])
                yield world.authorizer.evidence_of(obj, detail=detail, rule=number)
            yield from self._bindings(cause)
        elif obj is not None:
            yield from self._bindings(cause)
        else:
            found = (self._graph.explain(edge)[1] for edge in sorted(cause.starts))
            yield from dict.fromkeys(one for several in found for one in several)

    def _bindings(self, cause: Cause) -> Iterable[Evidence]:
        graph, found = self._graph, dict[Evidence, None]()
        for edge in sorted(cause.starts):
            if graph.kind_of[edge] == KINDS["bound-by"]:
                found.update(dict.fromkeys(graph.explain(edge)[1]))
        return found

    def _place(self, cause: Cause, evidence: Sequence[Evidence]) -> tuple[str, int]:
        obj = self._object(cause)
        if obj is not None:
            return self._graph.world.snapshot.where(obj)
        return (evidence[0].file, evidence[0].line) if evidence else ("", 0)

    def _text(self, cause: Cause) -> RiskText:
        obj, graph = self._object(cause), self._graph
        if isinstance(obj, RoleBinding | ClusterRoleBinding):
            return RiskCode.BINDING_GIVES(*cause.key, obj.role_ref.kind, obj.role_ref.name)
        if obj is not None:
            bindings = tuple(dict.fromkeys(e.name for e in self._bindings(cause)))
            return RiskCode.ROLE_GIVES(*cause.key, bindings)
        if cause.kind == "token":
            return RiskCode.TOKEN_LASTS(*cause.key[1:], format_node(graph.nodes[cause.subjects[0]]))
        return RiskCode.POD_IS_NODE(*cause.key, len(cause.subjects))

    def _change(self, cause: Cause) -> RiskText:
        printed = tuple(format_node(self._graph.nodes[one]) for one in cause.subjects)
        if cause.kind == "binding":
            return RiskCode.REMOVES_SUBJECTS(*cause.key, printed)
        if cause.kind == "role":
            return RiskCode.NARROWS_ROLE(*cause.key, tuple(map(str, cause.rules)))
        if cause.kind == "token":
            return RiskCode.DELETES_SECRET(*cause.key[1:])
        return RiskCode.CHANGES_POD(*cause.key)

    def _id(self, cause: Cause) -> str:
        """Return the id of what a cause is."""
        graph = self._graph
        subjects = sorted(format_node(graph.nodes[one]) for one in cause.subjects)
        if cause.kind == "pod":
            subjects = []  # names of Pods change
        rules: list[str] = []
        obj = self._object(cause)
        if isinstance(obj, Role | ClusterRole):
            rules = sorted(repr((obj.rules or ())[number]) for number in cause.rules)
        elif isinstance(obj, RoleBinding | ClusterRoleBinding):
            rules = [obj.role_ref.kind, obj.role_ref.name]
        text = "\0".join((cause.kind, *cause.key, "", *subjects, "", *rules))
        return sha256(text.encode()).hexdigest()[:_DIGITS]
