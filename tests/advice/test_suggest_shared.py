"""Roles that several share, or that others write: narrowed, split, replaced, or left."""

import io

import pytest

from rbacgraph.model.kubernetes.rbac import PolicyRule
from tests.advice.logged_calls import ADMIN, BIND, SHARED, call, cluster_of, log, roles, shared


def test_a_shared_role_is_narrowed_for_all_where_all_are_seen():
    answer = shared().suggest(
        principal="sa:shop/ci",
        audit=log(call("list", "pods", "shop"), call("list", "configmaps", "shop", user="web")),
    )
    (change,) = answer.changes
    assert change.key == ("Role", "shop", "reader")
    assert set(change.after.rules) == {PolicyRule(("list",), ("",), ("configmaps", "pods")), BIND}
    assert {loss.principal for loss in answer.result.losses} == {
        "serviceaccount:shop/ci",
        "serviceaccount:shop/web",
    }


@pytest.mark.parametrize("split", [None, True])
def test_a_shared_role_is_split_where_one_is_not_seen_or_it_is_said(split):
    events = [call("list", "pods", "shop")]
    if split:
        events.append(call("list", "configmaps", "shop", user="web"))
    answer = shared().suggest(principal="sa:shop/ci", audit=log(*events), split=split)
    made, bound, reduced = answer.changes
    assert made.key == ("Role", "shop", "ci-minimal")
    assert set(made.after.rules) == {PolicyRule(("list",), ("",), ("pods",)), BIND}
    assert [subject.name for subject in bound.after.subjects] == ["ci"]
    assert [subject.name for subject in reduced.after.subjects] == ["web"]
    assert {loss.principal for loss in answer.result.losses} == {"serviceaccount:shop/ci"}


def test_a_shared_role_is_narrowed_for_those_who_are_not_seen_where_it_is_said():
    answer = shared().suggest(
        principal="sa:shop/ci", audit=log(call("list", "pods", "shop")), split=False
    )
    assert [change.key for change in answer.changes] == [("Role", "shop", "reader")]
    assert {(loss.principal, loss.seen) for loss in answer.result.losses} == {
        ("serviceaccount:shop/ci", True),
        ("serviceaccount:shop/web", False),
    }


@pytest.mark.parametrize(
    ("label", "manager"),
    [
        ("app.kubernetes.io/managed-by: Helm", "managed by Helm"),
        ("kubernetes.io/bootstrapping: rbac-defaults", "shipped with Kubernetes"),
        ("olm.owner: x", "managed by OLM"),
        ("operators.coreos.com/x.y: ''", "managed by OLM"),
        ("argocd.argoproj.io/instance: x", "managed by Argo CD"),
        ("kustomize.toolkit.fluxcd.io/name: x", "managed by Flux"),
        ("addonmanager.kubernetes.io/mode: Reconcile", "managed by the addon manager"),
    ],
)
def test_what_others_write_is_replaced_rather_than_edited(label, manager):
    answer = shared(label).suggest(
        principal="sa:shop/ci", audit=log(call("list", "pods", "shop")), split=False
    )
    assert ("Role", "shop", "reader") not in {change.key for change in answer.changes}
    assert ("Role", "shop", "ci-minimal") in {change.key for change in answer.changes}
    assert any(f"is not edited: {manager}" in note for note in answer.notes)


@pytest.mark.parametrize("managed", [False, True])
def test_of_all_roles_those_of_others_are_replaced_where_their_binding_can_be_changed(managed):
    text = SHARED.replace("LABEL", "app.kubernetes.io/managed-by: Helm")
    if managed:
        label = "labels: {app.kubernetes.io/managed-by: Helm}"
        text = text.replace(
            "kind: RoleBinding\nmetadata: {", f"kind: RoleBinding\nmetadata: {{{label}, "
        )
    answer = cluster_of(text).suggest(audit=log(call("list", "pods", "shop")))
    keys = [change.key for change in answer.changes]
    if managed:
        assert keys == []
        assert any("1 role is left alone, managed by Helm" in note for note in answer.notes)
    else:
        assert ("Role", "shop", "ci-minimal") in keys
        assert {loss.principal for loss in answer.result.losses} == {"serviceaccount:shop/ci"}


def test_rights_that_no_log_shows_stay_where_a_rule_names_them():
    answer = shared().suggest(role="shop/reader", audit=log(call("list", "pods", "shop")))
    assert any("kept: no log can show it: bind on roles" in note for note in answer.notes)
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci", audit=log(call("list", "pods", "shop"))
    )
    assert any("bind, escalate" in note and "not kept" in note for note in answer.notes)


def test_rights_that_the_policy_keeps_out_of_the_log_stay_where_a_rule_names_them():
    policy = b"""
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: None, verbs: [get], resources: [{group: ""}]}
- {level: Metadata}
"""
    events = [call("list", "pods", "shop")]
    answer = shared().suggest(
        role="shop/reader",
        audit=log(*events, call("list", "pods", "shop", user="web")),
        audit_policy=io.BytesIO(policy),
    )
    (change,) = answer.changes
    allowed = {(v, r) for rule in change.after.rules for v in rule.verbs for r in rule.resources}
    assert allowed == {
        ("get", "configmaps"),
        ("get", "pods"),
        ("list", "pods"),
        ("bind", "roles"),
    }
    assert any("leaves it out of the log: get on configmaps" in n for n in answer.notes)
    assert any("by the audit policy" in str(spot) for spot in answer.result.log.blind_spots)


def test_what_a_binding_in_a_namespace_does_not_give_is_not_kept_either():
    policy = b"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None, users: [bob]}]\n"
    text = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: mixed}
rules:
- {nonResourceURLs: [/metrics], verbs: [get]}
- {apiGroups: [""], resources: [pods, secrets], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: mixed, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: mixed}
subjects: [{kind: User, name: bob}, {kind: User, name: eve}]
"""
    answer = cluster_of(text).suggest(
        principal="user:bob",
        audit=log(call("list", "pods", "shop", user="x:bob")),
        audit_policy=io.BytesIO(policy),
        split=True,
    )
    assert roles(answer) == {("Role", "shop"): (PolicyRule(("list",), ("",), ("pods", "secrets")),)}
    assert answer.result.additions == ()


def test_what_nobody_is_known_to_use_is_left_alone():
    answer = shared().suggest(audit=log(call("list", "pods", "shop", user="other")))
    assert answer.changes == ()
    assert any("no evidence about those who have it" in note for note in answer.notes)
