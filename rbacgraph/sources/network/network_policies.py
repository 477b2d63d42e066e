"""Reduces NetworkPolicies to what they say of ingress.

Source: kubernetes ``staging/src/k8s.io/api/networking/v1/types.go`` and
``pkg/apis/networking/v1/defaults.go``: without ``policyTypes`` a policy is for ingress, and for
egress too if it has such rules.
"""

from sys import intern

from msgspec import Struct, field

from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta
from rbacgraph.model.kubernetes.networking import (
    IngressRule,
    NetworkPolicy,
    PolicyPeer,
    PolicyPort,
    PortName,
)

_INGRESS = "Ingress"
_EVERY = LabelSelector()


class IPBlock(Struct, frozen=True, gc=False, rename="camel"):
    """``from[].ipBlock``."""

    cidr: str = ""
    excepts: tuple[str, ...] | None = field(default=None, name="except")


class PolicyPeerWire(Struct, frozen=True, gc=False, rename="camel"):
    """``from[]`` in its wire format."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


class PolicyPortWire(Struct, frozen=True, gc=False, rename="camel"):
    """``ports[]`` in its wire format."""

    port: PortName | None = None
    end_port: int | None = None
    protocol: str | None = None


class IngressRuleWire(Struct, frozen=True, gc=False):
    """``ingress[]`` in its wire format."""

    peers: tuple[PolicyPeerWire, ...] | None = field(default=None, name="from")
    ports: tuple[PolicyPortWire, ...] | None = None


class NetworkPolicySpec(Struct, frozen=True, gc=False, rename="camel"):
    """``spec`` in its wire format."""

    pod_selector: LabelSelector | None = None
    ingress: tuple[IngressRuleWire, ...] | None = None
    policy_types: tuple[str, ...] | None = None


class NetworkPolicyWire(Object, frozen=True, gc=False):
    """A NetworkPolicy in its wire format."""

    metadata: ObjectMeta
    spec: NetworkPolicySpec | None = None


def to_network_policy(wire: NetworkPolicyWire) -> NetworkPolicy:
    """Keep of a NetworkPolicy which Pods it isolates, and what it lets reach them."""
    spec = wire.spec or NetworkPolicySpec()
    isolates = not spec.policy_types or _INGRESS in spec.policy_types
    return NetworkPolicy(
        metadata=wire.metadata,
        selector=spec.pod_selector or _EVERY,
        isolates=isolates,
        rules=tuple(map(_rule, spec.ingress or ())) if isolates else (),
    )


def _rule(rule: IngressRuleWire) -> IngressRule:
    return IngressRule(
        peers=tuple(map(_peer, rule.peers or ())), ports=tuple(map(_port, rule.ports or ()))
    )


def _peer(peer: PolicyPeerWire) -> PolicyPeer:
    block = peer.ip_block or IPBlock()
    return PolicyPeer(
        pods=peer.pod_selector,
        namespaces=peer.namespace_selector,
        cidr=block.cidr,
        excepts=block.excepts or (),
    )


def _port(port: PolicyPortWire) -> PolicyPort:
    return PolicyPort(
        port=port.port or 0, end=port.end_port or 0, protocol=intern(port.protocol or "TCP")
    )
