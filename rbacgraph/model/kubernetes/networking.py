"""Services, what leads to them from outside, and policies that shut Pods.

Sources: kubernetes ``staging/src/k8s.io/api/{core,discovery,networking}/v1/types.go``; gateway-api
``apis/v1``, ``apis/v1alpha2``; openshift ``api/route/v1/types.go``. Objects are reduced on reading,
in :mod:`rbacgraph.sources.network`.
"""

from msgspec import Struct, field

from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta

GATEWAY_GROUP = "gateway.networking.k8s.io"
ROUTE_GROUP = "route.openshift.io"

PortName = int | str
"""A port by its number, or by the name that a container gives it."""


class ServicePort(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``spec.ports[]`` of a Service.

    ``target_port`` is the port of the container; ``node_port`` is 0 where there is none.
    """

    port: int = 0
    name: str = ""
    target_port: PortName = 0
    protocol: str = "TCP"
    node_port: int = 0


class ServiceSpec(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``spec`` of a Service: without a selector, Endpoints say where it leads.

    ``type`` is ``""`` where an older snapshot lacks it.
    """

    selector: dict[str, str] | None = None
    type: str = ""
    ports: tuple[ServicePort, ...] = ()
    external_ips: tuple[str, ...] = field(default=(), name="externalIPs")
    load_balancer_source_ranges: tuple[str, ...] = ()


class Service(Object, frozen=True, gc=False, rename="camel"):
    """A Service.

    ``internal``: the annotation that makes its load balancer one of a private network; ``""`` for
        none.
    ``addresses``: the addresses and host names of its load balancer.
    ``gateway``: the Gateway of its namespace that a controller made it for; ``""`` for none.
    """

    metadata: ObjectMeta
    spec: ServiceSpec | None = None
    internal: str = ""
    addresses: tuple[str, ...] = ()
    gateway: str = ""


class Endpoints(Object, frozen=True, gc=False, rename="camel"):
    """Endpoints of a Service: the Pods by their names, and whether there are other addresses."""

    metadata: ObjectMeta
    pods: tuple[str, ...] = ()
    others: bool = False


class EndpointSlice(Object, frozen=True, gc=False, rename="camel"):
    """An EndpointSlice: the same, for the Service that its label names."""

    metadata: ObjectMeta
    service: str = ""
    pods: tuple[str, ...] = ()
    others: bool = False


class IngressTLS(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``spec.tls[]`` of an Ingress."""

    secret_name: str = ""


class IngressBackend(Struct, frozen=True, gc=False, omit_defaults=True):
    """A Service to which an Ingress leads, and the port of the Service; 0 where it is missing."""

    service: str
    port: PortName = 0


class IngressSpec(Struct, frozen=True, gc=False, omit_defaults=True):
    """``spec`` of an Ingress."""

    tls: tuple[IngressTLS, ...] | None = None


class Ingress(Object, frozen=True, gc=False, rename="camel"):
    """An Ingress of ``networking.k8s.io`` or the old ``extensions`` group.

    ``backends``: the Services to which it leads; None where an older snapshot lacks them.
    ``class_name``: the class that it names, in its spec or by the older annotation.
    ``login``: the annotation by which its controller asks for a login; ``""`` for none.
    ``narrowed``: the annotation that limits the addresses of clients; ``""`` for none.
    ``internal``, ``public``: the annotation by which its load balancer is one of a private network,
        or of all.
    ``addresses``: the addresses and host names that its status has.
    """

    metadata: ObjectMeta
    spec: IngressSpec | None = None
    backends: tuple[IngressBackend, ...] | None = None
    class_name: str = ""
    login: str = ""
    narrowed: str = ""
    internal: str = ""
    public: str = ""
    addresses: tuple[str, ...] = ()


class IngressClass(Object, frozen=True, gc=False, rename="camel"):
    """An IngressClass: its controller, and whether it is for Ingresses that name no class."""

    metadata: ObjectMeta
    controller: str = ""
    default: bool = False


class Listener(Struct, frozen=True, gc=False, omit_defaults=True):
    """``spec.listeners[]`` of a Gateway.

    ``allows`` is which namespaces' routes it takes: ``Same``, ``All``, ``Selector`` or ``None``;
    ``kinds`` are the kinds of routes that it takes, without any those of its protocol.
    """

    name: str = ""
    port: int = 0
    protocol: str = ""
    hostname: str = ""
    allows: str = "Same"
    selector: LabelSelector | None = None
    kinds: tuple[str, ...] = ()


class Gateway(Object, frozen=True, gc=False, rename="camel"):
    """A Gateway of the Gateway API.

    ``internal`` is the annotation by which its load balancer is one of a private network.
    """

    metadata: ObjectMeta
    class_name: str = ""
    listeners: tuple[Listener, ...] = ()
    internal: str = ""
    addresses: tuple[str, ...] = ()


class ParentReference(Struct, frozen=True, gc=False, omit_defaults=True):
    """``spec.parentRefs[]`` of a route: a Gateway, and its listener if that is named."""

    name: str
    namespace: str = ""
    section: str = ""
    port: int = 0


class RouteBackend(Struct, frozen=True, gc=False, omit_defaults=True):
    """``backendRefs[]`` of a route: a Service and its port."""

    service: str
    namespace: str = ""
    port: int = 0


class GatewayRoute(Object, frozen=True, gc=False, rename="camel"):
    """A route of the Gateway API: an HTTPRoute, GRPCRoute, TLSRoute, TCPRoute or UDPRoute."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    parents: tuple[ParentReference, ...] = ()
    hostnames: tuple[str, ...] = ()
    backends: tuple[RouteBackend, ...] = ()


class ReferenceGrant(Object, frozen=True, gc=False, rename="camel"):
    """A ReferenceGrant: which routes, by kind and namespace, may lead to which Services here.

    The name ``""`` stands for every Service.
    """

    metadata: ObjectMeta
    routes: tuple[tuple[str, str], ...] = ()
    services: tuple[str, ...] = ()


class OpenShiftRoute(Object, frozen=True, gc=False, rename="camel"):
    """A Route of OpenShift: the Services to which it leads, and the name or port of theirs."""

    metadata: ObjectMeta
    services: tuple[str, ...] = ()
    port: PortName = 0
    admitted: bool = False


class PolicyPeer(Struct, frozen=True, gc=False, omit_defaults=True):
    """``from[]`` of a NetworkPolicy: Pods, or addresses."""

    pods: LabelSelector | None = None
    namespaces: LabelSelector | None = None
    cidr: str = ""
    excepts: tuple[str, ...] = ()


class PolicyPort(Struct, frozen=True, gc=False, omit_defaults=True):
    """``ports[]`` of a NetworkPolicy; port 0 stands for all of the protocol."""

    port: PortName = 0
    end: int = 0
    protocol: str = "TCP"


class IngressRule(Struct, frozen=True, gc=False, omit_defaults=True):
    """``ingress[]`` of a NetworkPolicy: no peers stand for every source, no ports for every one."""

    peers: tuple[PolicyPeer, ...] = ()
    ports: tuple[PolicyPort, ...] = ()


class NetworkPolicy(Object, frozen=True, gc=False, rename="camel"):
    """A NetworkPolicy, as far as it concerns what reaches Pods.

    ``isolates`` says that it is for ingress: the Pods that it selects are reached only as some
    policy's rules allow. ``confines`` says that it is for egress, and ``to_metadata`` that its
    rules let the Pods reach their node's metadata service.
    """

    metadata: ObjectMeta
    selector: LabelSelector = LabelSelector()
    isolates: bool = True
    rules: tuple[IngressRule, ...] = ()
    confines: bool = False
    to_metadata: bool = False
