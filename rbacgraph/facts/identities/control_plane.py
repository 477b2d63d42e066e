"""The control plane's own identities: those that every API server ships bindings for.

Deliberately not here: system:authenticated, system:unauthenticated, system:anonymous,
system:serviceaccounts*, system:nodes and system:bootstrappers, which people or workloads are in.
"""

from functools import cache

from rbacgraph.authz.bootstrap_policy import bootstrap_objects
from rbacgraph.authz.subjects import subject_node
from rbacgraph.model.kubernetes.rbac import AnyBinding
from rbacgraph.model.node import MASTERS, SERVICE_ACCOUNT, USER, Node

_GATED: Node = (SERVICE_ACCOUNT, "kube-system", "storage-version-migrator-controller")
"""It has a binding only where the feature gate StorageVersionMigrator is on.

Source: kubernetes ``plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go``.
"""


@cache
def control_plane() -> frozenset[Node]:
    """Return these users and ServiceAccounts, and group system:masters."""
    bindings = (one for one in bootstrap_objects() if isinstance(one, AnyBinding))
    named = (
        subject_node(subject, "") for binding in bindings for subject in binding.subjects or ()
    )
    members = (one for one in named if one and one[0] in {USER, SERVICE_ACCOUNT})
    return frozenset({MASTERS, _GATED, *members})
