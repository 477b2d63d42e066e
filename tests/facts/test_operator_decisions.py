"""What people decide about operators in a file, and each mistake in such a file."""

import pytest

import rbacgraph as rg
from rbacgraph.errors import InputError
from rbacgraph.facts.operators.operators import Operators
from tests.facts.kept import kept
from tests.facts.operator_manifests import (
    ACCOUNT,
    MARKS,
    account,
    binding,
    definition,
    joined,
    pod,
    role,
)

NAMED = "ClusterRoleBinding", "", "controller"
ADDED = "ClusterRoleBinding", "", "helping"
HELPING = binding("helping", "cluster-admin")
WORKS = account(MARKS), pod(), role(labels=MARKS), binding(labels=MARKS), HELPING


def loaded(tmp_path, decisions, *documents):
    manifests, file = tmp_path / "cd.yaml", tmp_path / "operators.yaml"
    manifests.write_text(joined(*documents))
    file.write_text(decisions)
    return rg.load(manifests, operators=file)


def judged(tmp_path, decisions, *documents):
    world = loaded(tmp_path, decisions, *documents).access_graph.world
    return kept(world, Operators)


BY_DESIGN = """
operators:
- serviceAccount: cd/controller
  byDesign: true
  bindings: [ClusterRoleBinding/helping]
  reason: it helps
"""


def test_a_named_binding_is_by_design_and_no_other(tmp_path):
    found = judged(tmp_path, BY_DESIGN, *WORKS)
    assert found.by_design(ADDED, ACCOUNT)
    assert found.by_design(NAMED, ACCOUNT)
    assert found.is_by_design(ACCOUNT)
    another = binding("again", "cluster-admin")
    found = judged(tmp_path, BY_DESIGN, *WORKS, another)
    assert not found.by_design(("ClusterRoleBinding", "", "again"), ACCOUNT)
    assert not found.is_by_design(ACCOUNT)


def test_without_the_entry_it_is_not(tmp_path):
    found = judged(tmp_path, "operators: []", *WORKS)
    assert not found.by_design(ADDED, ACCOUNT)
    assert found.by_design(NAMED, ACCOUNT)


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("cd/controller", True),
        ("cd/*", True),
        ("'*/cont*'", True),
        ("cd/c", False),
        ("shop/controller", False),
        ("cd/controlle?", False),
        ("cd/[c]ontroller", False),
    ],
)
def test_what_is_not_by_design_may_be_named_by_a_pattern(tmp_path, name, refused):
    text = f"operators: [{{serviceAccount: '{name}', byDesign: false, reason: never}}]"
    text = text.replace("''", "'")
    found = judged(tmp_path, text, *WORKS[:4])
    assert found.by_design(NAMED, ACCOUNT) is not refused
    assert found.of(ACCOUNT).name == "Argo CD"


def test_one_binding_of_it_may_be_refused(tmp_path):
    text = """
operators:
- {serviceAccount: cd/*, byDesign: false, bindings: [ClusterRoleBinding/cont*], reason: never}
"""
    assert not judged(tmp_path, text, *WORKS[:4]).by_design(NAMED, ACCOUNT)
    text = text.replace("cont*", "other")
    assert judged(tmp_path, text, *WORKS[:4]).by_design(NAMED, ACCOUNT)


def test_an_entry_for_the_binding_comes_before_a_pattern(tmp_path):
    text = f"{BY_DESIGN}- {{serviceAccount: '*/*', byDesign: false, reason: never}}\n"
    found = judged(tmp_path, text, *WORKS)
    assert found.by_design(ADDED, ACCOUNT)
    assert not found.by_design(NAMED, ACCOUNT)


def test_one_that_nothing_shows_gets_the_name_of_its_entry(tmp_path):
    own = account(), pod("example.com/tenants:1"), HELPING
    named = BY_DESIGN.replace("reason:", "operator: Tenants\n  reason:")
    assert judged(tmp_path, named, *own).of(ACCOUNT).name == "Tenants"
    assert judged(tmp_path, BY_DESIGN, *own).of(ACCOUNT).name == "controller"
    assert judged(tmp_path, "operators: []", *own).of(ACCOUNT) is None
    found = loaded(tmp_path, named, *own).admins()
    assert [(one.principal, one.operator) for one in found.operators] == [
        ("serviceaccount:cd/controller", "Tenants")
    ]


def test_a_binding_that_is_not_there_is_noticed(tmp_path):
    found = loaded(tmp_path, BY_DESIGN, *WORKS[:4])
    noticed = [one for one in found.diagnostics if one.code == "unmatched-operator-entry"]
    assert [(one.file, one.line) for one in noticed] == [(str(tmp_path / "operators.yaml"), 3)]
    assert "ClusterRoleBinding/helping" in noticed[0].message
    found = loaded(tmp_path, BY_DESIGN, *WORKS)
    assert not [one for one in found.diagnostics if one.code == "unmatched-operator-entry"]


def test_a_saved_snapshot_keeps_the_decisions(tmp_path):
    saved = tmp_path / "saved.json"
    loaded(tmp_path, BY_DESIGN, *WORKS).save(saved)
    for sources in ([saved], [saved, tmp_path / "more.yaml"]):
        (tmp_path / "more.yaml").write_text(definition("things", "example.com"))
        found = kept(rg.load(*sources).access_graph.world, Operators)
        assert found.by_design(ADDED, ACCOUNT)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("things: []", 1, "unknown key"),
        ("{}", 1, "names no operators"),
        ("operators:\n- 7", 2, "no mapping"),
        ("operators:\n- {byDesign: true, reason: x}", 2, "no serviceAccount"),
        ("operators:\n- {serviceAccount: a/b, reason: x}", 2, "no byDesign"),
        ("operators:\n- {serviceAccount: a/b, byDesign: false}", 2, "no reason"),
        ("operators:\n- {serviceAccount: a/b, byDesign: 'yes', reason: x}", 2, "byDesign is"),
        ("operators:\n- {serviceAccount: ab, byDesign: false, reason: x}", 2, "no ServiceAccount"),
        ("operators:\n- {serviceAccount: a/b, byDesign: true, reason: x}", 2, "names no bindings"),
        (
            (
                "operators:\n- serviceAccount: a/*\n  byDesign: true\n"
                "  bindings: [ClusterRoleBinding/x]\n  reason: x"
            ),
            2,
            "only beside byDesign: false",
        ),
        (
            (
                "operators:\n- serviceAccount: a/b\n  byDesign: true\n  reason: x\n"
                "  bindings:\n  - ClusterRoleBinding/x\n  - RoleBinding/a/x*\n"
            ),
            7,
            "only beside byDesign: false",
        ),
        (
            (
                "operators:\n- serviceAccount: a/b\n  byDesign: true\n  reason: x\n"
                "  bindings: [RoleBinding/x]"
            ),
            5,
            "names no binding",
        ),
        ("operators:\n- {serviceAccount: a/b, byDesgin: true}", 2, "unknown key"),
        ("operators: [", 2, "YAML"),
    ],
)
def test_a_mistake_has_its_line(tmp_path, text, line, words):
    with pytest.raises(InputError) as error:
        loaded(tmp_path, text, *WORKS)
    assert words in str(error.value)
    assert f"operators.yaml:{line}: " in str(error.value)


def test_a_missing_file_is_an_error(tmp_path):
    (tmp_path / "cd.yaml").write_text(account())
    with pytest.raises(InputError, match="missing"):
        rg.load(tmp_path / "cd.yaml", operators=tmp_path / "missing.yaml")
