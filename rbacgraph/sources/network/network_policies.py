"""Reduces NetworkPolicies to what they say of ingress, and of requests to metadata services.

Source: kubernetes ``staging/src/k8s.io/api/networking/v1/types.go`` and
``pkg/apis/networking/v1/defaults.go``: without ``policyTypes`` a policy is for ingress, and for
egress too if it has such rules.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from sys import intern

from msgspec import Struct, field

from rbacgraph.model.kubernetes import networking
from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta

_INGRESS, _EGRESS = "Ingress", "Egress"
_METADATA = ip_address("169.254.169.254"), ip_address("fd00:ec2::254")
"""The addresses of metadata services: of every cloud, and of AWS where IPv6 is on."""

_HTTP = 80
_EVERY = LabelSelector()


class _IPBlock(Struct, frozen=True, gc=False, rename="camel"):
    cidr: str = ""
    excepts: tuple[str, ...] | None = field(default=None, name="except")


class _PolicyPeerWire(Struct, frozen=True, gc=False, rename="camel"):
    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: _IPBlock | None = None


class _PolicyPortWire(Struct, frozen=True, gc=False, rename="camel"):
    port: networking.PortName | None = None
    end_port: int | None = None
    protocol: str | None = None


class _IngressRuleWire(Struct, frozen=True, gc=False):
    peers: tuple[_PolicyPeerWire, ...] | None = field(default=None, name="from")
    ports: tuple[_PolicyPortWire, ...] | None = None


class _EgressRuleWire(Struct, frozen=True, gc=False):
    to: tuple[_PolicyPeerWire, ...] | None = None
    ports: tuple[_PolicyPortWire, ...] | None = None


class _NetworkPolicySpec(Struct, frozen=True, gc=False, rename="camel"):
    pod_selector: LabelSelector | None = None
    ingress: tuple[_IngressRuleWire, ...] | None = None
    egress: tuple[_EgressRuleWire, ...] | None = None
    policy_types: tuple[str, ...] | None = None


class NetworkPolicyWire(Object, frozen=True, gc=False):
    """A NetworkPolicy in its wire format."""

    metadata: ObjectMeta
    spec: _NetworkPolicySpec | None = None


def to_network_policy(wire: NetworkPolicyWire) -> networking.NetworkPolicy:
    """Keep of a NetworkPolicy which Pods it isolates, and what reaches them and their metadata."""
    spec = wire.spec or _NetworkPolicySpec()
    isolates = not spec.policy_types or _INGRESS in spec.policy_types
    confines = _EGRESS in spec.policy_types if spec.policy_types else bool(spec.egress)
    return networking.NetworkPolicy(
        metadata=wire.metadata,
        selector=spec.pod_selector or _EVERY,
        isolates=isolates,
        rules=tuple(map(_rule, spec.ingress or ())) if isolates else (),
        confines=confines,
        to_metadata=confines and any(map(_reaches_metadata, spec.egress or ())),
    )


def _reaches_metadata(rule: _EgressRuleWire) -> bool:
    """Whether a rule lets Pods reach the metadata service, by its address and port."""
    peers = any(peer.ip_block is not None and _holds(peer.ip_block) for peer in rule.to or ())
    return (peers or not rule.to) and (any(map(_takes_port, rule.ports or ())) or not rule.ports)


def _holds(block: _IPBlock) -> bool:
    return any(
        _is_in(address, block.cidr) and not any(_is_in(address, one) for one in block.excepts or ())
        for address in _METADATA
    )


def _is_in(address: IPv4Address | IPv6Address, block: str) -> bool:
    try:
        return address in ip_network(block, strict=False)
    except ValueError:
        return False


def _takes_port(port: _PolicyPortWire) -> bool:
    if (port.protocol or "TCP") != "TCP" or isinstance(port.port, str):
        return False
    return port.port is None or port.port <= _HTTP <= (port.end_port or port.port)


def _rule(rule: _IngressRuleWire) -> networking.IngressRule:
    return networking.IngressRule(
        peers=tuple(map(_peer, rule.peers or ())), ports=tuple(map(_port, rule.ports or ()))
    )


def _peer(peer: _PolicyPeerWire) -> networking.PolicyPeer:
    block = peer.ip_block or _IPBlock()
    return networking.PolicyPeer(
        pods=peer.pod_selector,
        namespaces=peer.namespace_selector,
        cidr=block.cidr,
        excepts=block.excepts or (),
    )


def _port(port: _PolicyPortWire) -> networking.PolicyPort:
    return networking.PolicyPort(
        port=port.port or 0, end=port.end_port or 0, protocol=intern(port.protocol or "TCP")
    )
