"""Answers which write rights an attacker holds that no technique judges: the net under "no path".

A question about one source gets them all, one about everybody how many hold some.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.authz.authorizer import HeldRule
from rbacgraph.authz.coverage import given_in
from rbacgraph.facts.world import Facts
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.answers.coverage import UnjudgedRight, full_name
from rbacgraph.model.answers.rights import DirectRule
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.node import (
    GROUP,
    IMPERSONATED_GROUP,
    IMPERSONATED_KUBELET,
    IMPERSONATED_SERVICE_ACCOUNT,
    IMPERSONATED_USER,
    KUBELET,
    SERVICE_ACCOUNT,
    USER,
    Node,
    format_node,
    named_node,
)
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.coverage.unjudged_entries import UnjudgedEntries, whole_object
from rbacgraph.query.search.from_each_source import HyperpathTree, onward
from rbacgraph.query.subject.source import StartNode
from rbacgraph.techniques.structure.member_of import closure, given_groups

_Key = tuple[str, str, str, str, tuple[str, ...]]


def unjudged_rights(
    graph: AccessGraph, start: StartNode, limits: PathFilter
) -> tuple[UnjudgedRight, ...]:
    """Return the rights of a source, and of all that it gets, that no technique judges.

    Its own come first. What an identity that it gets holds no further than the source itself is
    left out.
    """
    entries = graph.world.part(UnjudgedEntries)
    found: dict[_Key, UnjudgedRight] = {}
    for held in held_rules(graph, start, limits):
        names = tuple(sorted(set(held.rule.resource_names or ())))
        for entry in entries.of(held.rule, held.scope):
            key = held.holder, held.scope, entry.group, entry.resource, names
            right = UnjudgedRight(
                holder=held.holder,
                verbs=entry.verbs,
                api_group=entry.group,
                resource=entry.resource,
                scope=held.scope,
                resource_names=names,
                stands_for=entry.stands_for,
                evidence=held.evidence,
            )
            known = found.get(key)
            found[key] = _joined(known, right) if known else right
    return tuple(_without_included(found.values()))


def holders_of_unjudged(graph: AccessGraph, principals: Principals) -> int:
    """Return how many principals hold such rights by bindings of their own."""
    rbac, authorizer = graph.world.rbac, graph.world.authorizer
    entries = graph.world.part(UnjudgedEntries)

    def holds(place: int) -> bool:
        binding, scope = rbac.bindings[place]
        rules: Iterator[PolicyRule] = (
            rule for role in authorizer.roles_of(binding) for rule in role.rules or ()
        )
        return any(entries.of(rule, scope) for rule in rules)

    seen: dict[int, bool] = {}
    count = 0
    for start in principals.starts:
        node = named_node(graph.nodes[start.principal])
        for place in rbac.bindings_by_subject.get(node, ()):
            if place not in seen:
                seen[place] = holds(place)
        count += any(seen[place] for place in rbac.bindings_by_subject.get(node, ()))
    return count


def with_unjudged(world: Facts, rules: Iterable[DirectRule]) -> tuple[DirectRule, ...]:
    """Return the rules of a principal, each with the resources that no technique judges of it."""
    entries = world.part(UnjudgedEntries)
    found: list[DirectRule] = []
    for one in rules:
        rule = PolicyRule(
            verbs=one.verbs,
            api_groups=one.api_groups,
            resources=one.resources,
            resource_names=one.resource_names,
            non_resource_urls=one.non_resource_urls,
        )
        names = {
            name
            for scope in dict.fromkeys(source.scope for source in one.sources)
            for entry in entries.of(rule, scope)
            for name in entry.stands_for or (full_name(entry.group, entry.resource),)
        }
        found.append(replace(one, unjudged=tuple(sorted(names))))
    return tuple(found)


def _joined(one: UnjudgedRight, other: UnjudgedRight) -> UnjudgedRight:
    """Return a right that two rules give, as one."""
    return replace(
        one,
        verbs=tuple(sorted({*one.verbs, *other.verbs})),
        stands_for=tuple(sorted({*one.stands_for, *other.stands_for})),
        evidence=tuple(dict.fromkeys((*one.evidence, *other.evidence))),
    )


def _without_included(rights: Iterable[UnjudgedRight]) -> Iterator[UnjudgedRight]:
    """Yield rights in order, without those that an earlier one, or one with ``*``, includes."""
    wide: dict[str, list[UnjudgedRight]] = {}
    every = list(rights)
    for right in (*(one for one in every if one.stands_for), *every):
        for name in right.resources:
            wide.setdefault(name, []).append(right)
    for right in every:
        name, *_ = right.resources
        others = [wide[name], wide.get(_whole(name), ())] if _whole(name) != name else [wide[name]]
        if not any(_includes(one, right) for found in others for one in _before(found, right)):
            yield right


def _before(rights: Iterable[UnjudgedRight], right: UnjudgedRight) -> Iterator[UnjudgedRight]:
    return takewhile(lambda one: one is not right, rights)


def _includes(one: UnjudgedRight, other: UnjudgedRight) -> bool:
    """Whether a right allows all that another one allows."""
    names = set(other.resource_names)
    return (
        one.scope in {"", other.scope}
        and (not one.resource_names or (bool(names) and names <= set(one.resource_names)))
        and set(other.verbs) <= set(one.verbs)
        and {name for name in other.resources if _whole(name) not in one.resources}.issubset(
            one.resources
        )
    )


def _whole(name: str) -> str:
    """Return of the status or scale of a custom resource its own full name.

    Examples
    --------
    >>> _whole("widgets.example.com/status"), _whole("pods/exec")
    ('widgets.example.com', 'pods/exec')
    """
    whole, _, part = name.partition("/")
    plural, _, group = whole.partition(".")
    return full_name(group, whole_object(group, f"{plural}/{part}")) if part else name


# The rules that an attacker holds: its own, and those of identities and roles that it gets.

_ACTED_AS = {
    IMPERSONATED_USER: USER,
    IMPERSONATED_GROUP: GROUP,
    IMPERSONATED_SERVICE_ACCOUNT: SERVICE_ACCOUNT,
    IMPERSONATED_KUBELET: KUBELET,
}
_IDENTITIES = frozenset({*_ACTED_AS, *_ACTED_AS.values()})


class ObtainedRule(NamedTuple):
    """A rule that an attacker holds.

    ``holder``: the principal asked about, or an identity that it gets, printed as a node.
    ``scope``: the namespace in which the rule holds; ``""`` for all of them and the cluster scope.
    """

    holder: str
    scope: str
    rule: PolicyRule
    evidence: tuple[Evidence, ...]


def held_rules(graph: AccessGraph, start: StartNode, limits: PathFilter) -> Iterator[ObtainedRule]:
    """Yield the rules that a source holds itself, then those of all that it gets.

    ``limits``: the filter of paths, by which the source gets identities; ``via`` does not count.
    """
    world = graph.world
    tree = onward(graph, limits.without_via(), start.number)(start.number)
    own = dict.fromkeys((start.asked, *closure(world, start.asked, given_groups(world))))
    others = [node for node in _identities(graph, tree) if node not in own]
    taken: set[int] = set()
    for node in (*own, *others):
        holder = start.printed if node in own else format_node(node)
        for place in world.rbac.bindings_by_subject.get(node, ()):
            if place not in taken:
                taken.add(place)
                yield from _of_binding(graph, place, holder)
    covered = {world.rbac.granted[place] for place in taken}
    for grant, (roles, scope) in world.rbac.grants.items():
        number = graph.index.get(grant)
        if number is None or number not in tree or grant in covered:
            continue
        for role in roles:
            for index, rule in enumerate(role.rules or ()):
                evidence = world.authorizer.evidence_of(role, rule=index)
                for given in given_in(scope, (rule,)):
                    yield ObtainedRule(start.printed, scope, given, (evidence,))


def _of_binding(graph: AccessGraph, place: int, holder: str) -> Iterator[ObtainedRule]:
    world = graph.world
    binding, scope = world.rbac.bindings[place]
    for role in world.authorizer.roles_of(binding):
        for index, rule in enumerate(role.rules or ()):
            evidence = world.authorizer.evidence(HeldRule(binding, role, index, rule))
            for given in given_in(scope, (rule,)):
                yield ObtainedRule(holder, scope, given, evidence)


def _identities(graph: AccessGraph, tree: HyperpathTree) -> Sequence[Node]:
    """Return the identities that a tree reaches, or acts as, sorted."""
    found: set[Node] = set()
    for number in graph.index.of_kinds(_IDENTITIES):
        if number in tree:
            kind, namespace, name = named_node(graph.nodes[number])
            found.add((_ACTED_AS.get(kind, kind), namespace, name))
    return sorted(found)
