"""A saved cut holds as long as nothing that it is about has changed."""

import json

import msgspec
import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.errors import InputError
from rbacgraph.model.changes.cut import CutProof
from tests.advice.cuts import SECRETS, binding, loaded, role
from tests.advice.test_recheck import changed, check, with_objects

SECRET = "shop/db-credentials"
READS_PODS = [
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
    {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"], "resourceNames": ["web-0"]},
]


@pytest.fixture(scope="module")
def shop(root):
    return rg.load(str(root / "fixtures/clusters/shop"))


@pytest.fixture(scope="module")
def saved(root, shop):
    log = str(root / "fixtures/audit/shop.log")
    answer = shop.cut(secret=SECRET, keep=["sa:shop/importer"], usage=log)
    return json.loads(answer.report().render("json"))


def test_it_holds_where_it_was_made(shop, saved):
    result = check(shop, saved).result
    assert result.holds
    assert {one.state for one in result.standing} == {"open"}
    assert result.cut.proof == msgspec.convert(saved["proof"], CutProof)
    assert result.cut.proof.requests == 25
    assert set(result.cut.proof.left) == {"serviceaccount:ci/runner", "user:alice"}
    assert result.cut.effect.gone.total == saved["effect"]["gone"]["total"]
    text = " ".join(str(check(shop, saved, effect=False)).split())
    assert "the cut of secret:shop/db-credentials holds on this cluster (5 changes)" in text
    assert "Fewest: no fewer changes are enough here." in text
    assert "Effect" not in text


def test_it_holds_where_it_was_applied(root, saved):
    result = check(with_objects(root, *(one["after"] for one in saved["changes"])), saved).result
    assert result.holds
    assert {one.state for one in result.standing} == {"applied"}
    assert result.cut.proof.requests == 25
    assert result.cut.proof.fewest == 6


def test_somebody_who_came_to_it_since_is_told(root, saved):
    new = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "new", "namespace": "shop"},
        "roleRef": {"kind": "ClusterRole", "name": "edit"},
        "subjects": [{"kind": "User", "name": "mallory"}],
    }
    result = check(with_objects(root, new), saved).result
    assert not result.holds
    assert str(result.failure) == "not cut off: user:mallory still reaches it"


def test_an_object_that_has_changed_is_told(root, saved):
    role = next(one["before"] for one in saved["changes"] if one["name"] == "pod-debugger")
    answer = check(with_objects(root, {**role, "rules": role["rules"][:1]}), saved)
    assert not answer.result.holds
    assert "ClusterRole pod-debugger has changed since: its rules are others." in str(answer)


@pytest.mark.parametrize(
    ("rules", "failure"),
    [
        ([], "not enough: user:olga is denied list on pods in shop"),
        (
            [
                *READS_PODS,
                {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]},
            ],
            "not cut off: group:oncall still reaches it",
        ),
        (
            [
                *READS_PODS,
                {
                    "apiGroups": [""],
                    "resources": ["pods/exec"],
                    "verbs": ["create", "get"],
                    "resourceNames": ["web-0"],
                },
            ],
            "more than before: group:observability gets get on pods/exec named web-0",
        ),
    ],
)
def test_a_cut_that_was_tampered_with_is_not_proven(shop, saved, rules, failure):
    answer = check(shop, changed(saved, "ClusterRole", "pod-debugger", "rules", rules))
    assert not answer.result.holds
    assert str(answer.result.failure).startswith(failure)


def test_who_is_kept_must_reach_it_as_directly(shop, saved):
    copy = json.loads(json.dumps(saved))
    copy["kept"].append({"principal": "user:erin", "path": None})
    assert str(check(shop, copy).result.failure) == "not kept: user:erin reaches it less directly"
    copy["kept"][-1]["principal"] = "serviceaccount:shop/gone"
    assert check(shop, copy).result.cut.proof.fewest == 6


def test_that_fewer_are_enough_is_told():
    text = SECRETS + role("r", "[{apiGroups: [''], resources: [secrets], verbs: [get]}]")
    two = loaded(
        text + binding("a", "Role/r", "user:al") + binding("b", "ClusterRole/edit", "user:bo"),
        bootstrap=True,
    )
    document = json.loads(two.cut(secret="shop/db").report().render("json"))
    assert len(document["edits"]) == 2
    one = loaded(text + binding("a", "Role/r", "user:al"))
    answer = check(one, document)
    assert answer.result.cut.proof.fewest == 1
    assert "1 change is enough here: run rbacgraph cut again." in str(answer)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("secret", "db"),
        ("secret", ""),
        ("kept", [{"principal": "pod:shop/web"}]),
        ("kept", [{"principal": "alice"}]),
        ("needs", None),
        (
            "changes",
            [
                {
                    "kind": "Role",
                    "namespace": "",
                    "name": "",
                    "why": "",
                    "before": None,
                    "after": None,
                }
            ],
        ),
    ],
)
def test_what_is_no_cut_is_refused(shop, saved, field, value):
    with pytest.raises(InputError, match="holds no"):
        check(shop, {**saved, field: value})


def test_a_secret_that_is_gone_is_told(saved):
    snapshot = replace(loaded(SECRETS).snapshot, listed=frozenset({("Secret", "")}))
    result = check(rg.Cluster(snapshot), saved).result
    assert "no Secret shop/db-credentials" in str(result.failure)
    assert not result.holds
