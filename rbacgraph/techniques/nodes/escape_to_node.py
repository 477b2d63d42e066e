"""Break out of a running Pod's container to its node."""

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, If, both
from rbacgraph.model.node import NODE, Node
from rbacgraph.techniques.spec.collections import every_host
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge

_SOMEWHERE = If.POD_IS_ON_THAT_NODE(), If.POD_IS_ON_SAME_NODE()


def _edges(world: Facts) -> EdgeBlock:
    nodes, found = world.running.node_numbers, EdgeBlock(basis=(runners := list[PodSource]()))
    for runner in world.running.runners:
        if runner.spec.host is None or runner.running is None:
            continue
        escape = world.hosts.best_escape(runner)
        if escape is None:
            continue
        if runner.spec.node_name:
            virtual = world.running.virtual_nodes.get(runner.spec.node_name)
            ends = [(nodes[runner.spec.node_name], virtual.lets if virtual else CERTAIN)]
        else:
            hosts = [world.index.number(node) for node in every_host(world)]
            ends = [*zip(hosts, _SOMEWHERE, strict=True)]
        for end, place in ends:
            condition = both(escape.condition, runner.running, place)
            if condition:
                found.conditions[len(runners)] = condition
            found.sources.append(runner.number)
            found.targets.append(end)
            runners.append(runner)
    return found


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, PodSource)
    escape = world.hosts.best_escape(basis)
    assert escape is not None
    node = f"node {target[2]}" if target[0] == NODE else "its node"
    evidence = world.rbac.evidence(basis.obj, basis.kind, escape.how)
    return f"can break out to {node}", (evidence,)


EDGE = ObjectEdge(
    id="escape-to-node",
    summary="a Pod's container breaks out to its node",
    effort=3,  # a known recipe, and a shell on the node
    certainty="conditional where a policy, the node or its user decides, or the node is unknown",
    edges=_edges,
    explain=_explain,
)
