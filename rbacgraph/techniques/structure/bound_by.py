"""A binding grants its role to its subjects."""

from rbacgraph.facts.world import Facts
from rbacgraph.model.kubernetes.rbac import ClusterRoleBinding, RoleBinding
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge


def _edges(world: Facts) -> EdgeBlock:
    number, bound = world.index.number, world.rbac.bindings_by_subject
    places = [place for found in bound.values() for place in found]
    sources = [n for node, found in bound.items() for n in [number(node)] * len(found)]
    targets = [world.rbac.binding_numbers[place] for place in places]
    doubts = world.rbac.doubts
    conditions = {n: doubts[p] for n, p in enumerate(places) if p in doubts} if doubts else {}
    return EdgeBlock(
        sources, targets, [world.rbac.bindings[place][0] for place in places], conditions
    )


def _explain(world: Facts, _source: Node, _target: Node, basis: object) -> Explanation:
    evidence = []
    for binding in basis if isinstance(basis, tuple) else (basis,):
        assert isinstance(binding, RoleBinding | ClusterRoleBinding)
        detail = f"grants {binding.role_ref.kind} {binding.role_ref.name}"
        evidence.append(world.authorizer.evidence_of(binding, detail=detail))
    return "is bound", tuple(evidence)


EDGE = ObjectEdge(
    id="bound-by",
    summary="a binding's subjects have what it grants",
    effort=0,
    edges=_edges,
    explain=_explain,
)
