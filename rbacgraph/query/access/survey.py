"""Answers the HTML report: everything about every Secret, computed once for alike Secrets."""

from collections.abc import Callable, Collection, Hashable, Sequence
from functools import cached_property, partial

import numpy as np
from msgspec.structs import replace

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.answers.paths import Counted, ExposureResult, Reached, SecretPaths
from rbacgraph.model.answers.survey import (
    ClusterSize,
    SecretChangers,
    SurveyedPrincipal,
    SurveyedSecret,
    SurveyResult,
)
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.rbac import AnyRole
from rbacgraph.model.memory.made_sequence import MadeSequence
from rbacgraph.model.node import EXTERNAL_SECRETS, SECRET, format_node, is_named
from rbacgraph.query.access.admins import admins
from rbacgraph.query.access.explain_path import PathExplainer
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import PathsQuestion
from rbacgraph.query.access.reach import BlastRadius
from rbacgraph.query.access.remembered_paths import RememberedPaths
from rbacgraph.query.arrays.path_filter import PathFilter, limits_of
from rbacgraph.query.closure.certain_and_possible import spreads
from rbacgraph.query.subject.changers_and_references import changers_of, references_to
from rbacgraph.query.subject.secrets import AskedSecret, asked_node
from rbacgraph.techniques.catalogue import KINDS, pages

CONTAINS = KINDS["contains"]

_Progress = Callable[[int, int], None]

_ByRoutes = tuple[SecretPaths, tuple[Counted, ...]]
"""The paths to a Secret, and the counts of the others."""

_Others = tuple[tuple[Reached, ...], int]
"""What a principal gets besides Secrets, and the number of targets without a path here."""


def survey(
    graph: AccessGraph,
    *,
    namespace: str | None = None,
    certain: bool = False,
    without: Sequence[str] = (),
    system: bool = False,
    max_secrets: int | None = None,
    max_principals: int | None = None,
    max_routes: int | None = None,
    max_ways: int | None = None,
    progress: _Progress | None = None,
) -> SurveyResult:
    """Return all paths to all Secrets, all blast radiuses, and who is cluster-admin.

    ``namespace``: only the Secrets of this namespace; all by default.
    ``certain``, ``without``, ``system``: see :func:`rbacgraph.query.access.paths.paths`.
    ``max_secrets``: the number of Secrets with paths, the most exposed first; by default all.
    ``max_principals``: the number of principals with targets besides Secrets, those with the most
        Secrets for certain first; by default all.
    ``max_routes``: the number of routes to these targets, certain ones first, then least effort;
        targets of further routes are only counted. By default all.
    ``max_ways``: the number of routes to each Secret, in the same order: paths of further routes
        are only counted. By default all.
    ``progress``: is called with the work done, and the total, while paths are asked for.
    Returns Secrets in the order of their exposure. Paths are found whenever they are asked for: all
        of them would take too much memory.
    Raises UsageError if an edge kind is unknown.
    """
    rows = exposure(graph, certain=certain, without=without, system=system)
    if namespace is not None:
        rows = rows.within(namespace)
    limits = limits_of(certain=certain, via=(), without=without)
    principals = graph.principals_unfolded if system else graph.principals
    asking = _Survey(graph, principals, limits, max_routes=max_routes, max_ways=max_ways)
    return replace(
        asking.of(rows, max_secrets, max_principals, progress or (lambda _done, _total: None)),
        size=_size(graph.world.snapshot),
        admins=admins(graph, certain=certain, without=without, system=system),
    )


def _size(snapshot: Snapshot) -> ClusterSize:
    return ClusterSize(
        namespaces=len(snapshot.held_namespaces),
        service_accounts=len(snapshot.service_accounts),
    )


