"""Who a binding means, and what follows from it."""

import random

import pytest

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import Request
from rbacgraph.authz.subjects import implied_groups, service_account_user, subject_node
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, RbacMeta, pack_origin
from rbacgraph.model.kubernetes.rbac import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)

READ = (PolicyRule(("get",), ("",), ("secrets",)),)
X = service_account_user("attackers", "x")
GET = Request("get", resource="secrets", namespace="ns", name="s1")


def authorizer(*objects, **fields):
    def of(kind):
        return tuple(o for o in objects if isinstance(o, kind))

    return Authorizer(
        Snapshot(
            roles=of(Role),
            cluster_roles=of(ClusterRole),
            role_bindings=of(RoleBinding),
            cluster_role_bindings=of(ClusterRoleBinding),
            **fields,
        )
    )


def role(name="r", namespace="ns", rules=READ, **fields):
    return Role(metadata=RbacMeta(name, namespace), rules=rules, **fields)


def cluster_role(name="r", rules=READ):
    return ClusterRole(metadata=ClusterRoleMeta(name), rules=rules)


def binding(*subjects, namespace="ns", kind="Role", name="b", to="r", **fields):
    metadata = RbacMeta(name, namespace)
    return RoleBinding(metadata=metadata, role_ref=RoleRef(kind, to), subjects=subjects, **fields)


def cluster_binding(*subjects, kind="ClusterRole", name="b"):
    return ClusterRoleBinding(
        metadata=RbacMeta(name), role_ref=RoleRef(kind, "r"), subjects=subjects
    )


def subject(kind, name, namespace="", api_group=""):
    return Subject(kind, name, namespace, api_group)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        pytest.param(subject("User", X), True, id="subject-user-named-sa"),
        pytest.param(
            subject("Group", "system:serviceaccounts:attackers"), True, id="subject-group-sas"
        ),
        pytest.param(subject("Group", "system:serviceaccounts"), True, id="subject-group-all-sas"),
        pytest.param(
            subject("Group", "system:authenticated"), True, id="subject-group-authenticated"
        ),
        pytest.param(subject("ServiceAccount", "x"), False, id="subject-sa-no-namespace"),
        pytest.param(subject("User", X.upper()), False, id="subject-user-wrong-case"),
        pytest.param(subject("ServiceAccount", "x", "attackers"), True, id="other-namespace"),
        pytest.param(subject("ServiceAccount", "x", "attackers", "any.group"), True, id="group"),
        pytest.param(subject("ServiceAccount", X, "attackers"), False, id="sa-by-username"),
        pytest.param(subject("User", "x"), False, id="user-by-short-name"),
        pytest.param(subject("Group", X), False, id="username-as-group"),
        pytest.param(subject("User", "system:authenticated"), False, id="group-as-user"),
        pytest.param(subject("Robot", X), False, id="unknown-kind"),
        pytest.param(subject("user", X), False, id="kind-in-lower-case"),
    ],
)
def test_subjects_of_a_rolebinding(who, expected):
    rbac = authorizer(role(), binding(who))
    assert rbac.authorize(GET, X, implied_groups(X)).allowed is expected


def test_a_serviceaccount_without_namespace_is_one_of_the_bindings_own():
    local = service_account_user("ns", "loc")
    who = subject("ServiceAccount", "loc")
    assert authorizer(role(), binding(who)).authorize(GET, local, ())
    assert not authorizer(cluster_role(), cluster_binding(who)).authorize(GET, local, ())
    assert subject_node(who, "ns") == ("serviceaccount", "ns", "loc")
    assert subject_node(who, "") is None


@pytest.mark.parametrize(
    ("user", "groups"),
    [
        ("alice", ("system:authenticated",)),
        ("system:anonymous", ("system:unauthenticated",)),
        (
            X,
            ("system:serviceaccounts", "system:serviceaccounts:attackers", "system:authenticated"),
        ),
        ("system:serviceaccount:odd", ("system:authenticated",)),
        ("system:serviceaccount:a:b:c", ("system:authenticated",)),
        ("system:node:n1", ("system:authenticated",)),
    ],
)
def test_implied_groups(user, groups):
    assert implied_groups(user) == groups


@pytest.mark.parametrize(
    ("bound_to", "client", "expected"),
    [
        pytest.param(
            subject("Group", "system:unauthenticated"), "system:anonymous", True, id="anon"
        ),
        pytest.param(subject("User", "system:anonymous"), "system:anonymous", True, id="anon-user"),
        pytest.param(
            subject("Group", "system:authenticated"), "system:anonymous", False, id="anon-auth"
        ),
        pytest.param(subject("Group", "system:unauthenticated"), "alice", False, id="alice"),
    ],
)
def test_anonymous(bound_to, client, expected):
    rbac = authorizer(role(), binding(bound_to))
    assert rbac.authorize(GET, client, implied_groups(client)).allowed is expected


ALICE = subject("User", "alice")


