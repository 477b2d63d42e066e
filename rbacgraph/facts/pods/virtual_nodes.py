"""Virtual nodes: node names behind which a service runs Pods without a shared machine.

Fargate and Azure Container Instances give each Pod its own machine, and accept no privileged
containers, host paths or host namespaces: a new Pod there reaches no other Pod's machine, and an
escape depends on the service. What is behind other virtual kubelets is not known; it may be another
cluster, with shared nodes. Azure's labels do not decide it: nodes of others need them too, or
Azure's cloud controller removes the nodes.

Sources: https://docs.aws.amazon.com/eks/latest/userguide/fargate.html;
https://learn.microsoft.com/azure/aks/virtual-nodes;
https://learn.microsoft.com/azure/container-instances/container-instances-container-groups;
github.com/virtual-kubelet/azure-aci ``README.md``;
https://docs.liqo.io/en/stable/usage/reflection.html.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rbacgraph.model.condition import Condition, If
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Node

_FARGATE, _ACI = "Fargate", "Azure Container Instances"
_COMPUTE_TYPE = "eks.amazonaws.com/compute-type"
_BEGINS = {"fargate-ip-": _FARGATE, "virtual-node-aci-": _ACI}
_VIRTUAL = {"type": "virtual-kubelet", "liqo.io/type": "virtual-node"}


class VirtualNode(NamedTuple):
    """The service behind a virtual node; ``""`` for an unknown one."""

    name: str
    service: str

    @property
    def shared(self) -> Condition | None:
        """Return the condition on which Pods there share a machine; None if they never do."""
        return None if self.service else If.PODS_SHARE_MACHINE(self.name)

    @property
    def lets(self) -> Condition:
        """Return the condition on which a Pod there controls more than its containers."""
        if self.service:
            return If.SERVICE_RUNS_PRIVILEGED(self.service)
        return If.VIRTUAL_NODE_RUNS_PRIVILEGED(self.name)


def virtual_nodes(snapshot: Snapshot, names: Iterable[str]) -> Mapping[str, VirtualNode]:
    """Return the virtual nodes, judged by their labels and names."""
    found = {name: VirtualNode(name, service) for name, service in _named(names)}
    for node in snapshot.nodes:
        service = _labelled(node)
        if service is not None:
            name = node.metadata.name
            found.setdefault(name, VirtualNode(name, service))
    return found


def _named(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        for begin, service in _BEGINS.items():
            if name.startswith(begin):
                yield name, service


def _labelled(node: Node) -> str | None:
    labels = node.metadata.labels or {}
    if labels.get(_COMPUTE_TYPE) == "fargate":
        return _FARGATE
    return "" if any(labels.get(key) == value for key, value in _VIRTUAL.items()) else None
