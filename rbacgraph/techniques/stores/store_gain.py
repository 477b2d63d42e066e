"""Change, at a store outside, what decides on an identity, a secret or a cluster there."""

from collections.abc import Iterator

from rbacgraph.facts.external.aws_dumped import aws_stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import GraphNode
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    stores = aws_stores(world)
    for one in stores.obtains if stores else ():
        yield one.source, one.target, one, one.condition


def _explain(world: Facts, _source: GraphNode, _target: GraphNode, basis: object) -> Explanation:
    stores = aws_stores(world)
    assert stores is not None
    words = f"can {', then '.join(dict.fromkeys(basis.gain.actions))}"  # type: ignore[attr-defined]
    return words, tuple(stores.evidence(basis.session, "", basis.gain.actions))  # type: ignore[attr-defined]


EDGE = ObjectEdge(
    id="store-gain",
    summary="an identity at a store changes there what it, or another one, may do",
    effort=5,  # a policy changes, which remains visible and stands in the store's log
    certainty="conditional on what the dump does not settle, such as the cluster or networks",
    edges=_edges,
    explain=_explain,
)
