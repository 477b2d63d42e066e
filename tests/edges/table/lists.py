"""The rows that are no plain question about objects, each with its reason."""

NOT_OBJECTS = {
    "authenticated-defaults": "a table of what everybody may do, not an attempt",
    "default-role-view": "the rules of a shipped ClusterRole, not an attempt",
    "default-role-edit": "the rules of a shipped ClusterRole, not an attempt",
    "default-role-admin": "the rules of a shipped ClusterRole, not an attempt",
    "secrets-verb-matrix": "a table of the rows read-…, patch-… and delete-…",
    "controller-sa-readers": "one row for many identities: see the test of their own",
    "subject-sa-no-namespace-crb": "the server refuses such a binding",
    "anon-badtoken": "how a wrong credential is answered",
    "node-list-pods": "lists Pods, which discloses nothing",
    "node-list-own-pods": "lists Pods, which discloses nothing",
}

YIELDS_NOTHING = {
    "ssa-create-names": "a Secret was created; what its maker gets is in sa-token-secret-…",
    "post-create-names-empty": "a Secret was created",
    "cimp-uid": "the identity for one harmless request only",
    "cimp-extra-domain": "the identity for one harmless request only",
    "rb-delete+create": "a binding was deleted",
    "role-ssa-create-escalate-named": "a Role that nobody is bound to",
    "role-put-create-escalate-named": "a Role that nobody is bound to",
    "role-patch-widen-same": "the Role as it was",
    "agg-label-escalate": "a third party gained, not who wrote",
    "agg-relabel+escalate": "a third party gained, not who wrote",
    "aggrule-create-escalate": "a ClusterRole that nobody is bound to",
    "rb-dangling+bind": "a binding to a Role that does not exist",
    "psa-relabel-update": "a label was changed",
    "psa-relabel-status": "a label was changed",
    "psa-relabel-finalize": "a label was changed",
    "psa-relabel-status-patch": "a label was changed",
    "psa-relabel-status-update": "a label was changed",
    "psa-relabel-finalize-update": "a label was changed",
    "pod-patch-labels": "labels were changed",
    "pod-patch-gated-nodeselector": "a Pod was steered to another node",
    "nodes-proxy-update": "authorised, but a kubelet runs nothing for a PUT",
    "nodes-proxy-patch": "authorised, but a kubelet runs nothing for a PATCH",
    "nodes-proxy-delete": "authorised, but a kubelet runs nothing for a DELETE",
    "pods-log-get": "a log holds what the program writes",
    "node-token-aud-vault-in-volume": "a token that the API server does not take",
    "node-token-aud-rbac": "a token that the API server does not take",
}
"""Rows that worked, and gave whoever did it neither bytes nor an identity."""

EXPLAINED = {
    "nodes-proxy-named-create": "asked with a GET; a POST carries the name as any other request",
    "mountable-ephemeral": "claimed for Secrets that the ServiceAccount lists, if any",
}
"""Rows that we say more of than they obtained."""

WAITS = {
    "a token Secret annotated by update and read otherwise": "sa-token-secret-switch-update+get",
    "impersonate users": "imp-user imp-user-names imp-sa-by-users imp-kcm imp-uid imp-extra",
    "impersonate groups": "imp-group imp-masters imp-masters-via-sa imp-sa-group imp-node",
    "constrained impersonation": """
        cimp-user-info cimp-user-group cimp-masters-unnamed cimp-sa cimp-sa-by-userinfo
        cimp-groups-star-3 cimp-groups-star-4 cimp-arbitrary-node cimp-assoc-node
        cimp-assoc-node-star
    """,
    "escalate a Role that one is bound to": "role-update+escalate role-patch+escalate",
    "create the missing Role of a binding": "dangling-binding+create-role",
    "escalate by the aggregation controller": "token-aggregation-controller",
    "create the missing ServiceAccount of a binding": "ghost-sa",
    "certificates": """
        csr-approve csr-approve-patch csr-approve-put-readback csr-approve-list
        csr-approve-put-norv csr-approve-domain-star csr-approve-signer-unnamed csr-masters
        csr-kcm csr-node csr-kubeadm-admins csr-sa-username csr-kubelet-signer csr-nodeclient-auto
    """,
    "bootstrap tokens": """
        bootstrap-token bootstrap-token-groups bootstrap-token-to-node-kubeadm
        bootstrap-token-patch
    """,
    "escape to the node": "psa-none-privileged psa-relabel ephemeral-priv-none",
    "steer a pending Pod to a node": "pods-binding bindings-legacy",
    "a PersistentVolume that names a Secret": "node+create-pv",
    "a Pod that somebody makes later": "sa-patch-imagepullsecrets",
    "ValidatingAdmissionPolicies": "vap-patch-existing-param-policy",
}
"""Rows that wait for a technique that the catalogue lacks yet."""

WAITING = frozenset(row for rows in WAITS.values() for row in rows.split())
