"""Escalation prevention; ids are those of attempts that a real API server answered so."""

import pytest

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.questions.escalation_check import may_write
from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, LabelSelector, RbacMeta
from rbacgraph.model.kubernetes.rbac import (
    RBAC_GROUP,
    AggregationRule,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)

READ = PolicyRule(("get",), ("",), ("secrets",))
READ_S1 = PolicyRule(("get",), ("",), ("secrets",), ("s1",))
ME = (Subject("User", "me"),)
STAR = PolicyRule(("*",), ("*",), ("*",))
AGGREGATION = AggregationRule((LabelSelector(),))


def held(verbs, resource, *names):
    """A right on resources of the RBAC group."""
    return PolicyRule(tuple(verbs.split()), (RBAC_GROUP,), (resource,), names or None)


def role(name, *rules):
    return Role(metadata=RbacMeta(name, "ns"), rules=rules)


def cluster_role(name, *rules, aggregation_rule=None, **labels):
    metadata = ClusterRoleMeta(name, labels=labels)
    return ClusterRole(metadata=metadata, rules=rules, aggregation_rule=aggregation_rule)


def binding(name="evil", kind="ClusterRole", to="srX", subjects=ME):
    metadata = RbacMeta(name, "ns")
    return RoleBinding(metadata=metadata, role_ref=RoleRef(kind, to), subjects=subjects)


def cluster_binding(kind="ClusterRole", to="srX", subjects=ME):
    metadata = RbacMeta("evil")
    return ClusterRoleBinding(metadata=metadata, role_ref=RoleRef(kind, to), subjects=subjects)


def authorizer(local, everywhere):
    """``me`` holds rules in ns and cluster-wide; srX, sr and ex are somebody else's."""
    return Authorizer(
        Snapshot(
            roles=(role("own", *local), role("sr", READ)),
            cluster_roles=(
                cluster_role("mine", *everywhere),
                cluster_role("srX", READ),
                cluster_role("agg", READ, aggregation_rule=AGGREGATION),
            ),
            role_bindings=(
                binding("own", "Role", "own"),
                binding("ex", subjects=(Subject("User", "nobody"),)),
            ),
            cluster_role_bindings=(
                ClusterRoleBinding(
                    metadata=RbacMeta("mine"),
                    role_ref=RoleRef("ClusterRole", "mine"),
                    subjects=ME,
                ),
            ),
        )
    )


CREATE_RB = held("create", "rolebindings")
CREATE_CRB = held("create", "clusterrolebindings")
CREATE_CR = held("create", "clusterroles")
EX = binding("ex", subjects=(*ME, Subject("User", "nobody")))
OWN_WIDER = role("own", READ)
NEW = role("newr", READ)


def at_ns(*rules):
    return rules, ()


def cluster(*rules):
    return (), rules


def both(local, everywhere):
    return (local,), (everywhere,)


