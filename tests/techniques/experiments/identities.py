"""Ways to become somebody else: tokens and impersonation."""

from tests.techniques.experiments.cluster import (
    ENV,
    IF,
    LOW,
    NO,
    OTHER,
    S1,
    YES,
    Row,
    V,
    grant,
    obj,
    pod,
    reads,
    rule,
    running_as,
    subject,
)

JOINERS = "group:system:bootstrappers:kubeadm:default-node-token"
JOINS = grant(
    "joins",
    [
        rule("create,get,list,watch certificatesigningrequests.certificates.k8s.io")[0],
        rule("create certificatesigningrequests/nodeclient.certificates.k8s.io")[0],
    ],
    subject("Group", JOINERS.removeprefix("group:")),
    namespace="",
)
ON_N1 = pod(container=ENV)


def agent(node):
    """A Pod of the principal, with its token, on a node."""
    made = running_as("p", node=node)[0]
    return {**made, "metadata": {"name": "agent", "namespace": "attackers"}}


AGENT = [*ON_N1, agent("n1")]
BOOTSTRAP_TOKEN = [
    obj(
        "Secret",
        "kube-system",
        "bootstrap-token-abcdef",
        type="bootstrap.kubernetes.io/token",
        data=dict.fromkeys(("token-id", "token-secret", "usage-bootstrap-authentication"), "AAAA"),
    )
]

ROWS = (
    # Tokens
    Row("token-request (what it reads)", "create serviceaccounts/token", S1, YES),
    Row("token-request-names-other", "create serviceaccounts/token names=other", V, NO),
    Row("token-request-sa-star", "* serviceaccounts", V, NO, via="request-token"),
    Row(
        "sa-token-secret-create+get (existing Secret)",
        "get secrets names=lowtok",
        LOW,
        YES,
    ),
    Row("sa-token-secret-switch (what it reads)", "patch secrets names=lowtok", S1, YES),
    # Impersonation
    Row("imp-sa-by-users", "impersonate users @cluster", V, NO, via="impersonate-user"),
    Row("imp-user-names (another)", "impersonate users names=nobody @cluster", S1, NO),
    Row(
        "imp-masters",
        "impersonate users names=nobody @cluster; impersonate groups names=system:masters @cluster",
        OTHER,
        YES,
    ),
    Row("imp-masters (group alone)", "impersonate groups names=system:masters @cluster", OTHER, NO),
    Row(
        "imp-masters-via-sa",
        "impersonate serviceaccounts names=default; "
        "impersonate groups names=system:masters @cluster",
        OTHER,
        YES,
    ),
    Row(
        "imp-node",
        "impersonate users names=system:node:n1 @cluster; "
        "impersonate groups names=system:nodes @cluster",
        S1,
        YES,
        pod(container=ENV),
    ),
    Row(
        "imp-node (user alone)",
        "impersonate users names=system:node:n1 @cluster",
        S1,
        NO,
        pod(container=ENV),
    ),
    Row(
        "imp-kcm",
        "impersonate users names=system:kube-controller-manager @cluster",
        OTHER,
        YES,
        reads(subject("User", "system:kube-controller-manager"), namespace=""),
    ),
    Row(
        "cimp-masters-unnamed (another namespace)",
        "impersonate:user-info users.authentication.k8s.io names=nobody @cluster; "
        "impersonate:user-info groups.authentication.k8s.io @cluster; "
        "impersonate-on:user-info:get secrets @cluster",
        OTHER,
        NO,
    ),
    Row(
        "cimp-sa-by-userinfo",
        "impersonate:user-info users.authentication.k8s.io @cluster; "
        "impersonate-on:user-info:get secrets",
        V,
        NO,
    ),
    Row(
        "cimp-assoc-node",
        "impersonate:associated-node nodes.authentication.k8s.io @cluster; "
        "impersonate-on:associated-node:get secrets",
        S1,
        YES,
        AGENT,
        "pod:attackers/agent",
    ),
    Row(
        "cimp-assoc-node-star",
        "impersonate:associated-node nodes.authentication.k8s.io names=* @cluster; "
        "impersonate-on:associated-node:get secrets",
        S1,
        YES,
        AGENT,
        "pod:attackers/agent",
    ),
    # Certificate requests
    Row(
        "csr-masters",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "update certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io names=kubernetes.io/kube-apiserver-client @cluster",
        "group:system:masters",
        NO,
    ),
    Row(
        "csr-kcm",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "update certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io names=kubernetes.io/kube-apiserver-client @cluster",
        OTHER,
        YES,
        reads(subject("User", "system:kube-controller-manager"), namespace=""),
    ),
    Row(
        "csr-sa-username",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "update certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io names=kubernetes.io/kube-apiserver-client @cluster",
        V,
        YES,
    ),
    Row(
        "csr-kubelet-signer (a user)",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "update certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io "
        "names=kubernetes.io/kube-apiserver-client-kubelet @cluster",
        V,
        NO,
        pod(container=ENV),
    ),
    # Bootstrap tokens: the server took them, which its flags would say
    Row("bootstrap-token-groups", "create secrets @cluster", JOINERS, IF, JOINS),
    Row(
        "bootstrap-token-patch",
        "patch secrets names=bootstrap-token-abcdef @cluster",
        JOINERS,
        IF,
        (*BOOTSTRAP_TOKEN, *JOINS),
    ),
    Row(
        "bootstrap-token-patch (no token)",
        "patch secrets names=bootstrap-token-abcdef @cluster",
        JOINERS,
        NO,
        JOINS,
    ),
)
