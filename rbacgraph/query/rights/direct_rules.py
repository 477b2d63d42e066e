"""Lists the rules that bindings give an identity and its groups, equal ones folded."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from rbacgraph.authz.authorizer import MASTERS_EVIDENCE, HeldRule
from rbacgraph.authz.coverage import given_in
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.rights import DirectRule, RuleSource
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import PolicyRule, RuleField
from rbacgraph.model.node import AUTHENTICATED, MASTERS, MASTERS_GRANT, GraphNode, Node, format_node
from rbacgraph.query.rights.opened_techniques import OpenedByRule, opened_by
from rbacgraph.techniques.structure import always_allow

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
