"""Writes of roles and bindings, and what the writer gains by them."""

from tests.techniques.experiments.cluster import (
    NO,
    OTHER,
    RBAC,
    S1,
    S2,
    YES,
    Row,
    grant,
    obj,
    rule,
    subject,
)

P = subject("ServiceAccount", "p", "attackers")
SR = [obj("ClusterRole", "", "sr", f"{RBAC}/v1", rules=[rule("get secrets")[0]])]
ROLES, BINDINGS = f"roles.{RBAC}", f"rolebindings.{RBAC}"
CLUSTER_ROLES, CLUSTER_BINDINGS = f"cluster{ROLES}", f"cluster{BINDINGS}"


def _bound(name, role, who, kind="ClusterRole"):
    ref = {"apiGroup": RBAC, "kind": kind, "name": role}
    return obj("RoleBinding", "t1", name, f"{RBAC}/v1", roleRef=ref, subjects=[who])


def _own(*rights):
    """The Role ``own``, to which the principal is bound."""
    return grant("own", [rule(right)[0] for right in rights], P)


OWN = _own("get secrets names=s1")

BIND = (
    Row(
        "rb-roleref-immutable",
        f"patch {BINDINGS}; bind {CLUSTER_ROLES}",
        S1,
        NO,
        [_bound("ex", "view", subject("User", "nobody"))],
    ),
    Row(
        "rb-clusterrole-bind-roles",
        f"create {BINDINGS} @cluster; bind {ROLES} @cluster",
        OTHER,
        NO,
        SR,
    ),
)
ESCALATE = (
    Row("role-update+escalate (escalate alone)", f"escalate {ROLES}", S1, NO, _own("get pods")),
    Row(
        "role-create+escalate+rb+bind (without create roles)",
        f"escalate {ROLES}; create {BINDINGS}; bind {ROLES} names=new",
        S1,
        NO,
    ),
    Row(
        "role-create+escalate+rb+bind (without escalate)",
        f"create {ROLES}; create {BINDINGS}; bind {ROLES} names=new",
        S1,
        NO,
    ),
    Row(
        "role-create+escalate-named",
        f"create {ROLES}; escalate {ROLES} names=new; create {BINDINGS}; bind {ROLES} names=new",
        S1,
        NO,
    ),
    *(
        Row(
            f"role-{how}-create-escalate-named",
            f"create,{verb},escalate {ROLES} names=new; create {BINDINGS}; bind {ROLES} names=new",
            S1,
            YES,
        )
        for how, verb in (("ssa", "patch"), ("put", "update"))
    ),
    *(
        Row(
            f"role-{how}-create-escalate-named (without {lost})",
            f"{held} {ROLES} names=new; create {BINDINGS}; bind {ROLES} names=new",
            S1,
            NO,
        )
        for how, verb in (("ssa", "patch"), ("put", "update"))
        for lost, held in (
            ("create", f"{verb},escalate"),
            (verb, "create,escalate"),
            ("escalate", f"create,{verb}"),
        )
    ),
    *(
        Row(f"role-patch-widen-{how}", f"patch {ROLES} names=own", S2, NO, OWN)
        for how in ("drop-names", "other-name")
    ),
)
VIEW_RULE = {"clusterRoleSelectors": [{"matchLabels": {f"{RBAC}/aggregate-to-view": "true"}}]}
HOLDS_VIEW = [
    *SR,
    obj("ClusterRole", "", "view", f"{RBAC}/v1", rules=[], aggregationRule=VIEW_RULE),
    _bound("view", "view", P),
]
"""The principal itself holds view; in the experiments a third party did, and gained."""
AGGREGATE = (
    Row("agg-label-escalate", f"create,escalate {CLUSTER_ROLES} @cluster", S1, YES, HOLDS_VIEW),
    Row("agg-label-escalate (escalate alone)", f"escalate {CLUSTER_ROLES}", S1, NO, HOLDS_VIEW),
    Row(
        "agg-label-escalate (a third party's)", f"create,escalate {CLUSTER_ROLES} @cluster", S1, NO
    ),
    Row(
        "agg-relabel+escalate",
        f"patch,escalate {CLUSTER_ROLES} names=sr @cluster",
        S1,
        YES,
        HOLDS_VIEW,
    ),
)
REVIVE = (
    Row(
        "rb-dangling+bind (and its creation)",
        f"create {BINDINGS}; bind {ROLES} names=gone; create,escalate {ROLES}",
        S1,
        YES,
    ),
)
ROWS = (*BIND, *ESCALATE, *AGGREGATE, *REVIVE)
