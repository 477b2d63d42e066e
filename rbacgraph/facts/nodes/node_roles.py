"""Finds nodes of the control plane, and nodes with etcd's data."""

from collections.abc import Mapping
from functools import cached_property
from posixpath import normpath
from typing import NamedTuple

from rbacgraph.facts.host_paths.paths import covers
from rbacgraph.facts.identities.identities import Identities
from rbacgraph.facts.nodes.distributions import Distributions
from rbacgraph.facts.pods.container_escapes import Escape, best_escape
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
_BLOCK = "Block"
"""The mode of volumes that containers get as devices."""


class NodeVolume(NamedTuple):
    """A PersistentVolume that is a path of the node, or a disk by its path."""

    volume: PersistentVolume
    path: str
    disk: bool


class Sign(NamedTuple):
    """The object that shows the purpose of a node: its kind, and what it says."""

    obj: Object
    kind: str
    detail: str


class Hosts:
    """The purposes of nodes, computed on first use."""

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
    def volumes(self) -> Mapping[str, NodeVolume]:
        """PersistentVolumes that are a path or a disk of the node, by name."""
        found = {}
        for volume in self._identities.snapshot.persistent_volumes:
            one = _node_volume(volume)
            if one is not None:
                found[volume.metadata.name] = one
        return found

    @cached_property
    def claimed(self) -> Mapping[tuple[str, str], NodeVolume]:
        """The same volumes by their claim's namespace and name."""
        standing = self._claimed.standing
        return {
            (ref.namespace, ref.name): one
            for one in self.volumes.values()
            if one.volume.spec
            and (ref := one.volume.spec.claim_ref)
            and standing(one.volume) == "bound"
        }

    def best_escape(self, runner: PodSource) -> Escape | None:
        """Return a Pod's way to its node with the weakest condition; None if there is none."""
        host = self.access(runner)
        if host is None:
            return None
        node, known = runner.spec.node_name, self.distributions
        return best_escape(host, runner.stalled, known.may_be(node), known.runtimes(node))

    def access(self, runner: PodSource) -> HostAccess | None:
        """Return a Pod's access to its node, including claims."""
        host, windows = runner.spec.host, self._identities.running.windows_nodes
        if host is not None and windows:
            node = runner.spec.node_name
            if node in windows or (not node and windows.issuperset(self._identities.running.nodes)):
                host = host.on_windows()
        if host is not None and runner.spec.node_name in self._linux_nodes:
            host = host.on_linux()
        found = self.claimed
        if host is None or not found or not runner.spec.claims:
            return host
        mounted = {
            volume: found[key]
            for claim, volume in runner.spec.claims
            if (key := (runner.node[1], claim or f"{runner.name}-{volume}")) in found
        }
        containers = [_with_claims(container, mounted) for container in host.containers]
        return host.with_containers(containers) if mounted else host

    @cached_property
    def _linux_nodes(self) -> frozenset[str]:
        nodes = self._identities.snapshot.nodes
        return frozenset(node.metadata.name for node in nodes if node.runs_linux)

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


def _node_volume(volume: PersistentVolume) -> NodeVolume | None:
    """Return what a PersistentVolume is of its node; None if it is nothing.

    Of the two, only ``local`` can be a device: the kubelet mounts its file system, or hands it to
    containers if the mode is ``Block``.

    Source: kubernetes ``pkg/volume/local/local.go``, ``pkg/volume/hostpath/host_path.go``;
    https://kubernetes.io/docs/concepts/storage/persistent-volumes/#raw-block-volume-support.
    """
    spec = volume.spec
    source = (spec.host_path or spec.local) if spec else None
    if spec is None or source is None or not source.path:
        return None
    path, block = normpath(f"/{source.path}").replace("//", "/"), spec.volume_mode == _BLOCK
    if block and spec.host_path is not None:
        return None
    return NodeVolume(volume, path, disk=block or (spec.host_path is None and covers("/dev", path)))


def _with_claims(container: HostContainer, mounted: Mapping[str, NodeVolume]) -> HostContainer:
    """Return a container with the paths and disks of its claims added to its mounts."""
    paths, disks = list[tuple[str, bool]](), list[tuple[str, bool]]()
    for name, path, writable in container.claims:
        one = mounted.get(name)
        if one is not None and one.disk:
            disks.append((one.path, writable))
        elif one is not None:
            paths.append((normpath(f"/{one.path}/{path}").replace("//", "/"), writable))
    disks += [(mounted[name].path, writes) for name, writes in container.devices if name in mounted]
    return container.with_volumes(paths, disks)
