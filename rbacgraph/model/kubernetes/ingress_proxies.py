"""Ingress controllers that are proxies, and what decides who may inject configuration into them.

Sources: kubernetes/ingress-nginx ``pkg/flags/flags.go`` and
``internal/ingress/controller/config/config.go``; nginx/kubernetes-ingress
``cmd/nginx-ingress/flags.go``; jcmoraisjr/haproxy-ingress
``docs/content/en/docs/configuration/command-line.md``; haproxytech/kubernetes-ingress
``documentation/controller.md``.
"""

from enum import Enum

from msgspec import Struct


class ProxyProgram(Enum):
    """A controller that puts what authors of Ingresses write into its proxy's configuration.

    Each has its name in the table of operators, without its article.
    """

    INGRESS_NGINX = "ingress-nginx"
    """The community's: kubernetes/ingress-nginx."""
    NGINX_INGRESS = "NGINX Ingress Controller"
    """F5's: nginx/kubernetes-ingress."""
    HAPROXY_INGRESS = "HAProxy Ingress"
    """jcmoraisjr/haproxy-ingress."""
    HAPROXY_KUBERNETES = "HAProxy Kubernetes Ingress Controller"
    """HAProxy Technologies': haproxytech/kubernetes-ingress."""


_OWN_NAMESPACE = "$(POD_NAMESPACE)"
_EXPANDED = "$("


class ProxyFlags(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The flags of such a controller that rbacgraph reads; no other is kept.

    ``program``, ``image``: which one it is, and the image of its container.
    ``config_map``: the ConfigMap with its settings, as the flag has it: ``NAMESPACE/NAME``; ``""``
        for none.
    ``watches``, ``ignores``: the namespaces whose Ingresses it takes, and those whose it does not
        take; empty for all, and for none.
    ``selector``: the selector of labels of the namespaces whose Ingresses it takes.
    ``validates``: ``--enable-annotation-validation`` of ingress-nginx; None where it is not given.
    ``webhook``: the port of ingress-nginx's admission webhook; 0 where it has none.
    ``snippets``, ``global_snippets``: whether its flags let Ingresses, and its ConfigMap, hold
        snippets of configuration; None where they say nothing.
    """

    program: ProxyProgram
    image: str = ""
    config_map: str = ""
    watches: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()
    selector: str = ""
    validates: bool | None = None
    webhook: int = 0
    snippets: bool | None = None
    global_snippets: bool | None = None

    def config_map_of(self, namespace: str) -> tuple[str, str] | None:
        """Return the namespace and name of its ConfigMap, if its Pod is in a namespace.

        None where it has none, or a variable that rbacgraph does not know is part of the name.

        Examples
        --------
        >>> flags = ProxyFlags(
        ...     program=ProxyProgram.INGRESS_NGINX, config_map="$(POD_NAMESPACE)/edge"
        ... )
        >>> flags.config_map_of("web")
        ('web', 'edge')
        """
        within, slash, name = self.config_map.partition("/")
        place = namespace_of(within, namespace)
        return (place, name) if slash and name and place and _EXPANDED not in name else None


def namespace_of(written: str, own: str) -> str:
    """Return the namespace that a flag writes, which may be the Pod's own; ``""`` if not known.

    Examples
    --------
    >>> namespace_of("$(POD_NAMESPACE)", "web"), namespace_of("$(ELSE)", "web")
    ('web', '')
    """
    if written == _OWN_NAMESPACE:
        return own
    return "" if _EXPANDED in written else written


class ProxySettings(Struct, frozen=True, gc=False, omit_defaults=True):
    """The settings in ingress-nginx's ConfigMap that rbacgraph reads; no other is kept.

    ``snippets``: ``allow-snippet-annotations``; None where it is not given.
    ``critical``: whether ``annotations-risk-level`` is Critical; None where it is not given.
    ``unclear``: whether a value is unreadable, such as an encrypted one.
    """

    snippets: bool | None = None
    critical: bool | None = None
    unclear: bool = False
