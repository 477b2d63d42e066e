"""What a Pod's spec says of its way to the node."""

import msgspec
import pytest

from rbacgraph.facts.host_paths.paths import covers
from rbacgraph.facts.pods.container_escapes import best_escape
from rbacgraph.sources.pods.pods import read_spec
from rbacgraph.sources.pods.wire_pods import WirePodSpec

CERTAIN, CONDITIONAL, NOTHING = "certain", "conditional", "nothing"


def escape(container=None, **spec):
    """What the container ``c`` of a spec gives."""
    spec = {"containers": [{"name": "c", **(container or {})}], **spec}
    found = best_escape(read_spec(msgspec.convert(spec, WirePodSpec)).host)
    return NOTHING if found is None else CONDITIONAL if found.condition else CERTAIN


def mounting(path, *, context=None, **mount):
    """A container that mounts a path of the node."""
    volumes = [{"name": "h", "hostPath": {"path": path}}]
    mounts = [{"name": "h", "mountPath": "/h", **mount}]
    return escape({"volumeMounts": mounts, "securityContext": context or {}}, volumes=volumes)


@pytest.mark.parametrize(
    ("context", "gets"),
    [
        ({"privileged": True}, CERTAIN),
        ({"privileged": True, "runAsUser": 0, "runAsNonRoot": False}, CERTAIN),
        ({"privileged": True, "runAsUser": 1000}, CONDITIONAL),
        ({"privileged": True, "runAsNonRoot": True}, CONDITIONAL),
        ({"privileged": False}, NOTHING),
        ({"capabilities": {"add": ["ALL"]}}, CONDITIONAL),
        ({"capabilities": {"add": ["CAP_SYS_MODULE"]}}, CONDITIONAL),
        ({"capabilities": {"add": ["sys_admin"]}}, CONDITIONAL),
        ({"capabilities": {"add": ["DAC_READ_SEARCH"], "drop": ["ALL"]}}, CONDITIONAL),
        ({"capabilities": {"add": ["SYS_PTRACE"]}}, NOTHING),
        ({"capabilities": {"add": ["NET_ADMIN", "SYS_TIME", "CHOWN"]}}, NOTHING),
        ({"capabilities": {"drop": ["SYS_ADMIN"]}}, NOTHING),
        ({"procMount": "Unmasked"}, CONDITIONAL),
        ({"procMount": "Default"}, NOTHING),
        ({"windowsOptions": {"hostProcess": True}}, CONDITIONAL),
        ({"allowPrivilegeEscalation": True}, NOTHING),
    ],
)
def test_security_context(context, gets):
    assert escape({"securityContext": context}) == gets


@pytest.mark.parametrize(
    ("path", "writable", "readable"),
    [
        ("/", CERTAIN, CERTAIN),  # the runtime's sockets lie below
        ("/etc", CERTAIN, NOTHING),
        ("/etc/", CERTAIN, NOTHING),
        ("//etc/../etc", CERTAIN, NOTHING),
        ("/etc/kubernetes", CERTAIN, NOTHING),
        ("/usr", CERTAIN, NOTHING),
        ("/opt/cni/bin", CERTAIN, NOTHING),
        ("/run", CERTAIN, CERTAIN),
        ("/var/run", CERTAIN, CERTAIN),
        ("/var/run/docker.sock", CERTAIN, CERTAIN),
        ("/run/containerd", CERTAIN, CERTAIN),
        ("/run/k0s", CERTAIN, CERTAIN),
        ("/var/lib/k0s", CONDITIONAL, NOTHING),
        ("/var/snap/microk8s/common", CERTAIN, CERTAIN),  # its containerd's socket is there
        ("/var/snap/microk8s/current", CONDITIONAL, NOTHING),
        ("/run/dbus", CONDITIONAL, CONDITIONAL),
        # Sockets of runtimes, and of those who start programs for them.
        ("/run/docker/containerd", CERTAIN, CERTAIN),
        ("/var/run/docker/containerd/containerd.sock", CERTAIN, CERTAIN),
        ("/run/docker/netns", NOTHING, NOTHING),
        ("/run/containerd/s/1234", CONDITIONAL, CONDITIONAL),
        ("/run/containerd/s", CONDITIONAL, CONDITIONAL),
        ("/run/nri", CONDITIONAL, CONDITIONAL),
        ("/var/run/nri/nri.sock", CONDITIONAL, CONDITIONAL),
        ("/run/buildkit/buildkitd.sock", CONDITIONAL, CONDITIONAL),
        ("/run/snapd.socket", CONDITIONAL, CONDITIONAL),
        ("/run/api.sock", CONDITIONAL, CONDITIONAL),
        ("/var/lib/kubelet/pod-resources", CONDITIONAL, NOTHING),
        # Folders that root runs something from.
        ("/opt/nri/plugins", CONDITIONAL, NOTHING),
        ("/etc/cron.weekly", CONDITIONAL, NOTHING),
        ("/etc/ld.so.conf.d", CONDITIONAL, NOTHING),
        ("/etc/ld.so.preload", CERTAIN, NOTHING),
        ("/etc/udev/rules.d", CONDITIONAL, NOTHING),
        ("/run/udev", CONDITIONAL, NOTHING),
        ("/run/udev/data", NOTHING, NOTHING),
        ("/usr/lib/x86_64-linux-gnu", CERTAIN, NOTHING),
        ("/lib/x86_64-linux-gnu/libc.so.6", CONDITIONAL, NOTHING),
        ("/usr/lib/os-release", NOTHING, NOTHING),
        ("/etc/containerd/certs.d", CONDITIONAL, NOTHING),
        ("/usr/share/containers/oci/hooks.d", CONDITIONAL, NOTHING),
        # Links lead elsewhere.
        ("/bin", CERTAIN, NOTHING),
        ("/proc/1/root", CERTAIN, CERTAIN),
        ("/proc/1/root/etc", CERTAIN, NOTHING),
        ("/proc/1/root/data", NOTHING, NOTHING),
        ("/root", CONDITIONAL, NOTHING),
        ("/root/.ssh", CONDITIONAL, NOTHING),
        ("/var", CONDITIONAL, CONDITIONAL),  # if MicroK8s set the node up
        ("/var/log/pods", CONDITIONAL, NOTHING),
        ("/var/lib/kubelet/plugins/driver", CONDITIONAL, NOTHING),
        ("/proc", CONDITIONAL, NOTHING),
        # A read-only mount does not keep devices from being written to: sb_permission of Linux.
        ("/dev", CONDITIONAL, CONDITIONAL),
        ("/dev/sda1", CONDITIONAL, CONDITIONAL),
        ("/dev/nvme0n1", CONDITIONAL, CONDITIONAL),
        ("/dev/mapper/root", CONDITIONAL, CONDITIONAL),
        ("/dev/fuse", NOTHING, NOTHING),
        ("/dev/shm", NOTHING, NOTHING),
        ("/etc/localtime", NOTHING, NOTHING),
        ("/etcd", NOTHING, NOTHING),
        ("/data", NOTHING, NOTHING),
        ("/run/xtables.lock", NOTHING, NOTHING),
        ("/sys/fs/bpf", NOTHING, NOTHING),
    ],
)
def test_host_paths(path, writable, readable):
    assert mounting(path) == writable
    assert mounting(path, readOnly=True) == readable


