"""Writes of roles and bindings, and what the writer gains by them."""

from tests.edges.experiments.cluster import (
    GHOST,
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


EX = [*SR, _bound("ex", "sr", subject("User", "nobody"))]
"""A binding of somebody else, whose role reads."""


def _own(*rights):
    """The Role ``own``, to which the principal is bound."""
    return grant("own", [rule(right)[0] for right in rights], P)


OWN = _own("get secrets names=s1")

BIND = (
    Row("rb-create", f"create {BINDINGS}", S1, NO, SR),
    Row("rb-create+bind", f"create {BINDINGS}; bind {CLUSTER_ROLES} names=sr", S1, YES, SR),
    Row("rb-create+bind (bind alone)", f"bind {CLUSTER_ROLES} names=sr", S1, NO, SR),
    Row(
        "rb-create+bind-othername",
        f"create {BINDINGS}; bind {CLUSTER_ROLES} names=other",
        S1,
        NO,
        SR,
    ),
    Row("rb-create+bind-role", f"create {BINDINGS}; bind {ROLES} names=sr", S1, YES),
    Row("rb-create+bind-role (bind alone)", f"bind {ROLES} names=sr", S1, NO),
    Row("rb-create+bind-on-rolebindings", f"create,bind {BINDINGS}", S1, NO, SR),
    Row("rb-create+escalate", f"create {BINDINGS}; escalate {CLUSTER_ROLES}", S1, NO, SR),
    Row(
        "rb-create-ns+bind-cluster",
        f"create {BINDINGS}; bind {CLUSTER_ROLES} names=sr @cluster",
        S1,
        YES,
        SR,
    ),
    Row("crb-create+bind (create alone)", f"create {CLUSTER_BINDINGS} @cluster", S1, NO, SR),
    Row(
        "crb-create+bind",
        f"create {CLUSTER_BINDINGS} @cluster; bind {CLUSTER_ROLES} names=sr @cluster",
        S1,
        YES,
        SR,
    ),
    Row(
        "crb-create+bind-ns",
        f"create {CLUSTER_BINDINGS} @cluster; bind {CLUSTER_ROLES} names=sr",
        S1,
        NO,
        SR,
    ),
    Row(
        "crb-cluster-admin-bind-unnamed",
        f"create {CLUSTER_BINDINGS} @cluster; bind {CLUSTER_ROLES} @cluster",
        S1,
        YES,
        [obj("ClusterRole", "", "cluster-admin", f"{RBAC}/v1", rules=[rule("* *.*")[0]])],
    ),
    Row("rb-update-subjects", f"update {BINDINGS} names=ex", S1, NO, EX),
    Row("rb-patch-subjects", f"patch {BINDINGS} names=ex", S1, NO, EX),
    *(
        Row(
            f"rb-{verb}-subjects+bind",
            f"{verb} {BINDINGS} names=ex; bind {CLUSTER_ROLES} names=sr",
            S1,
            YES,
            EX,
        )
        for verb in ("update", "patch")
    ),
    Row(
        "rb-roleref-immutable",
        f"patch {BINDINGS}; bind {CLUSTER_ROLES}",
        S1,
        NO,
        [_bound("ex", "view", subject("User", "nobody"))],
    ),
    Row("rb-patch-label-only", f"patch {BINDINGS}", S1, NO, EX),
    Row("rb-delete+create", f"delete {BINDINGS}", S1, NO, EX),
    Row(
        "rb-clusterrole-bind-roles",
        f"create {BINDINGS} @cluster; bind {ROLES} @cluster",
        OTHER,
        NO,
        SR,
    ),
    Row("rb-dangling", f"create {BINDINGS}", S1, NO),
)
ESCALATE = (
    Row("role-update-bound", f"update {ROLES} names=own", S1, NO, _own("get configmaps")),
    Row("role-patch-bound", f"patch {ROLES} names=own", S1, NO, _own("get configmaps")),
    *(
        Row(
            f"role-{verb}+escalate",
            f"{verb} {ROLES} names=own; escalate {ROLES} names=own",
            S1,
            YES,
            _own("get configmaps"),
        )
        for verb in ("update", "patch")
    ),
    Row("role-update+escalate (escalate alone)", f"escalate {ROLES}", S1, NO, _own("get pods")),
    Row(
        "role-create+escalate+rb+bind",
        f"create {ROLES}; escalate {ROLES}; create {BINDINGS}; bind {ROLES} names=new",
        S1,
        YES,
    ),
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
        "role-create+escalate+rb+bind (without create rolebindings)",
        f"create {ROLES}; escalate {ROLES}; bind {ROLES}",
        S1,
        NO,
    ),
    Row(
        "role-create+escalate+rb+bind (without bind)",
        f"create {ROLES}; escalate {ROLES}; create {BINDINGS}",
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
    Row("agg-label-not-holding", f"create {CLUSTER_ROLES} @cluster", S1, NO, HOLDS_VIEW),
    Row("agg-label-escalate", f"create,escalate {CLUSTER_ROLES} @cluster", S1, YES, HOLDS_VIEW),
    Row("agg-label-escalate (escalate alone)", f"escalate {CLUSTER_ROLES}", S1, NO, HOLDS_VIEW),
    Row(
        "agg-label-escalate (a third party's)", f"create,escalate {CLUSTER_ROLES} @cluster", S1, NO
    ),
    Row("agg-relabel", f"patch {CLUSTER_ROLES} names=sr @cluster", S1, NO, HOLDS_VIEW),
    Row(
        "agg-relabel+escalate",
        f"patch,escalate {CLUSTER_ROLES} names=sr @cluster",
        S1,
        YES,
        HOLDS_VIEW,
    ),
    Row(
        "agg-relabel+escalate (escalate alone)",
        f"escalate {CLUSTER_ROLES} names=sr @cluster",
        S1,
        NO,
        HOLDS_VIEW,
    ),
    Row("aggrule-create", f"create {CLUSTER_ROLES} @cluster", S1, NO, HOLDS_VIEW),
)
DANGLING = [_bound("dangling", "gone", P, "Role")]
REVIVE = (
    Row(
        "rb-dangling+bind (and its creation)",
        f"create {BINDINGS}; bind {ROLES} names=gone; create,escalate {ROLES}",
        S1,
        YES,
    ),
    Row("rb-dangling+bind", f"create {BINDINGS}; bind {ROLES} names=gone", S1, NO),
    Row("dangling-binding+create-role", f"create,escalate {ROLES}", S1, YES, DANGLING),
    Row("dangling-binding+create-role (without escalate)", f"create {ROLES}", S1, NO, DANGLING),
    Row("dangling-binding+create-role (without create)", f"escalate {ROLES}", S1, NO, DANGLING),
    Row("ghost-sa", "create serviceaccounts; create serviceaccounts/token", GHOST, YES),
)
ROWS = (*BIND, *ESCALATE, *AGGREGATE, *REVIVE)
