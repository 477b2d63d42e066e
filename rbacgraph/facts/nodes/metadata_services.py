"""Finds nodes whose cloud's metadata service gives the credential of their kubelet.

Sources: awslabs/amazon-eks-ami ``nodeadm/internal/kubelet/kubeconfig.template.yaml`` (the role of
the instance logs in as the kubelet); https://cloud.google.com/kubernetes-engine/docs/how-to/
protecting-cluster-metadata (the attribute kube-env holds the kubelet's bootstrap credential, unless
GKE's own metadata server answers Pods); Azure/AgentBaker ``parts/linux/cloud-init/artifacts/
block_wireserver.sh`` (nodes of AKS drop such requests of Pods outside the node's network).
"""

from collections.abc import Mapping

from rbacgraph.facts.pods.virtual_nodes import VirtualNode
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Node

AMAZON, GOOGLE = "AWS", "Google Cloud"

_BY_VERSION = {"-eks-": AMAZON, "-gke.": GOOGLE}
_CONCEALING = "iam.gke.io/gke-metadata-server-enabled"
"""The label of GKE's nodes whose Pods are answered by its own metadata server."""


def metadata_clouds(snapshot: Snapshot, virtual: Mapping[str, VirtualNode]) -> Mapping[str, str]:
    """Return the cloud of each node whose metadata service may give its credential to Pods."""
    found = ((node.metadata.name, _cloud(node)) for node in snapshot.nodes)
    return {name: cloud for name, cloud in found if cloud and name not in virtual}


def _cloud(node: Node) -> str:
    """Return the cloud whose metadata service answers a node's Pods; ``""`` for none known."""
    info, labels = node.status.node_info if node.status else None, node.metadata.labels or {}
    if info is None or labels.get(_CONCEALING) == "true":
        return ""
    return next((cloud for mark, cloud in _BY_VERSION.items() if mark in info.kubelet_version), "")
