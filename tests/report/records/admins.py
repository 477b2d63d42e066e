"""Answers of ``admins`` made by hand: each way to control the cluster, none, and hostile names."""

from msgspec.structs import replace

from rbacgraph.model.answers.admins import AdminsResult
from rbacgraph.model.answers.paths import Admin, Hop, Members, Path
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.inputs.evidence import Evidence
from tests.report.records.paths import create_pod, hostile_paths
from tests.report.records.shared import BASIS, CI, EDIT, HOSTILE, HOSTILE_NODE, POLICY

ADMINS = Evidence("ClusterRoleBinding", "", "admins", "k8s/cluster.yaml", 4)
EVERY_RIGHT = Evidence("ClusterRole", "", "every", "k8s/cluster.yaml", 21, 0, "* on *.*")


def shop_admins():
    """Who controls the cluster: by own rights, by an account, by a node, and if."""
    alice = Admin(
        principal="group:admins", path=None, rights=(ADMINS, EVERY_RIGHT), condition=CERTAIN
    )
    through = [
        Admin(
            principal=f"serviceaccount:shop/{name}",
            path=create_pod(f"serviceaccount:shop/{name}", "serviceaccount:shop/operator"),
            rights=(ADMINS, EVERY_RIGHT),
            condition=CERTAIN,
        )
        for name in ("api", "ci")
    ]
    privileged = Hop(
        "create-privileged-pod",
        "user:bob",
        "node:cp-1",
        "can have privileged Pods made in shop",
        5,
        (CI, EDIT),
    )
    sign = Evidence("Node", "", "cp-1", "k8s/nodes.yaml", 3, detail="has the label")
    keys = Hop("control-plane-host", "node:cp-1", "all:*", "holds the keys", 1, (sign,))
    bob = Admin(
        principal="user:bob",
        path=Path("user:bob", "all:*", (privileged, keys)),
        rights=(),
        condition=CERTAIN,
    )
    carol = Admin(principal="user:carol", path=None, rights=(ADMINS, EVERY_RIGHT), condition=POLICY)
    if_allowed = replace(privileged, source="user:dana", condition=POLICY)
    way = Path("user:dana", "all:*", (if_allowed, keys))
    dana = replace(bob, principal="user:dana", path=way)
    masters = Admin(
        principal="group:system:masters", path=None, rights=(EVERY_RIGHT,), condition=CERTAIN
    )
    engine = replace(alice, principal="serviceaccount:cd/engine", operator="Argo CD")
    return AdminsResult(
        admins=(alice, *through, bob),
        conditional=(carol, dana),
        operators=(engine,),
        shipped=(masters,),
        members=(Members("group:admins", 0, 2, implied=False),),
        basis=BASIS,
    )


def no_admins():
    """Nobody is it."""
    return AdminsResult(
        admins=(), conditional=(), operators=(), shipped=(), members=(), basis=BASIS
    )


def hostile_admins():
    """Admins with hostile names."""
    path = hostile_paths().secrets[0].paths[0]
    evidence = path.hops[0].evidence
    one = Admin(principal=path.principal, path=path, rights=evidence, condition=HOSTILE_NODE)
    return AdminsResult(
        admins=(replace(one, path=None, condition=CERTAIN),),
        conditional=(one,),
        operators=(replace(one, operator=HOSTILE),),
        shipped=(one,),
        members=(),
        basis=BASIS,
    )
