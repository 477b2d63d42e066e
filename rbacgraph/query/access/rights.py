"""Answers ``rights``: what a principal may do directly, and which techniques that opens."""

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from rbacgraph.authz.authorizer import MASTERS_EVIDENCE, HeldRule
from rbacgraph.authz.coverage import given_in
from rbacgraph.errors import UsageError
from rbacgraph.facts.world import Facts
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.rights import (
    DirectRule,
    OpenedTechnique,
    RightsResult,
    RuleSource,
    merged,
)
from rbacgraph.model.condition import CERTAIN, If
from rbacgraph.model.did_you_mean import did_you_mean
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import AnyRole, PolicyRule, RuleField
from rbacgraph.model.node import (
    AUTHENTICATED,
    GRANT,
    GROUP,
    KUBELET,
    MASTERS,
    MASTERS_GRANT,
    NODE,
    POD,
    SERVICE_ACCOUNT,
    USER,
    GraphNode,
    Node,
    format_node,
    named_node,
)
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.coverage.unjudged_rights import with_unjudged
from rbacgraph.query.subject.basis import basis_of
from rbacgraph.query.subject.source import as_written, find_source
from rbacgraph.techniques.catalogue import EDGES, KINDS, Conjunction, RuleEdge
from rbacgraph.techniques.spec.compound_rights import HeldRight, uses_of
from rbacgraph.techniques.spec.conjunction import Hyperarc
from rbacgraph.techniques.spec.technique import Right
from rbacgraph.techniques.structure import always_allow
from rbacgraph.techniques.structure.member_of import closure, given_groups

_UNKNOWN_GROUPS = (If.GROUP_MEMBERS_ARE_GIVEN(), If.GROUPS_ARE_DUMPED())
_HOLDERS = (USER, GROUP, SERVICE_ACCOUNT, KUBELET)


def rights(
    graph: AccessGraph, principal: str, *, namespace: str = "", groups: Sequence[str] | None = None
) -> RightsResult:
    """Return the rules that bindings give a principal, itself or by its groups.

    Each rule is listed with all bindings that give it, and with the techniques whose edges rest on
    it. A request is allowed exactly if one of the rules allows it in its scope, except for what
    the Node authorizer allows kubelets.

    ``principal``: a user, group, ServiceAccount or kubelet; a group stands for any of its members.
    ``namespace``: the namespace asked about; ``""`` for all. Rules that hold everywhere hold there
        too.
    ``groups``: the groups of a user, taken literally; None stands for those that authentication
        gives and those that the caller's list gives.
    Raises UsageError if the text is no principal, or it names something that holds no rights;
        NotFoundError if the input lacks such a ServiceAccount.
    """
    start = find_source(graph, principal)
    node = start.asked
    if node[0] not in _HOLDERS:
        raise UsageError(f"{start.printed} holds no rights itself", advice=_holder(graph, node))
    world = graph.world
    if groups is None:
        held = closure(world, node, given_groups(world))
    elif node[0] == GROUP:
        raise UsageError(f"{start.printed} is a group: groups are those of a user")
    else:
        held = [(GROUP, "", name) for name in groups]
    holders = list(dict.fromkeys((node, *held)))
    opened = opened_techniques(graph, holders)
    basis = basis_of(graph, PathFilter(), *(start.assumptions if groups is None else ()))
    if groups is not None or node[0] != USER:
        seen = tuple(lack for lack in basis.missing if lack not in _UNKNOWN_GROUPS)
        basis = replace(basis, missing=seen)
    return RightsResult(
        principal=start.printed,
        groups=tuple(format_node(one) for one in holders[1:]),
        namespace=namespace,
        rules=with_unjudged(world, direct_rules(world, holders, opened, namespace)),
        basis=replace(basis, notes=(start.note,)) if start.note else basis,
    )


def _holder(graph: AccessGraph, node: Node) -> str:
    """Return whom to ask about instead of a Pod or Node."""
    if node[0] == NODE:
        return did_you_mean([format_node((KUBELET, "", node[2]))])
    if node[0] == POD:
        edges = graph.outgoing.of(graph.index[node])
        accounts = [graph.target_of[e] for e in edges if graph.kind_of[e] == KINDS["runs-as"]]
        return did_you_mean([as_written(named_node(graph.nodes[one])) for one in accounts])
    return "write sa:NAMESPACE/NAME, user:NAME, group:NAME or kubelet:NODE"


