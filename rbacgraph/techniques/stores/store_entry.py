"""Come from a store's cloud into the cluster, as the user and groups of an identity there."""

from collections.abc import Iterator

from rbacgraph.facts.external.aws_dumped import aws_stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import GraphNode, format_node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    stores = aws_stores(world)
    for one in stores.enters if stores else ():
        yield one.source, one.target, one.entry, one.condition


def _explain(world: Facts, _source: GraphNode, target: GraphNode, basis: object) -> Explanation:
    words = f"logs in as {format_node(target)}"
    if basis is None:
        aws_auth = world.identities.clouds.aws_auth
        assert aws_auth is not None
        detail = f"maps it to {format_node(target)}"
        return words, (world.rbac.evidence(aws_auth, "ConfigMap", detail),)
    found = Evidence("AccessEntry", "", basis.principal, basis.file, 1)  # type: ignore[attr-defined]
    return words, (found,)


EDGE = ObjectEdge(
    id="store-entry",
    summary="an identity of a cloud logs in to the cluster as a user and groups",
    effort=1,  # a usual login
    certainty="conditional where the input does not show which cluster of the dump it is",
    edges=_edges,
    explain=_explain,
)
