"""The rules that an attacker holds: its own, and those of identities and roles that it gets."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rbacgraph.authz.authorizer import HeldRule
from rbacgraph.authz.coverage import given_in
from rbacgraph.graph.attack_graph import AccessGraph
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
from rbacgraph.query.search.from_each_source import HyperpathTree, onward
from rbacgraph.query.subject.source import StartNode
from rbacgraph.techniques.structure.member_of import closure, given_groups

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
    ``rule``: what it allows there.
    ``evidence``: the binding and the rule.
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
