"""Control of a node is control of every Pod on it."""

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge


def _edges(world: Facts) -> EdgeBlock:
    nodes = world.running.node_numbers
    hosted = [
        runner
        for runner in world.running.runners
        if runner.spec.node_name and runner.on_node is not None
    ]
    return EdgeBlock(
        [nodes[runner.spec.node_name] for runner in hosted],
        [runner.number for runner in hosted],
        hosted,
        {place: runner.on_node for place, runner in enumerate(hosted) if runner.on_node},
    )


def _explain(world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, PodSource)
    detail = f"on node {source[2]}"
    return (
        f"hosts {basis.kind} {target[1]}/{target[2]}",
        (world.rbac.evidence(basis.obj, basis.kind, detail),),
    )


EDGE = ObjectEdge(
    id="hosts-pod",
    summary="a node controls the Pods on it",
    effort=1,  # the container's files are on the node
    certainty="conditional for a template whose Pods may not run",
    edges=_edges,
    explain=_explain,
)
