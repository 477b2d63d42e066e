"""Ways to become somebody else: tokens and impersonation."""

from tests.edges.experiments.cluster import (
    ENV,
    GHOST,
    IF,
    LOW,
    NO,
    OTHER,
    OWN_GROUP,
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

BOOTSTRAPPERS = "group:system:bootstrappers"
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
    Row("token-request", "create serviceaccounts/token", V, YES),
    Row("token-request (what it reads)", "create serviceaccounts/token", S1, YES),
    Row("token-request-names", "create serviceaccounts/token names=v", V, YES),
    Row("token-request-names-other", "create serviceaccounts/token names=other", V, NO),
    Row("token-request-sa-create-only", "create serviceaccounts", V, NO),
    Row("token-request-sa-star", "* serviceaccounts", V, NO, via="request-token"),
    Row("ghost-sa (token alone)", "create serviceaccounts/token", GHOST, NO),
    Row("ghost-sa (create alone)", "create serviceaccounts", GHOST, NO),
    Row(
        "sa-token-secret-create+get (existing Secret)",
        "get secrets names=lowtok",
        LOW,
        YES,
    ),
    Row("sa-token-secret-switch", "patch secrets names=lowtok", V, YES),
    Row("sa-token-secret-switch (what it reads)", "patch secrets names=lowtok", S1, YES),
    Row("sa-token-secret-switch-uid", "patch secrets names=lowtok", V, YES),
    Row("sa-token-secret-switch-update+get (update alone)", "update secrets", V, NO),
    Row(
        "sa-token-secret-switch-update+get (get alone)",
        "get secrets names=lowtok",
        V,
        NO,
    ),
    # Impersonation
    Row("imp-sa", "impersonate serviceaccounts names=v", S1, YES),
    Row("imp-sa-ghost", "impersonate serviceaccounts names=ghost", S1, YES),
    Row("imp-sa-implicit-group", "impersonate serviceaccounts names=default", S1, YES, OWN_GROUP),
    Row("imp-sa-by-users", "impersonate users @cluster", V, NO, via="impersonate-user"),
    Row("imp-user", "impersonate users @cluster", S1, YES),
    Row("imp-user-names", "impersonate users names=victim @cluster", S1, YES),
    Row("imp-user-names (another)", "impersonate users names=nobody @cluster", S1, NO),
    Row(
        "imp-group",
        "impersonate users names=nobody @cluster; impersonate groups names=vgrp @cluster",
        S1,
        YES,
    ),
    Row("imp-group-self", "impersonate groups names=vgrp @cluster", S1, NO),
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
        "imp-sa-group",
        "impersonate serviceaccounts names=default; impersonate groups names=vgrp @cluster",
        S1,
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
    Row("imp-user-rolebinding", "impersonate users", S1, NO),
    Row("imp-group-nouser", "impersonate groups names=vgrp @cluster", S1, NO),
    Row("imp-anon", "impersonate users names=system:anonymous @cluster", S1, NO),
    Row(
        "cimp-user-info",
        "impersonate:user-info users.authentication.k8s.io names=victim @cluster; "
        "impersonate-on:user-info:get secrets names=s1",
        S1,
        YES,
    ),
    Row(
        "cimp-user-info-coregroup",
        "impersonate:user-info users names=victim @cluster; impersonate-on:user-info:get secrets",
        S1,
        NO,
    ),
    Row(
        "cimp-user-info-otherverb",
        "impersonate:user-info users.authentication.k8s.io names=victim @cluster; "
        "impersonate-on:user-info:list secrets",
        S1,
        NO,
    ),
    Row(
        "cimp-user-info-starverb",
        "impersonate:user-info users.authentication.k8s.io names=victim @cluster; "
        "impersonate-on:* secrets",
        S1,
        NO,
    ),
    Row(
        "cimp-user-info (first alone)",
        "impersonate:user-info users.authentication.k8s.io names=victim @cluster",
        S1,
        NO,
    ),
    Row(
        "cimp-user-group",
        "impersonate:user-info users.authentication.k8s.io names=nobody @cluster; "
        "impersonate:user-info groups.authentication.k8s.io names=vgrp @cluster; "
        "impersonate-on:user-info:get secrets",
        S1,
        YES,
    ),
    Row(
        "cimp-masters",
        "impersonate:user-info users.authentication.k8s.io names=nobody @cluster; "
        "impersonate:user-info groups.authentication.k8s.io names=system:masters @cluster; "
        "impersonate-on:user-info:get secrets",
        S1,
        NO,
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
        "cimp-groups-star-4",
        "impersonate:user-info users.authentication.k8s.io names=nobody @cluster; "
        "impersonate:user-info groups.authentication.k8s.io names=* @cluster; "
        "impersonate-on:user-info:get secrets",
        S1,
        YES,
    ),
    Row(
        "cimp-sa",
        "impersonate:serviceaccount serviceaccounts.authentication.k8s.io names=v; "
        "impersonate-on:serviceaccount:get secrets",
        S1,
        YES,
    ),
    Row(
        "cimp-arbitrary-node",
        "impersonate:arbitrary-node nodes.authentication.k8s.io names=n1 @cluster; "
        "impersonate-on:arbitrary-node:get secrets",
        S1,
        YES,
        pod(container=ENV),
    ),
    Row(
        "cimp-arbitrary-node (second alone)",
        "impersonate-on:arbitrary-node:get secrets",
        S1,
        NO,
        pod(container=ENV),
    ),
    Row(
        "cimp-sa-coregroup",
        "impersonate:serviceaccount serviceaccounts names=v; "
        "impersonate-on:serviceaccount:get secrets",
        S1,
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
        "cimp-legacy-plus-on",
        "impersonate users.authentication.k8s.io names=victim @cluster",
        S1,
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
        "cimp-assoc-node-named",
        "impersonate:associated-node nodes.authentication.k8s.io names=n1 @cluster; "
        "impersonate-on:associated-node:get secrets",
        S1,
        NO,
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
    Row(
        "cimp-assoc-node-noon",
        "impersonate:associated-node nodes.authentication.k8s.io @cluster",
        S1,
        NO,
        AGENT,
        "pod:attackers/agent",
    ),
    Row(
        "cimp-assoc-node-noimp",
        "impersonate-on:associated-node:get secrets",
        S1,
        NO,
        AGENT,
        "pod:attackers/agent",
    ),
    Row(
        "cimp-assoc-node-wrong",
        "impersonate:associated-node nodes.authentication.k8s.io @cluster; "
        "impersonate-on:associated-node:get secrets",
        S1,
        NO,
        [*ON_N1, agent("n2")],
        "pod:attackers/agent",
    ),
    # Certificate requests
    Row(
        "csr-approve",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "update certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io names=kubernetes.io/kube-apiserver-client @cluster; "
        "get certificatesigningrequests.certificates.k8s.io @cluster",
        S1,
        YES,
    ),
    Row(
        "csr-approve-patch",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "patch certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io names=kubernetes.io/kube-apiserver-client @cluster",
        S1,
        YES,
    ),
    Row(
        "csr-approve-patch (no create)",
        "patch certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io names=kubernetes.io/kube-apiserver-client @cluster",
        S1,
        NO,
    ),
    Row(
        "csr-approve-patch (no approval)",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io names=kubernetes.io/kube-apiserver-client @cluster",
        S1,
        NO,
    ),
    Row(
        "csr-approve-patch (no signer)",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "patch certificatesigningrequests/approval.certificates.k8s.io @cluster",
        S1,
        NO,
    ),
    Row(
        "csr-approve-put-norv",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "update certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io names=kubernetes.io/kube-apiserver-client @cluster",
        S1,
        YES,
    ),
    Row(
        "csr-approve-domain-star",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "update certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io names=kubernetes.io/* @cluster",
        S1,
        YES,
    ),
    Row(
        "csr-approve-signer-unnamed",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "update certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io @cluster",
        S1,
        YES,
    ),
    Row(
        "csr-approve-othersigner",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "update certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io names=kubernetes.io/kubelet-serving @cluster",
        S1,
        NO,
    ),
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
        "csr-node",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "update certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io names=kubernetes.io/kube-apiserver-client @cluster",
        "kubelet:n1",
        YES,
        pod(container=ENV),
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
        "csr-kubelet-signer",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "update certificatesigningrequests/approval.certificates.k8s.io @cluster; "
        "approve signers.certificates.k8s.io "
        "names=kubernetes.io/kube-apiserver-client-kubelet @cluster",
        "kubelet:n1",
        YES,
        pod(container=ENV),
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
    Row(
        "csr-nodeclient-auto",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "create certificatesigningrequests/nodeclient.certificates.k8s.io @cluster; "
        "get certificatesigningrequests.certificates.k8s.io @cluster",
        "kubelet:n1",
        YES,
        pod(container=ENV),
    ),
    Row(
        "csr-nodeclient-auto (no create)",
        "create certificatesigningrequests/nodeclient.certificates.k8s.io @cluster; "
        "get certificatesigningrequests.certificates.k8s.io @cluster",
        "kubelet:n1",
        NO,
        pod(container=ENV),
    ),
    Row(
        "csr-nodeclient-auto (no nodeclient)",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "get certificatesigningrequests.certificates.k8s.io @cluster",
        "kubelet:n1",
        NO,
        pod(container=ENV),
    ),
    Row(
        "csr-nodeclient-auto (no read)",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "create certificatesigningrequests/nodeclient.certificates.k8s.io @cluster",
        "kubelet:n1",
        NO,
        pod(container=ENV),
    ),
    Row(
        "csr-selfnodeclient",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "create certificatesigningrequests/selfnodeclient.certificates.k8s.io @cluster; "
        "get certificatesigningrequests.certificates.k8s.io @cluster",
        "kubelet:n1",
        NO,
        pod(container=ENV),
    ),
    Row(
        "csr-sign",
        "create certificatesigningrequests.certificates.k8s.io @cluster; "
        "update certificatesigningrequests/status.certificates.k8s.io @cluster; "
        "sign signers.certificates.k8s.io @cluster",
        S1,
        NO,
    ),
    # Bootstrap tokens: the server took them, which its flags would say
    Row("bootstrap-token", "create secrets @cluster", BOOTSTRAPPERS, IF),
    Row("bootstrap-token-groups", "create secrets @cluster", JOINERS, IF, JOINS),
    Row("bootstrap-token-masters", "create secrets @cluster", "group:system:masters", NO, JOINS),
    Row("bootstrap-token-other-ns", "create secrets", BOOTSTRAPPERS, NO),
    Row("bootstrap-token-to-node-default", "create secrets @cluster", "kubelet:n1", NO, ON_N1),
    Row("bootstrap-token-to-node-kubeadm", "create secrets @cluster", S1, IF, (*ON_N1, *JOINS)),
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
