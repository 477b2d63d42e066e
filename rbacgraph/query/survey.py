"""Everything about every Secret: what is the same for several is found once."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cached_property

from rbacgraph.edges import KINDS, pages
from rbacgraph.graph.access import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.node import SECRET, format_node
from rbacgraph.model.rbac import AnyRole
from rbacgraph.model.results import Counted, ExposureResult, Reached, SecretPaths
from rbacgraph.model.survey import Beside, SurveyedPrincipal, SurveyedSecret, SurveyResult
from rbacgraph.query.beside import changers_of, references_to
from rbacgraph.query.certainty import spreads
from rbacgraph.query.exposure import exposure
from rbacgraph.query.limits import Limits, limits_of
from rbacgraph.query.passers import passers_of
from rbacgraph.query.paths import Question
from rbacgraph.query.reach import Radius
from rbacgraph.query.secrets import Asked, asked_secret

CONTAINS = KINDS["contains"]

Progress = Callable[[int, int], None]


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
) -> SurveyResult:
    """Find all paths to all Secrets, and all blast radiuses.

    Parameters
    ----------
    graph:
        The graph.
    namespace:
        Only the Secrets of this namespace; all by default.
    certain, without, system:
        As for :func:`rbacgraph.query.paths.paths`.
    max_secrets:
        To how many Secrets paths are looked for, the most exposed; to all by default.
    max_principals:
        Of how many principals to ask what they get beside Secrets, those with the most
        Secrets; of all by default.
    max_routes:
        By how many routes each of them gets that, the certain ones first, the cheapest of each
        first: of the others it is only counted what they lead to. All by default.
    max_ways:
        The paths of how many routes to each Secret to tell, in the same order: the others are
        only counted. All by default.
    progress:
        Is told how much is done, and of how much.

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
    limits = limits_of(certain=certain, max_hops=None, via=(), without=without)
    principals = graph.principals_unfolded if system else graph.principals
    told = progress or (lambda _done, _total: None)
    asking = _Survey(graph, principals, limits, told, max_routes=max_routes, max_ways=max_ways)
    return asking.of(rows, max_secrets, max_principals)


class _Survey:
    def __init__(
        self,
        graph: AccessGraph,
        principals: Principals,
        limits: Limits,
        progress: Progress,
        *,
        max_routes: int | None,
        max_ways: int | None,
    ) -> None:
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._progress = progress
        self._max_routes = max_routes
        self._max_ways = max_ways
        both = spreads(graph, principals, limits).both
        self._question = Question(graph, principals, limits, spreads=both)
        self._ways: dict[Hashable, int] = {}
        self._found: list[SecretPaths] = []
        self._counted: list[tuple[Counted, ...]] = []
        self._beside: dict[Beside, int] = {}
        self._beside_of: dict[Hashable, int] = {}

    def of(
        self, rows: ExposureResult, max_secrets: int | None, max_principals: int | None
    ) -> SurveyResult:
        nodes = {format_node(node): node for node in self._graph.nodes if node[0] == SECRET}
        asked = [
            asked_secret(self._graph.world, *nodes[row.secret][1:])
            for row in rows.rows[:max_secrets]
        ]
        starts = self._principals.starts
        total = len(asked) + len(starts)
        secrets = []
        for done, one in enumerate(asked):
            self._progress(done, total)
            secrets.append(self._secret(one))
        heard = self._widest(secrets, max_principals)
        principals = []
        for done, start in enumerate(starts, len(asked)):
            self._progress(done, total)
            principals.append(self._principal(start.principal, heard))
        snapshot = self._graph.world.snapshot
        return SurveyResult(
            exposure=rows,
            secrets=tuple(secrets),
            ways=tuple(self._found),
            counted=tuple(self._counted),
            beside=tuple(self._beside),
            principals=tuple(principals),
            left_out=len(rows.rows) - len(asked),
            silent=len(starts) - len(heard),
            diagnostics=snapshot.diagnostics,
            techniques=tuple(pages()),
            files=snapshot.files,
            collected=snapshot.collected,
        )

    def _secret(self, asked: Asked) -> SurveyedSecret:
        world, key = self._graph.world, (asked.namespace, asked.name)
        obj = world.secrets.get(key)
        file, line = world.snapshot.where(obj) if obj else ("", 0)
        return SurveyedSecret(
            secret=format_node((SECRET, *key)),
            inferred=asked.inferred,
            file=file,
            line=line,
            ways=self._ways_to(asked),
            beside=self._beside_at(asked),
            references=tuple(references_to(world, *key)),
        )

    def _ways_to(self, asked: Asked) -> int:
        """Number the ways to a Secret; those that lie in the same collections share them.

        Whoever gets at such a Secret gets at the collection first. No cheapest path to one of
        them leads through another, for that one's own would be a shorter one.
        """
        graph = self._graph
        number = graph.index[SECRET, asked.namespace, asked.name]
        edges = graph.incoming.of(number)
        alike: Hashable = number
        if all(graph.kind_of[edge] == CONTAINS for edge in edges):
            alike = tuple((graph.source_of[e], graph.condition_of[e]) for e in edges)
        if alike not in self._ways:
            self._ways[alike] = len(self._found)
            found, counted = self._told(asked)
            self._found.append(found)
            self._counted.append(counted)
        return self._ways[alike]

    def _told(self, asked: Asked) -> tuple[SecretPaths, tuple[Counted, ...]]:
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
                tuple(passers_of(world, asked.namespace, asked.name, principals)),
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

    def _widest(self, secrets: Sequence[SurveyedSecret], most: int | None) -> frozenset[str]:
        """Return the principals with the most Secrets, as many as asked for."""
        counts = dict.fromkeys(self._names(), 0)
        of_ways = [0] * len(self._found)
        for secret in secrets:
            of_ways[secret.ways] += 1
        for ways, rest, number in zip(self._found, self._counted, of_ways, strict=True):
            told = (path.principal for path in ways.paths)
            for principal in set(told).union(*(one.principals for one in rest)):
                counts[principal] = counts.get(principal, 0) + number
        ordered = sorted(counts, key=lambda principal: -counts[principal])
        return frozenset(ordered[:most])

    def _names(self) -> Iterator[str]:
        return (format_node(self._graph.nodes[s.principal]) for s in self._principals.starts)

    def _principal(self, number: int, heard: frozenset[str]) -> SurveyedPrincipal:
        graph = self._graph
        name = format_node(graph.nodes[number])
        others: tuple[Reached, ...] = ()
        untold = 0
        if name in heard:
            others, untold = self._others(number)
        groups = sorted(format_node(graph.nodes[g]) for g in graph.membership.groups_of(number))
        return SurveyedPrincipal(name, tuple(groups), others, untold)

    def _others(self, number: int) -> tuple[tuple[Reached, ...], int]:
        if self._max_routes is None:
            return tuple(self._radius.of(number)), 0
        return self._radius.first(number, self._max_routes)

    @cached_property
    def _radius(self) -> Radius:
        return Radius(self._graph, self._limits, secrets=False)
