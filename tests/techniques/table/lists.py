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
    "node-token-aud-vault-in-volume": "a token that the API server does not take",
    "node-token-aud-rbac": "a token that the API server does not take",
}
"""Rows that worked, and gave whoever did it neither bytes nor an identity."""

CONDITIONAL = {
    "ephemeral-(patch-env|update-env|newvolume)": "the Pod did not run yet",
    "pods-(attach|portforward|proxy)-.*|services-proxy-.*": "its program may serve nothing",
    "pods-log-get": "its program may print nothing of it; no kubelet was there to show it",
    "webhook-.*|map-.*": "somebody else wrote the Secret, or made a Pod",
    "cimp-assoc-node(-star)?": "the ServiceAccount's token was bound to a Pod on the node",
    "sa-patch-imagepullsecrets": "somebody else made a Pod of the ServiceAccount",
    "bootstrap-token.*": "the API server's flags, which the input does not show, let it take them",
}
"""Rows, by patterns of their ids, that took more than the intruder's own rights."""

EXPLAINED = {
    "nodes-proxy-named-create": "asked with a GET; a POST carries the name as any other request",
}
"""Rows that we say more of than they obtained."""
