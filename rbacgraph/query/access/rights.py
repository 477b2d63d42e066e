"""Answers ``rights``: what a principal may do directly, and which techniques that opens."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from rbacgraph.authz.authorizer import MASTERS_EVIDENCE, HeldRule
from rbacgraph.authz.coverage import given_in
from rbacgraph.errors import UsageError
from rbacgraph.facts.world import Facts
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.rights import DirectRule, RightsResult, RuleSource
from rbacgraph.model.condition import CERTAIN, If
from rbacgraph.model.did_you_mean import did_you_mean
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import PolicyRule, RuleField
from rbacgraph.model.node import (
    AUTHENTICATED,
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
from rbacgraph.query.rights.opened_techniques import OpenedByRule, opened_by, opened_techniques
from rbacgraph.query.subject.basis import basis_of
from rbacgraph.query.subject.source import as_written, find_source
from rbacgraph.techniques.catalogue import KINDS
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
