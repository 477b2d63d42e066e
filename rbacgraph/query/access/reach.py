"""Answers ``reach``: the blast radius of one source."""

from collections.abc import Container, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import itemgetter

from msgspec.structs import replace

from rbacgraph.facts.value.secret_values import SecretValues
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.paths import Admin, Path, Reached, ReachResult
from rbacgraph.model.inputs.value_rule import ValueLevel
from rbacgraph.model.memory.method_cache import method_cache
from rbacgraph.model.node import (
    EXTERNAL_SECRETS,
    GROUP,
    IMPERSONATED_GROUP,
    IMPERSONATED_KUBELET,
    IMPERSONATED_SERVICE_ACCOUNT,
    IMPERSONATED_USER,
    KUBELET,
    NODE,
    OUTSIDE,
    SECRET,
    SERVICE_ACCOUNT,
    USER,
    Node,
    format_node,
    named_node,
)
from rbacgraph.query.access.explain_path import PathExplainer, as_certain
from rbacgraph.query.access.full_control import (
    AdminExplainer,
    full_control,
    full_control_holders,
)
from rbacgraph.query.arrays.costs import EFFORT
from rbacgraph.query.arrays.path_filter import PathFilter, limits_of
from rbacgraph.query.coverage.unjudged_rights import unjudged_rights
from rbacgraph.query.search.from_each_source import HyperpathTree, may_reach, onward
from rbacgraph.query.search.tails import is_certain
from rbacgraph.query.subject.basis import basis_of
from rbacgraph.query.subject.source import find_source
from rbacgraph.techniques.catalogue import KINDS

_IMPERSONATED = {
    IMPERSONATED_SERVICE_ACCOUNT: SERVICE_ACCOUNT,
    IMPERSONATED_USER: USER,
    IMPERSONATED_GROUP: GROUP,
    IMPERSONATED_KUBELET: KUBELET,
}
_IDENTITIES = (kind for one in _IMPERSONATED.items() for kind in reversed(one))
_SECRETS = (SECRET, *EXTERNAL_SECRETS)
_VALUED = frozenset({*_SECRETS, *OUTSIDE})
_SHOWN = (*_SECRETS, *_IDENTITIES, NODE, *OUTSIDE)


def reach(
    graph: AccessGraph,
    *,
    source: str,
    certain: bool = False,
    via: Sequence[str] = (),
    without: Sequence[str] = (),
) -> ReachResult:
    """Return each Secret and identity that a source gets, by a path of the lowest effort found.

    ``source``: a principal, Pod or Node. A group stands for any of its members.
    ``certain``, ``via``, ``without``: see :func:`rbacgraph.query.access.paths`.
    Returns Secrets first, then identities, then targets outside the cluster, each ordered by name.
        A group is not listed where the source, or an identity that it gets as easily, is in it.
    Raises UsageError, NotFoundError if the source or an edge kind is not found.
    """
    limits = limits_of(certain=certain, via=via, without=without)
    start = find_source(graph, source)
    basis = basis_of(graph, limits, *start.assumptions)
    radius = BlastRadius(graph, limits, only=start.number)
    reached = tuple(radius.of(start.number))
    lacking = not any(one.kind in _SECRETS for one in reached)
    return ReachResult(
        source=start.printed,
        reached=reached,
        basis=replace(basis, notes=(start.note,)) if start.note else basis,
        admin=radius.admin(start.number),
        unjudged=unjudged_rights(graph, start, limits) if lacking else (),
    )


