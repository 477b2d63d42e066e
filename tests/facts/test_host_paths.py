"""The table of host paths: its schema, its sources, and how mounts are compared with it."""

import io
import json
import re
from importlib.resources import files

import msgspec
import pytest

import rbacgraph as rg
from rbacgraph.facts.host_paths.paths import covers, real_path
from rbacgraph.facts.host_paths.row import HostPath
from rbacgraph.facts.host_paths.table import matched, rows, ways_to_node
from rbacgraph.facts.nodes.distributions import Distributions
from rbacgraph.facts.pods.container_escapes import best_escape
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, If, both
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.pods import HostAccess, HostContainer
from rbacgraph.sources.network.network_policies import NetworkPolicyWire, to_network_policy
from tests.facts.objects import item
from tests.tables import each_of

SOURCE = re.compile(r"[\w.-]+/[\w.-]+:[\w./-]+|https://\S+")
LINES = (
    (files("rbacgraph.facts.host_paths") / "rows.jsonl").read_text(encoding="utf-8").splitlines()
)
ORDER = {"write": 0, "connect": 1, "read": 2}
EACH = each_of(rows(), lambda row: f"{row.access} {row.path} {row.gives}")


def test_each_line_is_a_row_without_defaults():
    assert len(LINES) == len(rows()) > 150
    for line, row in zip(LINES, rows(), strict=True):
        assert line == json.dumps(msgspec.to_builtins(row))


@pytest.mark.parametrize("line", ['{"path":"/x","access":"see","gives":"node","source":"a/b:c"}'])
def test_what_is_no_row_is_refused(line):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(line, type=HostPath)


def test_rows_are_sorted_and_each_is_there_once():
    keys = [(r.windows, ORDER[r.access], r.path, r.gives, r.by) for r in rows()]
    assert keys == sorted(set(keys))


@EACH
def test_a_row_says_where_it_was_read_and_names_what_exists(row):
    assert SOURCE.fullmatch(row.source)
    assert (row.access == "read") == (row.gives != "node")
    assert all(name in If.__members__ for name in row.needs)
    assert bool(row.objects) == (row.gives in {"account", "secret"})
    assert all(re.fullmatch("[a-z0-9-]+/[a-z0-9-]+", name) for name in row.objects)
    assert row.windows or row.path == real_path(row.path), "write where a link leads"


def test_names_of_distributions_are_known():
    known = Distributions(Snapshot(), on_eks=False).of(("n1",))
    names = {name for setup in known for name in setup.certain | setup.possible} | {"EKS"}
    assert {name for row in rows() for name in row.by} <= names


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/run/docker", ["/run/docker/containerd/containerd.sock"]),
        ("/var/run/docker/", ["/run/docker/containerd/containerd.sock"]),
        ("/run/docker/../nri", ["/run/nri/nri.sock"]),
        ("/etc/cron.d/", ["/etc/cron.d"]),
        ("/etc/cron.d/mine", ["/etc/cron.d"]),
        ("/etc/cron.die", []),
        ("/etc/gshadow", []),  # groups of users whom the attacker is not
        ("/etc/apt/preferences.d", []),
        ("/run/libvirt/libvirt-sock-ro", []),
        ("/var/snap/lxd/common", ["/var/snap/lxd/common/lxd/unix.socket"]),
        ("/etc/yum.repos.d/mine.repo", ["/etc/yum.repos.d"]),
        ("/opt/bin/kubelet", ["/opt/bin"]),
        ("/usr/lib/modules/6.1", ["/usr/lib/modules"]),  # the narrowest, and not /usr/lib too
        ("/lib/modules", ["/usr/lib/modules"]),
        ("/dev/sdb", ["/dev/sd*"]),
    ],
)
def test_what_a_mount_matches(path, found):
    assert [one.row.path for one in ways_to_node(path, windows=False)] == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("C:\\K", ["C:\\k"]),
        ("c:/k/", ["C:\\k"]),
        ("/k", ["C:\\k"]),
        ("C:\\k\\..\\Windows\\System32", ["C:\\Windows"]),
        ("\\\\.\\pipe\\docker_engine", ["\\\\.\\pipe\\docker_engine"]),
        ("//./pipe/CSI-proxy-filesystem-v1", ["\\\\.\\pipe\\csi-proxy-*"]),
        ("C:\\kk", []),
        ("//./pipe/rancher_wins", ["\\\\.\\pipe\\rancher_wins"]),
        ("/run/docker.sock", []),
    ],
)
def test_what_a_mount_matches_on_windows(path, found):
    assert [one.row.path for one in ways_to_node(path, windows=True)] == found


