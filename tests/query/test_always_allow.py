"""An API server that allows everything: each question answers by it, or says that it may be."""

from pathlib import Path

import pytest

import rbacgraph

FOLDER = Path(__file__).parents[2] / "fixtures" / "edges" / "always-allow"
EVERYBODY = "group:system:authenticated"
ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "all"},
    "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
}
OPEN = ("yes", "yes-default", "yes-after-deny", "yes-before-webhook", "yes-one-of-two")
DOUBTED = {
    "yes-webhook": "the webhook that Pod kube-system/kube-apiserver-n1 asks first does not deny it",
    "yes-no-mirror": "Pod kube-system/kube-apiserver-n1 is an API server of this cluster",
}
SHUT = ("no", "no-default", "no-hidden")


def load(name):
    return rbacgraph.load(FOLDER / f"{name}.yaml")


def who_can(cluster):
    return {one.principal: one for one in cluster.who_can("get", "secrets", namespace="shop")}


@pytest.mark.parametrize("name", OPEN)
def test_everybody_may_do_everything(name):
    cluster = load(name)
    decision = cluster.can_i("get", "secrets", namespace="shop", user="alice")
    assert decision
    assert decision.reason == "AlwaysAllow: Pod kube-system/kube-apiserver-n1 allows everything"
    (evidence,) = decision.evidence
    assert (evidence.kind, evidence.name, evidence.line) == ("Pod", "kube-apiserver-n1", 8)
    assert cluster.can_i("get", path="/metrics", user="alice", groups=[])
    assert cluster.can_write(ROLE, user="alice")
    assert who_can(cluster)[EVERYBODY].evidence == (evidence,)
    (told,) = cluster.paths(secret="shop/db").secrets
    assert EVERYBODY in {one.principal for one in told.changers}


@pytest.mark.parametrize("name", DOUBTED)
def test_what_is_no_is_doubted_where_it_has_a_condition(name):
    cluster = load(name)
    decision = cluster.can_i("get", "secrets", namespace="shop", user="alice")
    assert not decision
    doubt = f"whether AlwaysAllow allows it, as it does if {DOUBTED[name]}"
    assert tuple(map(str, decision.missing)) == (doubt,)
    grantees = cluster.who_can("get", "secrets", namespace="shop")
    assert grantees.missing == decision.missing
    assert EVERYBODY not in who_can(cluster)
    (path,) = cluster.paths(secret="shop/db")
    assert tuple(map(str, path.conditions)) == (DOUBTED[name],)


@pytest.mark.parametrize("name", SHUT)
def test_rbac_decides_elsewhere(name):
    cluster = load(name)
    decision = cluster.can_i("get", "secrets", namespace="shop", user="alice")
    assert not decision
    assert not decision.missing
    assert not cluster.can_write(ROLE, user="alice")
    assert EVERYBODY not in who_can(cluster)
    assert not cluster.paths(secret="shop/db")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("yes", "authorizes by Node,RBAC,AlwaysAllow"),
        ("yes-default", "names no authorizer: AlwaysAllow"),
    ],
)
def test_the_evidence_says_what_the_flags_say(name, said):
    (path,) = load(name).paths(secret="shop/db")
    assert [one.detail for hop in path.hops for one in hop.evidence] == [said]


def test_no_change_of_roles_or_bindings_cuts_it_off():
    cut = load("yes").cut(secret="shop/db")
    assert EVERYBODY in str(cut)
    assert "CANNOT BE CUT OFF" in str(cut)