ROWS = [
    # bindings
    ("rb-create", "create", at_ns(CREATE_RB), binding(), False),
    (
        "rb-create+bind",
        "create",
        at_ns(CREATE_RB, held("bind", "clusterroles", "srX")),
        binding(),
        True,
    ),
    ("bind-only", "create", at_ns(held("bind", "clusterroles", "srX")), binding(), False),
    (
        "rb-create+bind-othername",
        "create",
        at_ns(CREATE_RB, held("bind", "clusterroles", "other")),
        binding(),
        False,
    ),
    (
        "rb-create+bind-role",
        "create",
        at_ns(CREATE_RB, held("bind", "roles", "sr")),
        binding(kind="Role", to="sr"),
        True,
    ),
    (
        "rb-create+bind-on-rolebindings",
        "create",
        at_ns(CREATE_RB, held("bind", "rolebindings")),
        binding(),
        False,
    ),
    (
        "rb-create+escalate",
        "create",
        at_ns(CREATE_RB, held("escalate", "clusterroles")),
        binding(),
        False,
    ),
    ("rb-create-holding", "create", at_ns(CREATE_RB, READ), binding(), True),
    ("rb-create-holding-named", "create", at_ns(CREATE_RB, READ_S1), binding(), False),
    (
        "rb-create-holding-star",
        "create",
        at_ns(CREATE_RB, PolicyRule(("*",), ("",), ("secrets",))),
        binding(),
        True,
    ),
    (
        "rb-clusterrole-bind-roles",
        "create",
        at_ns(CREATE_RB, held("bind", "roles")),
        binding(),
        False,
    ),
    (
        "rb-create-ns+bind-cluster",
        "create",
        both(CREATE_RB, held("bind", "clusterroles", "srX")),
        binding(),
        True,
    ),
    (
        "crb-create+bind",
        "create",
        cluster(CREATE_CRB, held("bind", "clusterroles", "srX")),
        cluster_binding(),
        True,
    ),
    (
        "crb-create+bind-ns",
        "create",
        both(held("bind", "clusterroles", "srX"), CREATE_CRB),
        cluster_binding(),
        False,
    ),
    ("crb-create-holding-ns", "create", both(READ, CREATE_CRB), cluster_binding(), False),
    ("crb-create-holding", "create", cluster(CREATE_CRB, READ), cluster_binding(), True),
    ("rb-dangling", "create", at_ns(CREATE_RB), binding(kind="Role", to="ghost"), False),
    (
        "rb-dangling+bind",
        "create",
        at_ns(CREATE_RB, held("bind", "roles", "ghost")),
        binding(kind="Role", to="ghost"),
        True,
    ),
    ("rb-update-subjects", "update", at_ns(held("update", "rolebindings", "ex")), EX, False),
    (
        "rb-update-subjects+bind",
        "update",
        at_ns(held("update", "rolebindings", "ex"), held("bind", "clusterroles", "srX")),
        EX,
        True,
    ),
    ("rb-patch-subjects", "patch", at_ns(held("patch", "rolebindings", "ex")), EX, False),
    (
        "rb-patch-subjects+bind",
        "patch",
        at_ns(held("patch", "rolebindings", "ex"), held("bind", "clusterroles", "srX")),
        EX,
        True,
    ),
    (
        "rb-patch-with-update",
        "patch",
        at_ns(held("update", "rolebindings", "ex"), held("bind", "clusterroles")),
        EX,
        False,
    ),
    (
        "rb-roleref-immutable",
        "patch",
        at_ns(held("patch", "rolebindings"), held("bind", "clusterroles roles")),
        binding("ex", "Role", "sr"),
        False,
    ),
    # roles
    ("role-create", "create", at_ns(held("create", "roles")), NEW, False),
    ("role-create-holding", "create", at_ns(held("create", "roles"), READ), NEW, True),
    ("role-create+escalate", "create", at_ns(held("create escalate", "roles")), NEW, True),
    (
        "role-create+escalate-named",
        "create",
        at_ns(held("create", "roles"), held("escalate", "roles", "newr")),
        NEW,
        False,
    ),
    ("role-update-bound", "update", at_ns(held("update", "roles", "own")), OWN_WIDER, False),
    (
        "role-update+escalate",
        "update",
        at_ns(held("update escalate", "roles", "own")),
        OWN_WIDER,
        True,
    ),
    ("role-patch-bound", "patch", at_ns(held("patch", "roles", "own")), OWN_WIDER, False),
    (
        "role-patch+escalate",
        "patch",
        at_ns(held("patch escalate", "roles", "own")),
        OWN_WIDER,
        True,
    ),
    (
        "role-patch-widen-drop-names",
        "patch",
        at_ns(held("patch", "roles", "own"), READ_S1),
        OWN_WIDER,
        False,
    ),
    (
        "role-patch-widen-same",
        "patch",
        at_ns(held("patch", "roles", "own"), READ_S1),
        role("own", READ_S1),
        True,
    ),
    (
        "role-ssa-create-escalate-named",
        "patch",
        at_ns(held("create patch escalate", "roles", "newr")),
        NEW,
        True,
    ),
    (
        "role-ssa-without-create",
        "patch",
        at_ns(held("patch escalate", "roles", "newr")),
        NEW,
        False,
    ),
    (
        "role-ssa-without-patch",
        "patch",
        at_ns(held("create escalate", "roles", "newr")),
        NEW,
        False,
    ),
    (
        "role-put-create-escalate-named",
        "update",
        at_ns(held("create update escalate", "roles", "newr")),
        NEW,
        True,
    ),
    # aggregation
    ("agg-label-not-holding", "create", cluster(CREATE_CR), cluster_role("a", READ, x="1"), False),
    (
        "agg-label-escalate",
        "create",
        cluster(held("create escalate", "clusterroles")),
        cluster_role("a", READ, x="1"),
        True,
    ),
    ("agg-label-holding", "create", cluster(CREATE_CR, READ), cluster_role("a", READ, x="1"), True),
    (
        "agg-label-holding-ns",
        "create",
        both(READ, CREATE_CR),
        cluster_role("a", READ, x="1"),
        False,
    ),
    (
        "agg-relabel",
        "patch",
        cluster(held("patch", "clusterroles", "srX")),
        cluster_role("srX", READ, x="1"),
        False,
    ),
    (
        "agg-relabel+escalate",
        "patch",
        cluster(held("patch escalate", "clusterroles", "srX")),
        cluster_role("srX", READ, x="1"),
        True,
    ),
    (
        "aggrule-create",
        "create",
        cluster(CREATE_CR),
        cluster_role("a", aggregation_rule=AGGREGATION),
        False,
    ),
    (
        "aggrule-create-star",
        "create",
        cluster(STAR),
        cluster_role("a", aggregation_rule=AGGREGATION),
        True,
    ),
    (
        "aggrule-create-escalate",
        "create",
        cluster(held("create escalate", "clusterroles")),
        cluster_role("a", aggregation_rule=AGGREGATION),
        True,
    ),
    (
        "aggrule-dropped",
        "update",
        cluster(held("update", "clusterroles"), READ),
        cluster_role("agg", READ),
        False,
    ),
]