class _Survey:
    def __init__(
        self,
        graph: AccessGraph,
        principals: Principals,
        limits: PathFilter,
        *,
        max_routes: int | None,
        max_ways: int | None,
    ) -> None:
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._max_routes = max_routes
        self._max_ways = max_ways
        self._spreads = spreads(graph, principals, limits)
        self._explainer = PathExplainer(graph)
        self._question = PathsQuestion(
            graph, principals, limits, spreads=self._spreads, explainer=self._explainer
        )
        self._beside: dict[SecretChangers, int] = {}
        self._beside_of: dict[Hashable, int] = {}

    def of(
        self,
        rows: ExposureResult,
        max_secrets: int | None,
        max_principals: int | None,
        progress: _Progress,
    ) -> SurveyResult:
        kinds = {SECRET, *EXTERNAL_SECRETS}
        nodes = {
            format_node(node): node
            for node in self._graph.nodes
            if node[0] in kinds and is_named(node)
        }
        asked = [
            asked_node(self._graph.world, nodes[row.secret]) for row in rows.rows[:max_secrets]
        ]
        places, firsts = self._alike(asked)
        starts = [start.principal for start in self._principals.starts]
        heard = frozenset(self._widest(starts, asked)[:max_principals])
        done = _Done(progress, len(firsts) + len(heard))
        routes = RememberedPaths(partial(self._by_routes, done), lambda found: found[0].paths)
        snapshot = self._graph.world.snapshot
        return SurveyResult(
            exposure=rows,
            secrets=tuple(map(self._secret, asked, places)),
            ways=MadeSequence(lambda one: routes.to(one)[0], firsts),
            counted=MadeSequence(lambda one: routes.to(one)[1], firsts),
            beside=tuple(self._beside),
            principals=MadeSequence(lambda one: self._principal(one, heard, done), starts),
            left_out=len(rows.rows) - len(asked),
            silent=len(starts) - len(heard),
            diagnostics=snapshot.diagnostics,
            techniques=tuple(pages()),
            files=snapshot.files,
            collected=snapshot.collected,
        )

    def _secret(self, asked: AskedSecret, ways: int) -> SurveyedSecret:
        world, key = self._graph.world, asked.key
        obj = world.secrets.get(key) if key else None
        file, line = world.snapshot.where(obj) if obj else ("", 0)
        return SurveyedSecret(
            secret=format_node(asked.node),
            inferred=asked.inferred,
            file=file,
            line=line,
            ways=ways,
            beside=self._beside_at(asked),
            references=tuple(references_to(world, *key)) if key else (),
        )

    def _alike(self, asked: Sequence[AskedSecret]) -> tuple[list[int], list[AskedSecret]]:
        """Number the ways of each Secret, shared by alike ones; return each number's first Secret.

        Alike Secrets are in the same collections: a principal that reaches one reaches the
        collection first. No path of the lowest effort to one of them leads through another, whose
        own path would be shorter.
        """
        graph = self._graph
        numbers: dict[Hashable, int] = {}
        places: list[int] = []
        firsts: list[AskedSecret] = []
        for one in asked:
            number = graph.index[one.node]
            edges = graph.incoming.of(number)
            alike: Hashable = number
            if all(graph.kind_of[edge] == CONTAINS for edge in edges):
                alike = tuple((graph.source_of[e], graph.condition_of[e]) for e in edges)
            if alike not in numbers:
                numbers[alike] = len(firsts)
                firsts.append(one)
            places.append(numbers[alike])
        return places, firsts

    def _by_routes(self, done: "_Done", asked: AskedSecret) -> _ByRoutes:
        found = self._paths_by_routes(asked)
        done.add(asked)
        return found

    def _paths_by_routes(self, asked: AskedSecret) -> _ByRoutes:
        if self._max_ways is None:
            return self._question.reached(asked), ()
        return self._question.first_routes(asked, self._max_ways)

    def _beside_at(self, asked: AskedSecret) -> int:
        """Number the changers of a Secret: the same for all Secrets that no rule names."""
        if asked.key is None:
            return self._beside.setdefault(SecretChangers(()), len(self._beside))
        world, principals = self._graph.world, self._principals
        name = asked.name if asked.name in self._named else ""
        key = asked.namespace, name
        if key not in self._beside_of:
            found = SecretChangers(
                tuple(changers_of(world, asked.namespace, asked.name, principals)),
            )
            self._beside_of[key] = self._beside.setdefault(found, len(self._beside))
        return self._beside_of[key]

    @cached_property
    def _named(self) -> frozenset[str]:
        snapshot = self._graph.world.snapshot
        roles: tuple[AnyRole, ...] = (*snapshot.roles, *snapshot.cluster_roles)
        return frozenset(
            name
            for role in roles
            for rule in role.rules or ()
            for name in rule.resource_names or ()
        )

    def _widest(self, starts: Sequence[int], asked: Sequence[AskedSecret]) -> list[int]:
        """Return principals in order: with the most Secrets for certain, then of all, first."""
        secrets = np.zeros((2, len(self._graph.nodes)), dtype=np.int64)
        nodes = np.array([self._graph.index[one.node] for one in asked], dtype=np.int64)
        for place, column in enumerate(self._spreads.reaching(nodes)):
            reaching, counts = np.unique(column, return_counts=True)
            for number, count in zip(reaching.tolist(), counts.tolist(), strict=True):
                secrets[place, np.array(self._spreads.sets[number], dtype=np.int64)] += count
        return sorted(starts, key=lambda start: tuple((-secrets[:, start]).tolist()))

    def _principal(self, number: int, heard: Collection[int], done: "_Done") -> SurveyedPrincipal:
        graph = self._graph
        others, untold = self._others(number) if number in heard else ((), 0)
        if number in heard:
            done.add(number)
        groups = sorted(format_node(graph.nodes[g]) for g in graph.membership.groups_of(number))
        return SurveyedPrincipal(format_node(graph.nodes[number]), tuple(groups), others, untold)

    def _others(self, number: int) -> _Others:
        if self._max_routes is None:
            return tuple(self._radius.of(number)), 0
        return self._radius.first(number, self._max_routes)

    @cached_property
    def _radius(self) -> BlastRadius:
        return BlastRadius(self._graph, self._limits, secrets=False, explainer=self._explainer)


class _Done:
    """Reports what is done, each thing once."""

    def __init__(self, progress: _Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done: set[Hashable] = set()

    def add(self, thing: Hashable) -> None:
        """Report a thing, unless it was done before."""
        if thing not in self._done:
            self._done.add(thing)
            self._progress(len(self._done), self._total)
