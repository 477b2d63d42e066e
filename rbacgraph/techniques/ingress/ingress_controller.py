"""Inject configuration into an Ingress controller, and get its files, token and Secrets."""

from collections.abc import Iterator

from rbacgraph.facts.ingress.proxies import IngressProxies
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.kubernetes.ingress_proxies import ProxyProgram
from rbacgraph.techniques.ingress.wording import NGINX_GROUP, shown_by, words
from rbacgraph.techniques.spec.custom_resources import object_there
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target

_VERBS = ("create", "update", "patch")
_INGRESSES = ("networking.k8s.io", "ingresses")
_OF_NGINX = ("virtualservers", "virtualserverroutes", "transportservers", "policies")


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    proxies = world.part(IngressProxies)
    there = _there(world, scope, match) if proxies.all else None
    if there is None:
        return
    for proxy in proxies.all:
        of_nginx = proxy.flags.program is ProxyProgram.NGINX_INGRESS
        if _INGRESSES not in match.keys and not of_nginx:
            continue
        heeds, takes = proxies.heeds(proxy, scope), proxies.takes_code(proxy)
        if heeds is not None and takes is not None:
            yield proxy.runner.node, both(takes, heeds, there, proxy.runner.running or CERTAIN)


def _there(world: Facts, scope: str, match: Match) -> Condition | None:
    """Return which object must exist for a request; None if no request is allowed."""
    needed = object_there(world, match)
    if not needed:
        return needed
    if _INGRESSES in match.keys:
        if world.part(IngressProxies).has_ingress(scope, match.exact_names):
            return CERTAIN
        if match.keys == (_INGRESSES,) and world.snapshot.is_listed("Ingress", scope):
            return None
    return needed


EDGE = RuleEdge(
    id="ingress-controller",
    summary="an Ingress injects configuration into its controller, which then runs other code",
    effort=6,  # an object that remains visible, and the controller must take it
    certainty="always conditional: on the controller's version and settings",
    rights=(
        Right(_VERBS, *_INGRESSES),
        *(Right(_VERBS, NGINX_GROUP, resource) for resource in _OF_NGINX),
    ),
    targets=_targets,
    words=words,
    evidence=shown_by,
)
