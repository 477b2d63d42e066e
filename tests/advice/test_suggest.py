"""What is suggested from logs: where others are known to be wrong."""

import io

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.advice.needs.needs import needs_of
from rbacgraph.advice.suggest.suggest import suggest
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.model.inputs.required_requests import Stated
from rbacgraph.model.inputs.snapshot import Collected
from rbacgraph.model.kubernetes.rbac import PolicyRule
from tests.advice.logged_calls import ADMIN, BIND, SHARED, call, cluster_of, log, roles, shared


@pytest.mark.parametrize("wide", [{"names": "any"}, {"max_names": 1}])
def test_two_named_secrets_are_not_all_secrets(wide):
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci",
        audit=log(call("get", "secrets", "shop", "a"), call("get", "secrets", "shop", "b")),
        verbs="read",
        **wide,
    )
    assert roles(answer) == {
        ("Role", "shop"): (PolicyRule(("get",), ("",), ("secrets",), ("a", "b")),)
    }


def test_two_namespaces_are_not_the_cluster():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci",
        audit=log(call("list", "pods", "shop"), call("list", "pods", "pay")),
    )
    rule = PolicyRule(("list",), ("",), ("pods",))
    assert roles(answer) == {("Role", "shop"): (rule,), ("Role", "pay"): (rule,)}
    assert [leftover.command for leftover in answer.leftovers] == [
        "kubectl delete clusterrolebinding ci",
        "kubectl delete clusterrole everything",
    ]


def test_what_is_called_like_an_option_is_deleted_as_no_option():
    answer = cluster_of(ADMIN.replace("name: everything", "name: --all")).suggest(
        principal="sa:shop/ci", audit=log(call("list", "pods", "shop"))
    )
    assert [leftover.command for leftover in answer.leftovers] == [
        "kubectl delete clusterrolebinding ci",
        "kubectl delete clusterrole -- --all",
    ]


def test_a_list_of_all_namespaces_stays_cluster_wide_and_serves_each():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci",
        audit=log(
            call("list", "pods"), call("list", "pods", "shop"), call("get", "pods", "pay", "x")
        ),
    )
    assert roles(answer) == {
        ("ClusterRole", ""): (PolicyRule(("list",), ("",), ("pods",)),),
        ("Role", "pay"): (PolicyRule(("get",), ("",), ("pods",), ("x",)),),
    }


def test_a_denied_call_is_no_right():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci",
        audit=log(call("list", "pods", "shop"), call("get", "secrets", "shop", "db", code=403)),
    )
    assert roles(answer) == {("Role", "shop"): (PolicyRule(("list",), ("",), ("pods",)),)}


@pytest.mark.parametrize(
    ("version", "code", "verbs"),
    [
        (None, 101, ("get", "create")),
        ((1, 35), 101, ("get", "create")),
        ((1, 34), 101, ("get",)),
        ((1, 36), 403, ("get",)),
        ((1, 36), 400, ("get",)),
    ],
)
def test_a_websocket_that_was_opened_was_allowed_create_since_1_35(version, code, verbs):
    """A 403 tells that it was not; before v1.35 the server did not ask."""
    cluster = rg.Cluster(replace(cluster_of(ADMIN).snapshot, kubernetes_version=version))
    opened = call("get", "pods", "shop", "web-0", subresource="exec", code=code)
    opened["annotations"] = {"authorization.k8s.io/decision": "allow"}
    answer = cluster.suggest(principal="sa:shop/ci", audit=log(opened))
    rule = PolicyRule(verbs, ("",), ("pods/exec",), ("web-0",))
    assert roles(answer) == {("Role", "shop"): (rule,)}
    assert any("need create too" in n for n in answer.notes) is ("create" not in verbs)


def test_a_secret_that_an_apply_made_is_named_and_warned_of():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci", audit=log(call("patch", "secrets", "shop", "x", code=201))
    )
    rule = PolicyRule(("create", "patch"), ("",), ("secrets",), ("x",))
    assert roles(answer) == {("Role", "shop"): (rule,)}
    assert any("make a token of any ServiceAccount" in note for note in answer.notes)


def test_a_url_loses_its_query():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci", audit=log(call("get", "", path="/metrics?x=1"))
    )
    assert roles(answer) == {
        ("ClusterRole", ""): (PolicyRule(("get",), non_resource_urls=("/metrics",)),)
    }


