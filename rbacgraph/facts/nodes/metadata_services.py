"""Finds nodes whose cloud's metadata service gives the credential of their kubelet.

Sources: awslabs/amazon-eks-ami ``nodeadm/internal/kubelet/kubeconfig.template.yaml`` (the role of
the instance logs in as the kubelet); https://cloud.google.com/kubernetes-engine/docs/how-to/
protecting-cluster-metadata (the attribute kube-env holds the kubelet's bootstrap credential, unless
GKE's own metadata server answers Pods); https://learn.microsoft.com/azure/aks/imds-restriction
(nodes of AKS let all Pods reach the service, unless somebody enables a restriction, which is a
preview), Azure/aks-secure-tls-bootstrap ``client/internal/bootstrap/client.go`` (what the service
gives obtains a kubelet's certificate).
"""

from collections.abc import Mapping

from rbacgraph.facts.pods.virtual_nodes import VirtualNode
from rbacgraph.model.condition import Condition, If
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Node

_BY_VERSION = {
    "-eks-": If.METADATA_GIVES_CREDENTIAL("AWS"),
    "-gke.": If.METADATA_GIVES_CREDENTIAL("Google Cloud"),
}
_ON_AKS = "kubernetes.azure.com/"
"""How labels begin that AKS gives its nodes, whose kubelets' versions do not name it."""
_OF_AKS = If.METADATA_GIVES_IDENTITY("Azure")
_CONCEALING = "iam.gke.io/gke-metadata-server-enabled"
"""The label of GKE's nodes whose Pods are answered by its own metadata server."""


def metadata_conditions(
    snapshot: Snapshot, virtual: Mapping[str, VirtualNode]
) -> Mapping[str, Condition]:
    """Return the condition on which Pods of a node get its kubelet's credential, by node.

    Nodes whose metadata service is not known, or gives Pods nothing, are left out.
    """
    found = ((node.metadata.name, _condition(node)) for node in snapshot.nodes)
    return {name: condition for name, condition in found if condition and name not in virtual}


def _condition(node: Node) -> Condition | None:
    """Return the condition of a node's cloud; None if none is known."""
    info, labels = node.status.node_info if node.status else None, node.metadata.labels or {}
    if labels.get(_CONCEALING) == "true":
        return None
    if any(label.startswith(_ON_AKS) for label in labels):
        return _OF_AKS
    version = info.kubelet_version if info else ""
    return next((condition for mark, condition in _BY_VERSION.items() if mark in version), None)
