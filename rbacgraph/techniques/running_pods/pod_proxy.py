"""Send HTTP requests to the ports of a running Pod through the API server.

Precondition
    One rule with verb get, create, update, patch or delete on core resource pods/proxy: the
    HTTP method decides which, and get alone allows a websocket. resourceNames are Pod names
    as the request writes them, which may carry a scheme and a port: NAME, NAME:PORT or
    https:NAME:PORT. The API server connects to the Pod's address, past many a
    NetworkPolicy, but not to its localhost. What it yields depends on what listens: it must
    serve what the Pod knows, or run code for whoever asks.
Use
    kubectl get --raw /api/v1/namespaces/NAMESPACE/pods/POD:8080/proxy/
Close
    Take pods/proxy out of standing roles; let every port ask who is there.
References
    https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/
    kubernetes pkg/registry/core/pod/strategy.go (ResourceLocation)
    MITRE ATT&CK T1090 (proxy)
"""

from collections.abc import Iterator

from rbacgraph.facts.world import World
from rbacgraph.model.condition import If
from rbacgraph.techniques.running_pods.proxy_rights import METHODS, without_port
from rbacgraph.techniques.spec.collections import RUNNING_PODS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed


def _targets(world: World, scope: str, match: Match) -> Iterator[Target]:
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
