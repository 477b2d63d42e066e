"""Which Services lead to a Pod, to which of its ports, and whether it runs to be reached.

Sources: kubernetes ``pkg/controller/endpointslice``: a Service with a selector leads to the Pods of
its namespace that have these labels; without one, its Endpoints say where it leads.
``pkg/controller/podgc/gc_controller.go`` (``gcOrphaned``): Pods whose node is gone are deleted.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.entry.network_policies import Port
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.kubernetes.networking import Endpoints, EndpointSlice, PortName, Service
from rbacgraph.model.kubernetes.pods import have_labels

EXTERNAL_NAME = "ExternalName"


class _Targets(NamedTuple):
    """Where a Service without a selector leads."""

    pods: frozenset[str]
    others: bool


class PodServices(WorldPart):
    """Finds the Services that lead to a Pod."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)

    def of(self, runner: PodSource) -> Iterator[Service]:
        """Yield the Services that lead to a Pod or a workload's Pods."""
        namespace, labels = runner.node[1], runner.obj.labels
        by_label = self._selecting.get(namespace, {})
        for label in labels.split(",") if by_label else ():
            for service, selector in by_label.get(label, ()):
                if have_labels(labels, selector):
                    yield service
        for service in self._without_selector.get(namespace, ()) if runner.kind == "Pod" else ():
            found = self._targets.get((namespace, service.metadata.name))
            if found is not None and runner.name in found.pods:
                yield service

    def runs(self, runner: PodSource) -> Condition | None:
        """Return the condition on which an attacker finds something running; None for never."""
        node = runner.spec.node_name
        if runner.running is None or not node or node in self._nodes:
            return runner.running
        if self._world.snapshot.is_listed("Node"):
            return None
        return both(runner.running, If.NODE_IS_THERE(node))

    def behind(self, service: Service) -> Iterator[PodSource]:
        """Yield what runs behind a Service."""
        for runner in self._world.running.runners_in(service.metadata.namespace):
            if self.runs(runner) is not None and any(one is service for one in self.of(runner)):
                yield runner

    def leading_elsewhere(self, namespace: str) -> Iterator[Service]:
        """Yield the Services whose Pods the input does not show: only addresses, or nothing."""
        for service in self._without_selector.get(namespace, ()):
            found = self._targets.get((namespace, service.metadata.name))
            if found is None or found.others:
                yield service

    @cached_property
    def _nodes(self) -> frozenset[str]:
        return frozenset(one.metadata.name for one in self._world.snapshot.nodes)

    @cached_property
    def _selecting(self) -> Mapping[str, Mapping[str, list[tuple[Service, dict[str, str]]]]]:
        """Services with a selector, by namespace and one of the labels that they select."""
        found: dict[str, dict[str, list[tuple[Service, dict[str, str]]]]] = {}
        for service, selector in self._leading:
            if selector:
                key, value = next(iter(selector.items()))
                by_label = found.setdefault(service.metadata.namespace, {})
                by_label.setdefault(f"{key}={value}", []).append((service, selector))
        return found

    @cached_property
    def _without_selector(self) -> Mapping[str, list[Service]]:
        found: defaultdict[str, list[Service]] = defaultdict(list)
        for service, selector in self._leading:
            if not selector:
                found[service.metadata.namespace].append(service)
        return found

    @property
    def _leading(self) -> Iterator[tuple[Service, dict[str, str]]]:
        """The Services that lead to Pods, with their selectors."""
        for service in self._world.services.values():
            spec = service.spec
            if spec is not None and spec.type != EXTERNAL_NAME:
                yield service, spec.selector or {}

    @cached_property
    def _targets(self) -> Mapping[Key, _Targets]:
        """Where Endpoints and EndpointSlices lead, by Service."""
        snapshot, found = self._world.snapshot, dict[Key, _Targets]()
        named = ((one, one.metadata.name) for one in snapshot.endpoints)
        sliced = ((one, one.service) for one in snapshot.endpoint_slices)
        every: Iterator[tuple[Endpoints | EndpointSlice, str]] = chain(named, sliced)
        for one, service in every:
            key = one.metadata.namespace, service
            known = found.get(key, _Targets(frozenset(), others=False))
            found[key] = _Targets(known.pods.union(one.pods), known.others or one.others)
        return found


def target_ports(service: Service, port: PortName, runner: PodSource) -> tuple[Port, ...]:
    """Return the ports of a Pod to which a port of a Service leads; 0 stands for every one.

    Those whose numbers the input does not show have the number 0.
    """
    ports = service.spec.ports if service.spec else ()
    found = [one for one in ports if port in {0, one.port, one.name}]
    if not found and port:  # an OpenShift Route names the port of the Pod
        found = [one for one in ports if one.target_port == port]
    return tuple(Port(_number(one.target_port, runner), one.protocol) for one in found)


def _number(port: PortName, runner: PodSource) -> int:
    if isinstance(port, int):
        return port
    return next((one.port for one in runner.spec.ports if one.name == port), 0)
