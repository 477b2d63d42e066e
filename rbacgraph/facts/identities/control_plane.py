"""The control plane's own identities, and the bindings that every API server ships for them.

Source: kubernetes ``plugin/pkg/auth/authorizer/rbac/bootstrappolicy/*.go``. Deliberately
not here: system:authenticated, system:unauthenticated, system:anonymous,
system:serviceaccounts*, system:nodes and system:bootstrappers, which people or workloads
are in.
"""

from rbacgraph.model.node import MASTERS, SERVICE_ACCOUNT, USER, Node

_USERS = ("system:kube-controller-manager", "system:kube-proxy", "system:kube-scheduler")
_SERVICE_ACCOUNTS = (
    "attachdetach-controller",
    "bootstrap-signer",
    "certificate-controller",
    "cloud-provider",
    "clusterrole-aggregation-controller",
    "cronjob-controller",
    "daemon-set-controller",
    "deployment-controller",
    "device-taint-eviction-controller",
    "disruption-controller",
    "endpoint-controller",
    "endpointslice-controller",
    "endpointslicemirroring-controller",
    "ephemeral-volume-controller",
    "expand-controller",
    "generic-garbage-collector",
    "horizontal-pod-autoscaler",
    "job-controller",
    "kube-controller-manager",
    "kube-dns",
    "kube-scheduler",
    "leader-election-controller",
    "legacy-service-account-token-cleaner",
    "namespace-controller",
    "node-controller",
    "persistent-volume-binder",
    "pod-garbage-collector",
    "pv-protection-controller",
    "pvc-protection-controller",
    "replicaset-controller",
    "replication-controller",
    "resource-claim-controller",
    "resourcequota-controller",
    "root-ca-cert-publisher",
    "route-controller",
    "selinux-warning-controller",
    "service-account-controller",
    "service-cidrs-controller",
    "service-controller",
    "statefulset-controller",
    "storage-version-migrator-controller",
    "token-cleaner",
    "ttl-after-finished-controller",
    "ttl-controller",
    "validatingadmissionpolicy-status-controller",
    "volumeattributesclass-protection-controller",
)

CONTROL_PLANE: frozenset[Node] = frozenset(
    {
        MASTERS,
        *((USER, "", name) for name in _USERS),
        *((SERVICE_ACCOUNT, "kube-system", name) for name in _SERVICE_ACCOUNTS),
    }
)
