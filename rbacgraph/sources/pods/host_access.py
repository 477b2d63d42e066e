"""Reads what a pod's spec gives of its node: namespaces, privileges, host paths.

Sources: kubernetes ``staging/src/k8s.io/api/core/v1/types.go`` and, for what every container
may have, ``staging/src/k8s.io/pod-security-admission/policy/check_capabilities_baseline.go``.
"""

from collections.abc import Iterable, Iterator, Mapping
from posixpath import normpath
from sys import intern

from rbacgraph.model.kubernetes.core import OS_LABEL, WINDOWS
from rbacgraph.model.kubernetes.pods import HostAccess, HostContainer
from rbacgraph.sources.pods import wire_pods as wire

PLAIN_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
_PLAIN = wire.SecurityContext()
_SAME_KERNEL = frozenset({"", "crun", "runc"})
_SYSTEM = r"NT AUTHORITY\SYSTEM"
_DRIVER = "nvidia"
"""The prefix of RuntimeClasses of graphics cards: their runtimes wrap runc."""


def containers(spec: wire.WirePodSpec) -> list[tuple[wire.Container, bool, bool]]:
    """Return every container, with whether it only starts the pod and whether it gets a token."""
    found = [(container, False, True) for container in spec.containers or ()]
    if spec.init_containers:
        found += [(c, c.restart_policy != "Always", True) for c in spec.init_containers]
    if spec.ephemeral_containers:
        found += [(container, False, False) for container in spec.ephemeral_containers]
    return found


def host_access(
    spec: wire.WirePodSpec,
    found: Iterable[tuple[wire.Container, bool, bool]],
    paths: Mapping[str, str],
    claims: Mapping[str, bool],
) -> HostAccess | None:
    """Return a pod's access to its node; None if it has none.

    ``paths``: the node's paths of its volumes, by volume.
    ``claims``: its volumes that are claims, each with whether it may be written to.
    """
    pod = spec.security_context
    kept = tuple(
        host
        for container, starting, _ in found
        if paths or claims or pod is not None or container.security_context is not None
        for host in (_read(container, starting, pod or _PLAIN, paths, claims),)
        if host is not None
    )
    if not (kept or spec.host_pid or spec.host_network or spec.host_ipc):
        return None
    return HostAccess(
        pid=spec.host_pid is True,
        network=spec.host_network is True,
        ipc=spec.host_ipc is True,
        own_users=spec.host_users is False,
        sandbox=sandbox(spec),
        containers=kept,
        windows=_for_windows(spec),
    )


def _for_windows(spec: wire.WirePodSpec) -> bool:
    """Whether a pod is for nodes that run Windows."""
    chosen = spec.node_selector or {}
    return (spec.os is not None and spec.os.name == WINDOWS) or chosen.get(OS_LABEL) == WINDOWS


def sandbox(spec: wire.WirePodSpec) -> str:
    """Return a pod's RuntimeClass; ``""`` if it is known to use the node's own kernel."""
    name = spec.runtime_class_name or ""
    return "" if name in _SAME_KERNEL or name.startswith(_DRIVER) else intern(name)


def _read(
    container: wire.Container,
    starting: bool,
    pod: wire.SecurityContext,
    paths: Mapping[str, str],
    claims: Mapping[str, bool],
) -> HostContainer | None:
    """Return a container's access to its node; None if it has none."""
    own = container.security_context or _PLAIN
    mounted = tuple(_mounted(container, paths)) if paths else ()
    claimed = tuple(_claimed(container, claims)) if claims else ()
    devices = tuple(_devices(container, claims)) if claims else ()
    added = own.capabilities.add if own.capabilities else None
    names = _capabilities(added) if added else ()
    unmasked = own.proc_mount == "Unmasked"
    host_process = _is_host_process(own, pod)
    if not (mounted or claimed or devices or own.privileged or names or unmasked or host_process):
        return None
    return HostContainer(
        name=intern(container.name),
        starting=starting,
        privileged=own.privileged is True,
        capabilities=names,
        root=_may_be_root(own, pod),
        unmasked=unmasked,
        host_process=host_process,
        system=host_process and _is_system(own, pod),
        paths=mounted,
        claims=claimed,
        devices=devices,
    )


def _capabilities(added: Iterable[str]) -> tuple[str, ...]:
    names = {name.upper().removeprefix("CAP_") for name in added}
    return tuple(intern(name) for name in sorted(names - PLAIN_CAPABILITIES))


def _may_be_root(own: wire.SecurityContext, pod: wire.SecurityContext) -> bool:
    """Whether nothing makes a container run as another user than root."""
    user = pod.run_as_user if own.run_as_user is None else own.run_as_user
    if user is not None:
        return user == 0
    forbidden = pod.run_as_non_root if own.run_as_non_root is None else own.run_as_non_root
    return forbidden is not True


def _is_host_process(own: wire.SecurityContext, pod: wire.SecurityContext) -> bool:
    """Whether a container of Windows runs on the host itself.

    Source: kubernetes ``pkg/securitycontext/util.go`` (``DetermineEffectiveSecurityContext``): a
    container's options replace those of its Pod one by one.
    """
    for context in (own, pod):
        options = context.windows_options
        if options is not None and options.host_process is not None:
            return options.host_process
    return False


def _is_system(own: wire.SecurityContext, pod: wire.SecurityContext) -> bool:
    """Whether a container of Windows runs as the system.

    Source: https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/.
    """
    names = [
        context.windows_options.run_as_user_name
        for context in (own, pod)
        if context.windows_options is not None
    ]
    return next(filter(None, names), "").upper() == _SYSTEM


def _mounted(container: wire.Container, paths: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    for mount in container.volume_mounts or ():
        path = paths.get(mount.name)
        if path is not None:
            whole = normpath(f"/{path}/{mount.sub_path}").replace("//", "/")
            yield intern(whole), mount.read_only is not True


def _claimed(
    container: wire.Container, claims: Mapping[str, bool]
) -> Iterator[tuple[str, str, bool]]:
    for mount in container.volume_mounts or ():
        writable = claims.get(mount.name)
        if writable is not None:
            path = intern(normpath(f"/{mount.sub_path}"))
            yield intern(mount.name), path, writable and mount.read_only is not True


def _devices(container: wire.Container, claims: Mapping[str, bool]) -> Iterator[tuple[str, bool]]:
    for device in container.volume_devices or ():
        writable = claims.get(device.name)
        if writable is not None:
            yield intern(device.name), writable
