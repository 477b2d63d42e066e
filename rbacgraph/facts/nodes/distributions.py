"""Finds where distributions of Kubernetes keep sensitive files on a node.

A folder above those of several distributions, such as ``/var/lib``, holds the files of the node's
own distribution, which its kubelet's version or a label shows. Without either, the node is taken to
be set up by kubeadm, and a folder that only another distribution has counts as that one's.

Sources: https://kubernetes.io/docs/setup/best-practices/certificates/ and the documentation of
k0s, k3s, MicroK8s, minikube, RKE2 and Kubespray; awslabs/amazon-eks-ami for EKS, whose kubelets
log in by IAM and have no certificate.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.pods.container_escapes import covers
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Node

KUBEADM, KUBESPRAY, K0S = "kubeadm", "Kubespray", "k0s"
K3S, MICROK8S, MINIKUBE, RKE2 = "k3s", "MicroK8s", "minikube", "RKE2"
EKS = "EKS"

_OWN = (
    "/etc/kubernetes",
    "/etc/rancher",
    "/etc/ssl/etcd",
    "/var/lib/etcd",
    "/var/lib/k0s",
    "/var/lib/kubelet",
    "/var/lib/minikube",
    "/var/lib/rancher",
    "/var/snap/microk8s",
)
"""Folders that exist for nothing else."""

_BY_VERSION = {"+k0s": K0S, "+k3s": K3S, "+rke2": RKE2}
_BY_LABEL = {
    "microk8s.io/": MICROK8S,
    "minikube.k8s.io/": MINIKUBE,
    "node.kubernetes.io/microk8s-": MICROK8S,
}


class Setup(NamedTuple):
    """The distributions that certainly, and possibly, set a node up."""

    certain: frozenset[str]
    possible: frozenset[str]


_OTHERS = frozenset({KUBESPRAY, K0S, K3S, MICROK8S, MINIKUBE, RKE2})
_UNKNOWN = Setup(frozenset({KUBEADM}), _OTHERS)
_PLAIN = Setup(frozenset({KUBEADM}), frozenset({KUBESPRAY}))


class Distributions:
    """The distributions of nodes, computed on first use.

    Parameters
    ----------
    snapshot:
        The cluster.
    on_eks:
        Whether its control plane is that of EKS.
    """

    def __init__(self, snapshot: Snapshot, *, on_eks: bool) -> None:
        self._snapshot = snapshot
        self._otherwise = Setup(frozenset({EKS}), frozenset()) if on_eks else _PLAIN

    @cached_property
    def _by_node(self) -> Mapping[str, Setup]:
        return {node.metadata.name: self._setup(node) for node in self._snapshot.nodes}

    @cached_property
    def everywhere(self) -> frozenset[Setup]:
        """The setups of all nodes."""
        return frozenset(self._by_node.values())

    def of(self, nodes: Iterable[str]) -> frozenset[Setup]:
        """Return the setups of some nodes."""
        return frozenset(self._by_node.get(node, _UNKNOWN) for node in nodes)

    def _setup(self, node: Node) -> Setup:
        found = frozenset(_told(node))
        if MINIKUBE in found:  # minikube uses kubeadm
            found |= {KUBEADM}
        info = node.status.node_info if node.status else None
        otherwise = self._otherwise if info and info.kubelet_version else _UNKNOWN
        return Setup(found, frozenset()) if found else otherwise


def _told(node: Node) -> Iterator[str]:
    info = node.status.node_info if node.status else None
    for suffix, name in _BY_VERSION.items():
        if info is not None and suffix in info.kubelet_version:
            yield name
    for prefix, name in _BY_LABEL.items():
        if any(label.startswith(prefix) for label in node.metadata.labels or ()):
            yield name


def kept(
    path: str, known: Mapping[str, tuple[str, ...]], setups: Iterable[Setup], *, part: bool = False
) -> Condition | None:
    """Return the condition on which a path of some of the nodes holds something.

    None if none of them keeps it there.

    Parameters
    ----------
    path:
        The path on the node.
    known:
        The places, each with the distributions that use it.
    setups:
        The setups of the nodes.
    part:
        Whether a path below such a place is enough.
    """
    places = [
        (of, any(covers(own, path) for own in _OWN))
        for place, of in known.items()
        if covers(path, place) or (part and covers(place, path))
    ]
    possible = set[str]()
    for setup in setups or (_UNKNOWN,):
        for of, named in places:
            if setup.certain.intersection(of) or (named and setup.possible.intersection(of)):
                return CERTAIN
            possible.update(setup.possible.intersection(of))
    return If.NODE_IS_SET_UP_BY(*sorted(possible)) if possible else None
