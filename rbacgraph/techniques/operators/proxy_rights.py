"""What techniques on Ingress controllers say of a rule, and of the controller that it reaches."""

from collections.abc import Iterator

from rbacgraph.facts.ingress.proxies import IngressProxies
from rbacgraph.facts.world import Facts
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import GraphNode
from rbacgraph.techniques.spec.technique import Match, listed, where


def shown_by(world: Facts, target: GraphNode) -> Iterator[Evidence]:
    """Yield what shows an Ingress controller and its settings."""
    proxies = world.part(IngressProxies)
    proxy = proxies.by_node.get(target)
    if proxy is not None:
        yield from proxies.evidence(proxy)


def words(scope: str, match: Match) -> str:
    """Return what a rule allows in words."""
    names = f" {', '.join(match.exact_names) or '(no name)'}" if match.names else ""
    return f"can {listed(match.verbs)} {listed(match.resources)}{names} {where(scope)}"
