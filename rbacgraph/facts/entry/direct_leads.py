"""What leads from outside to a Pod without a controller: its node, and Services themselves.

Source: kubernetes ``staging/src/k8s.io/api/core/v1/types.go`` (``ServiceSpec``,
``ContainerPort``).
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import NamedTuple

from rbacgraph.facts.entry.network_policies import OUTSIDE, Port, Sender
from rbacgraph.facts.entry.pod_services import PodServices, target_ports
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.answers.risk.entry import Enter, Entering
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.networking import Service, ServiceSpec

_INTERNAL_NAME = "internal-"
"""The prefix of the names that AWS gives internal load balancers."""

_LOAD_BALANCER, _NODE_PORT = "LoadBalancer", "NodePort"
EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})


class PodLead(NamedTuple):
    """What leads from outside to a Pod.

    ``ports``: the ports of the Pod; none where they are not known.
    ``source``: who sends the requests that the Pod sees.
    """

    way: Entering
    ports: tuple[Port, ...]
    source: Sender
    evidence: tuple[Evidence, ...]
    condition: Condition = CERTAIN


class ServiceWay(NamedTuple):
    """How a Service itself is reached."""

    way: Entering
    evidence: Evidence
    condition: Condition = CERTAIN


class DirectLeads(WorldPart):
    """Finds what leads to Pods without a controller."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._services = world.part(PodServices)

    def to(self, runner: PodSource) -> Iterator[PodLead]:
        """Yield what leads to a Pod."""
        yield from self._by_node(runner)
        for service in self._services.of(runner):
            ports = target_ports(service, 0, runner)
            for way, evidence, condition in self.of_service(service):
                yield PodLead(way, ports, OUTSIDE, (evidence,), condition)

    def _by_node(self, runner: PodSource) -> Iterator[PodLead]:
        host = runner.spec.host
        on_node = host is not None and host.network
        held = [one for one in runner.spec.ports if one.on_node]
        evidence = self._world.rbac.evidence
        for one in held:
            shown = (evidence(runner.obj, runner.kind, f"hostPort={one.on_node}"),)
            port = Port(one.port, one.protocol)
            yield PodLead(Enter.HOST_PORT(one.on_node), (port,), OUTSIDE, shown)
        if on_node and not held:
            listens = If.PROGRAM_LISTENS(runner.node[1], runner.node[2])
            shown = (evidence(runner.obj, runner.kind, "hostNetwork=true"),)
            yield PodLead(Enter.HOST_NETWORK(), (), OUTSIDE, shown, listens)

    def of_service(self, service: Service) -> Iterator[ServiceWay]:
        """Yield how a Service is reached: by its load balancer, ports of nodes, addresses."""
        spec, key = service.spec, (service.metadata.namespace, service.metadata.name)
        if spec is None:
            return
        evidence = self._evidence(service, f"type={spec.type}")
        if spec.type == _LOAD_BALANCER:
            yield self._load_balancer(service, spec, evidence)
        on_nodes = [str(port.node_port) for port in spec.ports if port.node_port]
        if spec.type == _NODE_PORT or (spec.type == _LOAD_BALANCER and on_nodes):
            yield ServiceWay(Enter.NODE_PORT(*key, ", ".join(on_nodes)), evidence)
        if spec.external_ips:
            private = all_private(spec.external_ips)
            way = (Enter.PRIVATE_EXTERNAL_IP if private else Enter.EXTERNAL_IP)(*key)
            shown = self._evidence(service, f"externalIPs={', '.join(spec.external_ips)}")
            yield ServiceWay(way, shown)

    def _load_balancer(self, service: Service, spec: ServiceSpec, evidence: Evidence) -> ServiceWay:
        key = service.metadata.namespace, service.metadata.name
        ranges = spec.load_balancer_source_ranges
        made = service.addresses or not service.metadata.uid
        condition = CERTAIN if made else If.LOAD_BALANCER_IS_MADE(*key)
        if service.internal or all_private(service.addresses):
            way = Enter.PRIVATE_LOAD_BALANCER(*key, service.internal or service.addresses[0])
        elif ranges and EVERYWHERE.isdisjoint(ranges):
            way = Enter.NARROWED_LOAD_BALANCER(*key, ", ".join(ranges))
        else:
            way = Enter.LOAD_BALANCER(*key)
        return ServiceWay(way, evidence, condition)

    def _evidence(self, service: Service, detail: str) -> Evidence:
        return self._world.rbac.evidence(service, "Service", detail)


def is_private(address: str) -> bool:
    """Whether an address, or the name of a load balancer, is one of a private network.

    Examples
    --------
    >>> is_private("10.1.2.3"), is_private("8.8.8.8"), is_private("fd00::1")
    (True, False, True)
    >>> is_private("internal-a1.elb.amazonaws.com"), is_private("a1.elb.amazonaws.com")
    (True, False)
    """
    try:
        return not ip_address(address).is_global
    except ValueError:
        return address.startswith(_INTERNAL_NAME)


def all_private(addresses: Sequence[str]) -> bool:
    """Whether there are addresses, and all are private ones."""
    return bool(addresses) and all(map(is_private, addresses))
