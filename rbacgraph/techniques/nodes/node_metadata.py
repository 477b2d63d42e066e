"""Ask the metadata service of a Pod's node for the credential of its kubelet."""

from collections.abc import Mapping

from rbacgraph.facts.entry.network_policies import NetworkPolicies
from rbacgraph.facts.nodes.metadata_services import metadata_conditions
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.node import KUBELET, Node
from rbacgraph.techniques.spec.collections import every_host
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge


def _edges(world: Facts) -> EdgeBlock:
    found = EdgeBlock(basis=(runners := list[PodSource]()))
    gives = metadata_conditions(world.snapshot, world.running.virtual_nodes)
    if not gives:
        return found
    policies, kubelets = world.part(NetworkPolicies), world.running.kubelet_numbers
    anywhere = _anywhere(world, gives)
    somewhere = world.index.number(every_host(world)[1]) if anywhere else 0
    for runner in world.running.runners:
        name = runner.spec.node_name
        answer = gives.get(name) if name else anywhere
        if answer is None or runner.running is None:
            continue
        if runner.spec.host is not None and runner.spec.host.network:
            continue
        allowed = policies.to_metadata(runner)
        if allowed is not None:
            found.conditions[len(runners)] = both(answer, runner.running, allowed)
            found.sources.append(runner.number)
            found.targets.append(kubelets[name] if name else somewhere)
            runners.append(runner)
    return found


def _anywhere(world: Facts, gives: Mapping[str, Condition]) -> Condition | None:
    """Return the condition for a Pod whose node is not known, if all nodes are of one cloud."""
    shared = set(world.running.nodes) - world.running.virtual_nodes.keys()
    if not shared or shared != gives.keys():
        return None
    return both(min(gives.values()), If.POD_IS_ON_SAME_NODE())


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, PodSource)
    whose = f"node {target[2]}" if target[0] == KUBELET else "its node"
    on = f"on {basis.spec.node_name}" if basis.spec.node_name else "on a node that is not known"
    evidence = world.rbac.evidence(basis.obj, basis.kind, f"runs {on}, outside its network")
    return f"may ask the metadata service for the credential of {whose}", (evidence,)


EDGE = ObjectEdge(
    id="node-metadata",
    summary="a Pod asks its node's metadata service for the kubelet's credential",
    effort=7,  # a service outside the cluster must answer, and its log shows the credential's use
    certainty="always conditional: on what the cloud lets the node's metadata service give",
    edges=_edges,
    explain=_explain,
)
