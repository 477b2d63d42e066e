"""Roles and bindings that do not mean what they seem to, and their twins that do."""

import io
import json

import pytest

import rbacgraph
from rbacgraph.sources.checks.object_checks import check
from rbacgraph.sources.load import load

RBAC = "rbac.authorization.k8s.io"
GOOD_RULE = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}


def read(*objects):
    written = [
        {"apiVersion": f"{RBAC}/v1", **o, "metadata": {"namespace": "shop", **o["metadata"]}}
        for o in objects
    ]
    for found in written:
        if found["kind"].startswith("Cluster"):
            del found["metadata"]["namespace"]
    return load(io.BytesIO("\n".join(map(json.dumps, written)).encode()))


def codes(*objects, **known):
    return [d.code for d in check(read(*objects), **known)]


def role(rule, kind="ClusterRole"):
    return {"kind": kind, "metadata": {"name": "r"}, "rules": [rule]}


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ({"apiGroups": ["v1"]}, {"apiGroups": ["v1.example.com"]}),
        ({"apiGroups": ["apps/v1"]}, {"apiGroups": ["apps"]}),
        ({"apiGroups": ["core"]}, {"apiGroups": ["*"]}),
        ({"resources": ["Secrets"]}, {"resources": ["secrets"]}),
        ({"resources": ["secret"]}, {"resources": ["secret"], "apiGroups": ["example.com"]}),
        ({"resources": ["pod/log"]}, {"resources": ["pods/log"]}),
        ({"resources": ["pods/*"]}, {"resources": ["*/log", "*"]}),
        (
            {"resources": ["deployment"], "apiGroups": ["apps"]},
            {"resources": ["deployment"], "apiGroups": [""]},
        ),
        ({"verbs": ["GET"]}, {"verbs": ["get", "impersonate-on:user-info"]}),
        ({"verbs": ["Impersonate:user-info"]}, {"verbs": ["Deploy", "syncNow", "*"]}),
        ({"verbs": ["deleteCollection"]}, {"verbs": ["POST"]}),
        ({"resourceNames": ["*"]}, {"resourceNames": ["db-*", ""]}),
    ],
)
def test_typos(bad, good):
    assert codes(role({**GOOD_RULE, **bad})) == ["rule-typo"]
    assert codes(role({**GOOD_RULE, **good})) == []


@pytest.mark.parametrize(
    ("verb", "meant"),
    [("GET", True), ("Post", True), ("List", False), ("get", False), ("Deploy", False)],
)
def test_verbs_of_urls_are_http_methods(verb, meant):
    rule = {"nonResourceURLs": ["/metrics"], "verbs": [verb]}
    assert codes(role(rule)) == ["rule-typo"] * meant


def test_a_rule_is_told_where_it_stands(tmp_path):
    """Not at the aggregated role that takes it over, and at its own line."""
    label = {"metadata": {"name": "part", "labels": {"into": "whole"}}}
    other = {**GOOD_RULE, "verbs": ["list"]}
    source = {**role(GOOD_RULE), **label, "rules": [other, {**GOOD_RULE, "verbs": ["GET"]}]}
    selector = [{"matchLabels": {"into": "whole"}}]
    whole = {
        "kind": "ClusterRole",
        "metadata": {"name": "whole"},
        "aggregationRule": {"clusterRoleSelectors": selector},
    }
    for number, found in enumerate((whole, source)):
        text = json.dumps({"apiVersion": f"{RBAC}/v1", **found}, indent=1)
        (tmp_path / f"{number}.json").write_text(text)
    (told,) = [d for d in rbacgraph.load(tmp_path).diagnostics if d.code == "rule-typo"]
    assert told.file.endswith("1.json")
    assert told.message == "ClusterRole part rules[1] has the verb 'GET'"
    lines = (tmp_path / "1.json").read_text().splitlines()
    rule = "\n".join(lines[told.line - 1 :])
    assert json.JSONDecoder().raw_decode(rule.lstrip())[0]["verbs"] == ["GET"]
    filled = {**whole, "metadata": {"name": "whole", "uid": "u"}, "rules": source["rules"]}
    (tmp_path / "0.json").write_text(json.dumps({"apiVersion": f"{RBAC}/v1", **filled}))
    (told,) = [d for d in rbacgraph.load(tmp_path).diagnostics if d.code == "rule-typo"]
    assert told.message.startswith("ClusterRole part ")
    (tmp_path / "1.json").unlink()
    (told,) = [d for d in rbacgraph.load(tmp_path).diagnostics if d.code == "rule-typo"]
    assert told.message == "ClusterRole whole rules[1] has the verb 'GET'"


@pytest.mark.parametrize(
    ("rule", "kind", "expected"),
    [
        (GOOD_RULE, "Role", 0),
        ({**GOOD_RULE, "verbs": []}, "Role", 1),
        ({**GOOD_RULE, "resources": []}, "Role", 1),
        ({**GOOD_RULE, "apiGroups": None}, "Role", 1),
        ({}, "Role", 3),
        ({"nonResourceURLs": ["/metrics"], "verbs": ["get"]}, "ClusterRole", 0),
        ({"nonResourceURLs": ["/metrics"], "verbs": ["get"]}, "Role", 1),
        ({"nonResourceURLs": ["/metrics"], "verbs": []}, "ClusterRole", 1),
    ],
)
def test_rules_that_grant_nothing(rule, kind, expected):
    assert codes(role(rule, kind)) == ["empty-rule"] * expected


