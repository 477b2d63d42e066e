"""Become, at a store outside, the identity that it gives to a ServiceAccount."""

from collections.abc import Iterator

from rbacgraph.facts.external.aws_dumped import aws_stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import SERVICE_ACCOUNT, GraphNode
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    stores = aws_stores(world)
    for one in stores.becomes if stores else ():
        yield one.source, one.target, one.session, one.condition


def _explain(world: Facts, source: GraphNode, _target: GraphNode, basis: object) -> Explanation:
    stores = aws_stores(world)
    assert stores is not None
    words = "is let in as that" if source[0] == SERVICE_ACCOUNT else "takes that role"
    return words, tuple(stores.evidence(basis))  # type: ignore[arg-type]


EDGE = ObjectEdge(
    id="store-identity",
    summary="a store lets a ServiceAccount in as an identity, which may become another",
    effort=2,  # a token is exchanged, which the store's log shows
    certainty="conditional on what the dump does not settle, such as networks",
    edges=_edges,
    explain=_explain,
)
