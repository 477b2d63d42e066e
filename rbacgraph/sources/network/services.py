"""Reduces Services and their endpoints.

Sources: kubernetes ``staging/src/k8s.io/api/core/v1/{types,annotation_key_constants}.go``, and for
internal load balancers the documents and code of each cloud's controller.
"""

from collections.abc import Iterable, Mapping
from sys import intern

from msgspec import Struct, field

from rbacgraph.model.kubernetes import networking
from rbacgraph.model.kubernetes.meta import Object, ObjectMeta
from rbacgraph.sources.external.loose import items, mapping, text, texts

CLUSTER_IP = "ClusterIP"
_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_GATEWAY = "gateway.networking.k8s.io/gateway-name"
_SERVICE = "kubernetes.io/service-name"
_TRUE = frozenset({"true", "1", "yes", "0.0.0.0/0"})
_INTERNAL: Mapping[str, frozenset[str] | None] = {
    "service.beta.kubernetes.io/aws-load-balancer-internal": _TRUE,
    "service.beta.kubernetes.io/aws-load-balancer-scheme": frozenset({"internal"}),
    "service.beta.kubernetes.io/azure-load-balancer-internal": _TRUE,
    "networking.gke.io/load-balancer-type": frozenset({"internal"}),
    "cloud.google.com/load-balancer-type": frozenset({"internal"}),
    "service.beta.kubernetes.io/openstack-internal-load-balancer": _TRUE,
    "service.beta.kubernetes.io/oci-load-balancer-internal": _TRUE,
    "oci-network-load-balancer.oraclecloud.com/internal": _TRUE,
    "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": frozenset({"private"}),
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": frozenset({"intranet"}),
    "service.kubernetes.io/qcloud-loadbalancer-internal-subnetid": None,
    "service.beta.kubernetes.io/cce-load-balancer-internal-vpc": _TRUE,
    "service.beta.kubernetes.io/do-loadbalancer-network": frozenset({"internal"}),
    "load-balancer.hetzner.cloud/disable-public-network": _TRUE,
    "service.beta.kubernetes.io/scw-loadbalancer-private": _TRUE,
}
"""By annotation, the values by which a load balancer is internal, in lower case; None for all."""


class NetworkMeta(ObjectMeta, frozen=True, gc=False, rename="camel"):
    """``metadata`` of these objects; of labels and annotations only few are kept."""

    labels: object = None
    annotations: object = None


class NetworkObject(Object, frozen=True, gc=False):
    """One of these objects whose spec has any shape."""

    metadata: NetworkMeta
    spec: object = None
    status: object = None


def plain_meta(metadata: ObjectMeta) -> ObjectMeta:
    """Return the metadata without labels and annotations."""
    return ObjectMeta(metadata.name, intern(metadata.namespace), metadata.uid)


def internal_annotation(annotations: object) -> str:
    """Return the annotation by which a load balancer is internal; ``""`` for none.

    Examples
    --------
    >>> internal_annotation({"networking.gke.io/load-balancer-type": "Internal"})
    'networking.gke.io/load-balancer-type'
    >>> internal_annotation({"service.beta.kubernetes.io/azure-load-balancer-internal": "false"})
    ''
    """
    for name, value in mapping(annotations).items():
        values = _INTERNAL.get(name, frozenset())
        if values is None or str(value).lower() in values:
            return name
    return ""


def addresses_of(status: object) -> tuple[str, ...]:
    """Return the addresses and host names of ``status.loadBalancer``."""
    found = map(mapping, items(mapping(status, "loadBalancer").get("ingress")))
    return tuple(filter(None, (text(one.get("ip")) or text(one.get("hostname")) for one in found)))


