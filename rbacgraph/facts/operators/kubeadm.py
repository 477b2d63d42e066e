"""What kubeadm makes in each cluster, exactly: a prefix of a name shows nothing.

Source: kubernetes ``cmd/kubeadm/app/phases/bootstraptoken/node/tlsbootstrap.go``,
``cmd/kubeadm/app/phases/kubeconfig/kubeconfig.go``, ``cmd/kubeadm/app/phases/addons/proxy``.
"""

from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node

_SIGNING = "system:certificates.k8s.io:certificatesigningrequests"
_JOINING: Node = (GROUP, "", "system:bootstrappers:kubeadm:default-node-token")

BINDINGS: frozenset[tuple[str, str, Node]] = frozenset(
    {
        ("kubeadm:cluster-admins", "cluster-admin", (GROUP, "", "kubeadm:cluster-admins")),
        ("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", _JOINING),
        ("kubeadm:node-autoapprove-bootstrap", f"{_SIGNING}:nodeclient", _JOINING),
        (
            "kubeadm:node-autoapprove-certificate-rotation",
            f"{_SIGNING}:selfnodeclient",
            (GROUP, "", "system:nodes"),
        ),
        (
            "kubeadm:node-proxier",
            "system:node-proxier",
            (SERVICE_ACCOUNT, "kube-system", "kube-proxy"),
        ),
    }
)
"""The ClusterRoleBindings that open something: binding, ClusterRole and subject."""

KUBE_PROXY = ("DaemonSet", "kube-system", "kube-proxy")
"""The workload whose Pods have the network of their nodes."""
