"""Finds how a Pod's container reaches its node: the whole host, or files and processes.

Judged by the spec alone. A container counts as root, and without a profile of AppArmor or SELinux
of its own, unless the spec says otherwise; what a node's policy may still prevent becomes a
condition.

Sources: Linux ``capabilities(7)``, ``ptrace(2)``, ``core(5)``; the levels of
https://kubernetes.io/docs/concepts/security/pod-security-standards/.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.pods import HostAccess, HostContainer

POLICY = If.NO_POLICY_OF_NODE()

_CAPABILITIES = {
    "ALL": POLICY,
    "SYS_ADMIN": POLICY,
    "DAC_READ_SEARCH": POLICY,
    "SYS_RAWIO": POLICY,
    "BPF": POLICY,
    "SYS_MODULE": If.KERNEL_LOADS_MODULES(),
}
"""What may still prevent a capability from giving the node."""

_SOCKETS = {
    "/run/docker.sock": CERTAIN,
    "/run/containerd/containerd.sock": CERTAIN,
    "/run/crio/crio.sock": CERTAIN,
    "/run/k0s/containerd.sock": CERTAIN,
    "/run/cri-dockerd.sock": CERTAIN,
    "/run/dockershim.sock": CERTAIN,
    "/run/k3s/containerd/containerd.sock": CERTAIN,
    "/run/podman/podman.sock": CERTAIN,
    "/run/systemd/private": CERTAIN,
    "/run/dbus/system_bus_socket": POLICY,
}
"""Sockets of programs that start processes as root; a read-only mount does not protect them."""

_RUN_BY_ROOT = (
    "/bin",
    "/etc/kubernetes/manifests",
    "/etc/ld.so.preload",
    "/lib/systemd",
    "/lib64",
    "/opt/cni/bin",
    "/sbin",
    "/usr/bin",
    "/usr/lib/systemd",
    "/usr/lib64",
    "/usr/libexec/kubernetes/kubelet-plugins/volume/exec",
    "/usr/sbin",
)
"""Files that root runs on every node: writing there, or in a folder above, gives the node."""

_LOGS_IN = If.SOMEBODY_LOGS_IN_TO_NODE()
_IF_SO = {
    "/boot": If.NODE_STARTS_AGAIN(),
    "/etc/cni": If.NETWORK_PLUGINS_RUN(),
    "/etc/cron.d": If.NODE_RUNS_CRON(),
    "/etc/cron.daily": If.NODE_RUNS_CRON(),
    "/etc/cron.hourly": If.NODE_RUNS_CRON(),
    "/etc/crontab": If.NODE_RUNS_CRON(),
    "/etc/init.d": If.NODE_STARTS_AGAIN(),
    "/etc/pam.d": _LOGS_IN,
    "/etc/passwd": _LOGS_IN,
    "/etc/profile.d": _LOGS_IN,
    "/etc/shadow": _LOGS_IN,
    "/etc/sudoers": _LOGS_IN,
    "/etc/sudoers.d": _LOGS_IN,
    "/etc/systemd": If.SYSTEMD_READS_UNITS(),
    "/home": If.USER_BECOMES_ROOT(),
    "/lib/modules": If.NODE_LOADS_MODULE(),
    "/proc": POLICY,
    "/root": _LOGS_IN,
    "/sys/fs/cgroup": POLICY,
    "/sys/kernel": POLICY,
    "/usr/local/bin": If.ROOT_RUNS_FILES(),
    "/usr/local/sbin": If.ROOT_RUNS_FILES(),
    "/var/lib/containerd": If.CONTAINER_RUNS_FILES(),
    "/var/lib/containers": If.CONTAINER_RUNS_FILES(),
    "/var/lib/docker": If.CONTAINER_RUNS_FILES(),
    "/var/lib/k0s": If.ROOT_RUNS_FILES(),
    "/var/lib/kubelet": If.KUBELET_BELIEVES_FILES(),
    "/var/lib/rancher": If.ROOT_RUNS_FILES(),
    "/var/log": If.SOMEBODY_READS_LOGS(),
    "/var/snap/microk8s": If.KUBELET_BELIEVES_FILES(),
    "/var/spool/cron": If.NODE_RUNS_CRON(),
}
"""Files that give the node if something else happens: writing there, above or below."""

_PROVISIONED = (
    "/var/lib/rancher/k3s/storage",
    "/var/snap/microk8s/common/default-storage",
)
"""Folders in which a distribution's provisioners make volumes: nothing else uses them."""

