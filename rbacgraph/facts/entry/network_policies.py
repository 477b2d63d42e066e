"""Which Pods NetworkPolicies shut, against whom, and whether anything enforces them.

A Pod is isolated if a policy of its namespace selects it for ingress; then what any rule of these
allows reaches it, and nothing else. Sources: kubernetes ``staging/src/k8s.io/api/networking/v1/
types.go`` and the documentation of NetworkPolicies.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from functools import cached_property
from ipaddress import ip_network
from typing import NamedTuple, cast

from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.kubernetes.meta import LabelSelector
from rbacgraph.model.kubernetes.networking import (
    IngressRule,
    NetworkPolicy,
    PolicyPeer,
    PolicyPort,
)
from rbacgraph.model.kubernetes.pods import have_labels, labels_of_pack

_NAME = "kubernetes.io/metadata.name"
"""The label that every Namespace has, with its name."""

_ENFORCING = (
    *(
        ("k8s-app", "calico-node"),
        ("k8s-app", "cilium"),
        ("app.kubernetes.io/name", "cilium-agent"),
    ),
    *(("k8s-app", "kube-router"), ("k8s-app", "canal"), ("name", "weave-net"), ("app", "antrea")),
    *(("app", "ovnkube-node"), ("app", "sdn"), ("k8s-app", "kube-network-policies")),
    *(("app", "kube-network-policies"), ("k8s-app", "azure-npm")),
)
_IGNORING = (("app", "flannel"), ("k8s-app", "flannel"))


class Verdict(IntEnum):
    """Whether NetworkPolicies let something reach a Pod."""

    SHUT = 0
    UNKNOWN = 1
    OPEN = 2


class Sender(NamedTuple):
    """Where requests for a Pod come from.

    ``pods``: the Pods that send them, such as those of a controller.
    ``outside``: whether addresses outside the cluster send them: of clients, or of nodes in their
        place.
    ``known``: whether it is known who sends them.
    """

    pods: tuple[PodSource, ...] = ()
    outside: bool = False
    known: bool = True


OUTSIDE = Sender(outside=True)
SOMEWHERE = Sender(known=False)


class Port(NamedTuple):
    """A port of a Pod; the number 0 stands for one that is not known."""

    number: int
    protocol: str = "TCP"


class JudgedRequests(NamedTuple):
    """What NetworkPolicies say of requests for a Pod, and those that isolate it."""

    verdict: Verdict
    policies: tuple[NetworkPolicy, ...] = ()


class NetworkPolicies(WorldPart):
    """Judges whether NetworkPolicies let requests reach Pods."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._isolating: dict[tuple[str, str], tuple[NetworkPolicy, ...]] = {}
        self._confining: dict[tuple[str, str], tuple[NetworkPolicy, ...]] = {}

    def judge(self, runner: PodSource, ports: Iterable[Port], source: Sender) -> JudgedRequests:
        """Return whether requests from a source reach any of some ports of a Pod.

        Policies say nothing of Pods in the network of their node.
        """
        policies = self.isolating(runner)
        if not policies:
            return JudgedRequests(Verdict.OPEN)
        every = tuple(ports) or (Port(0),)
        verdicts = (
            self._rule(policy, rule, runner, port, source)
            for policy in policies
            for rule in policy.rules
            for port in every
        )
        return JudgedRequests(max(verdicts, default=Verdict.SHUT), policies)

    def isolating(self, runner: PodSource) -> tuple[NetworkPolicy, ...]:
        """Return the policies that isolate a Pod against requests."""
        return _selecting(self._by_namespace, self._isolating, runner)

    def to_metadata(self, runner: PodSource) -> Condition | None:
        """Return the condition on which a Pod may call a metadata service; None for never."""
        policies = _selecting(self._confining_by_namespace, self._confining, runner)
        if not policies or any(one.to_metadata for one in policies) or self.enforced is False:
            return CERTAIN
        return None if self.enforced else If.NETWORK_POLICIES_ARE_IGNORED(*runner.node[1:])

    def _rule(
        self,
        policy: NetworkPolicy,
        rule: IngressRule,
        runner: PodSource,
        port: Port,
        source: Sender,
    ) -> Verdict:
        ports = [_port(one, port, runner) for one in rule.ports] or [Verdict.OPEN]
        peers = [self._peer(policy, one, source) for one in rule.peers] or [Verdict.OPEN]
        return min(max(ports), max(peers))

    def _peer(self, policy: NetworkPolicy, peer: PolicyPeer, source: Sender) -> Verdict:
        if not source.known:
            return Verdict.UNKNOWN
        found = [Verdict.SHUT]
        if source.outside and peer.cidr:
            found.append(_block(peer))
        found += [self._pod(policy, peer, one) for one in source.pods]
        return max(found)

    def _pod(self, policy: NetworkPolicy, peer: PolicyPeer, sender: PodSource) -> Verdict:
        """Return whether a peer of a rule is a Pod that sends requests."""
        on_node = sender.spec.host is not None and sender.spec.host.network
        if peer == PolicyPeer():
            return Verdict.SHUT
        if peer.cidr:
            whole = on_node and _block(peer) == Verdict.OPEN
            return Verdict.OPEN if whole else Verdict.UNKNOWN
        if on_node:  # which address the Pod sees is up to the network plugin
            return Verdict.UNKNOWN
        namespace = sender.node[1]
        here = Verdict.OPEN if namespace == policy.metadata.namespace else Verdict.SHUT
        if peer.namespaces is not None:
            here = self._namespace(peer.namespaces, namespace)
        selected = peer.pods is None or selector_matches(peer.pods, _labels(sender))
        return here if selected else Verdict.SHUT

    def _namespace(self, selector: LabelSelector, namespace: str) -> Verdict:
        labels = self._labels.get(namespace)
        keys = {*(selector.match_labels or ()), *(e.key for e in selector.match_expressions or ())}
        if labels is None and not keys <= {_NAME}:
            return Verdict.UNKNOWN
        own = {_NAME: namespace, **(labels or {})}
        return Verdict.OPEN if selector_matches(selector, own) else Verdict.SHUT

    @cached_property
    def _by_namespace(self) -> Mapping[str, list[NetworkPolicy]]:
        return _by_namespace(one for one in self._world.snapshot.network_policies if one.isolates)

    @cached_property
    def _confining_by_namespace(self) -> Mapping[str, list[NetworkPolicy]]:
        return _by_namespace(one for one in self._world.snapshot.network_policies if one.confines)

    @cached_property
    def _labels(self) -> Mapping[str, dict[str, str]]:
        namespaces = self._world.snapshot.namespaces
        return {one.metadata.name: one.metadata.labels or {} for one in namespaces}

    @cached_property
    def enforced(self) -> bool | None:
        """Whether a network plugin enforces policies; None if the input shows no plugin."""
        if self._has(_ENFORCING):
            return True
        return False if self._has(_IGNORING) else None

    def _has(self, marks: Sequence[tuple[str, str]]) -> bool:
        return any(
            have_labels(labels, {label: value})
            for labels in self._running_labels
            for label, value in marks
        )

    @cached_property
    def _running_labels(self) -> frozenset[str]:
        runners = self._world.running.runners
        return frozenset(one.obj.labels for one in runners if one.running is not None)


