"""Answers the HTML report: everything about every Secret, computed once for alike Secrets."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

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
from rbacgraph.model.node import EXTERNAL_SECRETS, SECRET, format_node, is_named
from rbacgraph.query.access.admins import admins
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import PathsQuestion
from rbacgraph.query.access.reach import BlastRadius
from rbacgraph.query.arrays.path_filter import PathFilter, limits_of
from rbacgraph.query.closure.certain_and_possible import spreads
from rbacgraph.query.subject.changers_and_references import changers_of, references_to
from rbacgraph.query.subject.secrets import AskedSecret, asked_node
from rbacgraph.techniques.catalogue import KINDS, pages

CONTAINS = KINDS["contains"]

_Result = TypeVar("_Result")
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

    Parameters
    ----------
    graph:
        The graph.
    namespace:
        Only the Secrets of this namespace; all by default.
    certain, without, system:
        See :func:`rbacgraph.query.access.paths.paths`.
    max_secrets:
        The number of Secrets with paths, the most exposed first; by default all.
    max_principals:
        The number of principals with targets besides Secrets, those with the most Secrets first; by
        default all.
    max_routes:
        The number of routes to these targets, certain ones first, then least effort; targets of
        further routes are only counted. By default all.
    max_ways:
        The number of routes to each Secret, in the same order: paths of further routes are only
        counted. By default all.
    progress:
        Is called with the work done, and the total.

    Returns
    -------
    SurveyResult
        Secrets in the order of their exposure.

    Raises
    ------
    UsageError
        If an edge kind is unknown.
    """
    rows = exposure(graph, certain=certain, without=without, system=system)
    if namespace is not None:
        rows = rows.within(namespace)
    limits = limits_of(certain=certain, via=(), without=without)
    principals = graph.principals_unfolded if system else graph.principals
    asking = _Survey(graph, principals, limits, max_routes=max_routes, max_ways=max_ways)
    heard = progress or (lambda _done, _total: None)
    return replace(
        asking.of(rows, max_secrets, max_principals, heard),
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
        found = spreads(graph, principals, limits)
        self._question = PathsQuestion(graph, principals, limits, spreads=found)
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
        total = len(firsts) + len(starts[:max_principals])
        ways = list(_followed(map(self._by_routes, firsts), progress, 0, total))
        heard = self._widest(starts, ways, places)[:max_principals]
        found = _followed(map(self._others, heard), progress, len(firsts), total)
        others = dict(zip(heard, found, strict=True))
        snapshot = self._graph.world.snapshot
        return SurveyResult(
            exposure=rows,
            secrets=tuple(map(self._secret, asked, places)),
            ways=tuple(paths for paths, _ in ways),
            counted=tuple(counted for _, counted in ways),
            beside=tuple(self._beside),
            principals=tuple(self._principal(start, others.get(start)) for start in starts),
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

    def _by_routes(self, asked: AskedSecret) -> _ByRoutes:
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

    def _widest(
        self, starts: Sequence[int], ways: Sequence[_ByRoutes], places: list[int]
    ) -> list[int]:
        """Return principals in order: those with the most Secrets first."""
        secrets = dict.fromkeys((format_node(self._graph.nodes[start]) for start in starts), 0)
        alike = Counter(places)
        for place, (found, rest) in enumerate(ways):
            leads = {path.principal for path in found.paths}
            for principal in leads.union(*(one.principals for one in rest)):
                secrets[principal] = secrets.get(principal, 0) + alike[place]
        counts = dict(zip(starts, secrets.values(), strict=False))
        return sorted(starts, key=lambda start: -counts[start])

    def _principal(self, number: int, found: _Others | None) -> SurveyedPrincipal:
        graph = self._graph
        others, untold = found or ((), 0)
        groups = sorted(format_node(graph.nodes[g]) for g in graph.membership.groups_of(number))
        return SurveyedPrincipal(format_node(graph.nodes[number]), tuple(groups), others, untold)

    def _others(self, number: int) -> _Others:
        if self._max_routes is None:
            return tuple(self._radius.of(number)), 0
        return self._radius.first(number, self._max_routes)

    @cached_property
    def _radius(self) -> BlastRadius:
        return BlastRadius(self._graph, self._limits, secrets=False)


def _followed(
    results: Iterable[_Result], progress: _Progress, before: int, total: int
) -> Iterator[_Result]:
    """Yield results, reporting progress with each."""
    for done, result in enumerate(results, before + 1):
        progress(done, total)
        yield result
