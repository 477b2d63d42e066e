"""Read what lies on a Pod's node: its kubelet's key, other Pods' files, the cluster's keys.

Precondition
    A container mounts a path of the node, be it read-only, or sees its processes (hostPID):
    /var/lib/kubelet holds the kubelet's key, and below pods the Secrets and tokens of the
    Pods on the node, as files; /etc/kubernetes/pki, admin.conf and controller-manager.conf,
    or k3s.yaml, rke2.yaml and the server folder of k3s and RKE2, the keys of the cluster, on
    a node of its control plane; /var/lib/etcd every Secret, where etcd runs there. k0s,
    MicroK8s, minikube and Kubespray have the same elsewhere. What is encrypted at rest needs
    the keys as well.
    /proc shows variables and files of processes that run as the same user with no more
    capabilities. A user other than root makes it conditional. A Pod that breaks out for
    certain is not told again.
Use
    cat /host/var/lib/kubelet/pki/kubelet-client-current.pem; find /host/var/lib/kubelet/pods;
    etcdutl or strings on a copy of /host/var/lib/etcd/member; cat /proc/*/environ
Close
    Mount single files and folders instead of /, /etc and /var; enforce Pod Security baseline,
    which lets no hostPath in; encrypt Secrets at rest with keys that lie elsewhere (KMS).
References
    https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
    https://kubernetes.io/docs/setup/best-practices/certificates/
    MITRE ATT&CK T1552.001 (credentials in files), T1552.004 (private keys)
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rbacgraph.edges import efforts
from rbacgraph.edges.abilities import Present
from rbacgraph.edges.collections import (
    KUBELETS_OF,
    PODS_ON_NODES_OF,
    RUNNING_PODS_OF,
    SECRETS_OF,
)
from rbacgraph.edges.escapes import HostFile, best_escape, both, covers, host_files
from rbacgraph.edges.joint import Join, JointEdge
from rbacgraph.edges.runners import Runner
from rbacgraph.edges.world import World
from rbacgraph.model.node import ALL, KUBELET, Node
from rbacgraph.model.pods import HostAccess

_EVERYTHING: Node = (ALL, "", "*")
_KUBELET_KEYS = (
    "/var/lib/k0s/kubelet/pki",
    "/var/lib/kubelet/pki",
    "/var/lib/rancher/k3s/agent",
    "/var/lib/rancher/rke2/agent",
    "/var/snap/microk8s/current/credentials",
)
_POD_FILES = (
    "/var/lib/k0s/kubelet/pods",
    "/var/lib/kubelet/pods",
    "/var/snap/microk8s/common/var/lib/kubelet/pods",
)
_ETCD = (
    "/var/lib/etcd",
    "/var/lib/k0s/etcd",
    "/var/lib/minikube/etcd",
    "/var/lib/rancher/k3s/server/db",
    "/var/lib/rancher/rke2/server/db",
    "/var/snap/microk8s/current/var/kubernetes/backend",
)
_CLUSTER_KEYS = (
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/controller-manager.conf",
    "/etc/kubernetes/pki",
    "/etc/kubernetes/pki/apiserver-etcd-client.key",
    "/etc/kubernetes/pki/apiserver-kubelet-client.key",
    "/etc/kubernetes/pki/ca.key",
    "/etc/kubernetes/pki/etcd",
    "/etc/kubernetes/pki/etcd/ca.key",
    "/etc/kubernetes/pki/etcd/healthcheck-client.key",
    "/etc/kubernetes/pki/etcd/peer.key",
    "/etc/kubernetes/pki/etcd/server.key",
    "/etc/kubernetes/pki/front-proxy-ca.key",
    "/etc/kubernetes/pki/front-proxy-client.key",
    "/etc/kubernetes/pki/sa.key",
    "/etc/kubernetes/ssl",
    "/etc/kubernetes/super-admin.conf",
    "/etc/rancher/k3s/k3s.yaml",
    "/etc/rancher/rke2/rke2.yaml",
    "/etc/ssl/etcd/ssl",
    "/var/lib/k0s/pki",
    "/var/lib/minikube/certs",
    "/var/lib/rancher/k3s/server/cred",
    "/var/lib/rancher/k3s/server/tls",
    "/var/lib/rancher/rke2/server/cred",
    "/var/lib/rancher/rke2/server/tls",
    "/var/snap/microk8s/current/certs",
    "/var/snap/microk8s/current/credentials",
)
_AS_FILES = "the Pod there has it in files, not in variables"
_SAME_USER = "the processes there run as the same user, with no more capabilities"
_SAME_NODE = "it runs on the same node"


class Find(NamedTuple):
    """What a file gives."""

    target: Node
    words: str
    condition: str


def _joins(world: World, _present: Present) -> Iterator[Join]:
    for runner in world.runners:
        if runner.spec.host is None or runner.running is None:
            continue
        host = world.hosts.access(runner)
        escape = best_escape(host)
        if host is not None and (escape is None or escape.condition):
            yield from _of_runner(world, runner, host)


def _of_runner(world: World, runner: Runner, host: HostAccess) -> Iterator[Join]:
    best: dict[Node, tuple[Find, str]] = {}
    for file in host_files(host):
        for find in finds(world, runner.spec.node_name, file):
            condition = both(file.condition, find.condition, runner.running or "")
            known = best.get(find.target)
            if known is None or (known[0].condition and not condition):
                best[find.target] = find._replace(condition=condition), file.how
    for find, how in best.values():
        evidence = (world.evidence(runner.obj, runner.kind, how),)
        yield Join(
            (runner.node,),
            (find.target,),
            find.words,
            condition=find.condition,
            evidence=evidence,
        )


def finds(world: World, node: str | None, file: HostFile) -> Iterator[Find]:
    """Yield what a file gives on a node: ``""`` for an unknown one, None for any one likes."""
    path = file.path
    if any(covers(path, keys) or covers(keys, path) for keys in _KUBELET_KEYS):
        yield from _kubelet(node)
    elif any(covers(path, files) for files in _POD_FILES):
        yield _pods(node, "reads the files of the Pods on its node", _AS_FILES)
    if covers(path, "/proc"):
        yield _pods(node, "sees the processes on its node", _SAME_USER)
    if any(covers(path, keys) for keys in _CLUSTER_KEYS):
        condition = _on(node, world.hosts.control_plane, "a node of the control plane")
        if condition is not None:
            words = "reads the keys of the whole cluster on its node"
            yield Find(_EVERYTHING, words, condition)
    if any(covers(path, data) or covers(data, path) for data in _ETCD):
        condition = _on(node, world.hosts.etcd, "a node of etcd")
        if condition is not None:
            words = "reads the data of etcd on its node"
            plain = world.hosts.unencrypted
            yield Find(SECRETS_OF.everything(""), words, both(condition, plain))


def _kubelet(node: str | None) -> Iterator[Find]:
    words = "reads the key of its node's kubelet"
    if node is None:
        yield Find(KUBELETS_OF.everything(""), words, "")
    elif node:
        yield Find((KUBELET, "", node), words, "")
    else:
        yield _pods(node, words, "")


def _pods(node: str | None, words: str, condition: str) -> Find:
    if node:
        return Find(PODS_ON_NODES_OF.named("", node), words, condition)
    same = "" if node is None else _SAME_NODE
    return Find(RUNNING_PODS_OF.everything(""), words, both(condition, same))


def _on(node: str | None, nodes: Mapping[str, object], words: str) -> str | None:
    """Condition under which a Pod's node is one of some; None where it is another."""
    if not (node or (node is None and nodes)):
        return f"it runs on {words}"
    if node is None:
        return ""
    return "" if node in nodes else None


EDGE = JointEdge(
    id="host-files",
    summary="a Pod reads keys, tokens and Secrets that lie on its node",
    page=__doc__,
    effort=efforts.HOST_FILES,
    certainty="conditional where a user, encryption at rest or the way of delivery decides",
    abilities=(),
    joins=_joins,
)
