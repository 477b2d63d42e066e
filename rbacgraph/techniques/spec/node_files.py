"""What a path of a node holds: kubelets' and cluster keys, Pods' files, etcd's data."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rbacgraph.facts.nodes.distributions import (
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
from rbacgraph.facts.pods.container_escapes import HostFile, covers
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import EVERYTHING, KUBELET, Node
from rbacgraph.techniques.spec.collections import (
    PODS_ON_NODES_OF,
    SECRETS_OF,
    every_host,
    every_kubelet,
)

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


class Find(NamedTuple):
    """What a file gives."""

    target: Node
    words: str
    condition: Condition


def finds(world: Facts, node: str | None, file: HostFile) -> Iterator[Find]:
    """Yield what a file gives on a node: ``""`` for an unknown node, None for a chosen one."""
    path, set_up = file.path, world.hosts.distributions
    setups = set_up.of((node,)) if node else set_up.everywhere
    keys = kept(path, _KUBELET_KEYS, setups, part=True)
    files = kept(path, _POD_FILES, setups) if keys != CERTAIN else None
    if keys is not None:
        yield _kubelet(world, node, keys)
    if files is not None:
        words = "reads the files of the Pods on its node"
        yield _pods(world, node, words, both(If.POD_HAS_FILES(), files))
    if covers(path, "/proc"):
        words = "sees the processes on its node"
        yield _pods(world, node, words, If.PROCESSES_HAVE_SAME_USER())
    cluster = _kept_on(world, node, path, _CLUSTER_KEYS)
    if cluster is not None:
        yield Find(EVERYTHING, "reads the keys of the whole cluster on its node", cluster)
    data = _kept_on(world, node, path, _ETCD)
    if data is not None:
        plain = both(data, world.hosts.unencrypted)
        yield Find(SECRETS_OF.everything(""), "reads the data of etcd on its node", plain)


def _kept_on(
    world: Facts, node: str | None, path: str, known: Mapping[str, tuple[str, ...]]
) -> Condition | None:
    """Return the condition on which a node's path holds cluster keys, or etcd's data."""
    data = known is _ETCD
    nodes = world.hosts.etcd if data else world.hosts.control_plane
    unknown = If.POD_IS_ON_ETCD_NODE() if data else If.POD_IS_ON_CONTROL_PLANE()
    there = _on(world, node, nodes, unknown)
    if there is None:
        return None
    setups = world.hosts.distributions.of((node,) if node else nodes)
    condition = kept(path, known, setups, part=data)
    return None if condition is None else both(there, condition)


def _kubelet(world: Facts, node: str | None, condition: Condition) -> Find:
    words = "reads the key of its node's kubelet"
    if node is None:
        return Find(every_kubelet(world), words, condition)
    if node:
        return Find((KUBELET, "", node), words, condition)
    return _pods(world, node, words, condition)


def _pods(world: Facts, node: str | None, words: str, condition: Condition) -> Find:
    if node:
        return Find(PODS_ON_NODES_OF.named("", node), words, condition)
    same = CERTAIN if node is None else If.POD_IS_ON_SAME_NODE()
    return Find(every_host(world)[1], words, both(condition, same))


def _on(
    world: Facts, node: str | None, nodes: Mapping[str, object], unknown: Condition
) -> Condition | None:
    """Return the condition on which a Pod's node is one of some; None if it is another."""
    if not (node or (node is None and nodes)):
        return unknown
    if node is None:
        return min(map(world.running.host_doubt, nodes))
    return CERTAIN if node in nodes else None
