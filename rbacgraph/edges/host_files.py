"""Read what lies on a Pod's node: its kubelet's key, other Pods' files, the cluster's keys.

Precondition
    A container mounts a path of the node, be it read-only, or sees its processes (hostPID):
    /var/lib/kubelet holds the kubelet's key, but on EKS, and below pods the Secrets and tokens
    of the Pods on the node, as files; /etc/kubernetes/pki, admin.conf and
    controller-manager.conf, or k3s.yaml, rke2.yaml and the server folder of k3s and RKE2, the
    keys of the cluster, on a node of its control plane; /var/lib/etcd every Secret, where etcd
    runs there. k0s, MicroK8s, minikube and Kubespray have the same elsewhere; what a folder
    above holds of it, as /var/lib does, is up to the distribution, which the kubelet's version
    or a label of the Node tells. What is encrypted at rest needs the keys as well.
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
    PODS_ON_NODES_OF,
    SECRETS_OF,
    every_host,
    every_kubelet,
)
from rbacgraph.edges.condition import CERTAIN, both
from rbacgraph.edges.distributions import (
    EKS,
    K0S,
    K3S,
    KUBEADM,
    KUBESPRAY,
    MICROK8S,
    MINIKUBE,
    RKE2,
    kept,
)
from rbacgraph.edges.escapes import HostFile, best_escape, covers, host_files
from rbacgraph.edges.joint import Join, JointEdge
from rbacgraph.edges.runners import Runner
from rbacgraph.edges.world import World
from rbacgraph.model.node import EVERYTHING, KUBELET, Node
from rbacgraph.model.pods import HostAccess

_KUBELET_KEYS = {
    "/var/lib/k0s/kubelet/pki": (K0S,),
    "/var/lib/kubelet/pki": (KUBEADM,),
    "/var/lib/rancher/k3s/agent": (K3S,),
    "/var/lib/rancher/rke2/agent": (RKE2,),
    "/var/snap/microk8s/current/credentials": (MICROK8S,),
}
_POD_FILES = {
    "/var/lib/k0s/kubelet/pods": (K0S,),
    "/var/lib/kubelet/pods": (KUBEADM, EKS, K3S, RKE2),
    "/var/snap/microk8s/common/var/lib/kubelet/pods": (MICROK8S,),
}
_ETCD = {
    "/var/lib/etcd": (KUBEADM, KUBESPRAY),
    "/var/lib/k0s/etcd": (K0S,),
    "/var/lib/minikube/etcd": (MINIKUBE,),
    "/var/lib/rancher/k3s/server/db": (K3S,),
    "/var/lib/rancher/rke2/server/db": (RKE2,),
    "/var/snap/microk8s/current/var/kubernetes/backend": (MICROK8S,),
}
_CLUSTER_KEYS = {
    **{
        f"/etc/kubernetes/{name}": (KUBEADM,)
        for name in (
            "admin.conf",
            "controller-manager.conf",
            "pki",
            "pki/apiserver-etcd-client.key",
            "pki/apiserver-kubelet-client.key",
            "pki/ca.key",
            "pki/etcd",
            "pki/etcd/ca.key",
            "pki/etcd/healthcheck-client.key",
            "pki/etcd/peer.key",
            "pki/etcd/server.key",
            "pki/front-proxy-ca.key",
            "pki/front-proxy-client.key",
            "pki/sa.key",
            "super-admin.conf",
        )
    },
    "/etc/kubernetes/ssl": (KUBESPRAY,),
    "/etc/rancher/k3s/k3s.yaml": (K3S,),
    "/etc/rancher/rke2/rke2.yaml": (RKE2,),
    "/etc/ssl/etcd/ssl": (KUBESPRAY,),
    "/var/lib/k0s/pki": (K0S,),
    "/var/lib/minikube/certs": (MINIKUBE,),
    "/var/lib/rancher/k3s/server/cred": (K3S,),
    "/var/lib/rancher/k3s/server/tls": (K3S,),
    "/var/lib/rancher/rke2/server/cred": (RKE2,),
    "/var/lib/rancher/rke2/server/tls": (RKE2,),
    "/var/snap/microk8s/current/certs": (MICROK8S,),
    "/var/snap/microk8s/current/credentials": (MICROK8S,),
}
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
        escape = best_escape(host, runner.stalled)
        if host is not None and (escape is None or escape.condition):
            yield from _of_runner(world, runner, host)


def _of_runner(world: World, runner: Runner, host: HostAccess) -> Iterator[Join]:
    best: dict[Node, tuple[Find, str]] = {}
    virtual = world.virtual_nodes.get(runner.spec.node_name)
    lets = virtual.lets if virtual else ""
    for file in host_files(host, runner.stalled):
        for find in finds(world, runner.spec.node_name, file):
            condition = both(file.condition, find.condition, runner.running or "", lets)
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
    path, set_up = file.path, world.hosts.distributions
    setups = set_up.of((node,)) if node else set_up.everywhere
    keys = kept(path, _KUBELET_KEYS, setups, part=True)
    files = kept(path, _POD_FILES, setups) if keys != CERTAIN else None
    if keys is not None:
        yield _kubelet(world, node, keys)
    if files is not None:
        words = "reads the files of the Pods on its node"
        yield _pods(world, node, words, both(_AS_FILES, files))
    if covers(path, "/proc"):
        yield _pods(world, node, "sees the processes on its node", _SAME_USER)
    cluster = _kept_on(world, node, path, _CLUSTER_KEYS)
    if cluster is not None:
        yield Find(EVERYTHING, "reads the keys of the whole cluster on its node", cluster)
    data = _kept_on(world, node, path, _ETCD)
    if data is not None:
        plain = both(data, world.hosts.unencrypted)
        yield Find(SECRETS_OF.everything(""), "reads the data of etcd on its node", plain)


def _kept_on(
    world: World, node: str | None, path: str, known: Mapping[str, tuple[str, ...]]
) -> str | None:
    """Condition under which a path of a node has keys of the cluster, or etcd's data."""
    data = known is _ETCD
    nodes = world.hosts.etcd if data else world.hosts.control_plane
    words = "a node of etcd" if data else "a node of the control plane"
    there = _on(world, node, nodes, words)
    if there is None:
        return None
    setups = world.hosts.distributions.of((node,) if node else nodes)
    condition = kept(path, known, setups, part=data)
    return None if condition is None else both(there, condition)


def _kubelet(world: World, node: str | None, condition: str) -> Find:
    words = "reads the key of its node's kubelet"
    if node is None:
        return Find(every_kubelet(world), words, condition)
    if node:
        return Find((KUBELET, "", node), words, condition)
    return _pods(world, node, words, condition)


def _pods(world: World, node: str | None, words: str, condition: str) -> Find:
    if node:
        return Find(PODS_ON_NODES_OF.named("", node), words, condition)
    same = "" if node is None else _SAME_NODE
    return Find(every_host(world)[1], words, both(condition, same))


def _on(world: World, node: str | None, nodes: Mapping[str, object], words: str) -> str | None:
    """Condition under which a Pod's node is one of some; None where it is another."""
    if not (node or (node is None and nodes)):
        return f"it runs on {words}"
    if node is None:
        return min(map(world.host_doubt, nodes))
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