_ALL_RUN: Mapping[str, Condition | None] = {}
_RUN_BY_WINDOWS = (
    *("/windows", "/program files", "/programdata", "/users", "/k"),
    *("/etc/kubernetes", "/opt/cni/bin", "/var/lib/kubelet"),
)
"""Files that Windows, its kubelet or its runtime run or trust, below the drive."""

_DRIVE = re.compile("[a-z]:")


class Escape(NamedTuple):
    """A way from a Pod to its node, and its condition."""

    how: str
    condition: Condition


class HostFile(NamedTuple):
    """A path of the node that a Pod's container can read."""

    path: str
    how: str
    condition: Condition


def best_escape(
    host: HostAccess | None, stalled: Mapping[str, Condition | None] = _ALL_RUN
) -> Escape | None:
    """Return the way to the whole node with the weakest condition; None if there is none.

    Parameters
    ----------
    host:
        A Pod's access to its node.
    stalled:
        Its containers that do not run, each with the condition on which it does.
    """
    if host is None:
        return None
    best = None
    for escape in _escapes(host, stalled):
        if not escape.condition:
            return escape
        best = best or escape
    return best


def host_files(
    host: HostAccess, stalled: Mapping[str, Condition | None] = _ALL_RUN
) -> Iterator[HostFile]:
    """Yield the node's paths that containers of a Pod can read, in their order."""
    for container in _starting_again(host, stalled):
        condition = both(*_limits(container, stalled))
        for path, _ in container.paths:
            how = f"container {container.name} mounts {path}"
            if host.windows:
                condition_of_file = both(condition, If.ACCOUNT_IS_ADMINISTRATOR(container.name))
                yield HostFile(_on_drive(path), how, condition_of_file)
            else:
                yield HostFile(path, how, condition)
    if host.pid and not host.windows:
        how = "it sees the processes of the node (hostPID)"
        yield HostFile("/proc", how, own_kernel(host.sandbox))


def covers(path: str, other: str) -> bool:
    """Whether a path equals another one, or is a folder above it.

    Examples
    --------
    >>> covers("/", "/etc"), covers("/etc", "/etc/cron.d"), covers("/etc", "/etcd")
    (True, True, False)
    """
    return path == other or other.startswith("/" if path == "/" else f"{path}/")


def own_kernel(sandbox: str) -> Condition:
    """Return the condition on which containers of a RuntimeClass use the node's own kernel.

    Examples
    --------
    >>> own_kernel("kata"), own_kernel("")
    (Condition(KERNEL_IS_THE_NODES('kata')), Condition())
    """
    return If.KERNEL_IS_THE_NODES(sandbox) if sandbox else CERTAIN


def _kernel(host: HostAccess, container: HostContainer) -> Condition:
    """Return the condition on which a container's access to the kernel is access to the node's."""
    users = If.USER_NAMESPACE_IS_BROKEN(container.name) if host.own_users else CERTAIN
    return both(users, own_kernel(host.sandbox))


def _starting_again(
    host: HostAccess, stalled: Mapping[str, Condition | None]
) -> Iterator[HostContainer]:
    """Yield the containers that run, or may run again."""
    for container in host.containers:
        if not stalled or stalled.get(container.name, CERTAIN) is not None:
            yield container


def _escapes(host: HostAccess, stalled: Mapping[str, Condition | None]) -> Iterator[Escape]:
    return _of_windows(host, stalled) if host.windows else _of_linux(host, stalled)


def _of_windows(host: HostAccess, stalled: Mapping[str, Condition | None]) -> Iterator[Escape]:
    """Yield the ways on Windows, which has neither privileged containers nor capabilities.

    Source: https://kubernetes.io/docs/concepts/windows/intro/#compatibility-v1-pod-spec-containers
    """
    for container in _starting_again(host, stalled):
        name, (_, *limits) = container.name, _limits(container, stalled)
        condition = both(If.ACCOUNT_IS_ADMINISTRATOR(name), *limits)
        if container.host_process:
            yield Escape(f"container {name} is a HostProcess container", condition)
        for path, writable in container.paths:
            real = _on_drive(path)
            known = any(covers(real, one) or covers(one, real) for one in _RUN_BY_WINDOWS)
            if writable and known:
                yield Escape(f"container {name} writes to {path} of the node", condition)
            if real.startswith("/./pipe"):
                yield Escape(f"container {name} reaches the pipe {path}", condition)


