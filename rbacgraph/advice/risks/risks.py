"""Answers ``risks``: the causes of access, ranked, each with what closing it removes."""

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from rbacgraph.advice.risks.access_counts import AccessCount, AccessCounter, removed
from rbacgraph.advice.risks.alone_in_batches import AloneInBatches
from rbacgraph.advice.risks.cause import RiskCause
from rbacgraph.advice.risks.causes import CauseFinder
from rbacgraph.advice.risks.closing import CauseCloser
from rbacgraph.advice.risks.describe_cause import CauseDescriber
from rbacgraph.advice.risks.opening import Openings
from rbacgraph.advice.risks.weighing import Weighing, Weight
from rbacgraph.authz.match import api_group_matches, resource_matches
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Start
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.answers.risk.risk_scale import SCALE
from rbacgraph.model.answers.risk.risks import RISK_ENTRIES, Risk, RiskOpens, RisksResult
from rbacgraph.model.answers.risk.severities import RISK_SEVERITIES
from rbacgraph.model.node import format_node
from rbacgraph.query.access.full_control import AdminExplainer
from rbacgraph.query.arrays.path_filter import PathFilter, limits_of
from rbacgraph.query.subject.basis import basis_of

# Counts the access that goes away if causes are closed.
#
# Masking the edges that may end says the most that goes away, and masking those that certainly end
# the least. If the two differ, if identities by headers are concerned, which exist in the graph
# only where they matter, if a token Secret goes whose name others may use again, or if a list takes
# the place of a ``*``, the graph of the changed cluster is built.

_MASKED = 1_000_000
"""The number of edges that all closures over masked edges may have together."""

_LEAST_MASKS = 10
"""The least number of closures, however large the graph is."""

_BUILT = 200_000
"""The same for graphs that are built."""

_BY_HEADERS = "impersonated-"


class Removed(NamedTuple):
    """How many pairs and admins go away, and whether that was computed or is only the most."""

    access: AccessCount
    exact: bool


