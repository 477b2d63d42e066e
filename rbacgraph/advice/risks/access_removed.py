"""Counts the access that goes away if causes are closed.

Masking the edges that may end says the most that goes away, and masking those that certainly end
the least. If the two differ, if identities by headers are concerned, which exist in the graph only
where they matter, if a token Secret goes whose name others may use again, or if a list takes the
place of a ``*``, the graph of the changed cluster is built.
"""

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rbacgraph.advice.risks.access_counts import AccessCount, AccessCounter, removed
from rbacgraph.advice.risks.alone_in_batches import AloneInBatches
from rbacgraph.advice.risks.cause import RiskCause
from rbacgraph.advice.risks.closing import CauseCloser
from rbacgraph.authz.match import api_group_matches, resource_matches
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.path_filter import PathFilter

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
                after = self._after(self._closing.graph([cause]), [cause])
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

    def counted(self, graph: AccessGraph, causes: Collection[RiskCause]) -> AccessCount:
        """Return the access in a graph that was built after causes were closed."""
        return self._after(graph, causes).all

    def _after(self, graph: AccessGraph, causes: Collection[RiskCause]) -> AccessCounter:
        principals = graph.principals_unfolded if self._system else graph.principals
        shut = self._closing.shut_in(graph, causes)
        limits = self._limits._replace(shut=self._limits.shut | shut)
        return AccessCounter(graph, principals, limits)
