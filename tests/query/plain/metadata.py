"""What the metadata service of a node's cloud gives to Pods, by definition.

A technique for the engine of ``engine.py``. Nodes of EKS and GKE answer Pods outside the
node's network, and those of GKE do not if its own metadata server does:
https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html and
https://cloud.google.com/kubernetes-engine/docs/how-to/protecting-cluster-metadata.
"""

from tests.query.plain.identities import kubelet

CONCEALED = "iam.gke.io/gke-metadata-server-enabled"


def from_metadata(mine, cluster):
    for k in mine.of("pod"):
        spec = cluster.of("Pod")[k]["spec"]
        node = cluster.of("Node").get(("", spec.get("nodeName")))
        if node and not spec.get("hostNetwork") and _answers(node) and not _stopped(cluster, k):
            yield "who", kubelet(spec["nodeName"])


def _answers(node):
    version = node.get("status", {}).get("nodeInfo", {}).get("kubeletVersion", "")
    hidden = node["metadata"].get("labels", {}).get(CONCEALED) == "true"
    return ("-eks-" in version or "-gke." in version) and not hidden


def _stopped(cluster, pod):
    """Whether a policy of the Pod's namespace is about what its Pods send."""
    found = cluster.of("NetworkPolicy").items()
    return any(k[0] == pod[0] and "Egress" in one["spec"]["policyTypes"] for k, one in found)