def number(value: object) -> int:
    """Return a number; 0 if there is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def port_name(value: object) -> networking.PortName:
    """Return a port by its number or name; 0 if there is none."""
    return intern(value) if isinstance(value, str) else number(value)


class _ServiceSpecWire(Struct, frozen=True, gc=False, rename="camel"):
    selector: dict[str, str] | None = None
    type: object = None
    ports: object = None
    external_ips: object = field(default=None, name="externalIPs")
    load_balancer_source_ranges: object = None


class ServiceWire(Object, frozen=True, gc=False):
    """A Service in its wire format."""

    metadata: NetworkMeta
    spec: _ServiceSpecWire | None = None
    status: object = None


def to_service(wire: ServiceWire) -> networking.Service:
    """Keep of a Service where it leads, and from where it is reached."""
    spec, metadata = wire.spec, wire.metadata
    notes = mapping(metadata.annotations)
    return networking.Service(
        metadata=plain_meta(metadata),
        spec=None if spec is None else _spec(spec, notes),
        internal=internal_annotation(notes),
        addresses=addresses_of(wire.status),
        gateway=text(mapping(metadata.labels).get(_GATEWAY)),
    )


def _spec(spec: _ServiceSpecWire, notes: Mapping[str, object]) -> networking.ServiceSpec:
    ranges = texts(spec.load_balancer_source_ranges)
    if not ranges:
        ranges = tuple(part.strip() for part in text(notes.get(_RANGES)).split(",") if part.strip())
    return networking.ServiceSpec(
        selector=spec.selector,
        type=intern(text(spec.type) or CLUSTER_IP),
        ports=tuple(map(_port, map(mapping, items(spec.ports)))),
        external_ips=texts(spec.external_ips),
        load_balancer_source_ranges=ranges,
    )


def _port(port: Mapping[str, object]) -> networking.ServicePort:
    own = number(port.get("port"))
    return networking.ServicePort(
        port=own,
        name=intern(text(port.get("name"))),
        target_port=port_name(port.get("targetPort")) or own,
        protocol=intern(text(port.get("protocol")) or "TCP"),
        node_port=number(port.get("nodePort")),
    )


class _TargetReference(Struct, frozen=True, gc=False):
    kind: str = ""
    name: str = ""
    namespace: str = ""


class EndpointAddress(Struct, frozen=True, gc=False, rename="camel"):
    """``endpoints[]``, or ``subsets[].addresses[]``: only the object behind it."""

    target_ref: _TargetReference | None = None


class _EndpointSubset(Struct, frozen=True, gc=False, rename="camel"):
    addresses: tuple[EndpointAddress, ...] | None = None
    not_ready_addresses: tuple[EndpointAddress, ...] | None = None


class EndpointsWire(Object, frozen=True, gc=False):
    """Endpoints or an EndpointSlice in their wire format."""

    metadata: NetworkMeta
    subsets: tuple[_EndpointSubset, ...] | None = None
    endpoints: tuple[EndpointAddress, ...] | None = None


def to_endpoints(wire: EndpointsWire) -> networking.Endpoints:
    """Keep of Endpoints the names of Pods."""
    every = (
        one
        for subset in wire.subsets or ()
        for one in (*(subset.addresses or ()), *(subset.not_ready_addresses or ()))
    )
    pods, others = _targets(wire.metadata.namespace, every)
    return networking.Endpoints(metadata=plain_meta(wire.metadata), pods=pods, others=others)


def to_slice(wire: EndpointsWire) -> networking.EndpointSlice:
    """Keep of an EndpointSlice its Service and the names of Pods."""
    service = text(mapping(wire.metadata.labels).get(_SERVICE))
    pods, others = _targets(wire.metadata.namespace, wire.endpoints or ())
    metadata = plain_meta(wire.metadata)
    return networking.EndpointSlice(metadata=metadata, service=service, pods=pods, others=others)


def _targets(namespace: str, found: Iterable[EndpointAddress]) -> tuple[tuple[str, ...], bool]:
    """Return the names of the Pods of some addresses, and whether there are other addresses."""
    pods, others = dict[str, None](), False
    for one in found:
        target = one.target_ref
        if target and target.kind == "Pod" and target.namespace in {"", namespace}:
            pods[target.name] = None
        else:
            others = True
    return tuple(pods), others


def telling_endpoints(
    services: Iterable[networking.Service],
    endpoints: Iterable[networking.Endpoints],
    slices: Iterable[networking.EndpointSlice],
) -> tuple[tuple[networking.Endpoints, ...], tuple[networking.EndpointSlice, ...]]:
    """Return the endpoints of Services without a selector; those of others follow from it."""
    selecting = {
        (one.metadata.namespace, one.metadata.name)
        for one in services
        if one.spec is not None and one.spec.selector
    }
    named = (o for o in endpoints if (o.metadata.namespace, o.metadata.name) not in selecting)
    sliced = (o for o in slices if (o.metadata.namespace, o.service) not in selecting)
    return tuple(named), tuple(sliced)