class AccessRemoved:
    """Counts what goes away with causes, within a budget of work.

    ``counter``: counts its access.
    ``closing``: closes causes.
    ``system``: whether control-plane identities on shipped bindings count.
    """

    def __init__(
        self,
        graph: AccessGraph,
        counter: AccessCounter,
        closing: CauseCloser,
        limits: PathFilter,
        *,
        system: bool,
    ) -> None:
        self._graph = graph
        self._counter = counter
        self._closing = closing
        self._limits = limits
        self._system = system
        self._principals = graph.principals_unfolded if system else graph.principals
        edges = max(len(graph.source), 1)
        self._masks = max(_LEAST_MASKS, _MASKED // edges)
        self._builds = _BUILT // edges

    def by(
        self, causes: Sequence[RiskCause], bounds: Sequence[tuple[int, int]]
    ) -> Sequence[Removed]:
        """Return what goes away with each cause alone; the first causes matter most.

        ``bounds``: how many principals and Secrets are on the ways of each: no more pairs can go
            away.
        """
        batches = AloneInBatches(self._graph, self._counter, self._principals, self._limits)
        most = dict(batches.count(causes, lambda cause: cause.maybe, self._masks))
        unsure = [number for number in most if causes[number].sure != causes[number].maybe]
        again = [causes[number] for number in sorted(unsure)]
        counted = dict(batches.count(again, lambda cause: cause.sure, self._masks))
        least = {number: counted.get(place) for place, number in enumerate(sorted(unsure))}
        found: list[Removed] = []
        for number, (cause, (users, secrets)) in enumerate(zip(causes, bounds, strict=True)):
            if number not in most:
                total, pairs = self._counter.all, users * secrets
                limits = AccessCount(pairs, users, pairs, users)
                found.append(Removed(AccessCount(*map(min, total, limits)), exact=False))
                continue
            exact = least.get(number, most[number]) == most[number]
            if exact and not (
                self._by_headers(cause.maybe)
                or self._frees_a_name(cause)
                or self._closing.lists_a_star(cause)
            ):
                found.append(Removed(most[number], exact=True))
            elif self._builds > 0:
                self._builds -= 1
                after = self.after(self._closing.graph([cause]), [cause])
                found.append(Removed(removed(self._counter, after), exact=True))
            else:
                found.append(Removed(most[number], exact=False))
        return found

    def _by_headers(self, edges: Collection[int]) -> bool:
        graph, several = self._graph, np.fromiter(edges, np.int64, len(edges))
        ends = (
            self._is_by_headers[graph.source[several]] | self._is_by_headers[graph.target[several]]
        )
        return bool(ends.any())

    def _frees_a_name(self, cause: RiskCause) -> bool:
        """Whether a new Secret under the name of one that is deleted has readers."""
        return cause.kind == "token" and (
            cause.key[2] in self._names_of_rules or cause.key[1:] in self._secrets_of_pods
        )

    @cached_property
    def _names_of_rules(self) -> frozenset[str]:
        """The names of Secrets that rules name."""
        grants = self._graph.world.rbac.grants.values()
        rules = (rule for roles, _ in grants for role in roles for rule in role.rules or ())
        return frozenset(
            name
            for rule in rules
            if rule.resource_names
            and api_group_matches(rule, "")
            and resource_matches(rule, "secrets")
            for name in rule.resource_names
        )

    @cached_property
    def _secrets_of_pods(self) -> frozenset[tuple[str, str]]:
        """The Secrets that Pods name."""
        runners = self._graph.world.running.runners
        received = {(one.node[1], use.secret) for one in runners for use in one.spec.secrets}
        pulled = {(one.node[1], use.secret) for one in runners for use in one.spec.kubelet}
        return frozenset(received | pulled)

    @cached_property
    def _is_by_headers(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        kinds = (node[0].startswith(_BY_HEADERS) for node in self._graph.nodes)
        return np.fromiter(kinds, np.bool_, len(self._graph.nodes))

    def after(self, graph: AccessGraph, causes: Collection[RiskCause]) -> AccessCounter:
        """Return what counts the access in a graph that was built after causes were closed."""
        principals = graph.principals_unfolded if self._system else graph.principals
        shut = self._closing.shut_in(graph, causes)
        limits = self._limits._replace(shut=self._limits.shut | shut)
        return AccessCounter(graph, principals, limits)


_LOGS = ("node-log", "pods-log", "server-logs")
"""Techniques that do not count: most principals read some logs, and few logs hold a Secret."""

_WAYS, _LEAST_WAYS = 2_000_000, 20
"""The number of edges that the searches of example paths may look at; the least number of these."""


def limits_of_risks(*, certain: bool, without: Sequence[str]) -> PathFilter:
    """Return the filter of the ways that count.

    Raises UsageError if an edge kind is unknown.
    """
    return limits_of(certain=certain, via=(), without=tuple(dict.fromkeys((*without, *_LOGS))))


def risks(
    graph: AccessGraph,
    *,
    certain: bool = False,
    without: Sequence[str] = (),
    system: bool = False,
    top: int = 0,
) -> RisksResult:
    """Return the causes of access to Secrets and to full control of the cluster.

    ``without``: ids of edge kinds that ways may not use.
    ``top``: how many causes the caller wants to see; 0 for all.
    Raises UsageError if an edge kind is unknown.
    """
    limits = limits_of_risks(certain=certain, without=without)
    ranking = RiskRanking(graph, limits, system=system)
    found = list(ranking.risks())
    return RisksResult(
        risks=tuple(one for one in found if not one.by_design),
        by_design=tuple(one for one in found if one.by_design),
        **ranking.counter.all._asdict(),
        scale=SCALE,
        basis=basis_of(graph, limits),
        top=top,
    )


class _Weighed(NamedTuple):
    cause: RiskCause
    weight: Weight
    id: str
    users: int
    surely: int

    @property
    def order(self) -> tuple[object, ...]:
        """The order in which causes are looked at closely."""
        weight, entry = self.weight, self.weight.factors[0]
        return (
            bool(self.cause.operator),
            RISK_SEVERITIES.index(weight.severity),
            RISK_ENTRIES.index(entry.level),
            -self.users * weight.secrets,
            self.cause.key,
            self.id,
        )


def _order(risk: Risk) -> tuple[object, ...]:
    opens, entry = risk.opens, risk.factors[0]
    return (
        RISK_SEVERITIES.index(risk.severity),
        -(opens.pairs_alone + opens.admins_alone) if opens.exact else 0,
        -(opens.pairs_alone_conditional + opens.admins_alone_conditional) if opens.exact else 0,
        RISK_ENTRIES.index(entry.level),
        risk.path.effort if risk.path else 0,
        -opens.secrets,
        -opens.secrets_conditional,
        risk.namespace,
        risk.name,
        risk.object_kind,
        risk.id,
    )


class RiskRanking:
    """Finds and ranks the causes in a graph.

    ``system``: whether control-plane identities on shipped bindings count.
    """

    def __init__(
        self,
        graph: AccessGraph,
        limits: PathFilter,
        *,
        system: bool = False,
    ) -> None:
        self.graph = graph
        principals = graph.principals_unfolded if system else graph.principals
        self.counter = counter = AccessCounter(graph, principals, limits)
        self._openings = Openings(graph, limits, counter)
        starts = principals.start_edges.tolist()
        full = counter.full.tolist()
        self.finder = CauseFinder(graph, counter.useful, counter.leading, full, starts)
        self.closing = CauseCloser(graph, self.finder.editor)
        self.removed = AccessRemoved(graph, counter, self.closing, limits, system=system)
        self._people = frozenset(principals.numbers)
        self._weighing = Weighing(graph, counter, self._openings, self._people)
        self._describer = CauseDescriber(graph, self.finder.editor)
        self._admins = AdminExplainer(graph)
        self.causes: dict[str, RiskCause] = {}
        """The causes by their ids, once they are ranked."""

    def risks(self) -> Sequence[Risk]:
        """Return a risk for each cause that opens something, the most severe first."""
        weighed = sorted(self._weighed(), key=lambda one: one.order)
        self.causes = {one.id: one.cause for one in weighed}
        bounds = [(one.users, one.weight.secrets) for one in weighed]
        removed = self.removed.by([one.cause for one in weighed], bounds)
        shown = max(_LEAST_WAYS, _WAYS // max(1, len(self.graph.source)))
        with_way = (number < shown for number in range(len(weighed)))
        return sorted(map(self._risk, weighed, removed, with_way), key=_order)

    def _weighed(self) -> Iterator[_Weighed]:
        for cause in self.finder.causes():
            weight = self._weighing.weigh(cause)
            if weight is not None:
                users, surely = map(len, self._users(cause))
                yield _Weighed(cause, weight, self._describer.id_of(cause), users, surely)

    def _users(self, cause: RiskCause) -> tuple[BitMap, BitMap]:
        """Return the principals with a way through a cause, and those that come to it for certain.

        Who holds a cause does, unless the right itself depends on a condition.
        """
        graph = self.graph
        sources = {graph.source_of[edge] for edge in cause.starts}
        surely = {graph.source_of[one] for one in cause.starts if not graph.condition_of[one]}
        found = BitMap([one for one in cause.subjects if one in self._people])
        certain = BitMap([one for one in found if one not in sources or one in surely])
        for source in sources:
            found |= self.counter.closure.able(source)
        for source in surely:
            certain |= self.counter.sure.able(source)
        return found, certain

    def _risk(self, weighed: _Weighed, alone: Removed, with_way: bool) -> Risk:
        cause, weight, graph = weighed.cause, weighed.weight, self.graph
        kind, namespace, name = cause.key
        evidence = tuple(self._describer.evidence(cause))
        file, line = self._describer.place(cause, evidence)
        return Risk(
            id=weighed.id,
            kind=cause.kind,
            severity=weight.severity,
            object_kind=kind,
            namespace=namespace,
            name=name,
            file=file,
            line=line,
            text=self._describer.text(cause),
            subjects=tuple(format_node(graph.nodes[one]) for one in cause.subjects),
            opens=_opens(weighed, alone),
            factors=weight.factors,
            evidence=evidence,
            path=self._example(cause, weight) if with_way else None,
            change=self._describer.change(cause),
            operator=cause.operator,
        )

    def _example(self, cause: RiskCause, weight: Weight) -> Path | None:
        by_source: dict[int, list[int]] = {}
        for edge in weight.starts:
            by_source.setdefault(self.graph.source_of[edge], []).append(edge)
        for source in sorted(by_source, key=lambda one: format_node(self.graph.nodes[one])):
            start = Start(source, tuple(sorted(by_source[source])))
            way = self._openings.way(start, weight.seeds, cause.maybe, certain=weight.certain)
            if way is not None:
                return self._admins.explain(way.edges).path
        return None


def _opens(weighed: _Weighed, alone: Removed) -> RiskOpens:
    weight, away = weighed.weight, alone.access
    return RiskOpens(
        cluster=weight.cluster,
        control_plane=weight.control_plane,
        principals=weighed.surely,
        principals_conditional=weighed.users - weighed.surely,
        secrets=weight.surely,
        secrets_conditional=weight.secrets - weight.surely,
        examples=weight.examples,
        pairs_alone=away.pairs,
        admins_alone=away.admins,
        pairs_alone_conditional=away.pairs_conditional,
        admins_alone_conditional=away.admins_conditional,
        exact=alone.exact,
    )
