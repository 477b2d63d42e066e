"""The question as a person asks it."""

from functools import partial

import pytest

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import Request
from rbacgraph.authz.questions.can_i import can_i, request_for
from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.snapshot import CustomResource, Snapshot
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

RULES = (
    PolicyRule(("get", "patch"), ("",), ("secrets", "namespaces")),
    PolicyRule(("create",), ("",), ("pods/exec",)),
    PolicyRule(("get",), ("cert-manager.io",), ("certificates",)),
)
SUBJECTS = (
    Subject("User", "alice"),
    Subject("Group", "ops"),
    Subject("ServiceAccount", "ci", "shop"),
)


@pytest.fixture
def shop():
    """Alice, group ops and ServiceAccount ci hold RULES in shop; everybody may see /version."""
    return Authorizer(
        Snapshot(
            roles=(Role(metadata=RbacMeta("r", "shop"), rules=RULES),),
            role_bindings=(
                RoleBinding(
                    metadata=RbacMeta("b", "shop"),
                    role_ref=RoleRef("Role", "r"),
                    subjects=SUBJECTS,
                ),
            ),
            cluster_roles=(
                ClusterRole(
                    metadata=ClusterRoleMeta("v"),
                    rules=(PolicyRule(("get",), non_resource_urls=("/version",)),),
                ),
            ),
            cluster_role_bindings=(
                ClusterRoleBinding(
                    metadata=RbacMeta("v"),
                    role_ref=RoleRef("ClusterRole", "v"),
                    subjects=(Subject("Group", "system:authenticated"),),
                ),
            ),
            custom_resources=(CustomResource("example.com", "widgets", "Widget", True),),
            groups={"bob": ("ops",)},
        )
    )


@pytest.mark.parametrize(
    ("verb", "resource", "asked", "expected"),
    [
        ("get", "secrets", {"user": "alice", "namespace": "shop", "name": "db"}, True),
        ("get", "secret/db", {"user": "alice", "namespace": "shop"}, True),
        ("get", "secrets", {"user": "system:serviceaccount:shop:ci", "namespace": "shop"}, True),
        ("get", "secrets", {"user": "alice", "namespace": "other"}, False),
        ("get", "secrets", {"user": "alice"}, False),
        ("get", "secrets", {"user": "carol", "namespace": "shop"}, False),
        # groups that the caller told, and groups that are given literally
        ("get", "secrets", {"user": "bob", "namespace": "shop"}, True),
        ("get", "secrets", {"user": "bob", "namespace": "shop", "groups": []}, False),
        ("get", "secrets", {"user": "carol", "namespace": "shop", "groups": ["ops"]}, True),
        ("create", "pods", {"user": "alice", "subresource": "exec", "namespace": "shop"}, True),
        ("create", "pods", {"user": "alice", "namespace": "shop"}, False),
        # implied groups
        ("get", None, {"user": "carol", "path": "/version"}, True),
        ("get", "/version", {"user": "carol"}, True),
        ("get", "/version", {"user": "carol", "groups": []}, False),
        ("get", "/version", {"user": "system:anonymous"}, False),
        ("get", "/version", {"user": "system:anonymous", "groups": ["system:authenticated"]}, True),
        # a Namespace's own name is the namespace of a request for it
        ("patch", "namespaces", {"user": "alice", "name": "shop"}, True),
        ("patch", "ns/shop", {"user": "alice"}, True),
        ("patch", "namespaces", {"user": "alice", "name": "shop", "group": ""}, True),
        ("patch", "namespaces", {"user": "alice", "name": "other"}, False),
        ("patch", "namespaces", {"user": "alice"}, False),
        ("patch", "namespaces", {"user": "alice", "name": "shop", "namespace": "other"}, False),
        # groups of resources
        ("get", "certificates.cert-manager.io", {"user": "alice", "namespace": "shop"}, True),
        (
            "get",
            "certificates",
            {"user": "alice", "namespace": "shop", "group": "cert-manager.io"},
            True,
        ),
        ("get", "secret", {"user": "alice", "namespace": "shop", "group": ""}, False),
    ],
)
def test_can_i(shop, verb, resource, asked, expected):
    decision = can_i(shop, verb, resource, **asked)
    assert bool(decision) is expected
    assert decision.allowed is expected
    assert bool(decision.evidence) is expected


