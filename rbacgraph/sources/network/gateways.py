"""Reduces Gateways, their routes, and the grants for routes of other namespaces.

Source: gateway-api ``apis/v1/{gateway,httproute,grpcroute,shared}_types.go``,
``apis/v1beta1/referencegrant_types.go``.
"""

from collections.abc import Iterator, Mapping

from msgspec import ValidationError, convert

from rbacgraph.model.kubernetes.meta import LabelSelector, Object
from rbacgraph.model.kubernetes.networking import (
    GATEWAY_GROUP,
    Gateway,
    GatewayRoute,
    Listener,
    ParentReference,
    ReferenceGrant,
    RouteBackend,
)
from rbacgraph.sources.external.loose import items, mapping, text, texts
from rbacgraph.sources.network.services import (
    NetworkMeta,
    NetworkObject,
    internal_annotation,
    number,
    plain_meta,
)


def to_gateway(wire: NetworkObject) -> Gateway:
    """Keep of a Gateway which routes it takes, and where it is reached."""
    spec, notes = mapping(wire.spec), wire.metadata.annotations
    own = mapping(spec, "infrastructure").get("annotations")
    addresses = map(mapping, items(mapping(wire.status).get("addresses")))
    return Gateway(
        metadata=plain_meta(wire.metadata),
        class_name=text(spec.get("gatewayClassName")),
        listeners=tuple(map(_listener, map(mapping, items(spec.get("listeners"))))),
        internal=internal_annotation(notes) or internal_annotation(own),
        addresses=tuple(filter(None, (text(one.get("value")) for one in addresses))),
    )


def _listener(listener: Mapping[str, object]) -> Listener:
    allowed = mapping(listener.get("allowedRoutes"))
    namespaces = mapping(allowed, "namespaces")
    kinds = map(mapping, items(allowed.get("kinds")))
    return Listener(
        name=text(listener.get("name")),
        port=number(listener.get("port")),
        protocol=text(listener.get("protocol")),
        hostname=text(listener.get("hostname")),
        allows=text(namespaces.get("from")) or "Same",
        selector=_selector(namespaces.get("selector")),
        kinds=tuple(filter(None, (text(one.get("kind")) for one in kinds))),
    )


def _selector(value: object) -> LabelSelector | None:
    """Return a selector; None if there is none, or it is not understood."""
    try:
        return convert(value, LabelSelector | None)
    except ValidationError:
        return None


class GatewayRouteWire(Object, frozen=True, gc=False, rename="camel"):
    """A route in its wire format."""

    kind: str
    api_version: str
    metadata: NetworkMeta
    spec: object = None


def to_gateway_route(wire: GatewayRouteWire) -> GatewayRoute:
    """Keep of a route the Gateways and the Services that it joins."""
    spec = mapping(wire.spec)
    return GatewayRoute(
        kind=wire.kind,
        api_version=wire.api_version,
        metadata=plain_meta(wire.metadata),
        parents=tuple(dict.fromkeys(_parents(spec))),
        hostnames=texts(spec.get("hostnames")),
        backends=tuple(dict.fromkeys(_backends(spec))),
    )


def _parents(spec: Mapping[str, object]) -> Iterator[ParentReference]:
    for one in map(mapping, items(spec.get("parentRefs"))):
        group, kind = one.get("group", GATEWAY_GROUP), one.get("kind", "Gateway")
        if (group, kind) == (GATEWAY_GROUP, "Gateway") and text(one.get("name")):
            yield ParentReference(
                text(one.get("name")),
                text(one.get("namespace")),
                text(one.get("sectionName")),
                number(one.get("port")),
            )


def _backends(spec: Mapping[str, object]) -> Iterator[RouteBackend]:
    for rule in map(mapping, items(spec.get("rules"))):
        for one in map(mapping, items(rule.get("backendRefs"))):
            service = (one.get("group", ""), one.get("kind", "Service")) == ("", "Service")
            name, weight = text(one.get("name")), one.get("weight", 1)
            if service and name and weight != 0:
                yield RouteBackend(name, text(one.get("namespace")), number(one.get("port")))


def to_reference_grant(wire: NetworkObject) -> ReferenceGrant:
    """Keep of a ReferenceGrant which routes may lead to which Services."""
    spec = mapping(wire.spec)
    routes = (
        (text(one.get("kind")), text(one.get("namespace")))
        for one in map(mapping, items(spec.get("from")))
        if one.get("group") == GATEWAY_GROUP
    )
    services = (
        text(one.get("name"))
        for one in map(mapping, items(spec.get("to")))
        if (one.get("group"), one.get("kind")) == ("", "Service")
    )
    return ReferenceGrant(
        metadata=plain_meta(wire.metadata), routes=tuple(routes), services=tuple(services)
    )
