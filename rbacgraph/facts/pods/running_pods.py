"""What runs in a cluster, and on which nodes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from rbacgraph.facts.bindings.bindings import BoundRoles
from rbacgraph.facts.pods.pod_sources import PodSource, PodSources, runners
from rbacgraph.facts.pods.virtual_nodes import VirtualNode, virtual_nodes
from rbacgraph.facts.states.object_states import node_doubts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.pods import Workload
from rbacgraph.model.node import KUBELET, NODE, POD

STATEFUL_SET = "statefulset"
_WITH_ORDINAL = re.compile(r"(.+)-(0|[1-9][0-9]{0,8})")


class RunningPods:
    """Indexes the Pods, workloads and nodes of a cluster."""

    def __init__(self, rbac: BoundRoles) -> None:
        self.snapshot = rbac.snapshot
        self.index = rbac.index

    @cached_property
    def found_runners(self) -> PodSources:
        """What runs, with what versions add to it."""
        return runners(self.snapshot, self.index)

    @property
    def runners(self) -> tuple[PodSource, ...]:
        """Pods, then the workloads that are analysed from their template."""
        return self.found_runners.all

    @property
    def pods(self) -> Sequence[PodSource]:
        """The Pods among :attr:`runners`."""
        return self.runners[: self.found_runners.pods]

    def runner(self, namespace: str, name: str) -> PodSource | None:
        """Return the Pod of a name, if the input holds it."""
        runners = self.runners
        number = self.index.names(POD).get(namespace, {}).get(name)
        return None if number is None else runners[number - runners[0].number]

    @cached_property
    def added(self) -> frozenset[int]:
        """Numbers of what versions add to Pods and workloads."""
        return frozenset(part.added for part in self.found_runners.parts)

    def versions_of(self, runner: PodSource) -> Sequence[PodSource]:
        """Return a Pod or workload, followed by what its versions add to it."""
        return (runner, *self._added.get(runner.number, ()))

    @cached_property
    def _added(self) -> Mapping[int, list[PodSource]]:
        wholes = {part.added: part.whole for part in self.found_runners.parts}
        found: dict[int, list[PodSource]] = {}
        for runner in self.runners if wholes else ():
            if runner.number in wholes:
                found.setdefault(wholes[runner.number], []).append(runner)
        return found

    def runners_in(self, namespace: str) -> Sequence[PodSource]:
        return self._runners_by_namespace.get(namespace, ())

    @cached_property
    def _runners_by_namespace(self) -> Mapping[str, list[PodSource]]:
        found: dict[str, list[PodSource]] = {}
        for runner in self.runners:
            found.setdefault(runner.node[1], []).append(runner)
        return found

    @cached_property
    def running_in(self) -> frozenset[str]:
        """Namespaces in which something runs, or may run."""
        return frozenset(one.node[1] for one in self.runners if one.running is not None)

    @cached_property
    def sandboxed_in(self) -> frozenset[str]:
        """Namespaces with a Pod that may have its own kernel."""
        return frozenset(one.node[1] for one in self.runners if one.spec.sandbox)

    @cached_property
    def node_doubts(self) -> Mapping[str, Condition]:
        """Nodes whose kubelets do not answer, each with the condition on which one does."""
        return node_doubts(self.snapshot)

    @cached_property
    def windows_nodes(self) -> frozenset[str]:
        """Names of the nodes that run Windows."""
        return frozenset(node.metadata.name for node in self.snapshot.nodes if node.runs_windows)

    def host_doubt(self, node: str) -> Condition:
        """Return the condition on which a new Pod controls a node: ready, or with such Pods."""
        windows = node in self.windows_nodes
        doubt = If.WINDOWS_NODE_RUNS_HOST_PROCESS(node) if windows else CERTAIN
        return both(self.node_doubts.get(node, CERTAIN), doubt)

    @cached_property
    def odd_hosts(self) -> bool:
        """Whether the attacker's own Pods do not control every node equally."""
        return bool(self.node_doubts or self.windows_nodes)

    @cached_property
    def stalled_pods(self) -> Sequence[PodSource]:
        """The running Pods with some containers that do not run."""
        pods = self.runners[: len(self.snapshot.pods)]
        return [runner for runner in pods if runner.stalled and runner.running is not None]

    @cached_property
    def waiting_pods(self) -> Sequence[PodSource]:
        """The Pods that are not bound to a node."""
        return [runner for runner in self.pods if not runner.spec.node_name and not runner.static]

    @cached_property
    def stateful_sets(self) -> Mapping[str, list[tuple[PodSource, int]]]:
        """StatefulSets that are analysed from their template, by name, with their numbers of Pods.

        Their Pods are numbered from 0, and as many as are wanted, or still there by the status; one
        that is scaled to zero may have one again.
        """
        found: dict[str, list[tuple[PodSource, int]]] = {}
        for runner in self.runners[self.found_runners.pods :]:
            if runner.node[0] == STATEFUL_SET and runner.running is not None:
                assert isinstance(runner.obj, Workload)
                count = max(runner.obj.replicas or 1, runner.obj.pods or 1)
                found.setdefault(runner.obj.metadata.name, []).append((runner, count))
        return found

    def made_by_name(self, scope: str, pods: Iterable[str]) -> Iterator[PodSource]:
        """Yield the StatefulSets, analysed from their template, that make a Pod of some name.

        Source: ``getPodName`` in kubernetes ``pkg/controller/statefulset/stateful_set_utils.go``.
        """
        for pod in pods:
            parts = _WITH_ORDINAL.fullmatch(pod)
            for runner, count in self.stateful_sets.get(parts[1], ()) if parts else ():
                if parts and scope in {"", runner.node[1]} and int(parts[2]) < count:
                    yield runner

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Names of the cluster's nodes: Node objects, and nodes that Pods name."""
        found = {node.metadata.name for node in self.snapshot.nodes}
        found.update(runner.spec.node_name for runner in self.runners)
        found.discard("")
        return tuple(sorted(found))

    @cached_property
    def node_numbers(self) -> Mapping[str, int]:
        """The number of every node of the cluster, by name."""
        return {name: self.index.number((NODE, "", name)) for name in self.nodes}

    @cached_property
    def virtual_nodes(self) -> Mapping[str, VirtualNode]:
        """The virtual nodes, by name."""
        return virtual_nodes(self.snapshot, self.nodes)

    @cached_property
    def kubelet_numbers(self) -> Mapping[str, int]:
        """The number of every kubelet's identity, by the node's name."""
        return {name: self.index.number((KUBELET, "", name)) for name in self.nodes}