class BlastRadius:
    """Computes what nodes get within a filter, one node after another.

    ``secrets``: whether to include Secrets.
    ``only``: the only node of the question, if there is just one: then what it gets has a value.
    ``explainer``: explains the paths, and remembers their hops.
    """

    def __init__(
        self,
        graph: AccessGraph,
        limits: PathFilter,
        *,
        secrets: bool = True,
        only: int | None = None,
        explainer: PathExplainer | None = None,
    ) -> None:
        self._graph = graph
        self._sure = onward(graph, limits._replace(certain=True), only)
        self._every = None if limits.certain else onward(graph, limits, only)
        self._choices = [
            [onward(graph, one, only) for one in together]
            for together in limits.in_each_choice(graph)
        ]
        self._teller = explainer or PathExplainer(graph)
        self._is_valued = only is not None
        shown = _SHOWN if secrets else _SHOWN[len(_SECRETS) :]
        among: Iterable[int] = range(len(graph.nodes))
        if only is not None:
            least = limits._replace(given=graph.version_choices.conditions)
            among = may_reach(graph, least, only).nonzero()[0].tolist()
        numbers = [n for n in among if graph.nodes[n][0] in shown]
        self._shown = sorted(numbers, key=lambda n: _order(named_node(graph.nodes[n])))
        self._full = full_control(graph)
        self._trees = method_cache(self._find_trees, 1)
        self._limits = limits

    def of(self, start: int) -> Iterator[Reached]:
        """Yield what a node gets: Secrets, then identities, then targets outside."""
        sure, every, whichever = self._trees(start)
        path_of = self._teller.path_of
        for number in self._found(start):
            certain = path_of(sure.edges(number)) if number in sure else None
            if number in whichever:
                certain = as_certain(path_of(whichever[number].edges(number)))
            cheaper = _is_cheaper(number, every, whichever.get(number, sure))
            yield self._reached(number, certain, path_of(every.edges(number)) if cheaper else None)

    def admin(self, start: int) -> Admin | None:
        """Return the way by which a node gets full control of the cluster, if it does."""
        sure, every, whichever = self._trees(start)
        for tree, settled in ((sure, False), (None, True), (every, False)):
            found = [
                (cost, edges)
                for number in self._full
                for way in (tree or whichever.get(number),)
                if way is not None and (cost := way.cost(number)) is not None
                if (edges := way.edges(number))
            ]
            if found:
                _, edges = min(found, key=itemgetter(0))
                return AdminExplainer(self._graph).explain(edges, whichever=settled)
        return None

    def first(self, start: int, most: int) -> tuple[tuple[Reached, ...], int]:
        """Return what a node gets by some routes, and the number of targets without a path here.

        ``most``: the number of routes: paths that are alike except for the name of their target.
            Certain ones come first, then those of the least effort, then those whose first target
            :meth:`of` yields first.
        """
        graph, teller, ways = self._graph, self._teller, self._in_order(start)
        routes: set[Hashable] = set()
        deeds: set[tuple[str, str]] = set()
        by_target: dict[int, list[Path | None]] = {}
        untold = 0
        for number, is_cheaper, is_settled, tree in ways:
            kind = graph.nodes[number][0]
            if len(routes) < most or (kind, teller.explain(tree.opening(number))[0]) in deeds:
                path = teller.path_of(tree.edges(number))
                path = as_certain(path) if is_settled else path
                route = path.way_to(format_node(graph.nodes[number]))
                if len(routes) < most or route in routes:
                    routes.add(route)
                    deeds.add((kind, path.hops[-1].text))
                    by_target.setdefault(number, [None, None])[is_cheaper] = path
                    continue
            untold += 1
        return tuple(self._reached(n, *by_target[n]) for n in self._shown if n in by_target), untold

    def _in_order(self, start: int) -> list[tuple[int, bool, bool, HyperpathTree]]:
        """Return the paths from a node in the order of their routes.

        Each with its target, whether it is a cheaper one next to a certain one, and whether it is
        certain because each choice of versions opens one.
        """
        sure, every, whichever = self._trees(start)
        found = self._found(start)
        certain = [(n, False, False, sure) for n in found if n in sure]
        certain += [(n, False, True, whichever[n]) for n in found if n in whichever]
        cheaper = [
            (n, True, False, every) for n in found if _is_cheaper(n, every, whichever.get(n, sure))
        ]

        def rank(way: tuple[int, bool, bool, HyperpathTree]) -> tuple[bool, int]:
            number, is_cheaper, _, tree = way
            holds = not is_cheaper or is_certain(self._graph, tree.edges(number))
            return not holds, (tree.cost(number) or 0) // EFFORT

        return sorted([*certain, *cheaper], key=rank)

    def _find_trees(
        self, start: int
    ) -> tuple[HyperpathTree, HyperpathTree, Mapping[int, HyperpathTree]]:
        """Return what a node gets for certain, and at all, each by its cheapest way.

        Also what it gets whichever versions of objects a server holds, by a path for each choice:
        the one of the greatest effort.
        """
        sure = self._sure(start)
        every = sure if self._every is None else self._every(start)
        whichever: dict[int, HyperpathTree] = {}
        for together in self._choices:
            common: dict[int, HyperpathTree] | None = None
            for choice in together:
                tree = choice(start)
                if common is None:
                    ends = (*self._shown, *self._full)
                    common = {n: tree for n in ends if n in tree and n not in sure}
                else:
                    common = {n: _dearer(n, one, tree) for n, one in common.items() if n in tree}
                if not common:
                    break
            whichever |= common or {}
        return sure, every, whichever

    def _found(self, start: int) -> list[int]:
        """Return what a node gets, in order.

        Groups of the node and of what it gets as easily are left out, and header identities that it
        controls fully too: for certain, where it has the headers for certain.
        """
        sure, every, whichever = self._trees(start)
        found = [
            number
            for number in self._shown
            for way in (every if number in every else whichever.get(number),)
            if way is not None
            and number != start
            and not self._is_group_of_found(number, start, way)
        ]
        certain = {number for number in found if number in sure or number in whichever}
        whole = {False: {start, *found}, True: {start, *certain}}
        return [n for n in found if self._in_person.get(n) not in whole[n in certain]]

    def _is_group_of_found(self, number: int, start: int, way: HyperpathTree) -> bool:
        """Whether a node is a group of another one that costs no more.

        A kubelet and its user may be in each other: the kubelet is listed.
        """
        members = self._members.get(number, ())
        if self._graph.nodes[number][0] == KUBELET:
            return start in members
        cost = way.cost(number) if members else None
        return any(way.cost(member) == cost for member in members)

    @cached_property
    def _members(self) -> Mapping[int, Sequence[int]]:
        """For each group, its members, as far as paths may use that."""
        graph, found = self._graph, dict[int, list[int]]()
        for edge in (graph.kind == KINDS["member-of"]).nonzero()[0].tolist():
            if self._limits.allows(graph, edge):
                found.setdefault(graph.target_of[edge], []).append(graph.source_of[edge])
        return found

    @cached_property
    def _in_person(self) -> Mapping[int, int | None]:
        """For each header identity, the identity itself."""
        nodes, index = self._graph.nodes, self._graph.index
        return {
            number: index.get((_IMPERSONATED[kind], namespace, name))
            for number in self._shown
            for kind, namespace, name in [nodes[number]]
            if kind in _IMPERSONATED
        }

    def _reached(self, number: int, certain: Path | None, conditional: Path | None) -> Reached:
        node, secrets = named_node(self._graph.nodes[number]), self._graph.world.secrets
        return Reached(
            target=format_node(node),
            kind=node[0],
            inferred=node[0] == SECRET and secrets.get((node[1], node[2])) is None,
            certain=certain,
            conditional=conditional,
            value=self._value(node) if self._is_valued else None,
        )

    def _value(self, node: Node) -> ValueLevel | None:
        if node[0] in _VALUED:
            return self._values.level_of(node, self._admins)
        return ValueLevel.CONTROL if node in self._admins else None

    @cached_property
    def _values(self) -> SecretValues:
        return self._graph.world.part(SecretValues)

    @cached_property
    def _admins(self) -> Container[Node]:
        return full_control_holders(self._graph)


def _is_cheaper(number: int, every: HyperpathTree, sure: HyperpathTree) -> bool:
    """Whether the path to a node is cheaper than the certain one, or the only one."""
    certain, cost = sure.cost(number), every.cost(number)
    return cost is not None and (certain is None or cost < certain)


def _dearer(number: int, one: HyperpathTree, other: HyperpathTree) -> HyperpathTree:
    """Return the tree in which the way to a node costs more."""
    return max(one, other, key=lambda tree: tree.cost(number) or 0)


def _order(node: Node) -> tuple[int, Node]:
    return _SHOWN.index(node[0]), node
