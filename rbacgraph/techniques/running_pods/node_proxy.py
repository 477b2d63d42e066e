"""Run commands in the Pods of a node through its kubelet and the API server."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.techniques.running_pods.proxy_rights import without_port
from rbacgraph.techniques.spec.collections import PODS_ON_NODES_OF, RUNNING_PODS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed

_KUBELET_PORTS = frozenset({"", "10250"})


def _targets(world: Facts, _scope: str, match: Match) -> Iterator[Target]:
    if not match.names:
        yield RUNNING_PODS_OF.everything(""), CERTAIN
    for name in without_port(match, _KUBELET_PORTS).exact_names:
        if name in world.running.node_numbers:
            yield PODS_ON_NODES_OF.named("", name), CERTAIN


def _words(_scope: str, match: Match) -> str:
    nodes = f"Nodes {listed(match.exact_names)}" if match.names else "every Node"
    return f"can run commands in the Pods on {nodes} ({listed(match.verbs)} nodes/proxy)"


EDGE = RuleEdge(
    id="node-proxy",
    summary="run commands in the Pods on a node through its kubelet",
    effort=4,  # as exec, but by a handmade request to the kubelet
    certainty="conditional where the Pod may not be running, or its node is not ready",
    rights=(Right(("get", "create"), "", "nodes", "proxy"),),
    targets=_targets,
    cluster_scoped=True,
    words=_words,
)
