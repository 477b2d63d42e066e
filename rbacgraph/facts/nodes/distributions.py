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
from itertools import product
from typing import NamedTuple

from rbacgraph.facts.host_paths.row import Gives, HostPath
from rbacgraph.facts.host_paths.table import is_named, matched
from rbacgraph.facts.pods.container_escapes import HostFile
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Node

KUBEADM, KUBESPRAY, K0S = "kubeadm", "Kubespray", "k0s"
K3S, MICROK8S, MINIKUBE, RKE2 = "k3s", "MicroK8s", "minikube", "RKE2"
AKS, EKS, KOPS, OPENSHIFT, RKE = "AKS", "EKS", "kOps", "OpenShift", "RKE"

_BY_VERSION = {"+k0s": K0S, "+k3s": K3S, "+rke2": RKE2}
_BY_LABEL = {
    "kubernetes.azure.com/cluster": AKS,
    "microk8s.io/": MICROK8S,
    "minikube.k8s.io/": MINIKUBE,
    "node.kubernetes.io/microk8s-": MICROK8S,
    "node.openshift.io/": OPENSHIFT,
}


class Setup(NamedTuple):
    """The distributions that certainly, and possibly, set a node up, and its runtime if known."""

    certain: frozenset[str]
    possible: frozenset[str]
    runtime: str = ""


_SHOWING_NOTHING = frozenset({AKS, KOPS, KUBESPRAY, OPENSHIFT, RKE})
"""Distributions whose kubelets' versions do not name them, and whose labels may be removed."""

_OTHERS = _SHOWING_NOTHING | {K0S, K3S, MICROK8S, MINIKUBE, RKE2}
_UNKNOWN = Setup(frozenset({KUBEADM}), _OTHERS)
_PLAIN = Setup(frozenset({KUBEADM}), _SHOWING_NOTHING)


class Distributions:
    """The distributions of nodes, computed on first use.

    ``on_eks``: whether its control plane is that of EKS.
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
        return frozenset(self._by_node.get(node, _UNKNOWN) for node in nodes)

    def may_be(self, node: str) -> frozenset[str] | None:
        """Return the distributions that may have set a node up, ``""`` for any; None if unknown."""
        named = self._by_node.get(node)
        setups = self.everywhere if named is None else (named,)
        return frozenset().union(*(one.certain | one.possible for one in setups)) or None

    def runtimes(self, node: str) -> frozenset[str]:
        """Return the container runtimes that a node may have; none if any may be."""
        named = self._by_node.get(node)
        found = frozenset(one.runtime for one in (self.everywhere if named is None else (named,)))
        return frozenset() if "" in found else frozenset[str]().union(*map(_started, found))

    def _setup(self, node: Node) -> Setup:
        found = frozenset(_told(node))
        if MINIKUBE in found:  # minikube uses kubeadm
            found |= {KUBEADM}
        info = node.status.node_info if node.status else None
        otherwise = self._otherwise if info and info.kubelet_version else _UNKNOWN
        setup = Setup(found, frozenset()) if found else otherwise
        runtime = info.container_runtime_version.partition("://")[0] if info else ""
        return setup._replace(runtime=runtime)


def _started(runtime: str) -> frozenset[str]:
    """Return the runtimes that a runtime means: Docker starts its containers by containerd."""
    return frozenset({runtime, "containerd"}) if runtime == "docker" else frozenset({runtime})


def _told(node: Node) -> Iterator[str]:
    info = node.status.node_info if node.status else None
    for suffix, name in _BY_VERSION.items():
        if info is not None and suffix in info.kubelet_version:
            yield name
    for prefix, name in _BY_LABEL.items():
        if any(label.startswith(prefix) for label in node.metadata.labels or ()):
            yield name


def kept(file: HostFile, gives: Gives, setups: Iterable[Setup]) -> Condition | None:
    """Return the condition on which a path of some of the nodes holds files of a kind.

    None if none of them keeps them there.
    """
    certain, possible = list[Condition](), dict[Condition, set[str]]()
    for one in rows_kept(file, gives, setups):
        if one.by:
            possible.setdefault(one.condition, set()).update(one.by)
        else:
            certain.append(one.condition)
    doubtful = (both(one, If.NODE_IS_SET_UP_BY(*sorted(by))) for one, by in possible.items())
    return min((*certain, *doubtful), default=None)


class Kept(NamedTuple):
    """A row that a path matches, with its condition.

    ``by`` are distributions: one of them must have set the node up; none if that is known.
    """

    row: HostPath
    condition: Condition
    by: frozenset[str]


def rows_kept(file: HostFile, gives: Gives, setups: Iterable[Setup]) -> Iterator[Kept]:
    """Yield the rows of the files of a kind that a path of some of the nodes holds."""
    named = is_named(file.path, windows=file.windows)
    for (row, condition), setup in product(
        matched(file.path, gives, windows=file.windows), tuple(setups) or (_UNKNOWN,)
    ):
        if row.runtime and setup.runtime and row.runtime not in _started(setup.runtime):
            continue
        here = setup.possible.intersection(row.by)
        if not row.by or setup.certain.intersection(row.by) or (named and here):
            yield Kept(row, condition, frozenset())
        elif here:
            yield Kept(row, condition, here)
