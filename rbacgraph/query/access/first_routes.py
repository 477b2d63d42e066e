"""Returns the paths of the first routes, and counts those of the others.

The edges show which paths are alike, without explaining them: paths that differ only in memberships
and bindings, before a grant, are one route.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.paths import Counted, Path
from rbacgraph.query.access.reachers import OwnPath
from rbacgraph.query.arrays.costs import EFFORT
from rbacgraph.query.arrays.path_filter import NEEDS
from rbacgraph.query.search.tails import WayByTail, is_certain
from rbacgraph.techniques.catalogue import KINDS

_BEFORE_GRANTS = frozenset({KINDS["member-of"], KINDS["bound-by"]})

ExplainWay = Callable[[OwnPath], Path]


class _Entry(NamedTuple):
    """A path with its sort key."""

    conditional: bool
    cost: int
    principal: str
    way: OwnPath


def first_routes(
    graph: AccessGraph,
    ways: Iterable[tuple[OwnPath, int]],
    most: int,
    explain: ExplainWay,
    name: Callable[[int], str],
) -> tuple[tuple[Path, ...], tuple[Counted, ...]]:
    """Return the paths of the first routes, and count those of the others.

    ``ways``: paths to one Secret as edges, each with its cost.
    ``most``: the number of routes: certain ones first, and of these those of the least effort.
    ``name``: returns the name of a node, as it is printed.
    """
    places: dict[Hashable, int] = {}
    routes: dict[Hashable, int] = {}
    paths: list[Path] = []
    counted: dict[int, tuple[str, bool, list[str]]] = {}
    for conditional, _, principal, way in _without_redundant(_in_order(graph, ways, explain, name)):
        alike = conditional, _from_grant(graph, way.edges)
        place, path = places.get(alike), None
        if place is None:
            path = explain(way)
            place = places[alike] = routes.setdefault((conditional, path.from_grant), len(routes))
        if place < most:
            paths.append(path or explain(way))
        else:
            if place not in counted:
                assert path is not None, "a route begins with an explained path"
                counted[place] = path.opening, not conditional, []
            counted[place][2].append(principal)
    rest = (Counted(by, sure, tuple(principals)) for by, sure, principals in counted.values())
    return tuple(paths), tuple(rest)


def _in_order(
    graph: AccessGraph,
    ways: Iterable[tuple[OwnPath, int]],
    explain: ExplainWay,
    name: Callable[[int], str],
) -> Iterator[_Entry]:
    """Yield the ways in the order of their paths, each path once."""
    alike: dict[tuple[bool, int, str], list[OwnPath]] = {}
    for way, cost in ways:
        certain = way.whichever or is_certain(graph, way.edges)
        key = not certain, cost, name(way.principal)
        alike.setdefault(key, []).append(way)
    for key, several in sorted(alike.items(), key=itemgetter(0)):
        yield from (_Entry(*key, way) for way in _each_once(several, explain))


def _each_once(ways: Sequence[OwnPath], explain: ExplainWay) -> Iterable[OwnPath]:
    """Return ways of one principal with equal cost in the order of their paths, each once."""
    if len(ways) == 1:
        return ways
    paths: dict[Path, OwnPath] = {}
    for way in ways:
        paths.setdefault(explain(way), way)
    return [paths[path] for path in sorted(paths, key=details)]


def _without_redundant(entries: Iterable[_Entry]) -> Iterator[_Entry]:
    """Yield ways without conditional ones that a certain one makes redundant."""
    certain: dict[str, int] = {}
    for entry in entries:
        effort = entry.cost // EFFORT
        if not entry.conditional:
            certain.setdefault(entry.principal, effort)
            yield entry
        elif effort < certain.get(entry.principal, effort + 1):
            yield entry


def _from_grant(graph: AccessGraph, edges: Sequence[int]) -> Hashable:
    """Return a key that alike paths share from a grant on; with AND nodes, the whole path."""
    if isinstance(edges, WayByTail):
        return _by_tail(graph, edges)
    kind_of = graph.kind_of
    begin, conditions = 0, list[int]()
    while kind_of[edges[begin]] in _BEFORE_GRANTS:
        if condition := graph.condition_of[edges[begin]]:
            conditions.append(condition)
        begin += 1
    if NEEDS in map(kind_of.__getitem__, edges):
        begin = 0
    return tuple(conditions), tuple(edges[begin:])


def _by_tail(graph: AccessGraph, way: WayByTail) -> Hashable:
    """Return the key of a way by a tail, which has no AND node."""
    edge, rest, conditions = way.first, way.tail, list[int]()
    while graph.kind_of[edge] in _BEFORE_GRANTS:
        if condition := graph.condition_of[edge]:
            conditions.append(condition)
        assert rest is not None, "no way ends before a grant"
        edge, rest = rest.edge, rest.rest
    return tuple(conditions), edge, rest


def details(path: Path) -> list[tuple[object, ...]]:
    """Return the sort key of one principal's paths of equal cost."""
    return [
        (hop.edge, hop.target, [(e.kind, e.namespace, e.name, e.rule or 0) for e in hop.evidence])
        for hop in path.hops
    ]