@pytest.mark.parametrize(
    ("verb", "rights", "obj", "expected"), [pytest.param(*row[1:], id=row[0]) for row in ROWS]
)
def test_attempts(verb, rights, obj, expected):
    decision = may_write(authorizer(*rights), obj, "me", (), verb)
    assert decision.allowed is expected
    assert decision.reason
    assert bool(decision.evidence) is expected


def refusal(verb, rights, obj):
    decision = may_write(authorizer(*rights), obj, "me", ["dev"], verb)
    assert not decision
    return decision.reason


def test_refusals_in_the_servers_words():
    assert refusal("create", at_ns(CREATE_RB), binding()) == (
        'rolebindings.rbac.authorization.k8s.io "evil" is forbidden: user "me" (groups=["dev"])'
        " is attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'
    )
    assert refusal("create", at_ns(), binding()) == (
        'rolebindings.rbac.authorization.k8s.io is forbidden: User "me" cannot create resource'
        ' "rolebindings" in API group "rbac.authorization.k8s.io" in the namespace "ns"'
    )
    assert refusal("patch", at_ns(), EX) == (
        'rolebindings.rbac.authorization.k8s.io "ex" is forbidden: User "me" cannot patch resource'
        ' "rolebindings" in API group "rbac.authorization.k8s.io" in the namespace "ns"'
    )
    assert refusal("create", at_ns(CREATE_RB), binding(kind="Role", to="ghost")) == (
        'rolebindings.rbac.authorization.k8s.io "ghost" not found'
    )
    aggregated = cluster_role("a", aggregation_rule=AGGREGATION)
    assert refusal("create", cluster(CREATE_CR), aggregated) == (
        'clusterroles.rbac.authorization.k8s.io "a" is forbidden:'
        " must have cluster-admin privileges to use the aggregationRule"
    )


def test_what_is_invalid_is_refused_even_to_masters():
    rbac = authorizer((), ())
    nobody = cluster_binding(subjects=(Subject("ServiceAccount", "x"),))
    decision = may_write(rbac, nobody, "root", ["system:masters"])
    assert not decision
    assert decision.reason == (
        'ClusterRoleBinding.rbac.authorization.k8s.io "evil" is invalid:'
        " subjects[0].namespace: Required value"
    )
    assert may_write(rbac, cluster_binding(), "root", ["system:masters"])
    assert may_write(rbac, binding(to="ghost"), "root", ["system:masters"])
    changed = may_write(rbac, binding("ex", "Role", "sr"), "root", ["system:masters"], "update")
    assert "cannot change roleRef" in changed.reason


def test_who_may_not_write_is_told_that_first():
    invalid = role("r", PolicyRule())
    assert "is forbidden" in refusal("create", at_ns(), invalid)
    assert "is invalid" in refusal("create", at_ns(held("create", "roles")), invalid)


def test_an_allowed_write_names_both_rights():
    rights = at_ns(CREATE_RB, held("bind", "clusterroles", "srX"))
    decision = may_write(authorizer(*rights), binding(), "me", ())
    assert decision.reason == 'RBAC: allowed by RoleBinding "own/ns" of Role "own" to User "me"'
    assert [(e.kind, e.rule) for e in decision.evidence] == [
        ("RoleBinding", None),
        ("Role", 0),
        ("Role", 1),
    ]
    holding = may_write(authorizer(*at_ns(CREATE_RB, READ)), binding(), "me", ())
    assert holding.reason.endswith("; the writer holds all that it grants")


def test_groups_are_implied_where_none_are_given():
    everybody = (Subject("Group", "system:authenticated"),)
    rbac = Authorizer(
        Snapshot(
            roles=(role("r", held("create", "roles")),),
            role_bindings=(binding("r", "Role", "r", everybody),),
        )
    )
    empty = role("new")
    assert may_write(rbac, empty, "anyone")
    assert not may_write(rbac, empty, "anyone", [])
    assert not may_write(rbac, empty, "system:anonymous")


def test_other_verbs_write_nothing():
    with pytest.raises(UsageError, match="'delete' writes nothing"):
        may_write(authorizer((), ()), NEW, "me", (), "delete")
