"""Reduces Ingresses, their classes, and the Routes of OpenShift.

Sources: kubernetes ``staging/src/k8s.io/api/networking/v1/types.go``; ingress-nginx
``docs/user-guide/nginx-configuration/annotations.md``; aws-load-balancer-controller
``docs/guide/ingress/annotations.md``; openshift ``api/route/v1/types.go``.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from rbacgraph.model.kubernetes import networking
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.sources.external.loose import items, mapping, text
from rbacgraph.sources.network import services

_CLASS = "kubernetes.io/ingress.class"
_DEFAULT = "ingressclass.kubernetes.io/is-default-class"
_SCHEME = "alb.ingress.kubernetes.io/scheme"
_LOGINS = (
    *("nginx.ingress.kubernetes.io/auth-url", "nginx.ingress.kubernetes.io/auth-type"),
    *("nginx.ingress.kubernetes.io/auth-tls-secret", "nginx.ingress.kubernetes.io/auth-signin"),
    *("haproxy.org/auth-type", "haproxy-ingress.github.io/auth-url"),
    *("ingress.kubernetes.io/auth-type", "ingress.kubernetes.io/auth-url"),
    "projectcontour.io/auth-url",
)
_LOGIN_TYPE = "alb.ingress.kubernetes.io/auth-type"
_NARROWING = (
    *("nginx.ingress.kubernetes.io/whitelist-source-range",),
    *("nginx.ingress.kubernetes.io/allowlist-source-range",),
    *("alb.ingress.kubernetes.io/inbound-cidrs", "haproxy.org/allow-list"),
    *("ingress.kubernetes.io/whitelist-source-range", "haproxy.org/whitelist"),
    "haproxy-ingress.github.io/allowlist-source-range",
)
_EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})


class _IngressSpecWire(Struct, frozen=True, gc=False, rename="camel"):
    tls: tuple[networking.IngressTLS, ...] | None = None
    ingress_class_name: object = None
    default_backend: object = None
    backend: object = None
    rules: object = None


class IngressWire(Object, frozen=True, gc=False):
    """An Ingress in its wire format."""

    metadata: services.NetworkMeta
    spec: _IngressSpecWire | None = None
    status: object = None


def to_ingress(wire: IngressWire) -> networking.Ingress:
    """Keep of an Ingress where it leads, and from where it is reached."""
    spec, notes = wire.spec, mapping(wire.metadata.annotations)
    named = spec and text(spec.ingress_class_name)
    scheme = text(notes.get(_SCHEME))
    return networking.Ingress(
        metadata=services.plain_meta(wire.metadata),
        spec=None if spec is None else networking.IngressSpec(spec.tls),
        backends=tuple(dict.fromkeys(_backends(spec))) if spec else (),
        class_name=named or text(notes.get(_CLASS)),
        login=_login(notes),
        narrowed=next((name for name in _NARROWING if _narrows(notes.get(name))), ""),
        internal=_SCHEME if scheme == "internal" else services.internal_annotation(notes),
        public=_SCHEME if scheme == "internet-facing" else "",
        addresses=services.addresses_of(wire.status),
    )


def _login(notes: Mapping[str, object]) -> str:
    if text(notes.get(_LOGIN_TYPE)) not in {"", "none"}:
        return _LOGIN_TYPE
    return next((name for name in _LOGINS if text(notes.get(name))), "")


def _narrows(ranges: object) -> bool:
    parts = {part.strip() for part in text(ranges).split(",")} - {""}
    return bool(parts) and parts.isdisjoint(_EVERYWHERE)


def _backends(spec: _IngressSpecWire) -> Iterator[networking.IngressBackend]:
    yield from _backend(spec.default_backend)
    yield from _backend(spec.backend)
    for rule in map(mapping, items(spec.rules)):
        for path in map(mapping, items(mapping(rule, "http").get("paths"))):
            yield from _backend(path.get("backend"))


def _backend(backend: object) -> Iterator[networking.IngressBackend]:
    """Yield a backend of the form of ``v1``, or of ``v1beta1``; none for a resource."""
    service, port = mapping(backend, "service"), mapping(backend, "service", "port")
    if name := text(service.get("name")):
        yield networking.IngressBackend(
            name, services.port_name(port.get("number")) or services.port_name(port.get("name"))
        )
    elif name := text(mapping(backend).get("serviceName")):
        yield networking.IngressBackend(
            name, services.port_name(mapping(backend).get("servicePort"))
        )


class IngressClassWire(Object, frozen=True, gc=False):
    """An IngressClass in its wire format."""

    metadata: services.NetworkMeta
    spec: object = None


def to_ingress_class(wire: IngressClassWire) -> networking.IngressClass:
    """Keep of an IngressClass its controller."""
    return networking.IngressClass(
        metadata=services.plain_meta(wire.metadata),
        controller=text(mapping(wire.spec).get("controller")),
        default=mapping(wire.metadata.annotations).get(_DEFAULT) == "true",
    )


def to_route(wire: services.NetworkObject) -> networking.OpenShiftRoute:
    """Keep of a Route the Services to which it leads."""
    spec = mapping(wire.spec)
    targets = [mapping(spec.get("to")), *map(mapping, items(spec.get("alternateBackends")))]
    names = [text(one.get("name")) for one in targets if one.get("kind", "Service") == "Service"]
    conditions = (
        mapping(one)
        for ingress in map(mapping, items(mapping(wire.status).get("ingress")))
        for one in items(ingress.get("conditions"))
    )
    return networking.OpenShiftRoute(
        metadata=services.plain_meta(wire.metadata),
        services=tuple(dict.fromkeys(filter(None, names))),
        port=services.port_name(mapping(spec, "port").get("targetPort")),
        admitted=any(
            (one.get("type"), one.get("status")) == ("Admitted", "True") for one in conditions
        ),
    )
