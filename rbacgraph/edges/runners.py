"""What runs: the Pods of the input, and the workloads of which it shows the template alone."""

from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple

from rbacgraph.edges.condition import both
from rbacgraph.edges.index import Index
from rbacgraph.edges.levels import Levels
from rbacgraph.edges.owners import standalone
from rbacgraph.model.node import POD, Node
from rbacgraph.model.pods import Pod, PodSpec, Workload
from rbacgraph.model.snapshot import Snapshot

_PLAIN_GROUPS = frozenset({"", "apps", "batch", "extensions"})
_RUNNING = {
    "Running": "",
    "": "",
    "Pending": "the pod starts running",
    "Unknown": "the pod still runs",
}


class Runner(NamedTuple):
    """A Pod, or a workload whose Pods the input does not hold, told from its template.

    ``live`` says that admission has completed the spec. ``running`` is the condition
    under which it has a running container, None where it has none; ``on_node`` the one
    under which the node it names has it, None for no node: a Pod stays on its node, whatever
    its phase, until it is deleted. ``static`` says that it is the mirror of a static Pod: changing
    it changes nothing on the node, and the Node authorizer ignores it.

    Source: kubernetes ``pkg/kubelet/pod/mirror_client.go`` and
    ``plugin/pkg/auth/authorizer/node/graph_populator.go``.
    """

    number: int
    node: Node
    obj: Pod | Workload
    kind: str
    spec: PodSpec
    live: bool
    running: str | None
    on_node: str | None
    static: bool

    def kubelet_secrets(self) -> Iterator[str]:
        """Names of the Secrets of the namespace that its kubelet may read."""
        yield from (use.secret for use in self.spec.secrets)
        yield from (name for name, _ in self.spec.kubelet)


def runners(snapshot: Snapshot, index: Index) -> tuple[Runner, ...]:
    """Return the Pods, then the workloads that are analysed from their template."""
    pods = snapshot.pods
    metadata = [pod.metadata for pod in pods]
    nodes = [(POD, meta.namespace, meta.name) for meta in metadata]
    columns = zip(
        index.block(POD, nodes),
        nodes,
        pods,
        repeat("Pod"),
        [pod.spec for pod in pods],
        [bool(meta.uid) for meta in metadata],
        [_RUNNING.get(pod.phase) for pod in pods],
        ["" if pod.spec.node_name else None for pod in pods],
        [pod.mirror for pod in pods],
        strict=False,
    )
    # What Runner._make does, without a call in Python for every Pod.
    found = map(tuple.__new__, repeat(Runner), columns)
    return (*found, *_templates(snapshot, index))


def _templates(snapshot: Snapshot, index: Index) -> Iterator[Runner]:
    levels = Levels(snapshot)
    for workload in standalone(snapshot.workloads, snapshot.pods):
        node = workload_node(workload)
        running = _running_template(workload) if _makes_pods(snapshot, workload) else None
        if running is not None:
            let_in = levels.lets_be(node[1], node[2], workload.spec)
            running = None if let_in is None else both(running, let_in)
        number = index.number(node)
        kind, spec = workload.kind, workload.spec
        on_node = running if spec.node_name else None
        yield Runner(number, node, workload, kind, spec, False, running, on_node, False)


def _makes_pods(snapshot: Snapshot, workload: Workload) -> bool:
    """Whether a workload without Pods may have some that the input does not show."""
    namespace, account = workload.metadata.namespace, workload.spec.service_account
    if snapshot.is_listed("Pod", namespace):
        return False
    listed = snapshot.is_listed("ServiceAccount", namespace)
    return not listed or (namespace, account) in snapshot.service_account_index


def _running_template(workload: Workload) -> str | None:
    if workload.kind == "PodTemplate":
        return None
    if workload.kind in {"Job", "CronJob"}:
        return f"a pod of the {workload.kind} runs at the time"
    if workload.replicas == 0:
        return f"the {workload.kind} is scaled up from 0"
    return ""


def workload_node(workload: Workload) -> Node:
    """Node of a workload; a group that reuses a kind's name is part of the kind."""
    group = workload.api_version.rpartition("/")[0]
    kind = workload.kind.lower()
    kind = kind if group in _PLAIN_GROUPS else f"{kind}.{group}"
    return kind, workload.metadata.namespace, workload.metadata.name
