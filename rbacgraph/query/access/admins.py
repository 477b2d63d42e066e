"""Answers ``admins``: who controls the whole cluster, and by which way of the lowest effort."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.answers.admins import AdminsResult
from rbacgraph.model.answers.paths import Admin, Members
from rbacgraph.query.access.by_design import operators_by_design
from rbacgraph.query.access.full_control import AdminExplainer, full_control
from rbacgraph.query.access.paths import PathsQuestion
from rbacgraph.query.access.reachers import OwnPath
from rbacgraph.query.arrays.path_filter import PathFilter, limits_of
from rbacgraph.query.search.tails import is_certain
from rbacgraph.query.subject.basis import basis_of
from rbacgraph.techniques.catalogue import KINDS

_BOUND_BY = KINDS["bound-by"]


def admins(
    graph: AccessGraph,
    *,
    certain: bool = False,
    without: Sequence[str] = (),
    system: bool = False,
) -> AdminsResult:
    """Return every principal that is effectively cluster-admin.

    A principal is it if it gets full control (:func:`.full_control`): by its own bindings, or by a
    path of techniques to an identity or a role that has it, to group ``system:masters``, or to a
    node of the control plane. The rights of its groups count at the groups. Operators that need it
    by design stand apart.

    ``certain``: whether to leave out those who are it only if a condition holds.
    ``without``: ids of edge kinds that ways may not use.
    ``system``: whether to list identities of the control plane and operators with all others,
        whatever binds them.
    Raises UsageError if an edge kind is unknown.
    """
    limits = limits_of(certain=certain, via=(), without=without)
    explainer = AdminExplainer(graph)
    ways, members = _ways(graph, graph.principals_unfolded if system else graph.principals, limits)
    operators = {} if system else operators_by_design(graph)
    found: list[Admin] = []
    by_design: list[Admin] = []
    for way in ways:
        admin = explainer.explain(way.edges, whichever=way.whichever)
        operator = operators.get(way.principal, "")
        if operator and graph.kind_of[way.edges[0]] == _BOUND_BY:
            by_design.append(replace(admin, operator=operator))
        else:
            found.append(admin)
    shipped: list[Admin] = []
    if not system:
        known = {way.principal for way in ways}
        every, _ = _ways(graph, graph.principals_unfolded, limits._replace(certain=True))
        shipped = [explainer.explain(way.edges) for way in every if way.principal not in known]
    return AdminsResult(
        admins=_sorted(one for one in found if one.certain),
        conditional=_sorted(one for one in found if not one.certain),
        operators=(
            *_sorted(one for one in by_design if one.certain),
            *_sorted(one for one in by_design if not one.certain),
        ),
        shipped=_sorted(shipped),
        members=tuple(members),
        basis=basis_of(graph, limits),
    )


def _ways(
    graph: AccessGraph, principals: Principals, limits: PathFilter
) -> tuple[Sequence[OwnPath], Sequence[Members]]:
    """Return each principal's way, a certain one if there is one; and who is it as a member.

    Whose group is it for certain needs no conditional way: it counts as a member.
    """
    ways, reachers = PathsQuestion(graph, principals, limits).ways_to(full_control(graph))
    best: dict[int, OwnPath] = {}
    costs: dict[int, int] = {}
    sure: set[int] = set()
    for way, cost in sorted(ways, key=lambda priced: not _is_sure(graph, priced[0])):
        principal = way.principal
        if _is_sure(graph, way):
            sure.add(principal)
        elif not sure.isdisjoint(graph.membership.groups_of(principal)):
            continue
        best.setdefault(principal, way)
        costs.setdefault(principal, cost)
    return list(best.values()), reachers.members(costs)


def _is_sure(graph: AccessGraph, way: OwnPath) -> bool:
    return way.whichever or is_certain(graph, way.edges)


def _sorted(found: Iterable[Admin]) -> tuple[Admin, ...]:
    return tuple(sorted(found, key=_order))


def _order(admin: Admin) -> tuple[int, int, str]:
    hops = len(admin.path.hops) if admin.path else 0
    return admin.effort, hops, admin.principal
