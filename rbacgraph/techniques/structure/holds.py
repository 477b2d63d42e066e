"""Rules give compound rights: the parts of techniques that need more than one right."""

from collections.abc import Iterator

from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.authz.match import ALL, Request
from rbacgraph.facts.world import Facts
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import AnyBinding, NamingRule, with_verbs
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.compound_rights import HeldRight, uses_of
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(_world: Facts) -> Iterator[Edge]:
    # Compound rights are nodes only if some conjunction needs them, so the graph makes the edges.
    return iter(())


def _explain(world: Facts, _source: Node, _target: Node, basis: object) -> Explanation:
    evidence = dict.fromkeys(one for use in uses_of(basis) for one in _evidence(world, use))
    return "has the rights", tuple(evidence)


def _evidence(world: Facts, use: HeldRight | AnyBinding | Evidence) -> Iterator[Evidence]:
    if isinstance(use, Evidence):
        yield use
        return
    if not isinstance(use, HeldRight):
        yield _binding(world, use)
        return
    if use.binding is not None:
        yield _binding(world, use.binding)
    right, rule = use.right, (use.role.rules or ())[use.number]
    if isinstance(rule, NamingRule):
        rule = with_verbs(rule, use.match.verbs)
    request = Request("", right.group, right.resource, right.subresource)
    detail = describe_rule(rule, None if right.resource == ALL else request)
    yield world.authorizer.evidence_of(use.role, detail=detail, rule=use.number)


def _binding(world: Facts, binding: AnyBinding) -> Evidence:
    ref = binding.role_ref
    return world.authorizer.evidence_of(binding, detail=f"grants {ref.kind} {ref.name}")


EDGE = ObjectEdge(
    id="holds",
    summary="rules give what a technique of several rights needs",
    effort=0,
    edges=_edges,
    explain=_explain,
)