def test_reasons(shop):
    yes = can_i(shop, "get", "secrets", namespace="shop", user="bob")
    assert yes.reason == 'RBAC: allowed by RoleBinding "b/shop" of Role "r" to Group "ops"'
    assert [(e.kind, e.rule, e.detail) for e in yes.evidence] == [
        ("RoleBinding", None, "grants Role r"),
        ("Role", 0, "get, patch on secrets"),
    ]
    no = can_i(shop, "get", "nodes", namespace="shop", user="alice")
    assert no.reason == (
        'User "alice" cannot get resource "nodes" in API group "" in the namespace "shop":'
        " none of the 4 rules of the 2 bindings that apply allows it"
        " (nodes is not namespaced: no real request for it has a namespace)"
    )
    path = can_i(shop, "get", path="/metrics", user="alice")
    assert path.reason == (
        'User "alice" cannot get path "/metrics":'
        " none of the 1 rules of the 1 bindings that apply allows it"
    )


@pytest.mark.parametrize(
    ("text", "other", "kind"),
    [
        ("pods/exec", "pods --subresource exec, or pods exec for a Pod of that name", "Pod"),
        ("po/log", "po --subresource log, or po log for a Pod of that name", "Pod"),
        (
            "deploy/scale",
            "deploy --subresource scale, or deploy scale for a Deployment of that name",
            "Deployment",
        ),
        (
            "nodes/proxy",
            "nodes --subresource proxy, or nodes proxy for a Node of that name",
            "Node",
        ),
    ],
)
@pytest.mark.parametrize("ask", [request_for, partial(can_i, user="alice"), who_can])
def test_a_slash_before_the_name_of_a_subresource_is_refused_with_both_readings(
    shop, ask, text, other, kind
):
    name = text.partition("/")[2]
    with pytest.raises(UsageError) as caught:
        ask(shop, "create", text, namespace="shop")
    assert (
        caught.value.message == f"{text} may be the subresource {name}, or a {kind} called {name}"
    )
    assert caught.value.advice.startswith(f"write {other}; in Python subresource=")


@pytest.mark.parametrize(
    ("text", "more", "expected"),
    [
        ("pods", {"subresource": "exec"}, Request("create", "", "pods", "exec", "shop")),
        ("pods", {"name": "exec"}, Request("create", "", "pods", "", "shop", "exec")),
        ("pods/exec", {"name": "exec"}, Request("create", "", "pods", "", "shop", "exec")),
        ("pods/exec", {"subresource": "log"}, Request("create", "", "pods", "log", "shop", "exec")),
        ("pods/scale", {}, Request("create", "", "pods", "", "shop", "scale")),
        ("secrets/status", {}, Request("create", "", "secrets", "", "shop", "status")),
        (
            "widgets.example.com/status",
            {},
            Request("create", "example.com", "widgets", "", "shop", "status"),
        ),
    ],
)
def test_what_is_spelled_out_is_taken_so(shop, text, more, expected):
    assert request_for(shop, "create", text, namespace="shop", **more) == (expected, ())


@pytest.mark.parametrize(
    ("verb", "resource", "expected"),
    [
        ("impersonate", "users", Request("impersonate", "", "users")),
        ("impersonate", "serviceaccounts", Request("impersonate", "", "serviceaccounts")),
        (
            "impersonate:user-info",
            "users",
            Request("impersonate:user-info", "authentication.k8s.io", "users"),
        ),
        (
            "impersonate",
            "userextras/scopes",
            Request("impersonate", "authentication.k8s.io", "userextras", "scopes"),
        ),
        (
            "approve",
            "signers/kubernetes.io/kubelet-serving",
            Request(
                "approve",
                "certificates.k8s.io",
                "signers",
                name="kubernetes.io/kubelet-serving",
            ),
        ),
        (
            "impersonate-on:user-info:get",
            "secrets",
            Request("impersonate-on:user-info:get", "", "secrets"),
        ),
        ("get", "widget", Request("get", "example.com", "widgets")),
        ("*", "*", Request("*", "", "*")),
        *(
            (
                "impersonate:user-info",
                written,
                Request("impersonate:user-info", "authentication.k8s.io", "users"),
            )
            for written in ("users", "users.authentication.k8s.io")
        ),
    ],
)
def test_requests(shop, verb, resource, expected):
    assert request_for(shop, verb, resource) == (expected, ())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "ask about a resource or a path"),
        (("secrets", {"path": "/x"}), "ask about a resource or a path"),
        (("secrets/db", {"name": "tls"}), "two names: 'db' and 'tls'"),
        (("secretz",), "no resource is called 'secretz'"),
    ],
)
def test_questions_that_are_not_clear(shop, arguments, message):
    resource, more = (*arguments, None, None)[:2]
    with pytest.raises(UsageError, match=message):
        can_i(shop, "get", resource, user="alice", **(more or {}))


def test_a_resource_that_only_roles_know_is_refused_with_its_group(shop):
    with pytest.raises(UsageError) as caught:
        can_i(shop, "get", "certificates", user="alice")
    assert caught.value.advice == "roles of the input name certificates.cert-manager.io"
