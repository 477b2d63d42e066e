"""Finds states of Pods, nodes and namespaces in which a server refuses what rights allow.

Sources: kubernetes ``pkg/kubelet/kubelet_pods.go`` (``GetExec``: of a container that runs),
``pkg/controller/nodelifecycle/node_lifecycle_controller.go`` (the condition ``Ready``) and
``staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go``.
"""

from collections.abc import Container, Iterator, Mapping, Sequence

from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import READY, Node
from rbacgraph.model.kubernetes.pods import Pod, Stalled

_LIFECYCLE = "NamespaceLifecycle"
_MOUNTING = frozenset({"", "ContainerCreating", "PodInitializing"})
"""Reasons for which a container waits, perhaps for its volumes."""

_RUNNING = {
    "Running": CERTAIN,
    "": CERTAIN,
    "Pending": If.POD_STARTS(),
    "Unknown": If.POD_STILL_RUNS(),
}


def running(snapshot: Snapshot) -> Sequence[Condition | None]:
    """Return the condition on which each Pod runs and its kubelet answers; None for never.

    Judged by its phase and its node. If a server's other Pods have a phase but one does not, its
    state is not known.
    """
    pods = snapshot.pods
    found = [_RUNNING.get(pod.phase) for pod in pods]
    live = [pod for pod in pods if pod.metadata.uid]
    phases = any(pod.phase for pod in live)
    containers = any(pod.stalled is not None for pod in live)
    doubts = node_doubts(snapshot)
    for place, pod in enumerate(pods):
        runs = found[place]
        if runs is None:
            continue
        silent = containers and pod.stalled is None if pod.phase == "Running" else not pod.phase
        silent = silent and phases and bool(pod.metadata.uid)
        if silent or pod.deleted or pod.spec.node_name in doubts:
            node = doubts.get(pod.spec.node_name, CERTAIN)
            found[place] = both(runs, *_doubts(pod, silent=silent), node)
    return found


def _doubts(pod: Pod, *, silent: bool) -> Iterator[Condition]:
    name = pod.metadata.namespace, pod.metadata.name
    if silent:
        yield If.POD_RUNS_UNSEEN(*name)
    if pod.deleted:
        yield If.POD_OUTLIVES_DELETION(*name)


def node_doubts(snapshot: Snapshot) -> Mapping[str, Condition]:
    """Return the nodes whose kubelets do not answer, each with the condition on which one does.

    They are not ready, or Pods name them but a complete list of nodes lacks them.
    """
    found = {
        node.metadata.name: If.NODE_IS_READY_AGAIN(node.metadata.name)
        for node in snapshot.nodes
        if not _is_ready(node)
    }
    if snapshot.is_listed("Node"):
        there = {node.metadata.name for node in snapshot.nodes}
        named = {pod.spec.node_name for pod in snapshot.pods}
        for name in sorted(named - there - {""}):
            found[name] = If.NODE_IS_THERE(name)
    return found


def _is_ready(node: Node) -> bool:
    """Whether nothing says that a node is not ready."""
    conditions = (node.status.conditions if node.status else None) or ()
    return all(one.status == "True" for one in conditions if one.type == READY)


def stalled(pod: Pod) -> Mapping[str, Condition | None]:
    """Return a Pod's containers that do not run, each with the condition on which it does.

    None for never.
    """
    return {one.container: None if one.over else _again(pod, one) for one in pod.stalled or ()}


def _again(pod: Pod, one: Stalled) -> Condition:
    name = one.container, pod.metadata.namespace, pod.metadata.name
    if one.state == "terminated":
        return If.CONTAINER_RUNS_AGAIN(*name, one.reason)
    if one.state == "waiting":
        return If.CONTAINER_STOPS_WAITING(*name, one.reason)
    return If.CONTAINER_RUNS_UNSEEN(*name)


def mounted(pod: Pod) -> Container[str]:
    """Return a Pod's containers that do not run, and whose volumes its kubelet has mounted."""
    return {
        one.container
        for one in pod.stalled or ()
        if one.state == "terminated" or (one.state == "waiting" and one.reason not in _MOUNTING)
    }


def closed_namespaces(snapshot: Snapshot) -> Mapping[str, Condition]:
    """Return namespaces in which nothing can be created, each with the condition on which it can.

    This includes subresources such as ``serviceaccounts/token``; existing objects may change.
    """
    servers = [flags for _, flags in snapshot.api_servers]
    if servers and all(_LIFECYCLE in flags.disabled for flags in servers):
        return {}
    return {
        namespace.metadata.name: If.NAMESPACE_IS_MADE_AGAIN(namespace.metadata.name)
        for namespace in snapshot.namespaces
        if namespace.goes
    }
