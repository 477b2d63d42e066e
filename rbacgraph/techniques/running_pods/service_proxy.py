"""Send HTTP requests to the Pods behind a Service through the API server.

Precondition
    - One rule with get, create, update, patch or delete on core resource services/proxy.
    - resourceNames, if any, include the Service: NAME, NAME:PORT or https:NAME:PORT.
    - A Pod behind the Service serves what it knows, or runs code for any client.
    The HTTP method decides the verb, and get alone allows a websocket. The API server connects to
    one of the Service's endpoints, past many a NetworkPolicy. rbacgraph does not resolve Services
    here: any running Pod of the namespace may be behind one.
Use
    kubectl get --raw /api/v1/namespaces/NAMESPACE/services/NAME:80/proxy/
Close
    Remove services/proxy from permanent roles; let every port authenticate its clients.
References
    https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/
    kubernetes pkg/registry/core/service/storage/storage.go (ResourceLocation)
    MITRE ATT&CK T1090 (proxy)
"""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.techniques.running_pods.proxy_rights import METHODS, without_port
from rbacgraph.techniques.spec.collections import RUNNING_PODS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed, where


def _targets(_world: Facts, scope: str, match: Match) -> Iterator[Target]:
    names = without_port(match).exact_names
    if names or not match.names:
        yield RUNNING_PODS_OF.everything(scope), If.SERVICE_LEADS_TO_SERVING_POD(*names)


def _words(scope: str, match: Match) -> str:
    named = f"Services {listed(match.exact_names)}" if match.names else "all Services"
    return f"can send requests to {named} {where(scope)} ({listed(match.verbs)} services/proxy)"


EDGE = RuleEdge(
    id="service-proxy",
    summary="send HTTP requests to the Pods behind Services through the API server",
    page=__doc__,
    effort=7,  # as pod-proxy, and the Service chooses the Pod
    certainty="always conditional: on what the Services lead to, and what is served there",
    rights=(Right(METHODS, "", "services", "proxy"),),
    targets=_targets,
    words=_words,
)
