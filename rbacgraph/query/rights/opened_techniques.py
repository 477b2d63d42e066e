"""Finds which techniques each rule of an identity opens: the edges that rest on the rule.

Only what follows without a technique counts: the identity's bindings, their grants, the compound
rights that these give, and AND nodes that need nothing else.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.rights import OpenedTechnique, merged
from rbacgraph.model.kubernetes.rbac import AnyRole, PolicyRule
from rbacgraph.model.node import GRANT, GraphNode
from rbacgraph.techniques.catalogue import EDGES, KINDS, Conjunction, RuleEdge
from rbacgraph.techniques.spec.compound_rights import HeldRight, uses_of
from rbacgraph.techniques.spec.conjunction import Hyperarc
from rbacgraph.techniques.spec.technique import Right

_HOLDS = KINDS["holds"]
_NOT_OWN = (KINDS["member-of"], KINDS["contains"])
"""Structural edges that lead to other identities and to members of collections."""

RulePlace = tuple[str, int, int]
"""A rule at the scope of a grant: the scope, the ``id`` of the role, and the rule's index."""

OpenedByRule = Mapping[Hashable, tuple[OpenedTechnique, ...]]
"""Techniques by :data:`RulePlace`, by role and index, and by the node of a grant without a role."""


def opened_by(
    opened: OpenedByRule, scope: str, role: AnyRole, index: int
) -> tuple[OpenedTechnique, ...]:
    """Return what a rule opens at a scope."""
    places = rule_place(scope, role, index), _role_place(role, index)
    return merged(one for place in places for one in opened.get(place, ()))


def _role_place(role: AnyRole, index: int) -> tuple[str, str, str, int]:
    """Return a rule as evidence names it: acting as another rests on whole roles."""
    return type(role).__name__, role.metadata.namespace, role.metadata.name, index


def _own_rules(basis: object) -> Iterator[tuple[str, str, str, int]]:
    """Yield the rules among the evidence of a conjunction itself."""
    assert isinstance(basis, Hyperarc)
    for one in basis.evidence:
        if one.rule is not None:
            yield one.kind, one.namespace, one.name, one.rule


def rule_place(scope: str, role: AnyRole, index: int) -> RulePlace:
    """Return the place of a rule at the scope of a grant."""
    return scope, id(role), index


def opened_techniques(graph: AccessGraph, identities: Iterable[GraphNode]) -> OpenedByRule:
    """Return what each rule of some identities of one attacker opens.

    ``graph``: the graph, whose own authorizer holds the roles.
    ``identities``: a user, ServiceAccount or kubelet with all of its groups, or a group with those
        it is in.
    Returns the techniques, in the order of the catalogue. A technique of several rights is named at
        each of them.
    """
    starts = [graph.index[node] for node in identities if node in graph.index]
    sure = {(place, kind) for place, kind, _ in _OwnEdges(graph, starts, certain=True).opened()}
    resources: dict[tuple[Hashable, int], dict[str, None]] = {}
    for place, kind, named in _OwnEdges(graph, starts, certain=False).opened():
        resources.setdefault((place, kind), {}).update(dict.fromkeys(named))
    found: dict[Hashable, list[OpenedTechnique]] = {}
    for (place, kind), entries in sorted(resources.items(), key=lambda one: one[0][1]):
        technique = OpenedTechnique(EDGES[kind].id, (place, kind) in sure, tuple(sorted(entries)))
        found.setdefault(place, []).append(technique)
    return {place: tuple(techniques) for place, techniques in found.items()}


_Use = tuple[Hashable, int, tuple[str, ...]]
"""The place of a rule, the number of a kind of edges that rest on it, and its resources there."""


class _OwnEdges:
    """The nodes that some identities have without a technique, and the edges that leave them."""

    def __init__(self, graph: AccessGraph, starts: Sequence[int], *, certain: bool) -> None:
        self._graph = graph
        self._certain = certain
        self._own = self._reached(starts)

    def opened(self) -> Iterator[_Use]:
        """Yield what rests on rules."""
        graph, known = self._graph, dict[int, frozenset[tuple[RulePlace, tuple[str, ...]]]]()
        for node in self._own:
            kinds: dict[int, None] = {}
            for edge in self._edges(node):
                number = graph.kind_of[edge]
                kind = EDGES[number]
                if kind.structural:
                    continue
                if isinstance(kind, RuleEdge):
                    role, index, rule = graph.rule_of(edge)
                    rights = (right for right in kind.rights if right.verbs_in(rule))
                    place = rule_place(graph.nodes[node][1], role, index)
                    yield place, number, _named(rule, rights)
                elif isinstance(kind, Conjunction):
                    kinds[number] = None
                    yield from ((rule, number, ()) for rule in _own_rules(graph.basis_of(edge)))
                elif graph.nodes[node][0] == GRANT:
                    yield graph.nodes[node], number, ()
            for number in kinds:
                if node not in known:
                    known[node] = frozenset(self._rules(node))
                yield from ((place, number, named) for place, named in known[node])

    def _rules(self, node: int) -> Iterator[tuple[RulePlace, tuple[str, ...]]]:
        """Yield the rules that a compound right, or an AND node, rests on, with their resources."""
        graph, left, seen = self._graph, [node], {node}
        while left:
            for edge in graph.incoming.of(left.pop()):
                source = graph.source_of[edge]
                if source not in self._own or not self._counts(edge):
                    continue
                if graph.kind_of[edge] == _HOLDS:
                    for use in uses_of(graph.basis_of(edge)):
                        if isinstance(use, HeldRight):
                            rule = (use.role.rules or ())[use.number]
                            place = rule_place(use.scope, use.role, use.number)
                            yield place, _named(rule, (use.right,))
                if source not in seen and EDGES[graph.kind_of[edge]].structural:
                    seen.add(source)
                    left.append(source)

    def _reached(self, starts: Sequence[int]) -> Mapping[int, None]:
        """Return what the identities have by structural edges alone."""
        graph, found = self._graph, dict.fromkeys(starts)
        left, met = deque(found), dict[int, set[int]]()
        while left:
            node = left.popleft()
            for edge in self._edges(node):
                target = graph.target_of[edge]
                if target in found or not EDGES[graph.kind_of[edge]].structural:
                    continue
                if target in graph.joins:
                    parts = met.setdefault(target, set())
                    parts.add(node)
                    if len(parts) < len(set(graph.joins[target])):
                        continue
                found[target] = None
                left.append(target)
        return found

    def _edges(self, node: int) -> Iterator[int]:
        return (edge for edge in self._graph.outgoing.of(node) if self._counts(edge))

    def _counts(self, edge: int) -> bool:
        graph = self._graph
        certain = not self._certain or not graph.condition_of[edge]
        return certain and graph.kind_of[edge] not in _NOT_OWN


def _named(rule: PolicyRule, rights: Iterable[Right]) -> tuple[str, ...]:
    """Return the entries of a rule's resources that give some rights."""
    wanted = {entry for right in rights for entry in right.named_by}
    return tuple(entry for entry in rule.resources or () if entry in wanted)
