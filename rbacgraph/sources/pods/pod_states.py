"""Reads from a pod's status which containers run, and from a workload's how many Pods it has.

Sources: kubernetes ``staging/src/k8s.io/api/{core,apps,batch}/v1/types.go``, ``getPhase`` in
``pkg/kubelet/kubelet_pods.go``, ``ShouldContainerBeRestarted`` in
``pkg/kubelet/container/helpers.go``, ``calculateStatus`` in ``pkg/controller/deployment/sync.go``
and ``updateDaemonSetStatus`` in ``pkg/controller/daemon/daemon_controller.go``.
"""

from collections.abc import Iterable, Iterator
from sys import intern

from rbacgraph.model.kubernetes.pods import Stalled
from rbacgraph.sources.pods import wire_pods as wire

_Statuses = Iterable[wire.ContainerStatus] | None


def phase(status: wire.PodStatus) -> str:
    """Return a pod's phase; it is Pending if some container waits, even if others run."""
    if status.phase == "Pending" and any(map(_runs, status.container_statuses or ())):
        return "Running"
    return intern(status.phase)


def stalled(spec: wire.WirePodSpec, status: wire.PodStatus) -> tuple[Stalled, ...] | None:
    """Return the containers that do not run, without init containers, which end.

    None if the status does not list containers.
    """
    statuses = status.container_statuses
    if statuses is None:
        return None
    containers = spec.containers or ()
    others = spec.init_containers or spec.ephemeral_containers
    if not others and len(statuses) == len(containers) and all(map(_runs, statuses)):
        return ()
    sidecars = [one for one in spec.init_containers or () if one.restart_policy == "Always"]
    return (
        *_stalled(containers, statuses, spec.restart_policy or "Always"),
        *_stalled(sidecars, status.init_container_statuses, "Always"),
        *_stalled(spec.ephemeral_containers or (), status.ephemeral_container_statuses, "Never"),
    )


def counted(status: wire.WorkloadStatus) -> int | None:
    """Return the number of Pods that a status shows; None if no controller has counted them.

    Servers leave out a number that is 0, but not which generation of the object was counted.
    """
    for number in (status.replicas, status.current_number_scheduled, status.active):
        if number is not None:
            return number
    return 0 if status.observed_generation else None


def _runs(status: wire.ContainerStatus) -> bool:
    return status.state is not None and status.state.running is not None


def _stalled(
    containers: Iterable[wire.Container], statuses: _Statuses, policy: str
) -> Iterator[Stalled]:
    states = {one.name: one.state for one in statuses or ()}
    for container in containers:
        name = intern(container.name)
        if container.name not in states:
            yield Stalled(name)
            continue
        state = states[container.name] or wire.ContainerState()
        ended = state.terminated
        if ended is not None:
            own = container.restart_policy or policy
            over = own == "Never" or (own == "OnFailure" and ended.exit_code == 0)
            yield Stalled(name, "terminated", intern(ended.reason or ""), over)
        elif state.running is None:
            waiting = state.waiting
            yield Stalled(name, "waiting", intern(waiting.reason or "") if waiting else "")
