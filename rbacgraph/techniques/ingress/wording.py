"""What techniques on Ingress controllers say of a rule, and of the controller that it reaches."""

from collections.abc import Iterator

from rbacgraph.facts.ingress.proxies import IngressProxies
from rbacgraph.facts.world import Facts
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import GraphNode
from rbacgraph.techniques.spec.technique import Match, listed, where

NGINX_GROUP = "k8s.nginx.org"
"""The group of the resources of F5's controller."""


def shown_by(world: Facts, target: GraphNode) -> Iterator[Evidence]:
    """Yield what shows an Ingress controller and its settings."""
    proxies, rbac = world.part(IngressProxies), world.rbac
    proxy = proxies.by_node.get(target)
    if proxy is None:
        return
    runs = f"runs {proxy.flags.program.value}, {proxy.flags.image}"
    yield rbac.evidence(proxy.runner.obj, proxy.runner.kind, runs)
    for one in proxies.config_maps_of(proxy):
        yield rbac.evidence(one, "ConfigMap", "holds its settings")


def words(scope: str, match: Match) -> str:
    """Return what a rule allows in words; of F5's resources only where it allows no other."""
    names = f" {', '.join(match.exact_names) or '(no name)'}" if match.names else ""
    plain = [one for group, one in match.keys if group != NGINX_GROUP]
    resources = plain or [f"{one}.{group}" for group, one in match.keys]
    return f"can {listed(match.verbs)} {listed(resources)}{names} {where(scope)}"
