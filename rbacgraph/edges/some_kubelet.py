"""Any kubelet's identity: a part of techniques for which every node is as good as another."""

from collections.abc import Iterator

from rbacgraph.edges.world import World
from rbacgraph.model.node import ABILITY, KUBELET, Node

SOME_KUBELET: Node = (ABILITY, "", "be-kubelet")
"""Have the identity of some node's kubelet."""


def kubelets(world: World) -> Iterator[tuple[Node, Node]]:
    """Yield each kubelet with what it is of those that some technique needs."""
    if SOME_KUBELET in world.index:
        for name in world.nodes:
            yield (KUBELET, "", name), SOME_KUBELET
