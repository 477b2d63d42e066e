"""Read a Secret in a copy of it that an operator made in another namespace."""

from collections.abc import Iterator

from rbacgraph.facts.copies.existing_copies import ExistingCopies, ExistingCopy, SaidBy
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

_WORDS = {
    SaidBy.REFLECTS: "reflects {}",
    SaidBy.REPLICATE_FROM: "is replicated from {}",
    SaidBy.ORIGIN_LABELS: "has {} as its origin",
    SaidBy.KYVERNO_LABELS: "is generated, with {} as its source",
    SaidBy.RULE: "copies {}",
}


def _edges(world: Facts) -> Iterator[Edge]:
    for one in world.part(ExistingCopies).copies.values():
        yield one.copy, one.source, one, one.condition


def _explain(world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, ExistingCopy)
    held = world.secrets.get((source[1], str(source[2])))
    copy = () if held is None else (world.rbac.evidence(held, "Secret", "is the copy"),)
    detail = _WORDS[basis.said_by].format(f"{target[1]}/{target[2]}")
    said = world.rbac.evidence(basis.obj, basis.kind, detail)
    return "is a copy of that", (said,) if basis.obj is held else (*copy, said)


EDGE = ObjectEdge(
    id="copied-secret",
    summary="a Secret is a copy of another one, made by an operator",
    effort=1,  # the value is at hand
    certainty="always conditional: on the operator, or on what the copy still holds",
    edges=_edges,
    explain=_explain,
)
