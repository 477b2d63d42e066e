"""Send HTTP requests to the ports of a running Pod through the API server."""

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
    effort=6,  # as port-forward, by HTTP alone
    certainty="always conditional: on what the ports serve",
    rights=(Right(METHODS, "", "pods", "proxy"),),
    targets=_targets,
    words=_words,
)
