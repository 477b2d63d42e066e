"""Finds which Pod Security Standards a spec violates: a level may be set after admission.

Sources: kubernetes ``staging/src/k8s.io/pod-security-admission/policy``. What the standards allow
in some versions only counts as a possible violation.
"""

from collections.abc import Iterable

from rbacgraph.sources.pods import wire_pods as wire
from rbacgraph.sources.pods.host_access import PLAIN_CAPABILITIES

BASELINE, RESTRICTED = "baseline", "restricted"
_NOTHING = wire.SecurityContext()
_PROFILES = frozenset({"RuntimeDefault", "Localhost"})
_SELINUX = frozenset({"", "container_t", "container_init_t", "container_kvm_t"})
_NEWER_SELINUX = frozenset({"container_engine_t"})
_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_syncookies",
    }
)
_NEWER_SYSCTLS = frozenset(
    {
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_wmem",
    }
)

_MAY_RESTRICTED, _MAY_BASELINE, _RESTRICTED, _BASELINE = 1, 2, 4, 8
"""Violations, possible or certain, as bits: most Pods have only a few."""


def violated(
    spec: wire.WirePodSpec, found: Iterable[tuple[wire.Container, bool, bool]]
) -> tuple[str, str]:
    """Return the lowest level that a spec violates, and may violate; ``""`` for none.

    ``found``: its containers, from :func:`.host_access.containers`.
    """
    pod = spec.security_context
    bits = 0 if pod is None else _by_context(spec, pod) | _by_sysctls(pod)
    if spec.host_pid or spec.host_network or spec.host_ipc:
        bits |= _BASELINE
    for container, _, _ in found:
        if bits & _BASELINE:
            break
        bits |= _by_container(spec, pod or _NOTHING, container)
    for volume in spec.volumes or ():
        if volume.host_path is not None:
            bits |= _BASELINE
        elif not bits & _RESTRICTED and volume.outside:
            bits |= _RESTRICTED
    return _levels(bits)


def _levels(bits: int) -> tuple[str, str]:
    if bits & _BASELINE:
        return BASELINE, ""
    certain = RESTRICTED if bits & _RESTRICTED else ""
    if bits & _MAY_BASELINE:
        return certain, BASELINE
    return certain, RESTRICTED if bits & _MAY_RESTRICTED and not certain else ""


def _by_sysctls(pod: wire.SecurityContext) -> int:
    names = {sysctl.name for sysctl in pod.sysctls or ()} - _SYSCTLS
    if not names:
        return 0
    return _MAY_BASELINE if names <= _NEWER_SYSCTLS else _BASELINE


def _by_context(spec: wire.WirePodSpec, own: wire.SecurityContext) -> int:
    """Return the violations of a pod's own security context, or of a container's."""
    bits = 0
    windows, linux = own.windows_options, own.se_linux_options
    if windows is not None and windows.host_process:
        bits |= _BASELINE
    for profile in (own.seccomp_profile, own.app_armor_profile):
        if profile is not None and profile.type not in _PROFILES:
            bits |= _BASELINE
    if linux is not None and (linux.user or linux.role or linux.type not in _SELINUX):
        newer = not (linux.user or linux.role) and linux.type in _NEWER_SELINUX
        bits |= _MAY_BASELINE if newer else _BASELINE
    if own.run_as_user == 0 or own.run_as_non_root is False:
        bits |= _as_root(spec)
    return bits


def _as_root(spec: wire.WirePodSpec) -> int:
    """Return the violations of root: newer versions allow root in a user namespace."""
    return _MAY_RESTRICTED if spec.host_users is False else _RESTRICTED


def _by_container(
    spec: wire.WirePodSpec, pod: wire.SecurityContext, container: wire.Container
) -> int:
    bits = 0
    for port in container.ports or ():
        if port.host_port:
            bits |= _BASELINE
    own = container.security_context
    if own is None:
        own = _NOTHING
    else:
        bits |= _by_context(spec, own)
        if own.privileged:
            bits |= _BASELINE
        if own.proc_mount is not None and own.proc_mount != "Default":
            bits |= _MAY_BASELINE if spec.host_users is False else _BASELINE
        bits |= _by_capabilities(own)
    if not (own.run_as_non_root or (own.run_as_non_root is None and pod.run_as_non_root)):
        bits |= _as_root(spec)
    if not bits & _RESTRICTED and (spec.os is None or spec.os.name != "windows"):
        drops = own.capabilities is not None and "ALL" in (own.capabilities.drop or ())
        profile = own.seccomp_profile or pod.seccomp_profile
        if not drops or profile is None or own.allow_privilege_escalation is not False:
            bits |= _RESTRICTED
    return bits


def _by_capabilities(own: wire.SecurityContext) -> int:
    added = own.capabilities.add if own.capabilities is not None else None
    if not added:
        return 0
    if not PLAIN_CAPABILITIES.issuperset(added):
        return _BASELINE
    return _RESTRICTED if any(name != "NET_BIND_SERVICE" for name in added) else 0
