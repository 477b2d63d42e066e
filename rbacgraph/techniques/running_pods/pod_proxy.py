"""Send HTTP requests to the ports of a running Pod through the API server.

Precondition
    - One rule with get, create, update, patch or delete on core resource pods/proxy.
    - resourceNames, if any, include the Pod: NAME, NAME:PORT or https:NAME:PORT.
    - The Pod's port serves what the Pod knows, or runs code for any client.
    The HTTP method decides the verb, and get alone allows a websocket. The API server connects to
    the Pod's address, past many a NetworkPolicy, but not to its localhost.
Use
    kubectl get --raw /api/v1/namespaces/NAMESPACE/pods/POD:8080/proxy/
Close
    Remove pods/proxy from permanent roles; let every port authenticate its clients.
References
    https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/
    kubernetes pkg/registry/core/pod/strategy.go (ResourceLocation)
    MITRE ATT&CK T1090 (proxy)
"""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.techniques.running_pods.proxy_rights import METHODS, without_port
from rbacgraph.techniques.spec.collections import RUNNING_PODS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    for node, _ in RUNNING_PODS_OF.with_names(world, scope, without_port(match)):
        yield node, If.PORT_SERVES_SECRET()


def _words(scope: str, match: Match) -> str:
    pods = RUNNING_PODS_OF.words(scope, match)
    return f"can send requests to {pods} ({listed(match.verbs)} pods/proxy)"


EDGE = RuleEdge(
    id="pod-proxy",
    summary="send HTTP requests to running Pods through the API server",
    page=__doc__,
    effort=6,  # as port-forward, by HTTP alone
    certainty="always conditional: on what the ports serve",
    rights=(Right(METHODS, "", "pods", "proxy"),),
    targets=_targets,
    words=_words,
)
