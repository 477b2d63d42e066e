"""Which Services lead to a Pod, and to which of its ports.

Source: kubernetes ``pkg/controller/endpointslice``: a Service with a selector leads to the Pods of
its namespace that have these labels; without one, its Endpoints say where it leads.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.entry.network_policies import Port
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.kubernetes.networking import Endpoints, EndpointSlice, PortName, Service
from rbacgraph.model.kubernetes.pods import have_labels

EXTERNAL_NAME = "ExternalName"


class _Targets(NamedTuple):
    """Where a Service without a selector leads."""

    pods: frozenset[str]
    others: bool


class PodServices:
    """Finds the Services that lead to a Pod.

    Parameters
    ----------
    world:
        The cluster.
    """

    def __init__(self, world: Facts) -> None:
        self._world = world

    def of(self, runner: PodSource) -> Iterator[Service]:
        """Yield the Services that lead to a Pod or a workload's Pods."""
        namespace, name = runner.node[1], runner.node[2]
        for service, selector in self._by_namespace.get(namespace, ()):
            if selector:
                if have_labels(runner.obj.labels, selector):
                    yield service
            elif runner.kind == "Pod":
                found = self._targets.get((namespace, service.metadata.name))
                if found is not None and name in found.pods:
                    yield service

    def behind(self, service: Service) -> Iterator[PodSource]:
        """Yield what runs behind a Service."""
        for runner in self._world.running.runners_in(service.metadata.namespace):
            if runner.running is not None and any(one is service for one in self.of(runner)):
                yield runner

    def leading_elsewhere(self, namespace: str) -> Iterator[Service]:
        """Yield the Services whose Pods the input does not show: only addresses, or nothing."""
        for service, selector in self._by_namespace.get(namespace, ()):
            found = self._targets.get((namespace, service.metadata.name))
            if not selector and (found is None or found.others):
                yield service

    @cached_property
    def _by_namespace(self) -> Mapping[str, list[tuple[Service, dict[str, str]]]]:
        found: defaultdict[str, list[tuple[Service, dict[str, str]]]] = defaultdict(list)
        for service in self._world.services.values():
            spec = service.spec
            if spec is not None and spec.type != EXTERNAL_NAME:
                found[service.metadata.namespace].append((service, spec.selector or {}))
        return found

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