def _on_drive(path: str) -> str:
    """Return a path of a Windows node without its drive, with slashes.

    Examples
    --------
    >>> _on_drive("/C:/"), _on_drive("/c:/Windows"), _on_drive("/var/lib/kubelet")
    ('/', '/windows', '/var/lib/kubelet')
    """
    parts = path.replace("\\", "/").strip("/").lower().split("/")
    kept = [part for part in parts[_DRIVE.fullmatch(parts[0]) is not None :] if part]
    return f"/{'/'.join(kept)}"


def _of_linux(host: HostAccess, stalled: Mapping[str, Condition | None]) -> Iterator[Escape]:
    for container in _starting_again(host, stalled):
        limits = _limits(container, stalled)
        name = f"container {container.name}"
        kernel = _kernel(host, container)
        if container.host_process:
            condition = If.ACCOUNT_IS_ADMINISTRATOR(container.name)
            yield Escape(f"{name} is a HostProcess container", both(condition, *limits))
        if container.privileged:
            yield Escape(f"{name} is privileged", both(kernel, *limits))
        for path, writable in container.paths:
            if writable:
                yield from _by_writing(name, path, limits)
            yield from _by_socket(name, path, (*limits, own_kernel(host.sandbox)))
    for container in _starting_again(host, stalled):
        yield from _by_capability(host, container, _limits(container, stalled))
    if host.network:
        yield Escape("it is in the node's network (hostNetwork)", If.NETWORK_GIVES_CREDENTIAL())
    if host.ipc:
        how = "it shares the node's memory segments (hostIPC)"
        yield Escape(how, both(own_kernel(host.sandbox), If.MEMORY_GIVES_CREDENTIAL()))


def _by_capability(
    host: HostAccess, container: HostContainer, limits: tuple[Condition, ...]
) -> Iterator[Escape]:
    name = f"container {container.name}"
    kernel = _kernel(host, container)
    if host.pid and "SYS_PTRACE" in container.capabilities:
        how = f"{name} may change the node's processes (hostPID, SYS_PTRACE)"
        yield Escape(how, both(kernel, POLICY, *limits))
    for capability in container.capabilities:
        if capability in _CAPABILITIES:
            how = f"{name} has the capability {capability}"
            yield Escape(how, both(kernel, _CAPABILITIES[capability], *limits))
    if container.unmasked:
        how = f"{name} may change the node's kernel settings (procMount: Unmasked)"
        yield Escape(how, both(kernel, POLICY, *limits))


def _by_writing(name: str, path: str, limits: tuple[Condition, ...]) -> Iterator[Escape]:
    if any(covers(folder, path) for folder in _PROVISIONED):
        return
    how = f"{name} writes to {path} of the node"
    for known in _RUN_BY_ROOT:
        if covers(path, known):
            yield Escape(how, both(*limits))
        elif covers(known, path):
            yield Escape(how, both(If.ROOT_RUNS_FILES(), *limits))
    for known, condition in _IF_SO.items():
        if covers(path, known) or covers(known, path):
            yield Escape(how, both(condition, *limits))
    if covers(path, "/dev"):
        yield Escape(how, both(If.DISKS_ARE_OPEN(), *limits))


def _by_socket(name: str, path: str, limits: Iterable[Condition]) -> Iterator[Escape]:
    real = f"/run{path.removeprefix('/var/run')}" if covers("/var/run", path) else path
    for socket, condition in _SOCKETS.items():
        if covers(real, socket):
            what = f"the socket {path}" if real == socket else f"the runtime's sockets in {path}"
            yield Escape(f"{name} reaches {what}", both(condition, *limits))


def _limits(
    container: HostContainer, stalled: Mapping[str, Condition | None]
) -> tuple[Condition, ...]:
    """Return the conditions on which an attacker is root in a container."""
    name = container.name
    root = CERTAIN if container.root else If.CONTAINER_BECOMES_ROOT(name)
    starts = If.INIT_CONTAINER_IS_CAUGHT(name) if container.starting else CERTAIN
    return root, starts, stalled.get(name) or CERTAIN
