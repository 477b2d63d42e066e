"""What a cut says of operators, and that it leaves them what they need if asked to."""

import pytest

import rbacgraph as rg
from rbacgraph.advice.changes.apply_changes import applied
from tests.facts.operator_manifests import MARKS, SECRETS, account, binding, joined, pod, role

SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
"""
CONTROLLER = "serviceaccount:cd/controller"
WORKS = (
    SECRET,
    account(MARKS),
    pod(),
    role(labels=MARKS, rule=SECRETS),
    binding(labels=MARKS),
    role("people", rule=SECRETS),
    binding("people", "people", who="{kind: User, name: alice}, {kind: User, name: bob}"),
)
BY_HAND = role("more", rule=SECRETS), binding("more", "more")


@pytest.fixture
def cluster(tmp_path):
    def loaded(*documents):
        file = tmp_path / "cd.yaml"
        file.write_text(joined(*documents))
        return rg.load(file)

    return loaded


def edited(found):
    return [(one.kind, one.name, one.closes, one.operators) for one in found]


def test_a_change_says_whose_rights_by_design_it_takes(cluster):
    found = cluster(*WORKS).cut("shop/db")
    assert edited(found) == [
        ("ClusterRole", "people", 2, ()),
        ("ClusterRole", "controller", 1, ("Argo CD",)),
    ]
    text = " ".join(str(found).split())
    assert "1 change touches rights that Argo CD needs by design: --keep-operators" in text


def test_what_somebody_added_is_no_right_by_design(cluster):
    documents = [one for one in WORKS if one not in (WORKS[3], WORKS[4])]
    found = cluster(*documents, *BY_HAND).cut("shop/db")
    assert edited(found) == [("ClusterRole", "people", 2, ()), ("ClusterRole", "more", 1, ())]
    assert "by design" not in str(found)


def test_operators_keep_what_they_need_and_the_answer_says_so(cluster):
    source = cluster(*WORKS)
    found = source.cut("shop/db", keep_operators=True)
    assert edited(found) == [("ClusterRole", "people", 2, ())]
    assert [(one.principal, one.operator) for one in found.result.kept] == [(CONTROLLER, "Argo CD")]
    assert found.result.keep_operators
    assert found.result.proof.left == ()
    assert "Kept, since they need it by design: Argo CD." in str(found)
    after = rg.Cluster(applied(source.snapshot, found.changes))
    assert [one.principal for one in after.paths("shop/db")] == [CONTROLLER]


def test_an_operator_with_more_than_it_needs_is_not_kept(cluster):
    found = cluster(*WORKS, *BY_HAND).cut("shop/db", keep_operators=True)
    assert found.result.kept == ()
    assert {name for _, name, _, _ in edited(found)} == {"people", "controller", "more"}
    assert "No operator that needs it by design reaches it." in str(found)


def test_who_is_kept_by_name_is_kept_too(cluster):
    found = cluster(*WORKS).cut("shop/db", keep=["user:alice"], keep_operators=True)
    assert [(one.principal, one.operator) for one in found.result.kept] == [
        ("user:alice", ""),
        (CONTROLLER, "Argo CD"),
    ]
    assert len(found) == 1


def test_changes_that_close_most_come_first(cluster):
    groups = [
        (role(f"r{number}", rule=SECRETS), binding(f"r{number}", f"r{number}", who=who))
        for number, who in enumerate(
            (
                "{kind: User, name: a}",
                "{kind: User, name: b}, {kind: User, name: c}",
                "{kind: User, name: d}, {kind: User, name: e}, {kind: User, name: f}",
            )
        )
    ]
    found = cluster(SECRET, *(one for pair in groups for one in pair)).cut("shop/db")
    assert [one.closes for one in found] == [3, 2, 1]


def test_a_rule_that_an_aggregated_role_gives_is_of_the_operator(cluster):
    """The edit is of the role that it comes from."""
    whole = role(labels=MARKS, rule="").replace(
        "rules: []",
        "rules: []\naggregationRule: {clusterRoleSelectors: [{matchLabels: {to: controller}}]}",
    )
    part = role("part", "{to: controller}", rule=SECRETS)
    documents = [*WORKS[:3], whole, part, *WORKS[4:]]
    found = cluster(*documents).cut("shop/db")
    assert ("ClusterRole", "part", 1, ("Argo CD",)) in edited(found)
