"""Nodes for any kubelet's identity, for techniques to which all nodes are equal."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.node import ABILITY, EACH_NAMESPACE, KUBELET, GraphNode
from rbacgraph.model.node_keys import NamedRight

READING_KUBELET: GraphNode = (ABILITY, "", NamedRight("read-as-kubelet"))
"""Read, as some node's kubelet, what the GraphNode authorizer allows it."""

TOKEN_KUBELET: GraphNode = (ABILITY, "", NamedRight("create-tokens-as-kubelet"))
"""Create tokens as some node's kubelet."""

KUBELET_WITH_CLAIM: GraphNode = (ABILITY, "", NamedRight("read-as-kubelet-with-claim"))
"""Read as the kubelet of a node with a Pod that uses a PersistentVolumeClaim."""

PARTS = (READING_KUBELET, TOKEN_KUBELET, KUBELET_WITH_CLAIM)


def in_each(part: GraphNode) -> GraphNode:
    """Return the node of the same in each namespace, by a role that is bound there."""
    return part[0], EACH_NAMESPACE, part[2]


def kubelets(world: Facts) -> Iterator[tuple[GraphNode, GraphNode, Condition]]:
    """Yield each kubelet with the nodes of this module that it satisfies and a technique needs."""
    for part in (READING_KUBELET, TOKEN_KUBELET):
        if part in world.index:
            for name in world.running.nodes:
                yield (KUBELET, "", name), part, CERTAIN
    if KUBELET_WITH_CLAIM in world.index:
        for name, condition in with_claims(world):
            yield (KUBELET, "", name), KUBELET_WITH_CLAIM, condition


def with_claims(world: Facts) -> tuple[tuple[str, Condition], ...]:
    """Return the nodes on which a Pod uses a claim, and on which condition, as their Pods stand."""
    found = (
        (pod.spec.node_name, pod.on_node)
        for pod in world.running.pods
        if pod.spec.claims and pod.on_node is not None and not pod.static
    )
    return tuple(dict.fromkeys(found))
