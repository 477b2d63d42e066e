"""Finds nodes of the control plane, and nodes with etcd's data."""

from collections.abc import Mapping
from functools import cached_property
from posixpath import normpath
from typing import NamedTuple

from rbacgraph.facts.identities.identities import Identities
from rbacgraph.facts.nodes.distributions import Distributions
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.secrets.volume_claims import Claimed
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.kubernetes.core import PersistentVolume
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.pods import HostAccess, HostContainer, Pod

_ROLE = "node-role.kubernetes.io/"
_CONTROL_PLANE = (
    f"{_ROLE}control-plane",
    f"{_ROLE}controlplane",
    f"{_ROLE}master",
    "node.kubernetes.io/microk8s-controlplane",
)
_ETCD = (f"{_ROLE}etcd",)
_SYSTEM = "kube-system"


class Sign(NamedTuple):
    """The object that shows the purpose of a node: its kind, and what it says."""

    obj: Object
    kind: str
    detail: str


class Hosts:
    """The purposes of nodes, computed on first use.

    Parameters
    ----------
    identities:
        The cluster, with its cloud identities indexed.
    claimed:
        The claims of its PersistentVolumes.
    """

    def __init__(self, identities: Identities, claimed: Claimed) -> None:
        self._identities = identities
        self._claimed = claimed

    @cached_property
    def control_plane(self) -> Mapping[str, Sign]:
        """Nodes of the control plane, by name: an API server runs there, or a label says so."""
        return self._with_pods("kube-apiserver") | self._labelled(_CONTROL_PLANE)

    @cached_property
    def etcd(self) -> Mapping[str, Sign]:
        """Nodes with etcd, by name; if none is visible, those of the control plane."""
        return self._with_pods("etcd") | self._labelled(_ETCD) or self.control_plane

    @cached_property
    def distributions(self) -> Distributions:
        """The distributions of nodes."""
        return Distributions(self._identities.snapshot, on_eks=self.managed_by_eks)

    @cached_property
    def managed_by_eks(self) -> bool:
        """Whether EKS runs the control plane: its nodes are visible, and no control-plane node."""
        return self._identities.clouds.on_eks and not self.control_plane

    @cached_property
    def volumes(self) -> Mapping[str, tuple[PersistentVolume, str]]:
        """PersistentVolumes that are a path of the node, by name, each with the path."""
        found: dict[str, tuple[PersistentVolume, str]] = {}
        for volume in self._identities.snapshot.persistent_volumes:
            source = volume.spec and (volume.spec.host_path or volume.spec.local)
            if source and source.path:
                path = normpath(f"/{source.path}").replace("//", "/")
                found[volume.metadata.name] = volume, path
        return found

    @cached_property
    def claimed(self) -> Mapping[tuple[str, str], tuple[PersistentVolume, str]]:
        """The same volumes by their claim's namespace and name."""
        standing = self._claimed.standing
        return {
            (volume.spec.claim_ref.namespace, volume.spec.claim_ref.name): (volume, path)
            for volume, path in self.volumes.values()
            if volume.spec and volume.spec.claim_ref and standing(volume) == "bound"
        }

    def access(self, runner: PodSource) -> HostAccess | None:
        """Return a Pod's access to its node, including claims."""
        host, windows = runner.spec.host, self._identities.running.windows_nodes
        if host is not None and windows:
            node = runner.spec.node_name
            if node in windows or (not node and windows.issuperset(self._identities.running.nodes)):
                host = host.on_windows()
        found = self.claimed
        if host is None or not found or not runner.spec.claims:
            return host
        _, namespace, pod = runner.node
        mounted = {
            volume: found[key][1]
            for claim, volume in runner.spec.claims
            if (key := (namespace, claim or f"{pod}-{volume}")) in found
        }
        containers = [_with_claims(container, mounted) for container in host.containers]
        return host.with_containers(containers) if mounted else host

    @cached_property
    def unencrypted(self) -> Condition:
        """The condition on which etcd's data holds Secrets unencrypted."""
        servers = [pod.api_server for pod in self._identities.snapshot.pods if pod.api_server]
        configs = sorted({server.config for server in servers if server.config})
        if configs:
            return If.SECRETS_ARE_PLAIN_OR_KEYS_READ(configs[0])
        return CERTAIN if servers else If.SECRETS_ARE_PLAIN()

    def _labelled(self, labels: tuple[str, ...]) -> dict[str, Sign]:
        return {
            node.metadata.name: Sign(node, "Node", f"label {label}")
            for node in self._identities.snapshot.nodes
            for label in labels
            if node.metadata.labels and label in node.metadata.labels
        }

    def _with_pods(self, program: str) -> dict[str, Sign]:
        """Return the nodes with a static Pod of a control-plane program."""
        return {
            pod.spec.node_name: Sign(pod, "Pod", f"runs {program} on node {pod.spec.node_name}")
            for pod in self._identities.snapshot.pods
            if pod.mirror and pod.spec.node_name and _is(pod, program)
        }


def _is(pod: Pod, program: str) -> bool:
    """Whether a Pod mirrors a static Pod of that name, followed by the node's name.

    Source: kubernetes ``pkg/kubelet/config/common.go``.
    """
    name = f"{program}-{pod.spec.node_name}".lower()
    return (pod.metadata.namespace, pod.metadata.name) == (_SYSTEM, name)


def _with_claims(container: HostContainer, mounted: Mapping[str, str]) -> HostContainer:
    """Return a container with the paths of its claims added to its mounts."""
    found = [
        (normpath(f"/{mounted[volume]}/{path}").replace("//", "/"), writable)
        for volume, path, writable in container.claims
        if volume in mounted
    ]
    return container.with_paths(found)