def _by_namespace(policies: Iterable[NetworkPolicy]) -> dict[str, list[NetworkPolicy]]:
    found: dict[str, list[NetworkPolicy]] = {}
    for policy in policies:
        found.setdefault(policy.metadata.namespace, []).append(policy)
    return found


def _selecting(
    by_namespace: Mapping[str, list[NetworkPolicy]],
    known: dict[tuple[str, str], tuple[NetworkPolicy, ...]],
    runner: PodSource,
) -> tuple[NetworkPolicy, ...]:
    """Return the policies that select a Pod: none if it is in the network of its node."""
    if runner.spec.host is not None and runner.spec.host.network:
        return ()
    namespace, labels = runner.node[1], runner.obj.labels
    policies = by_namespace.get(namespace)
    if not policies:
        return ()
    key = namespace, labels
    if key not in known:
        own = _labels(runner)
        known[key] = tuple(one for one in policies if selector_matches(one.selector, own))
    return known[key]


def _labels(runner: PodSource) -> dict[str, str]:
    return cast("dict[str, str]", labels_of_pack(runner.obj.labels))


def _block(peer: PolicyPeer) -> Verdict:
    """Return whether an address block holds every address outside."""
    try:
        whole = ip_network(peer.cidr, strict=False).prefixlen == 0
    except ValueError:
        return Verdict.UNKNOWN
    return Verdict.OPEN if whole and not peer.excepts else Verdict.UNKNOWN


def _port(allowed: PolicyPort, port: Port, runner: PodSource) -> Verdict:
    """Return whether a rule allows a port."""
    if allowed.protocol != port.protocol:
        return Verdict.SHUT
    if not allowed.port:
        return Verdict.OPEN
    if not port.number:
        return Verdict.UNKNOWN
    if isinstance(allowed.port, int):
        held = allowed.port <= port.number <= (allowed.end or allowed.port)
        return Verdict.OPEN if held else Verdict.SHUT
    named = {one.port for one in runner.spec.ports if one.name == allowed.port}
    return Verdict.OPEN if port.number in named else Verdict.SHUT
