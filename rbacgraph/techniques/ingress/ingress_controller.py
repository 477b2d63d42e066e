"""Inject configuration into an Ingress controller, and get its files, token and Secrets.

Precondition
    - One rule with create, update or patch on ingresses (networking.k8s.io), or, for F5's
      controller, on a resource of k8s.nginx.org listed below, in a namespace that a controller
      watches.
    - For update and patch, such an object exists; a POST carries no name.
    - A controller listed below runs. The image, the program that it starts or the labels of its Pod
      show it, whatever an install calls it; each of several counts for itself.
    The author of an Ingress chooses its class, so classes keep nobody apart.
Variants
    - ingress-nginx by snippets: its ConfigMap sets allow-snippet-annotations to true, and
      annotations-risk-level to Critical. Before 1.9.0 snippets are on, before 1.12.0 every risk
      is allowed, unless the ConfigMap says otherwise.
    - ingress-nginx by a flaw of its version. The newest: CVE-2026-4342 (repaired in 1.13.9, 1.14.5
      and 1.15.1), CVE-2026-3288 (1.13.8, 1.14.4), CVE-2026-24512 and -1580 (1.13.7, 1.14.3),
      CVE-2025-15566 (1.12.5, 1.13.1), CVE-2025-1097 and -1098 (1.11.5, 1.12.1), CVE-2024-7646
      (1.10.4, 1.11.2); then CVE-2022-4886 (1.8.0), CVE-2021-25748 (1.2.1), CVE-2021-25745 and
      -25746 (1.2.0). Without --enable-annotation-validation, which is on since 1.12.0, also
      CVE-2023-5044, and CVE-2025-24514 (1.11.5, 1.12.1). The image's tag shows the version, or,
      where it has none, the labels app.kubernetes.io/version and helm.sh/chart.
    - In its image controller-chroot, NGINX does not see the controller's token: snippets and
      CVE-2021-25748, CVE-2022-4886 and CVE-2023-5044 give nothing, other flaws only what leaves the
      chroot.
    - NGINX Ingress Controller (F5) with -enable-snippets: also virtualservers, virtualserverroutes,
      transportservers and policies of k8s.nginx.org.
    - HAProxy Ingress, unless --disable-config-keywords is *: annotation config-backend.
    - HAProxy Kubernetes Ingress Controller, unless --disable-config-snippets has backend or all:
      annotation backend-config-snippet.
    Not judged: flaws of NGINX and HAProxy themselves (as CVE-2026-42945), and snippets in
    annotations of Services.
Use
    An Ingress of the controller's class with nginx.ingress.kubernetes.io/server-snippet, whose
    location serves /var/run/secrets/kubernetes.io/serviceaccount/token
Close
    Leave ingress-nginx, which was retired in March 2026; until then run its last version, with
    snippets off and annotations-risk-level High, and with --watch-namespace and rbac.scope, so that
    its ServiceAccount reads no other Secrets. F5: leave -enable-snippets off. HAProxy: turn
    snippets off. Let only those write Ingresses who may have the controller's Secrets.
References
    https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/
    https://kubernetes.github.io/ingress-nginx/faq/ (multi-tenant Kubernetes)
    https://github.com/kubernetes/kubernetes/issues/137893 (CVE-2026-4342)
    https://github.com/kubernetes/kubernetes/issues/131007 (CVE-2025-1097), /131008, /136678
    https://docs.nginx.com/nginx-ingress-controller/configuration/ingress-resources/advanced-configuration-with-snippets/
    https://haproxy-ingress.github.io/docs/configuration/command-line/#disable-config-keywords
    haproxytech/kubernetes-ingress documentation/controller.md (--disable-config-snippets)
    MITRE ATT&CK T1190 (exploit public-facing application)
"""

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
    page=__doc__,
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
