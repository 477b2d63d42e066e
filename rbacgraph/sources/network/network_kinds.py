"""The kinds that say what reaches Pods: where each is decoded and kept."""

from collections.abc import Callable
from typing import Any, NamedTuple

from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.networking import GATEWAY_GROUP, ROUTE_GROUP
from rbacgraph.sources.network import gateways, ingresses, network_policies, services

_NETWORKING = ("networking.k8s.io", "extensions")


class NetworkKind(NamedTuple):
    """One of these kinds.

    Parameters
    ----------
    kind, groups, resource:
        The kind, its groups and its resource.
    field:
        The field of the snapshot that keeps it.
    wire, keep:
        The type of its bytes, and the function that makes the model's object.
    hides:
        What an answer lacks without it.
    namespaced:
        Whether it is in a namespace.
    """

    kind: str
    groups: tuple[str, ...]
    resource: str
    field: str
    wire: type[Object]
    keep: Callable[[Any], Object]
    hides: str
    namespaced: bool = True


_LEADS = "which Pods are reached from outside"

NETWORK_KINDS = (
    NetworkKind(
        "Endpoints",
        ("",),
        "endpoints",
        "endpoints",
        services.EndpointsWire,
        services.to_endpoints,
        "to which Pods Services without a selector lead",
    ),
    NetworkKind(
        "EndpointSlice",
        ("discovery.k8s.io",),
        "endpointslices",
        "endpoint_slices",
        services.EndpointsWire,
        services.to_slice,
        "to which Pods Services without a selector lead",
    ),
    NetworkKind(
        "IngressClass",
        _NETWORKING,
        "ingressclasses",
        "ingress_classes",
        ingresses.IngressClassWire,
        ingresses.to_ingress_class,
        "which controllers serve Ingresses",
        namespaced=False,
    ),
    NetworkKind(
        "NetworkPolicy",
        _NETWORKING,
        "networkpolicies",
        "network_policies",
        network_policies.NetworkPolicyWire,
        network_policies.to_network_policy,
        "which Pods are shut against clients",
    ),
    NetworkKind(
        "Gateway",
        (GATEWAY_GROUP,),
        "gateways",
        "gateways",
        gateways.GatewayWire,
        gateways.to_gateway,
        _LEADS,
    ),
    *(
        NetworkKind(
            kind,
            (GATEWAY_GROUP,),
            f"{kind.lower()}s",
            "gateway_routes",
            gateways.GatewayRouteWire,
            gateways.to_gateway_route,
            _LEADS,
        )
        for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")
    ),
    NetworkKind(
        "ReferenceGrant",
        (GATEWAY_GROUP,),
        "referencegrants",
        "reference_grants",
        gateways.GatewayWire,
        gateways.to_reference_grant,
        _LEADS,
    ),
    NetworkKind(
        "Route",
        (ROUTE_GROUP,),
        "routes",
        "openshift_routes",
        ingresses.RouteOfOpenShiftWire,
        ingresses.to_route,
        _LEADS,
    ),
)