@pytest.mark.parametrize(
    ("kind", "path", "mode", "found"),
    [
        ("local", "/dev/sdb", "Block", ("/dev/sdb", True)),
        ("local", "/dev/sdb", "Filesystem", ("/dev/sdb", True)),
        ("local", "/mnt/one", "Filesystem", ("/mnt/one", False)),
        ("hostPath", "/dev/sdb", "Filesystem", ("/dev/sdb", False)),
        ("hostPath", "/dev/sdb", "Block", None),
    ],
)
def test_a_local_volume_alone_is_a_disk(kind, path, mode, found):
    volume = item("PersistentVolume", "v", "", spec={kind: {"path": path}, "volumeMode": mode})
    snapshot = rg.load(io.BytesIO(json.dumps(volume).encode()), bootstrap=False).snapshot
    volumes = Facts(snapshot).hosts.volumes
    assert {(one.path, one.disk) for one in volumes.values()} == ({found} if found else set())


def folders_above(row):
    """Return the strict folders above a row's path, in every spelling; a pipe is in none."""
    if row.place.startswith("/./"):
        return []
    parts = row.place.strip("/").split("/")
    folders = [f"/{'/'.join(parts[:number])}" for number in range(len(parts))]
    if row.windows:
        return [*folders, *(f"C:{folder}" for folder in folders)]
    by_links = (
        f"{link}/{folder.removeprefix(end)}"
        for link, end in {"/var/run": "/run", "/lib": "/usr/lib", "/proc/1/root": "/"}.items()
        for folder in folders
        if covers(end, folder)
    )
    return [*folders, *by_links]


@EACH
def test_a_folder_above_gives_what_the_path_gives(row):
    allowed = both(row.condition, If.NODE_IS_SET_UP_BY(*row.by)) if row.by else row.condition
    account = If.ACCOUNT_IS_ADMINISTRATOR("c") if row.windows else CERTAIN
    for folder in folders_above(row):
        if row.gives != "node":
            assert (row, row.condition) in matched(folder, row.gives, windows=row.windows)
            continue
        mounts = HostContainer(name="c", paths=((folder, True),))
        escape = best_escape(HostAccess(containers=(mounts,), windows=row.windows))
        assert escape is not None
        assert len(escape.condition.doubts) <= len(both(allowed, account).doubts)


def test_what_is_read_depends_on_the_kind_of_files():
    path = "/var/lib/k0s/kubelet"
    read = {gives: matched(path, gives, windows=False) for gives in ("kubelet-key", "etcd")}
    assert [one.row.path for one in read["kubelet-key"]] == [f"{path}/pki/kubelet-client-*"]
    assert read["etcd"] == ()


@pytest.mark.parametrize(
    ("path", "gives", "found"),
    [
        ("/var/lib/etcd/member", "etcd", [CERTAIN]),
        ("/var/lib/kubelet/pki", "kubelet-key", [CERTAIN]),
        ("/var/lib/kubelet/pki/kubelet-client-current.pem", "kubelet-key", [CERTAIN]),
        ("/var/lib/kubelet/pki/kubelet.crt", "kubelet-key", []),
        ("/var/lib/rancher/k3s/agent/containerd", "kubelet-key", []),
        ("/var/snap/microk8s/current/credentials/client.config", "cluster-keys", [CERTAIN]),
        ("/var/log/kubernetes/audit", "audit-log", [If.AUDIT_LOG_HOLDS_SECRETS()]),
    ],
)
def test_who_reads_a_part_need_not_have_root_run_it(path, gives, found):
    assert [one.condition for one in matched(path, gives, windows=False)] == found


def test_who_writes_a_part_needs_root_to_run_it():
    assert [one.condition for one in ways_to_node("/usr/bin/tools", windows=False)] == [
        If.ROOT_RUNS_FILES()
    ]


@pytest.mark.parametrize(
    ("spec", "confines", "reaches"),
    [
        ({}, False, False),
        ({"policyTypes": ["Ingress"], "egress": [{}]}, False, False),
        ({"egress": [{}]}, True, True),
        ({"policyTypes": ["Egress"]}, True, False),
        ({"egress": [{"to": [{"podSelector": {}}]}]}, True, False),
        ({"egress": [{"to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}]}]}, True, True),
        ({"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]}, True, False),
        ({"egress": [{"to": [{"ipBlock": {"cidr": "::/0"}}]}]}, True, True),
        ({"egress": [{"to": [{"ipBlock": {"cidr": "no block"}}]}]}, True, False),
        (
            {
                "egress": [
                    {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}]}
                ]
            },
            True,
            False,
        ),
        ({"egress": [{"ports": [{"port": 80}]}]}, True, True),
        ({"egress": [{"ports": [{"port": 1, "endPort": 99}]}]}, True, True),
        ({"egress": [{"ports": [{"port": 80, "protocol": "UDP"}]}]}, True, False),
        ({"egress": [{"ports": [{"port": "http"}]}]}, True, False),
        ({"egress": [{"ports": [{}]}]}, True, True),
    ],
)
def test_what_a_network_policy_says_of_metadata_services(spec, confines, reaches):
    wire = {"metadata": {"name": "p", "namespace": "a"}, "spec": spec}
    policy = to_network_policy(msgspec.convert(wire, NetworkPolicyWire))
    assert (policy.confines, policy.to_metadata) == (confines, reaches)