# Lists the rules that bindings give an identity and its groups, equal ones folded.

_EVERYTHING = (
    PolicyRule(verbs=("*",), api_groups=("*",), resources=("*",)),
    PolicyRule(verbs=("*",), non_resource_urls=("*",)),
)

_Given = tuple[PolicyRule, RuleSource]


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


def direct_rules(
    world: Facts, holders: Sequence[Node], opened: OpenedByRule, namespace: str
) -> tuple[DirectRule, ...]:
    """Return the rules of an identity, what opens techniques first, then by scope.

    ``holders``: the identity, then its groups.
    ``namespace``: the only namespace that counts, beside rules that hold everywhere; ``""`` for
        all.
    """
    found: dict[tuple[frozenset[str], ...], tuple[PolicyRule, list[RuleSource]]] = {}
    for rule, source in (*_built_in(world, holders, opened), *_bound(world, holders, opened)):
        if namespace and source.scope not in {"", namespace}:
            continue
        for part in _halves(rule):
            _, sources = found.setdefault(_meaning(part), (part, []))
            if source not in sources:
                sources.append(source)
    rules = (_granted(rule, sources) for rule, sources in found.values())
    return tuple(sorted(rules, key=_order))


def _bound(world: Facts, holders: Sequence[Node], opened: OpenedByRule) -> Iterator[_Given]:
    authorizer = world.authorizer
    for holder in holders:
        for place in world.rbac.bindings_by_subject.get(holder, ()):
            binding, scope = world.rbac.bindings[place]
            for role in authorizer.roles_of(binding):
                for index, rule in enumerate(role.rules or ()):
                    source = RuleSource(
                        subject=format_node(holder),
                        scope=scope,
                        techniques=opened_by(opened, scope, role, index),
                        aggregated_from=authorizer.aggregated_from(role, index),
                        condition=world.rbac.versions.doubt(binding, role, index),
                        evidence=authorizer.evidence(HeldRule(binding, role, index, rule)),
                    )
                    yield from ((given, source) for given in given_in(scope, (rule,)))


def _built_in(world: Facts, holders: Iterable[Node], opened: OpenedByRule) -> Iterator[_Given]:
    """Yield what needs no binding: system:masters, and an API server that allows everything."""
    if MASTERS in holders:
        yield from _everything(MASTERS, MASTERS_GRANT, MASTERS_EVIDENCE, opened)
    evidence = world.authorizer.opened
    if evidence is not None:
        grant = always_allow.GRANTS[AUTHENTICATED]
        yield from _everything(AUTHENTICATED, grant, evidence, opened)


def _everything(
    subject: Node, grant: GraphNode, evidence: Evidence, opened: OpenedByRule
) -> Iterator[_Given]:
    for rule in _EVERYTHING:
        source = RuleSource(
            subject=format_node(subject),
            scope="",
            techniques=opened.get(grant, ()) if rule.resources else (),
            condition=CERTAIN,
            evidence=(evidence,),
        )
        yield rule, source


def _halves(rule: PolicyRule) -> Iterator[PolicyRule]:
    """Yield what a rule allows on resources, and on URLs; nothing if it allows nothing."""
    if rule.verbs and rule.api_groups and rule.resources:
        yield replace(rule, non_resource_urls=None)
    if rule.verbs and rule.non_resource_urls:
        yield PolicyRule(rule.verbs, non_resource_urls=rule.non_resource_urls)


def _granted(rule: PolicyRule, sources: Iterable[RuleSource]) -> DirectRule:
    return DirectRule(
        verbs=_each(rule.verbs),
        api_groups=_each(rule.api_groups),
        resources=_each(rule.resources),
        resource_names=_each(rule.resource_names),
        non_resource_urls=_each(rule.non_resource_urls),
        sources=tuple(sources),
    )


def _each(entries: RuleField) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entries or ()))


def _meaning(rule: PolicyRule) -> tuple[frozenset[str], ...]:
    fields = (rule.verbs, rule.api_groups, rule.resources, rule.resource_names)
    return tuple(frozenset(entries or ()) for entries in (*fields, rule.non_resource_urls))


def _order(rule: DirectRule) -> tuple[object, ...]:
    certain = sum(one.certain for one in rule.techniques)
    return (
        -certain,
        -len(rule.techniques),
        bool(rule.non_resource_urls),
        rule.scopes,
        rule.api_groups,
        rule.resources,
        rule.resource_names,
        rule.non_resource_urls,
        rule.verbs,
    )