def test_roles_without_rules():
    empty = {"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": []}
    assert codes(empty) == ["no-rules"]
    assert codes({**empty, "aggregationRule": {"clusterRoleSelectors": [{}]}}) == []


def binding(ref, *subjects, kind="RoleBinding"):
    ref = {"kind": "Role", "name": "r", "apiGroup": RBAC, **ref}
    return {"kind": kind, "metadata": {"name": "b"}, "roleRef": ref, "subjects": list(subjects)}


@pytest.mark.parametrize(
    ("ref", "kind", "expected"),
    [
        ({}, "RoleBinding", []),
        ({"name": "gone"}, "RoleBinding", ["dangling-role-ref"]),
        ({"kind": "ClusterRole"}, "RoleBinding", ["dangling-role-ref"]),
        ({"kind": "ClusterRole", "name": "view"}, "RoleBinding", []),
        ({"kind": "ClusterRole", "name": "view"}, "ClusterRoleBinding", []),
        ({}, "ClusterRoleBinding", ["cluster-binding-to-role"]),
        ({"kind": "Pod"}, "RoleBinding", ["bad-role-ref"]),
        ({"apiGroup": "v1"}, "RoleBinding", ["bad-role-ref"]),
        ({"apiGroup": ""}, "RoleBinding", []),
        ({"name": "known"}, "RoleBinding", []),
    ],
)
def test_role_refs(ref, kind, expected):
    known = {"known_cluster_roles": frozenset({"view"}), "known_roles": {("shop", "known")}}
    assert codes(role(GOOD_RULE, "Role"), binding(ref, kind=kind), **known) == expected


def test_a_role_of_another_namespace_is_none():
    other = role(GOOD_RULE, "Role")
    other["metadata"]["namespace"] = "pay"
    assert codes(other, binding({})) == ["dangling-role-ref"]


@pytest.mark.parametrize(
    ("subject", "kind", "expected"),
    [
        ({"kind": "User", "name": "a"}, "RoleBinding", []),
        ({"kind": "User", "name": "a", "apiGroup": RBAC}, "RoleBinding", []),
        ({"kind": "User", "name": "a", "apiGroup": "v1"}, "RoleBinding", ["subject-api-group"]),
        ({"kind": "user", "name": "a"}, "RoleBinding", ["unknown-subject-kind"]),
        ({"name": "a"}, "RoleBinding", ["unknown-subject-kind"]),
        ({"kind": "Group"}, "RoleBinding", ["unnamed-subject"]),
        ({"kind": "ServiceAccount", "name": "a", "namespace": "x"}, "ClusterRoleBinding", []),
        ({"kind": "ServiceAccount", "name": "a"}, "RoleBinding", ["subject-without-namespace"]),
        (
            {"kind": "ServiceAccount", "name": "a"},
            "ClusterRoleBinding",
            ["subject-without-namespace"],
        ),
    ],
)
def test_subjects(subject, kind, expected):
    ref = {"kind": "ClusterRole"}
    found = check(read(role(GOOD_RULE), binding(ref, subject, kind=kind)))
    assert [d.code for d in found] == expected
    if expected == ["subject-without-namespace"]:
        assert found[0].severity == ("note" if kind == "RoleBinding" else "warning")


def test_a_role_that_a_server_does_not_have():
    server = {"apiVersion": "v1", "kind": "List", "items": []}
    for found in (role(GOOD_RULE, "Role"), binding({"name": "gone"})):
        metadata = {**found["metadata"], "namespace": "shop", "uid": found["kind"]}
        server["items"].append({"apiVersion": f"{RBAC}/v1", **found, "metadata": metadata})
    (found,) = check(load(io.BytesIO(json.dumps(server).encode())))
    assert found.message.endswith("refers to Role shop/gone, which does not exist")
    (found,) = check(read(binding({"name": "gone"})))
    assert found.message.endswith("refers to Role shop/gone, which is not here")


KINDS = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")


def openshift(kind, name="x"):
    """What a version of OpenShift's group that nobody knows may show a role or binding as."""
    metadata = {"name": name, **({} if kind.startswith("Cluster") else {"namespace": "shop"})}
    version = "authorization.openshift.io/v2"
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "rules": [GOOD_RULE]}


@pytest.mark.parametrize("kind", KINDS)
def test_what_openshift_also_shows_them_as_is_not_read(kind):
    (told,) = check(read(openshift(kind)))
    assert told.code == "openshift-rbac"
    assert told.severity == "error"
    assert told.message == f"1 {kind} of authorization.openshift.io was not read"
    assert f"dump {kind.lower()}s.rbac.authorization.k8s.io instead" in told.advice


@pytest.mark.parametrize("kind", KINDS)
def test_what_every_server_has_is_not_what_the_input_shows(kind):
    cluster = rbacgraph.load(io.BytesIO(json.dumps(openshift(kind)).encode()), allow_empty=True)
    assert "openshift-rbac" in [told.code for told in cluster.diagnostics]


def test_beside_what_kubernetes_shows_it_is_nothing_new():
    assert codes(openshift("ClusterRole"), openshift("ClusterRole", "y"), role(GOOD_RULE)) == []
    (told,) = check(read(openshift("Role"), openshift("Role", "y"), role(GOOD_RULE)))
    assert told.message == "2 Roles of authorization.openshift.io were not read"


def test_other_kinds_of_openshift_are_no_roles():
    assert codes(openshift("RoleBindingRestriction"), role(GOOD_RULE)) == []