def test_a_request_for_what_is_called_star_keeps_nothing():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci",
        audit=log(call("get", "*", "shop", code=404), call("list", "pods", "shop")),
    )
    assert roles(answer) == {("Role", "shop"): (PolicyRule(("list",), ("",), ("pods",)),)}
    assert any("a resource named *" in note for note in answer.notes)


def test_a_request_for_what_no_namespace_can_be_called_keeps_nothing():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci",
        audit=log(call("list", "pods", "Shop_1", code=404), call("list", "pods", "shop")),
    )
    assert roles(answer) == {("Role", "shop"): (PolicyRule(("list",), ("",), ("pods",)),)}
    (told,) = (note for note in answer.notes if "do not count as needed" in note)
    assert told == (
        "requests in namespaces with an impossible name do not count as needed: 'Shop_1'"
    )


def test_what_is_stated_is_added_and_named():
    answer = cluster_of(ADMIN.replace('resources: ["*"]', "resources: [pods]")).suggest(
        principal="sa:shop/ci", need=io.BytesIO(b"get secrets db\nlist pods -n shop\n")
    )
    (added,) = answer.result.additions
    assert (added.principal, added.scope) == ("serviceaccount:shop/ci", "shop")
    assert (added.permission.verb, added.permission.name) == ("get", "db")
    assert "Added, as nothing grants it today: get on secrets named db in shop" in str(answer)


def test_roles_from_nothing_for_whoever_has_none():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/new", need=io.BytesIO(b"get,list pods\nget /metrics\n")
    )
    assert [(change.action, change.key) for change in answer.changes] == [
        ("create", ("ClusterRole", "", "shop-new-minimal")),
        ("create", ("Role", "shop", "new-minimal")),
        ("create", ("ClusterRoleBinding", "", "shop-new-minimal")),
        ("create", ("RoleBinding", "shop", "new-minimal")),
    ]
    assert len(answer.result.additions) == 3
    assert rg.load(io.BytesIO(answer.manifests().encode())).can_i(
        "list", "pods", namespace="shop", user="sa:shop/new"
    )


def test_the_widening_goes_no_further_than_what_is_granted():
    text = ADMIN.replace('verbs: ["*"]', "verbs: [get, list]")
    events = [call("get", "configmaps", "shop", name) for name in "abc"]
    cluster = cluster_of(text)
    for options, rule in (
        ({}, PolicyRule(("get",), ("",), ("configmaps",), ("a", "b", "c"))),
        ({"max_names": 3}, PolicyRule(("get",), ("",), ("configmaps",), ("a", "b", "c"))),
        ({"max_names": 2}, PolicyRule(("get",), ("",), ("configmaps",))),
        ({"names": "any"}, PolicyRule(("get",), ("",), ("configmaps",))),
        ({"names": "any", "verbs": "read"}, PolicyRule(("get", "list"), ("",), ("configmaps",))),
    ):
        answer = cluster.suggest(principal="sa:shop/ci", audit=log(*events), **options)
        assert roles(answer) == {("Role", "shop"): (rule,)}, options


@pytest.mark.parametrize(
    ("options", "flag"), [({"names": "any"}, "--names any"), ({"max_names": 0}, "--max-names 0")]
)
def test_what_is_not_granted_is_not_widened_and_what_is_names_the_flag(options, flag):
    cluster = cluster_of(ADMIN.replace('verbs: ["*"]', "verbs: [get]"))
    need = io.BytesIO(b"get configmaps a\ndelete services s\n")
    answer = cluster.suggest(principal="sa:shop/ci", need=need, verbs="read", **options)
    (added,) = answer.result.additions
    assert (added.permission.verb, added.permission.name) == ("delete", "s")
    (needing,) = answer.result.needs
    (wide,) = [one for one in needing.needs if not one.request.name]
    assert (wide.request.resource, str(wide.evidence)) == ("configmaps", flag)


@pytest.mark.parametrize(("secrets", "verbs"), [(False, {"get"}), (True, {"get", "list", "watch"})])
def test_a_star_holds_secrets(secrets, verbs):
    need = io.BytesIO(b"get * -n shop")
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci", need=need, verbs="read", widen_secrets=secrets
    )
    (rule,) = roles(answer)["Role", "shop"]
    assert set(rule.verbs) == verbs


