"""Write snippets into the ConfigMap of an Ingress controller, and get its token and Secrets.

Precondition
    - update or patch on the ConfigMap that --configmap (F5: -nginx-configmaps) of a controller of
      ingress-controller names;
    - or, if the input does not hold that ConfigMap, create on configmaps of its namespace.
    The controller reads it again on each change. No Ingress is needed.
Variants
    - ingress-nginx: http-snippet, server-snippet, main-snippet; also allow-snippet-annotations and
      annotations-risk-level, which turn on snippets of Ingresses. In its image controller-chroot,
      NGINX does not see the controller's token.
    - NGINX Ingress Controller (F5): http-snippets, server-snippets, main-snippets, whatever
      -enable-snippets says.
    - HAProxy Ingress: config-global, whatever --disable-config-keywords says.
    - HAProxy Kubernetes Ingress Controller: global-config-snippet, unless
      --disable-config-snippets turns off global and frontend.
Use
    kubectl edit configmap NAME, and add an http-snippet with a server whose location serves the
    token's file
Close
    Keep the ConfigMap in the controller's own namespace, and let only those write there who may
    have the controller's Secrets.
References
    https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/#http-snippet
    https://docs.nginx.com/nginx-ingress-controller/configuration/global-configuration/configmap-resource/
    https://haproxy-ingress.github.io/docs/configuration/keys/#configuration-snippet
    MITRE ATT&CK T1190 (exploit public-facing application)
"""

from collections.abc import Iterator

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.ingress.proxies import IngressProxies
from rbacgraph.facts.object_names import may_be_made
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.techniques.ingress.wording import shown_by, words
from rbacgraph.techniques.spec.rights_to_write import rule_writes
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    proxies = world.part(IngressProxies)
    for proxy in proxies.all:
        place = proxy.config_map
        if place is None or scope not in {"", place[0]}:
            continue
        written = _written(world, match, place, lacking=proxies.may_lack_config_map(place))
        takes = proxies.takes_settings(proxy)
        if written is not None and takes is not None:
            yield proxy.runner.node, both(takes, written, proxy.runner.running or CERTAIN)


def _written(world: Facts, match: Match, place: Key, *, lacking: bool) -> Condition | None:
    """Return the condition on which a rule writes a ConfigMap; None if it does not."""
    there = If.OBJECT_IS_THERE(place[1]) if lacking else CERTAIN
    may_be = may_be_made(world, ("", "configmaps"), place[1])
    free = If.OBJECT_IS_ABSENT("ConfigMap", *place) if may_be else None
    return rule_writes(match, place[1], there=there, free=free)


EDGE = RuleEdge(
    id="ingress-controller-settings",
    summary="a writer of an Ingress controller's ConfigMap runs code in it",
    page=__doc__,
    effort=5,  # one line in a ConfigMap, which remains visible
    certainty="always conditional: on what the controller makes of its settings",
    rights=(Right(("create", "update", "patch"), "", "configmaps"),),
    targets=_targets,
    words=words,
    evidence=shown_by,
)
