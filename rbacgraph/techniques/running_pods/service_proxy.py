"""Send HTTP requests to the Pods behind a Service through the API server."""

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
    effort=7,  # as pod-proxy, and the Service chooses the Pod
    certainty="always conditional: on what the Services lead to, and what is served there",
    rights=(Right(METHODS, "", "services", "proxy"),),
    targets=_targets,
    words=_words,
)
