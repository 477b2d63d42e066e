"""Become, at a store outside, the identity that it gives to a ServiceAccount."""

from collections.abc import Iterator

from rbacgraph.facts.external.aws_dumped import aws_stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import KUBELET, POD, SERVICE_ACCOUNT, GraphNode
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

_WORDS = {
    SERVICE_ACCOUNT: "is let in as that",
    KUBELET: "has that role, by its instance's metadata",
    POD: "gets its node's role, by the instance's metadata",
}


def _edges(world: Facts) -> Iterator[Edge]:
    stores = aws_stores(world)
    for one in stores.becomes if stores else ():
        yield one.source, one.target, one.session, one.condition


def _explain(world: Facts, source: GraphNode, _target: GraphNode, basis: object) -> Explanation:
    stores = aws_stores(world)
    assert stores is not None
    words = _WORDS.get(source[0], "takes that role")
    return words, tuple(stores.evidence(basis, actions=()))  # type: ignore[arg-type]


EDGE = ObjectEdge(
    id="store-identity",
    summary="a store lets a ServiceAccount or a node in as an identity, which may become another",
    effort=2,  # a token is exchanged, which the store's log shows
    certainty="conditional on what the dump does not settle, such as networks",
    edges=_edges,
    explain=_explain,
)
