"""Everything about every Secret: what is the same for several is found once."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Protocol, TypeVar

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.answers.paths import Counted, ExposureResult, Reached, SecretPaths
from rbacgraph.model.answers.survey import Beside, SurveyedPrincipal, SurveyedSecret, SurveyResult
from rbacgraph.model.kubernetes.rbac import AnyRole
from rbacgraph.model.node import SECRET, format_node
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import Question
from rbacgraph.query.access.reach import Radius
from rbacgraph.query.arrays.path_filter import Limits, limits_of
from rbacgraph.query.closure.certain_and_possible import spreads
from rbacgraph.query.subject.changers_and_references import changers_of, references_to
from rbacgraph.query.subject.secrets import Asked, asked_secret
from rbacgraph.techniques.catalogue import KINDS, pages

CONTAINS = KINDS["contains"]

Item = TypeVar("Item")
Result = TypeVar("Result")
Progress = Callable[[int, int], None]

_Told = tuple[SecretPaths, tuple[Counted, ...]]
"""The paths to a Secret, and what others are only counted."""

_Others = tuple[tuple[Reached, ...], int]
"""What a principal gets beside Secrets, and of how much more no path is told."""


class Each(Protocol):
    """Applies a function to items in the order of these, as ``map`` does."""

    def __call__(
        self, work: Callable[[Item], Result], items: Sequence[Item], /
    ) -> Iterator[Result]:
        """Yield what the function returns for each item."""


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
    progress: Progress | None = None,
    each: Each = map,
) -> SurveyResult:
    """Find all paths to all Secrets, and all blast radiuses.

    Parameters
    ----------
    graph:
        The graph.
    namespace:
        Only the Secrets of this namespace; all by default.
    certain, without, system:
        As for :func:`rbacgraph.query.access.paths.paths`.
    max_secrets:
        To how many Secrets paths are looked for, the most exposed; to all by default.
    max_principals:
        Of how many principals to ask what they get beside Secrets, those with the most
        Secrets; of all by default.
    max_routes:
        By how many routes each of them gets that, the certain ones first, those of least effort
        of each first: of the others it is only counted what they lead to. All by default.
    max_ways:
        The paths of how many routes to each Secret to tell, in the same order: the others are
        only counted. All by default.
    progress:
        Is told how much is done, and of how much.
    each:
        How to find what is found of one Secret or principal after the other.

    Returns
    -------
    SurveyResult
        Secrets in the order of their exposure.

    Raises
    ------
    UsageError
        Where an edge kind is unknown.
    """
    rows = exposure(graph, certain=certain, without=without, system=system)
    if namespace is not None:
        rows = rows.within(namespace)
    limits = limits_of(certain=certain, via=(), without=without)
    principals = graph.principals_unfolded if system else graph.principals
    asking = _Survey(graph, principals, limits, max_routes=max_routes, max_ways=max_ways)
    heard = progress or (lambda _done, _total: None)
    return asking.of(rows, max_secrets, max_principals, each, heard)


class _Survey:
    def __init__(
        self,
        graph: AccessGraph,
        principals: Principals,
        limits: Limits,
        *,
        max_routes: int | None,
        max_ways: int | None,
    ) -> None:
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._max_routes = max_routes
        self._max_ways = max_ways
        both = spreads(graph, principals, limits).both
        self._question = Question(graph, principals, limits, spreads=both)
        self._beside: dict[Beside, int] = {}
        self._beside_of: dict[Hashable, int] = {}

    def of(
        self,
        rows: ExposureResult,
        max_secrets: int | None,
        max_principals: int | None,
        each: Each,
        progress: Progress,
    ) -> SurveyResult:
        nodes = {format_node(node): node for node in self._graph.nodes if node[0] == SECRET}
        asked = [
            asked_secret(self._graph.world, *nodes[row.secret][1:])
            for row in rows.rows[:max_secrets]
        ]
        places, firsts = self._alike(asked)
        starts = [start.principal for start in self._principals.starts]
        total = len(firsts) + len(starts[:max_principals])
        ways = list(_followed(each(self._told, firsts), progress, 0, total))
        heard = self._widest(starts, ways, places)[:max_principals]
        found = _followed(each(self._others, heard), progress, len(firsts), total)
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

    def _secret(self, asked: Asked, ways: int) -> SurveyedSecret:
        world, key = self._graph.world, (asked.namespace, asked.name)
        obj = world.secrets.get(key)
        file, line = world.snapshot.where(obj) if obj else ("", 0)
        return SurveyedSecret(
            secret=format_node((SECRET, *key)),
            inferred=asked.inferred,
            file=file,
            line=line,
            ways=ways,
            beside=self._beside_at(asked),
            references=tuple(references_to(world, *key)),
        )

    def _alike(self, asked: Sequence[Asked]) -> tuple[list[int], list[Asked]]:
        """Number for each Secret those that share its ways; return the first of each number too.

        They lie in the same collections: whoever gets at such a Secret gets at the collection
        first. No path of the lowest effort to one of them leads through another, for that
        one's own would be a shorter one.
        """
        graph = self._graph
        numbers: dict[Hashable, int] = {}
        places: list[int] = []
        firsts: list[Asked] = []
        for one in asked:
            number = graph.index[SECRET, one.namespace, one.name]
            edges = graph.incoming.of(number)
            alike: Hashable = number
            if all(graph.kind_of[edge] == CONTAINS for edge in edges):
                alike = tuple((graph.source_of[e], graph.condition_of[e]) for e in edges)
            if alike not in numbers:
                numbers[alike] = len(firsts)
                firsts.append(one)
            places.append(numbers[alike])
        return places, firsts

    def _told(self, asked: Asked) -> _Told:
        if self._max_ways is None:
            return self._question.reached(asked), ()
        return self._question.first_routes(asked, self._max_ways)

    def _beside_at(self, asked: Asked) -> int:
        """Number what stands beside a Secret: the same for all that no rule names."""
        world, principals = self._graph.world, self._principals
        name = asked.name if asked.name in self._named else ""
        key = asked.namespace, name
        if key not in self._beside_of:
            found = Beside(
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

    def _widest(self, starts: Sequence[int], ways: Sequence[_Told], places: list[int]) -> list[int]:
        """Put principals in order: those with the most Secrets first."""
        secrets = dict.fromkeys((format_node(self._graph.nodes[start]) for start in starts), 0)
        alike = Counter(places)
        for place, (found, rest) in enumerate(ways):
            told = {path.principal for path in found.paths}
            for principal in told.union(*(one.principals for one in rest)):
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
    def _radius(self) -> Radius:
        return Radius(self._graph, self._limits, secrets=False)


def _followed(
    results: Iterable[Result], progress: Progress, before: int, total: int
) -> Iterator[Result]:
    """Tell how much is done with each result."""
    for done, result in enumerate(results, before + 1):
        progress(done, total)
        yield result
