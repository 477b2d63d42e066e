"""A saved suggestion holds as long as nothing that it is about has changed."""

import io
import json

import pytest
import yaml

import rbacgraph as rg
from rbacgraph.errors import InputError
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP


@pytest.fixture(scope="module")
def shop(root):
    return rg.load(str(root / "fixtures/clusters/shop"))


@pytest.fixture(scope="module")
def saved(root, shop):
    answer = shop.suggest(audit=str(root / "fixtures/audit/shop.log"))
    return json.loads(answer.report().render("json"))


def check(cluster, document, **options):
    return cluster.verify_suggestion(io.BytesIO(json.dumps(document).encode()), **options)


def changed(document, kind, name, field, value):
    """The document with another manifest ``after``."""
    copy = json.loads(json.dumps(document))
    (change,) = [c for c in copy["changes"] if (c["kind"], c["name"]) == (kind, name)]
    change["after"][field] = value
    return copy


def with_objects(root, *documents):
    """The shop with objects in the place of those of the same name."""
    folder = root / "fixtures/clusters/shop"
    names = {(one["kind"], one["metadata"]["name"]) for one in documents}
    kept = []
    for path in sorted(folder.glob("*.yaml")):
        for one in yaml.safe_load_all(path.read_text()):
            items = one["items"] if one["kind"] == "List" else [one]
            kept += [o for o in items if (o["kind"], o["metadata"]["name"]) not in names]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*kept, *documents]})
    return rg.load(io.BytesIO(text.encode()))


def test_it_holds_where_it_was_made(shop, saved):
    answer = check(shop, saved)
    assert answer.result.holds
    assert {one.state for one in answer} == {"open"}
    proof = saved["proof"]
    assert answer.result.proof.requests == proof["requests"]
    assert answer.result.proof.permissions == proof["permissions"]
    assert answer.result.proof.effect.gone.total == proof["effect"]["gone"]["total"]
    assert "holds on this cluster (6 changes)" in str(answer)


def test_it_holds_where_it_was_applied(root, saved):
    after = [one["after"] for one in saved["changes"]]
    answer = check(with_objects(root, *after), saved)
    assert answer.result.holds
    assert {one.state for one in answer} == {"applied"}
    assert "6 of them applied already" in str(answer)


def test_it_does_not_hold_where_a_role_has_changed(root, saved):
    role = next(c["before"] for c in saved["changes"] if c["name"] == "deployer")
    other = {**role, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]}
    answer = check(with_objects(root, other), saved)
    assert not answer.result.holds
    assert [(one.name, str(one.what)) for one in answer if one.state == "changed"] == [
        ("deployer", "its rules are others")
    ]
    assert "more than before: serviceaccount:ci/runner gets" in str(answer.result.failure)


@pytest.mark.parametrize(
    ("verbs", "failure"),
    [
        (["*"], "more than before: serviceaccount:ci/runner gets * on deployments.apps in shop"),
        (["get", "list", "patch", "update"], "needed by nobody: update on deployments.apps"),
        (["get", "list"], "not enough: serviceaccount:ci/runner is denied patch on deployments"),
    ],
)
def test_a_suggestion_that_was_tampered_with_is_not_proven(shop, saved, verbs, failure):
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": verbs},
    ]
    answer = check(shop, changed(saved, "Role", "deployer", "rules", rules), effect=False)
    assert not answer.result.holds
    assert str(answer.result.failure).startswith(failure)
    assert f"Not proven: {failure}" in " ".join(str(answer).split())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'{"schema": "rbacgraph/usage/v1"}',
        b"\xff\xfe",
        json.dumps(
            {
                "schema": "rbacgraph/suggest/v1",
                "asked": "",
                "changes": [
                    {
                        "kind": "Secret",
                        "namespace": "shop",
                        "name": "db",
                        "why": "",
                        "before": None,
                        "after": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}},
                    }
                ],
                "deletions": [],
                "additions": [],
                "needs": [],
                "losses": [],
            }
        ).encode(),
    ],
)
def test_what_holds_no_suggestion_is_refused(shop, content):
    with pytest.raises(InputError, match="holds no suggestion"):
        shop.verify_suggestion(io.BytesIO(content))


@pytest.mark.parametrize(
    ("field", "value", "failure"),
    [
        ("losses", [], "it lists other losses of"),
        (
            "deletions",
            [{"command": "kubectl delete ns shop", "why": "nobody has it"}],
            "its changes leave nothing that kubectl delete ns shop is to delete",
        ),
        ("roles", [], "it does not describe Role payments/dana-minimal, which it writes"),
        (
            "additions",
            [
                {
                    "principal": "user:mallory",
                    "scope": "shop",
                    "permission": {"verb": "get", "resource": "pods"},
                    "evidence": "",
                }
            ],
            "it lists as added to user:mallory what none of its changes gives",
        ),
    ],
)
def test_what_does_not_follow_from_the_changes_is_told(shop, saved, field, value, failure):
    answer = check(shop, {**saved, field: value}, effect=False)
    assert not answer.result.holds
    assert str(answer.result.failure).startswith(failure)


