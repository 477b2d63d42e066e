"""Finds who may still give itself every right by ``bind`` or ``escalate``.

In the whole cluster, or in a namespace: what a RoleBinding gives is limited to its own. The graph
decides it, which knows where roles and bindings can be written and who has them, and what else
every right in a namespace gives, such as the token of a ServiceAccount there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from rbacgraph.advice.changes.changeable_grants import ChangeableGrants
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.subjects import implied_groups, username_of
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP
from rbacgraph.model.node import ALL, EACH_NAMESPACE, GRANT, GROUP, Node, format_node
from rbacgraph.model.node_keys import RoleName
from rbacgraph.model.request import Request
from rbacgraph.query.access.full_control import full_control, rule_on_everything
from rbacgraph.query.arrays.costs import COSTS
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.search.from_each_source import HyperpathTree, onward
from rbacgraph.techniques.catalogue import KINDS

_ADMIN = "cluster-admin"
"""The role, and its binding, that every API server makes."""

_NAMESPACE_ADMIN = RoleName("ClusterRole", "admin")
"""The role that every API server makes for who administers a namespace."""

_CHANGE = ("patch", "update")

_Kinds = frozenset[int]
_FREE: _Kinds = frozenset(kind for kind in KINDS.values() if not COSTS[kind])
"""The kinds of edges that only say who has what."""

_BY: Mapping[str, _Kinds] = {
    "bind": frozenset({KINDS["bind-role"]}),
    "escalate": frozenset({KINDS["aggregate-role"], KINDS["escalate-role"]}),
}
"""The kinds of edges that take a verb."""

_WRITTEN: _Kinds = frozenset().union(*_BY.values())
_EVERY: _Kinds = frozenset(KINDS.values())
_Verbs = tuple[str, ...]


def still_admins(
    nodes: Iterable[Node], after: Authorizer, graph: AccessGraph
) -> Iterator[Statement]:
    """Yield who may still make itself admin of the cluster, or of a namespace, for certain."""
    of_cluster: dict[_Verbs, list[str]] = defaultdict(list)
    of_places: dict[tuple[_Verbs, tuple[str, ...]], list[str]] = defaultdict(list)
    finder = _Finder(graph)
    for node in nodes:
        name, number = format_node(node), graph.index.get(node)
        direct = tuple(_ways_to_all(after, node))
        places = {} if number is None or direct else finder.places(number)
        if verbs := direct or places.pop("", ()):
            of_cluster[verbs].append(name)
            continue
        if number is not None and (verbs := finder.ways_to_cluster(number)):
            of_cluster[verbs].append(name)
        by_verbs: dict[_Verbs, list[str]] = defaultdict(list)
        for place, by in places.items():
            if place == EACH_NAMESPACE or places.get(EACH_NAMESPACE) != by:
                by_verbs[by].append("" if place == EACH_NAMESPACE else place)
        for by, several in by_verbs.items():
            of_places[by, tuple(sorted(several))].append(name)
    for verbs, names in of_cluster.items():
        yield Say.IS_STILL_ADMIN(verbs, *names)
    for (verbs, namespaces), names in of_places.items():
        yield Say.IS_STILL_ADMIN_OF(verbs, namespaces, *names)


class _Finder:
    """Finds what principals get by a verb, for certain."""

    def __init__(self, graph: AccessGraph) -> None:
        self._graph = graph
        self._full = full_control(graph)
        numbers = graph.index.of_kinds({ALL, GRANT})
        found = ((number, self._place(number)) for number in numbers)
        self._places = {number: place for number, place in found if place is not None}

    def _place(self, number: int) -> str | None:
        """Return where a node is every right: a namespace, each, or ``""``; None for nowhere."""
        kind, scope, name = self._graph.nodes[number]
        if kind == ALL or rule_on_everything(self._graph, number):
            return scope
        return (scope or EACH_NAMESPACE) if name == _NAMESPACE_ADMIN else None

    def _tree(self, principal: int, without: _Kinds) -> HyperpathTree:
        limits = PathFilter(certain=True, without=without)
        return onward(self._graph, limits, principal)(principal)

    def places(self, principal: int) -> dict[str, _Verbs]:
        """Return where a principal gives itself every right that it does not hold, and how."""
        held = self._places_in(self._tree(principal, _EVERY - _FREE))
        found: dict[str, _Verbs] = {}
        for verbs, kinds in (*(((verb,), kinds) for verb, kinds in _BY.items()), ((), _WRITTEN)):
            for place in self._places_in(self._tree(principal, _EVERY - _FREE - kinds)) - held:
                found[place] = (*found.get(place, ()), *verbs) or tuple(_BY)
        return found

    def _places_in(self, tree: HyperpathTree) -> set[str]:
        return {place for number, place in self._places.items() if number in tree}

    def ways_to_cluster(self, principal: int) -> _Verbs:
        """Return by which verbs a principal gets the whole cluster, which it does not otherwise."""
        if self._gets_all(principal, _WRITTEN) or not self._gets_all(principal, frozenset()):
            return ()
        found = (verb for verb, kinds in _BY.items() if self._gets_all(principal, _WRITTEN - kinds))
        return tuple(found) or tuple(_BY)

    def _gets_all(self, principal: int, without: _Kinds) -> bool:
        tree = self._tree(principal, without)
        return any(number in tree for number in self._full)


def _ways_to_all(rights: Authorizer, node: Node) -> Iterator[str]:
    """Yield the verbs by which somebody binds itself to cluster-admin, or rewrites a role of its.

    Whether or not the input holds that role.
    """
    user = username_of(node)
    groups: Collection[str] = (node[2],) if node[0] == GROUP else tuple(implied_groups(user))
    given = ChangeableGrants(rights).by_node
    held = {
        grant.role[2]
        for holder in (node, *((GROUP, "", group) for group in groups))
        for grant in given.get(holder, ())
        if grant.scope == "" and grant.role[0] == "ClusterRole"
    }

    def may(verb: str, resource: str, name: str = "") -> bool:
        return rights.surely_allows(Request(verb, RBAC_GROUP, resource, name=name), user, groups)

    bindings = "clusterrolebindings"
    if may("bind", "clusterroles", _ADMIN) and (
        may("create", bindings) or any(may(verb, bindings, _ADMIN) for verb in _CHANGE)
    ):
        yield "bind"
    if any(
        may("escalate", "clusterroles", name) and any(may(v, "clusterroles", name) for v in _CHANGE)
        for name in held
    ):
        yield "escalate"
