"""Every subject that a binding gives a right directly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import Request
from rbacgraph.authz.subjects import implied_groups
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, RbacMeta
from rbacgraph.model.kubernetes.rbac import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacgraph.query.rights.who_can import who_can
from tests.authz.strategies import rules

ALICE, BOB = Subject("User", "alice"), Subject("User", "bob")
MASTERS = ("group:system:masters", "", ())


def role(name, *rules, namespace="shop"):
    return Role(metadata=RbacMeta(name, namespace), rules=rules)


def cluster_role(name, *rules):
    return ClusterRole(metadata=ClusterRoleMeta(name), rules=rules)


def binding(name, to, *subjects, namespace="shop", kind="Role"):
    metadata = RbacMeta(name, namespace)
    return RoleBinding(metadata=metadata, role_ref=RoleRef(kind, to), subjects=subjects)


def cluster_binding(name, to, *subjects):
    metadata = RbacMeta(name)
    return ClusterRoleBinding(
        metadata=metadata, role_ref=RoleRef("ClusterRole", to), subjects=subjects
    )


def secrets(*verbs, names=None):
    return PolicyRule(verbs, ("",), ("secrets",), names)


@pytest.fixture
def shop():
    return Authorizer(
        Snapshot(
            roles=(
                role("read", secrets("get", "list"), secrets("get", names=("db",))),
                role("named", secrets("get", "list", "deletecollection", names=("tls", "db"))),
                role("more", secrets("get", names=("x", "")), secrets("list", names=("",))),
                role("read", secrets("get"), namespace="other"),
            ),
            cluster_roles=(
                cluster_role("all", PolicyRule(("*",), ("*",), ("*",))),
                cluster_role("paths", PolicyRule(("get",), non_resource_urls=("/metrics",))),
            ),
            role_bindings=(
                binding("b-read", "read", ALICE, Subject("ServiceAccount", "ci")),
                binding("a-named", "named", BOB, Subject("Group", "ops")),
                binding("c-more", "more", Subject("User", "system:serviceaccount:x:y")),
                binding("gone", "gone", Subject("User", "nobody")),
                binding("b-read", "read", Subject("User", "elsewhere"), namespace="other"),
            ),
            cluster_role_bindings=(
                cluster_binding("all", "all", Subject("User", "root"), ALICE),
                cluster_binding("lost", "all", Subject("ServiceAccount", "ci")),
                cluster_binding("paths", "paths", Subject("Group", "monitoring")),
            ),
        )
    )


def rows(grantees):
    return [(g.principal, g.scope, g.only_names) for g in grantees]


def test_with_a_name(shop):
    assert rows(who_can(shop, "get", "secrets", namespace="shop", name="db")) == [
        ("group:ops", "shop", ()),
        MASTERS,
        ("serviceaccount:shop/ci", "shop", ()),
        ("user:alice", "", ()),
        ("user:alice", "shop", ()),
        ("user:bob", "shop", ()),
        ("user:root", "", ()),
    ]


def test_without_a_name_limited_rights_stand_apart(shop):
    assert rows(who_can(shop, "get", "secrets", namespace="shop")) == [
        MASTERS,
        ("serviceaccount:shop/ci", "shop", ()),
        ("serviceaccount:x/y", "shop", ()),
        ("user:alice", "", ()),
        ("user:alice", "shop", ()),
        ("user:root", "", ()),
        ("group:ops", "shop", ("db", "tls")),
        ("user:bob", "shop", ("db", "tls")),
    ]


def test_a_name_is_no_help_to_deletecollection(shop):
    assert rows(who_can(shop, "deletecollection", "secrets", namespace="shop")) == [
        MASTERS,
        ("user:alice", "", ()),
        ("user:root", "", ()),
    ]


def test_the_cluster_scope_and_paths(shop):
    cluster = [MASTERS, ("user:alice", "", ()), ("user:root", "", ())]
    assert rows(who_can(shop, "list", "secrets")) == cluster
    assert rows(who_can(shop, "get", "nodes")) == cluster
    assert rows(who_can(shop, "get", path="/metrics")) == [("group:monitoring", "", ()), MASTERS]


def test_evidence_is_the_binding_and_the_rules_that_give_it(shop):
    grantees = who_can(shop, "get", "secrets", namespace="shop", name="db")
    by_binding = {(g.principal, g.scope): g.evidence for g in grantees}
    alice = by_binding["user:alice", "shop"]
    assert [(e.kind, e.name, e.rule, e.detail) for e in alice] == [
        ("RoleBinding", "b-read", None, "grants Role read"),
        ("Role", "read", 0, "get, list on secrets"),
        ("Role", "read", 1, "get on secrets named db"),
    ]
    assert [e.kind for e in by_binding["group:system:masters", ""]] == ["Group"]
    # without a name, a right to all names leaves no word about the limited one
    unnamed = who_can(shop, "get", "secrets", namespace="shop")
    (alice,) = (g for g in unnamed if (g.principal, g.scope) == ("user:alice", "shop"))
    assert [e.rule for e in alice.evidence] == [None, 0]


def test_a_namespaces_own_name_is_asked_in_that_namespace():
    authorizer = Authorizer(
        Snapshot(
            roles=(role("r", PolicyRule(("patch",), ("",), ("namespaces",))),),
            role_bindings=(binding("b", "r", ALICE),),
        )
    )
    assert ("user:alice", "shop", ()) in rows(who_can(authorizer, "patch", "ns/shop"))
    assert rows(who_can(authorizer, "patch", "ns/other")) == [MASTERS]


SUBJECTS = st.lists(
    st.sampled_from(
        [
            ALICE,
            BOB,
            Subject("Group", "dev"),
            Subject("ServiceAccount", "ci"),
            Subject("User", "system:serviceaccount:ns:ci"),
        ]
    ),
    max_size=2,
).map(tuple)


@given(rules, rules, SUBJECTS, SUBJECTS, st.sampled_from(["", "db", "*"]))
def test_exactly_those_whom_the_server_would_allow(local, wide, some, others, name):
    authorizer = Authorizer(
        Snapshot(
            roles=(role("r", *local, namespace="ns"),),
            role_bindings=(binding("b", "r", *some, namespace="ns"),),
            cluster_roles=(cluster_role("c", *wide),),
            cluster_role_bindings=(cluster_binding("c", "c", *others),),
        )
    )
    for verb, resource, subresource in [("get", "pods", ""), ("bind", "pods", "exec")]:
        grantees = {
            g.principal
            for g in who_can(
                authorizer,
                verb,
                resource,
                group="",
                subresource=subresource,
                namespace="ns",
                name=name,
            )
            if not g.only_names
        }
        request = Request(verb, "", resource, subresource, "ns", name)
        for principal, user, groups in [
            ("user:alice", "alice", ()),
            ("user:bob", "bob", ()),
            ("group:dev", "someone", ("dev",)),
            ("serviceaccount:ns/ci", "system:serviceaccount:ns:ci", ()),
        ]:
            allowed = authorizer.authorize(request, user, (*implied_groups(user), *groups))
            assert bool(allowed) is (principal in grantees)