@pytest.mark.parametrize(
    ("objects", "namespace", "expected"),
    [
        ((role(), binding(ALICE)), "ns", True),
        ((role(), binding(ALICE)), "other", False),
        ((role(), binding(ALICE)), "", False),
        ((cluster_role(), binding(ALICE, kind="ClusterRole")), "ns", True),
        ((cluster_role(), binding(ALICE, kind="ClusterRole")), "", False),
        ((cluster_role(), cluster_binding(ALICE)), "ns", True),
        ((cluster_role(), cluster_binding(ALICE)), "", True),
        # a roleRef that leads nowhere grants nothing
        ((cluster_role(), binding(ALICE)), "ns", False),
        ((role(), binding(ALICE, kind="ClusterRole")), "ns", False),
        ((role(namespace="other"), binding(ALICE)), "ns", False),
        ((role(), cluster_binding(ALICE, kind="Role")), "ns", False),
        ((role(namespace=""), cluster_binding(ALICE, kind="Role")), "ns", False),
        ((role(), binding(ALICE, kind="Rolle")), "ns", False),
        # rules may be absent, and so may subjects
        ((role(rules=None), binding(ALICE)), "ns", False),
        ((role(), binding()), "ns", False),
    ],
)
def test_scopes_and_references(objects, namespace, expected):
    request = Request("get", resource="secrets", namespace=namespace, name="s1")
    assert authorizer(*objects).authorize(request, "alice", ()).allowed is expected


def test_a_dangling_binding_does_not_stop_the_others():
    rbac = authorizer(role(), binding(ALICE, name="a", to="gone"), binding(ALICE, name="b"))
    assert rbac.authorize(GET, "alice", ())
    assert [b.metadata.name for b in rbac.bindings if not rbac.roles_of(b)] == ["a"]
    refused = rbac.authorize(Request("list", resource="secrets", namespace="ns"), "alice", ())
    assert refused.reason == (
        'User "alice" cannot list resource "secrets" in API group "" in the namespace "ns":'
        " none of the 1 rules of the 2 bindings that apply allows it;"
        ' not in the input: Role "gone"'
    )


def test_a_rolebinding_without_namespace_is_no_clusterrolebinding():
    rbac = authorizer(cluster_role(), binding(ALICE, kind="ClusterRole", namespace=""))
    assert not rbac.authorize(GET, "alice", ())


def test_masters_may_do_anything_without_a_binding():
    rbac = authorizer()
    assert rbac.authorize(GET, "anyone", ("system:masters",))
    assert rbac.authorize(Request("post", path="/x"), "anyone", ("system:masters",))
    assert not rbac.authorize(GET, "system:masters", ())
    assert rbac.allows(GET, "anyone", ("system:masters",)) is None


def test_two_roles_of_one_name_grant_the_rules_of_both():
    pods = (PolicyRule(("list",), ("",), ("pods",)),)
    rbac = authorizer(role(), role(rules=pods), binding(ALICE))
    assert rbac.authorize(GET, "alice", ())
    assert rbac.authorize(Request("list", resource="pods", namespace="ns"), "alice", ())


def test_groups_that_the_caller_knows():
    ops = subject("Group", "ops")
    rbac = authorizer(role(), binding(ops), groups={"alice": ("ops",)})
    assert rbac.groups_of("alice") == ("system:authenticated", "ops")
    assert rbac.authorize(GET, "alice", rbac.groups_of("alice"))
    assert rbac.groups_of("alice", []) == ()
    assert rbac.groups_of("alice", ["dev"]) == ("dev",)


def test_evidence_names_the_binding_and_the_rule_and_where_they_stand():
    rules = (PolicyRule(("list",), ("",), ("pods",)), PolicyRule(("get", "list"), ("",), ("*",)))
    rbac = authorizer(
        role(rules=rules, origin=pack_origin(1, 7), assumed=True),
        binding(ALICE, origin=pack_origin(0, 3)),
        files=("a.yaml", "b.yaml"),
    )
    decision = rbac.authorize(GET, "alice", ())
    assert decision.reason == 'RBAC: allowed by RoleBinding "b/ns" of Role "r" to User "alice"'
    assert decision.evidence == (
        Evidence("RoleBinding", "ns", "b", "a.yaml", 3, None, "grants Role r"),
        Evidence("Role", "ns", "r", "b.yaml", 7, 1, "get, list on *", assumed=True),
    )


def test_rules_come_with_their_origin_cluster_wide_first():
    rbac = authorizer(
        role(), cluster_role(), binding(ALICE, name="a"), cluster_binding(ALICE, name="z")
    )
    held = list(rbac.rules_for("alice", (), "ns"))
    assert [(type(h.binding).__name__, h.rule_index) for h in held] == [
        ("ClusterRoleBinding", 0),
        ("RoleBinding", 0),
    ]
    assert [type(h.role).__name__ for h in held] == ["ClusterRole", "Role"]


def test_a_binding_that_names_a_user_twice_counts_once():
    groups = subject("Group", "dev")
    rbac = authorizer(role(), binding(ALICE, groups, ALICE))
    assert len(list(rbac.rules_for("alice", ("dev",), "ns"))) == 1


def test_the_order_of_the_input_changes_nothing(world):
    snapshot = world.snapshot
    shuffled = []
    for objects in (
        snapshot.cluster_roles,
        snapshot.roles,
        snapshot.role_bindings,
        snapshot.cluster_role_bindings,
    ):
        shuffled += random.Random(7).sample(objects, len(objects))
    other = authorizer(*shuffled)
    for review in world.reviews[::10]:
        path = review.get("nonResourceAttributes")
        request = Request(**(path or review["resourceAttributes"]))
        who = review["user"], review["groups"]
        assert other.authorize(request, *who) == world.authorizer.authorize(request, *who)
