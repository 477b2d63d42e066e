"""What the answers made by hand share: names, places, conditions, evidence, and a basis."""

from rbacgraph.model.answers.assumption import Assume
from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.condition import If
from rbacgraph.model.inputs.evidence import Evidence

RBAC = "k8s/shop/rbac.yaml"
EDGES = ("read-secret", "mounts-secret", "create-pod", "create-workload", "exec", "request-token")
DB = "secret:shop/db-credentials"
HOSTILE = "a\x1b[2J\"'<b>|`;\n=x--\u202e\u3164"
BEFORE_1_35 = If.SERVER_IS_OLDER(1, 35)
POLICY = If.POLICIES_ALLOW("ClusterPolicy baseline")
HOSTILE_NODE = If.NODE_IS_READY_AGAIN(HOSTILE)
UNSEEN_BINDINGS = If.LISTS_ARE_SEEN("RoleBinding", "shop")
UNKNOWN_MEMBERS = If.GROUP_MEMBERS_ARE_GIVEN()
HOSTILE_LACK = If.LIST_IS_GIVEN(HOSTILE)
CONDITIONS = (
    BEFORE_1_35,
    POLICY,
    HOSTILE_NODE,
    UNSEEN_BINDINGS,
    UNKNOWN_MEMBERS,
    HOSTILE_LACK,
)

READERS = Evidence("RoleBinding", "shop", "readers", RBAC, 31)
READER = Evidence("Role", "shop", "reader", RBAC, 12, 1, "get, list on secrets")
CI = Evidence("RoleBinding", "shop", "ci-deploys", RBAC, 58)
EDIT = Evidence("ClusterRole", "", "edit", rule=7, detail="create, delete on pods", assumed=True)
EVERYONE = Evidence(
    "Group", "", "system:serviceaccounts", detail="holds every ServiceAccount, implied"
)
BASIS = Basis(
    kubernetes_version="1.36",
    edges=EDGES,
    assumptions=(
        Assume.ASKED_LIKE_THIS(
            "the bootstrap roles and bindings of Kubernetes 1.36, which the input lacks"
        ),
    ),
    missing=(UNKNOWN_MEMBERS,),
    diagnostics=3,
)
