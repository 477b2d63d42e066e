"""The kinds that say what reaches Pods: where each is decoded and kept."""

from rbacgraph.model.kubernetes.networking import GATEWAY_GROUP, ROUTE_GROUP
from rbacgraph.sources.kept_kind import KeptKind
from rbacgraph.sources.network import gateways, ingresses, network_policies, services

_NETWORKING = ("networking.k8s.io", "extensions")


_LEADS = "which Pods are reached from outside"

NETWORK_KINDS = (
    KeptKind(
        "Endpoints",
        ("",),
        "endpoints",
        "endpoints",
        services.EndpointsWire,
        services.to_endpoints,
        "to which Pods Services without a selector lead",
    ),
    KeptKind(
        "EndpointSlice",
        ("discovery.k8s.io",),
        "endpointslices",
        "endpoint_slices",
        services.EndpointsWire,
        services.to_slice,
        "to which Pods Services without a selector lead",
    ),
    KeptKind(
        "IngressClass",
        _NETWORKING,
        "ingressclasses",
        "ingress_classes",
        ingresses.IngressClassWire,
        ingresses.to_ingress_class,
        "which controllers serve Ingresses",
        namespaced=False,
    ),
    KeptKind(
        "NetworkPolicy",
        _NETWORKING,
        "networkpolicies",
        "network_policies",
        network_policies.NetworkPolicyWire,
        network_policies.to_network_policy,
        "which Pods are shut against clients",
    ),
    KeptKind(
        "Gateway",
        (GATEWAY_GROUP,),
        "gateways",
        "gateways",
        gateways.GatewayWire,
        gateways.to_gateway,
        _LEADS,
    ),
    *(
        KeptKind(
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
    KeptKind(
        "ReferenceGrant",
        (GATEWAY_GROUP,),
        "referencegrants",
        "reference_grants",
        gateways.GatewayWire,
        gateways.to_reference_grant,
        _LEADS,
    ),
    KeptKind(
        "Route",
        (ROUTE_GROUP,),
        "routes",
        "openshift_routes",
        ingresses.RouteOfOpenShiftWire,
        ingresses.to_route,
        _LEADS,
    ),
)