def test_a_sub_path_is_what_is_mounted():
    assert mounting("/", subPath="data") == NOTHING
    assert mounting("/", subPath="etc") == CERTAIN


def test_what_is_not_mounted_gives_nothing():
    assert escape(volumes=[{"name": "h", "hostPath": {"path": "/"}}]) == NOTHING


def test_the_user_of_the_pod_counts_where_the_container_says_none():
    volumes = [{"name": "h", "hostPath": {"path": "/"}}]
    mounts = [{"name": "h", "mountPath": "/h"}]
    pod = {"runAsUser": 1000}
    assert escape({"volumeMounts": mounts}, volumes=volumes, securityContext=pod) == CONDITIONAL
    own = {"volumeMounts": mounts, "securityContext": {"runAsUser": 0}}
    assert escape(own, volumes=volumes, securityContext=pod) == CERTAIN


@pytest.mark.parametrize(
    ("spec", "gets"),
    [
        ({"hostPID": True}, NOTHING),
        ({"hostNetwork": True}, CONDITIONAL),
        ({"hostIPC": True}, CONDITIONAL),
        ({"hostPID": False, "hostNetwork": False, "hostIPC": False}, NOTHING),
        ({"shareProcessNamespace": True}, NOTHING),
    ],
)
def test_namespaces_of_the_node(spec, gets):
    assert escape(**spec) == gets


def test_with_the_processes_of_the_node_ptrace_is_enough():
    ptrace = {"securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}}
    assert escape(ptrace, hostPID=True) == CONDITIONAL


def test_a_user_namespace_may_hold():
    privileged = {"securityContext": {"privileged": True}}
    assert escape(privileged, hostUsers=False) == CONDITIONAL
    assert escape(privileged, hostUsers=True) == CERTAIN


@pytest.mark.parametrize(
    ("name", "gets"),
    [("kata", CONDITIONAL), ("gvisor", CONDITIONAL), ("nvidia", CERTAIN), ("runc", CERTAIN)],
)
def test_a_runtime_may_give_containers_a_kernel_of_their_own(name, gets):
    privileged = {"securityContext": {"privileged": True}}
    assert escape(privileged, runtimeClassName=name) == gets
    able = {"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}
    assert escape(able, runtimeClassName=name) == CONDITIONAL
    # Folders of the node are shared with it, sockets are not.
    volumes = [{"name": "h", "hostPath": {"path": "/etc"}}]
    mounted = {"volumeMounts": [{"name": "h", "mountPath": "/h"}]}
    assert escape(mounted, volumes=volumes, runtimeClassName=name) == CERTAIN
    volumes = [{"name": "h", "hostPath": {"path": "/run/docker.sock"}}]
    assert escape(mounted, volumes=volumes, runtimeClassName=name) == gets


def test_an_init_container_counts_while_it_runs():
    init = {"name": "i", "securityContext": {"privileged": True}}
    assert escape(initContainers=[init]) == CONDITIONAL
    assert escape(initContainers=[{**init, "restartPolicy": "Always"}]) == CERTAIN


def test_an_ephemeral_container_counts():
    debug = {"name": "d", "securityContext": {"privileged": True}}
    assert escape(ephemeralContainers=[debug]) == CERTAIN


def test_a_path_covers_itself_and_what_lies_below():
    assert covers("/etc", "/etc/cron.d")
    assert not covers("/etc/cron.d", "/etc")
    assert not covers("/etc", "/etcd")
