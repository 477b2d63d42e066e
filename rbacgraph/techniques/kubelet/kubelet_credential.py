"""Control of a node is control of its kubelet's identity."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    for name, kubelet in world.running.kubelet_numbers.items():
        yield world.running.node_numbers[name], kubelet, None, CERTAIN


def _explain(_world: Facts, source: Node, _target: Node, _basis: object) -> Explanation:
    detail = "holds the credential of its kubelet"
    return "has the kubelet's credential", (Evidence("Node", "", source[2], detail=detail),)


EDGE = ObjectEdge(
    id="kubelet-credential",
    summary="a node holds its kubelet's credential",
    effort=1,  # a file on the node
    edges=_edges,
    explain=_explain,
)
