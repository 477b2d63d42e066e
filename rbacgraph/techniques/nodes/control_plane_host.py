"""Control of a node of the control plane, or of etcd, is control of the whole cluster."""

from collections.abc import Iterator

from rbacgraph.facts.nodes.node_roles import Sign
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.node import EVERYTHING, NODE, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    signs = {**world.hosts.etcd, **world.hosts.control_plane}
    for name, sign in sorted(signs.items()):
        yield (NODE, "", name), EVERYTHING, sign, CERTAIN


def _explain(world: Facts, source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Sign)
    evidence = world.rbac.evidence(basis.obj, basis.kind, basis.detail)
    if source[2] in world.hosts.control_plane:
        what = f"holds the keys of the whole cluster, as node {source[2]} is its control plane"
    else:
        what = f"reads and writes all in etcd, as node {source[2]} runs it"
    return what, (evidence,)


EDGE = ObjectEdge(
    id="control-plane-host",
    summary="a node of the control plane, or of etcd, has the whole cluster",
    effort=1,  # the keys are on the node
    edges=_edges,
    explain=_explain,
)
