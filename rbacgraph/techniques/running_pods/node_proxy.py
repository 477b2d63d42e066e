"""Run commands in the Pods of a node through its kubelet and the API server.

Precondition
    - One rule with get or create on core resource nodes/proxy, cluster-wide.
    - resourceNames, if any, are node names: NAME, NAME:PORT or https:NAME:PORT (the kubelet's
      port).
    - The Pod runs.
    A RoleBinding is not enough, nor is a right on nodes without the subresource. The HTTP method
    decides the verb: create allows a POST to the kubelet's /run and /exec, get allows a GET of
    /exec that becomes a websocket, which also runs commands. Admission that watches pods/exec does
    not see it.
Use
    A websocket to /api/v1/nodes/NODE/proxy/exec/NAMESPACE/POD/CONTAINER?command=env&output=1
Close
    Give metrics readers nodes/metrics and nodes/stats instead, and since Kubernetes 1.33 (1.32 by
    a feature gate, KubeletFineGrainedAuthz) nodes/pods, nodes/healthz and nodes/configz. nodes/log
    is no remedy: logs hold what containers print.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#access-to-proxy-subresource-of-nodes
    https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
    kubernetes pkg/kubelet/server/server.go, pkg/registry/core/node/strategy.go
    MITRE ATT&CK T1609 (container administration command)
"""

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
    page=__doc__,
    effort=4,  # as exec, but by a handmade request to the kubelet
    certainty="conditional where the Pod may not be running, or its node is not ready",
    rights=(Right(("get", "create"), "", "nodes", "proxy"),),
    targets=_targets,
    cluster_scoped=True,
    words=_words,
)