@pytest.mark.parametrize("applied", [False, True])
def test_deletions_that_are_lacking_are_told(root, shop, applied):
    given = shop.suggest(
        principal="group:system:serviceaccounts",
        audit=str(root / "fixtures/audit/shop.log"),
        split=False,
        effect=False,
    )
    saved = json.loads(given.report().render("json"))
    after = [one["after"] for one in saved["changes"]] if applied else []
    document = {**saved, "deletions": saved["deletions"][1:]}
    answer = check(with_objects(root, *after), document, effect=False)
    assert str(answer.result.failure) == f"it lacks {saved['deletions'][0]['command']}"


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("action", "tidy", "action"),
        ("principals", ["user:mallory"], "principals"),
        ("scopes", [""], "namespaces"),
        ("rules", 7, "numbers of rules"),
        ("removed", [], "permissions that are removed"),
        ("kept", [], "permissions"),
    ],
)
def test_roles_are_told_as_the_changes_leave_them(shop, saved, field, value, word):
    copy = json.loads(json.dumps(saved))
    role = next(one for one in copy["roles"] if one["name"] == "deployer")
    role[field] = value
    answer = check(shop, copy, effect=False)
    where = f"Role {role['namespace']}/deployer"
    assert str(answer.result.failure) == f"it lists other {word} of {where} than its changes leave"


def test_a_suggestion_without_its_changes_does_not_hold(shop, saved):
    answer = check(shop, {**saved, "changes": [], "deletions": [], "losses": []})
    assert not answer.result.holds
    assert "which none of its changes writes" in str(answer.result.failure)


def test_a_change_of_nothing_is_refused(shop, saved):
    copy = json.loads(json.dumps(saved))
    copy["changes"][0] |= {"before": None, "after": None}
    with pytest.raises(InputError, match="neither before nor after"):
        check(shop, copy)


MESSY = b"""
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: messy, namespace: shop}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get]}
- {apiGroups: [""], resources: [pods, secrets], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: messy, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: messy}
subjects: [{kind: User, name: alice}]
"""


@pytest.mark.parametrize("manner", [{"tidy": True}, {"without": "secrets"}])
def test_what_was_written_anew_is_proven_by_what_is_held(manner):
    cluster = rg.load(io.BytesIO(MESSY))
    document = json.loads(cluster.suggest(**manner).report().render("json"))
    answer = check(cluster, document)
    assert answer.result.holds
    assert "nor loses more than the suggestion says" in " ".join(str(answer).split())
    (role,) = document["changes"]
    role["after"]["rules"] = []
    assert "more is lost than it says" in str(check(cluster, document).result.failure)
    role["after"]["rules"] = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    assert "more than before" in str(check(cluster, document).result.failure)


WIDE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: wide}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: wide}
roleRef: {kind: ClusterRole, name: wide}
subjects: [{kind: User, name: alice}]
"""
LIVE = WIDE.replace("roleRef: {", f"roleRef: {{apiGroup: {RBAC_GROUP}, ").replace(
    "{kind: User", f"{{apiGroup: {RBAC_GROUP}, kind: User"
)
OTHER = "other.example.com"


@pytest.fixture(scope="module")
def taken_out():
    """Alice has a Role in the place of her ClusterRoleBinding."""
    need = io.BytesIO(b"user:alice get pods -n shop")
    answer = rg.load(io.BytesIO(WIDE.encode())).suggest(principal="user:alice", need=need)
    return json.loads(answer.report().render("json"))


def test_what_a_server_fills_in_is_no_change(taken_out):
    answer = check(rg.load(io.BytesIO(LIVE.encode())), taken_out)
    assert answer.result.holds
    assert {one.state for one in answer} == {"open"}


@pytest.mark.parametrize(
    ("kind", "field", "value", "failure"),
    [
        (
            "ClusterRoleBinding",
            "roleRef",
            {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": "view"},
            "ClusterRoleBinding wide cannot be written: the roleRef of a binding never changes",
        ),
        (
            "RoleBinding",
            "roleRef",
            {"apiGroup": OTHER, "kind": "Role", "name": "alice-minimal"},
            "RoleBinding shop/alice-minimal cannot be written: no role is of the API group",
        ),
        (
            "RoleBinding",
            "subjects",
            [{"apiGroup": OTHER, "kind": "User", "name": "alice"}],
            "RoleBinding shop/alice-minimal cannot be written: no User is of the API group",
        ),
    ],
)
def test_what_no_server_would_write_is_told(taken_out, kind, field, value, failure):
    (name,) = (one["name"] for one in taken_out["changes"] if one["kind"] == kind)
    answer = check(rg.load(io.BytesIO(WIDE.encode())), changed(taken_out, kind, name, field, value))
    assert not answer.result.holds
    assert str(answer.result.failure).startswith(failure)
