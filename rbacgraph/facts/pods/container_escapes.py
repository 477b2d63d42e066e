"""Finds how a Pod's container reaches its node: the whole host, or files and processes.

Judged by the spec alone. A container counts as root, and without a profile of AppArmor or SELinux
of its own, unless the spec says otherwise; what a node's policy may still prevent becomes a
condition.

Sources: Linux ``capabilities(7)``, ``ptrace(2)``, ``core(5)``; the levels of
https://kubernetes.io/docs/concepts/security/pod-security-standards/.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rbacgraph.facts.host_paths.paths import covers, real_path
from rbacgraph.facts.host_paths.row import HostPath
from rbacgraph.facts.host_paths.table import is_device, is_named, ways_to_node
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

_PROVISIONED = (
    "/var/lib/rancher/k3s/storage",
    "/var/snap/microk8s/common/default-storage",
)
"""Folders in which a distribution's provisioners make volumes: nothing else uses them."""

_ALL_RUN: Mapping[str, Condition | None] = {}


class Escape(NamedTuple):
    """A way from a Pod to its node, and its condition."""

    how: str
    condition: Condition


class _Nodes(NamedTuple):
    """What is known of the nodes that a Pod may be on: None, and no runtime, stand for any."""

    set_up_by: frozenset[str] | None
    runtimes: frozenset[str]


class HostFile(NamedTuple):
    """A path of the node that a Pod's container can read."""

    path: str
    how: str
    condition: Condition
    windows: bool = False


def best_escape(
    host: HostAccess | None,
    stalled: Mapping[str, Condition | None] = _ALL_RUN,
    set_up_by: frozenset[str] | None = None,
    runtimes: frozenset[str] = frozenset(),
) -> Escape | None:
    """Return the way to the whole node with the weakest condition; None if there is none.

    ``stalled``: its containers that do not run, each with the condition on which it does.
    ``set_up_by``: the distributions that may have set its node up; None for any.
    ``runtimes``: the container runtimes that its node may have; none for any.
    """
    if host is None:
        return None
    best = None
    for escape in _escapes(host, stalled, _Nodes(set_up_by, runtimes)):
        if not escape.condition:
            return escape
        if best is None or len(escape.condition.doubts) < len(best.condition.doubts):
            best = escape
    return best


def host_files(
    host: HostAccess, stalled: Mapping[str, Condition | None] = _ALL_RUN
) -> Iterator[HostFile]:
    """Yield the node's paths that containers of a Pod can read, in their order."""
    for container in _starting_again(host, stalled):
        condition = both(*_limits(container, stalled))
        for path, _ in container.paths:
            how = f"container {container.name} mounts {_shown(path, windows=host.windows)}"
            if host.windows:
                condition_of_file = both(condition, If.ACCOUNT_IS_ADMINISTRATOR(container.name))
                yield HostFile(path, how, condition_of_file, windows=True)
            else:
                yield HostFile(path, how, condition)
        for disk, _ in () if host.windows else container.disks:
            how = f"container {container.name} reads the disk {disk}"
            yield HostFile("/", how, both(condition, If.DISK_IS_THE_NODES(disk)))
    if host.pid and not host.windows:
        how = "it sees the processes of the node (hostPID)"
        yield HostFile("/proc", how, own_kernel(host.sandbox))


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


def _escapes(
    host: HostAccess, stalled: Mapping[str, Condition | None], nodes: _Nodes
) -> Iterator[Escape]:
    found = _of_windows if host.windows else _of_linux
    return found(host, stalled, nodes)


def _of_windows(
    host: HostAccess, stalled: Mapping[str, Condition | None], nodes: _Nodes
) -> Iterator[Escape]:
    """Yield the ways on Windows, which has neither privileged containers nor capabilities.

    Source: https://kubernetes.io/docs/concepts/windows/intro/#compatibility-v1-pod-spec-containers
    """
    for container in _starting_again(host, stalled):
        name, (_, *limits) = container.name, _limits(container, stalled)
        condition = both(If.ACCOUNT_IS_ADMINISTRATOR(name), *limits)
        if container.host_process:
            own = both(*limits) if container.system else condition
            yield Escape(f"container {name} is a HostProcess container", own)
        for path, writable in container.paths:
            mount = _Mount(name, path, writable, windows=True, nodes=nodes)
            yield from _by_path(mount, (condition,))


def _of_linux(
    host: HostAccess, stalled: Mapping[str, Condition | None], nodes: _Nodes
) -> Iterator[Escape]:
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
            mount = _Mount(container.name, path, writable, windows=False, nodes=nodes)
            yield from _by_path(mount, limits, (own_kernel(host.sandbox),))
        for path, writable in container.disks:
            if writable:
                how = f"{name} reads and writes the disk {path} of the node"
                yield Escape(how, both(If.DISK_IS_THE_NODES(path), *limits))
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


class _Mount(NamedTuple):
    """A path of a node that a container mounts, and what is known of the node."""

    container: str
    path: str
    writable: bool
    windows: bool
    nodes: _Nodes


def _by_path(
    mount: _Mount, limits: tuple[Condition, ...], shared: tuple[Condition, ...] = ()
) -> Iterator[Escape]:
    """Yield the ways by a mount: sockets and devices must also be shared with the container."""
    path = mount.path
    if not any(covers(folder, path) for folder in _PROVISIONED):
        for row, condition in ways_to_node(path, windows=mount.windows):
            set_up = _is_set_up(row, mount)
            if set_up is None or (row.access == "write" and not mount.writable):
                continue
            by_kernel = () if row.access == "write" else shared
            yield Escape(_how(row, mount), both(condition, set_up, *limits, *by_kernel))


def _is_set_up(row: HostPath, mount: _Mount) -> Condition | None:
    """Return the condition on which the node has a row's path; None if it has not."""
    set_up_by, runtimes = mount.nodes
    if row.runtime and runtimes and row.runtime not in runtimes:
        return None
    if not row.by or is_named(mount.path, windows=mount.windows):
        return CERTAIN
    if set_up_by is None or set_up_by.intersection(row.by):
        return If.NODE_IS_SET_UP_BY(*row.by)
    return None


def _how(row: HostPath, mount: _Mount) -> str:
    name, path = f"container {mount.container}", _shown(mount.path, windows=mount.windows)
    if mount.windows and row.access == "connect":
        return f"{name} reaches the pipe {path}"
    if row.access == "write" or (mount.writable and is_device(row)):
        return f"{name} writes to {path} of the node"
    if is_device(row):
        return f"{name} reaches the disks in {path} of the node"
    what = "the socket" if real_path(mount.path) == row.place else "the runtime's sockets in"
    return f"{name} reaches {what} {path}"


def _shown(path: str, *, windows: bool) -> str:
    r"""Return a path as its author wrote it: without the slash that it has in the model.

    Examples
    --------
    >>> print(_shown(r"/C:\k", windows=True), _shown("/var/lib", windows=True))
    C:\k /var/lib
    """
    return path.removeprefix("/") if windows and ("\\" in path or ":" in path) else path


def _limits(
    container: HostContainer, stalled: Mapping[str, Condition | None]
) -> tuple[Condition, ...]:
    """Return the conditions on which an attacker is root in a container."""
    name = container.name
    root = CERTAIN if container.root else If.CONTAINER_BECOMES_ROOT(name)
    starts = If.INIT_CONTAINER_IS_CAUGHT(name) if container.starting else CERTAIN
    return root, starts, stalled.get(name) or CERTAIN
