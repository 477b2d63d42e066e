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
    "sa-token-secret-switch-update+get": "a token Secret annotated by update and read otherwise",
    "imp-user imp-user-names imp-sa-by-users imp-kcm imp-uid imp-extra": "impersonate users",
    "imp-group imp-masters imp-masters-via-sa imp-sa-group imp-node": "impersonate groups",
    "cimp-user-info cimp-user-group cimp-masters-unnamed cimp-sa cimp-sa-by-userinfo "
    "cimp-groups-star-3 cimp-groups-star-4 cimp-arbitrary-node cimp-assoc-node "
    "cimp-assoc-node-star": "constrained impersonation",
    "role-update+escalate role-patch+escalate": "escalate a Role that one is bound to",
    "dangling-binding+create-role": "create the missing Role of a binding",
    "token-aggregation-controller": "escalate by the aggregation controller",
    "ghost-sa": "create the missing ServiceAccount of a binding",
    "csr-approve csr-approve-patch csr-approve-put-readback csr-approve-list "
    "csr-approve-put-norv csr-approve-domain-star csr-approve-signer-unnamed csr-masters csr-kcm "
    "csr-node csr-kubeadm-admins csr-sa-username csr-kubelet-signer csr-nodeclient-auto": (
        "certificates"
    ),
    "bootstrap-token bootstrap-token-groups bootstrap-token-to-node-kubeadm "
    "bootstrap-token-patch": "bootstrap tokens",
    "psa-none-privileged psa-relabel ephemeral-priv-none": "escape to the node",
    "pods-binding bindings-legacy": "steer a pending Pod to a node",
    "node+create-pv": "a PersistentVolume that names a Secret",
    "sa-patch-imagepullsecrets": "a Pod that somebody makes later",
    "webhook-mut-create webhook-mut-update webhook-mut-delete webhook-mut-deletecollection "
    "webhook-mut-read webhook-val-create webhook-val-update webhook-val-delete "
    "webhook-val-deletecollection webhook-val-read webhook-tokenrequest webhook-sa-token-secret "
    "webhook-patch webhook-mutate-pod webhook-mutate-rolebinding": "admission webhooks",
    "map-mutate-pod": "MutatingAdmissionPolicies",
    "vap-patch-existing-param-policy": "ValidatingAdmissionPolicies",
}
"""Rows, set apart by spaces, that wait for a technique the catalogue lacks yet."""

WAITING = frozenset(row for rows in WAITS for row in rows.split())