@pytest.mark.parametrize("thing", ["secrets", "serviceaccounts"])
def test_secrets_are_widened_where_that_is_said(thing):
    sub = {"subresource": "token"} if thing == "serviceaccounts" else {}
    verb = "create" if sub else "get"
    events = [call(verb, thing, "shop", name, **sub) for name in "ab"]
    cluster = cluster_of(ADMIN)
    (exact,) = roles(cluster.suggest(principal="sa:shop/ci", audit=log(*events), names="any"))[
        "Role", "shop"
    ]
    assert exact.resource_names == ("a", "b")
    answer = cluster.suggest(
        principal="sa:shop/ci", audit=log(*events), names="any", widen_secrets=True
    )
    (wide,) = roles(answer)["Role", "shop"]
    assert wide.resource_names is None


def test_what_a_live_cluster_did_not_show_is_told():
    snapshot = replace(
        shared().snapshot,
        collected=Collected(),
        listed=frozenset({("Role", ""), ("ClusterRole", ""), ("ClusterRoleBinding", "")}),
    )
    needs = needs_of(
        None, [Stated(rule=BIND, namespace="shop", file="n", line=1)], source="sa:shop/ci"
    )
    answer = suggest(Authorizer(snapshot), needs, principal="sa:shop/ci")
    assert any("did not show all RoleBindings: others" in str(note) for note in answer.notes)


def test_questions_that_have_no_answer():
    cluster = shared(bootstrap=True)
    events = log(call("list", "pods", "shop"))
    with pytest.raises(NotFoundError, match="there is no Role shop/none"):
        cluster.suggest(role="shop/none", audit=events)
    with pytest.raises(NotFoundError, match="no binding that can be changed"):
        cluster.suggest(role="view", audit=events)
    with pytest.raises(UsageError, match="no subject of bindings"):
        cluster.suggest(principal="node:x", audit=events)
    with pytest.raises(UsageError, match="principal and role exclude each other"):
        cluster.suggest(principal="sa:shop/ci", role="shop/reader", audit=events)
    with pytest.raises(UsageError, match="no evidence of what is needed given"):
        cluster.suggest(principal="sa:shop/ci")
    with pytest.raises(UsageError, match="verbs cannot be"):
        cluster.suggest(principal="sa:shop/ci", audit=events, verbs="all")


WIDE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: wide}
rules:
- {apiGroups: [""], resources: [pods, nodes], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: wide}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: wide}
subjects: [{kind: ServiceAccount, name: ci, namespace: shop}]
"""


@pytest.mark.parametrize(
    ("needs", "why"),
    [
        (b"get pods -n pay\nget nodes\n", "in the place of ClusterRole wide"),
        (b"get pods -n pay\n", "in the place of ClusterRole wide"),
        (b"get services -n pay\nget nodes\n", "nothing gives this today"),
        (b"get services -n pay\n", "nothing gives this today"),
    ],
)
def test_a_new_role_is_in_the_place_of_what_gave_its_permissions(needs, why):
    answer = cluster_of(WIDE).suggest(principal="sa:shop/ci", need=io.BytesIO(needs))
    (new,) = (role for role in answer.result.roles if role.namespace == "pay")
    assert (new.action, str(new.why)) == ("make", why)
    (change,) = (change for change in answer.changes if change.key == ("Role", "pay", new.name))
    assert ("in the place of" in str(change.why)) == ("in the place of" in why)


def test_whoever_no_binding_names_is_told():
    cluster = cluster_of(WIDE)
    notes = cluster.suggest(principal="sa:shop/cii", audit=log(call("get", "pods", "shop")))
    words = "no binding that can be changed names serviceaccount:shop/cii"
    assert words in notes.notes
    named = cluster.suggest(principal="sa:shop/ci", audit=log(call("get", "pods", "shop")))
    assert not any("no binding that can be changed" in note for note in named.notes)


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (["web"], "no evidence about serviceaccount:shop/web, who has it too"),
        (["web", "x"], "no evidence about serviceaccount:shop/web and 1 other, who have it too"),
        (["web", "x", "z"], "serviceaccount:shop/web and 2 others, who have it too"),
    ],
)
def test_those_of_whom_nothing_is_known_are_counted(others, words):
    subjects = ", ".join(f"{{kind: ServiceAccount, name: {name}}}" for name in others)
    text = SHARED.replace("LABEL", "").replace("{kind: ServiceAccount, name: web}", subjects)
    answer = cluster_of(text).suggest(
        principal="sa:shop/ci", audit=log(call("list", "pods", "shop"))
    )
    assert any(words in note for note in answer.notes)
