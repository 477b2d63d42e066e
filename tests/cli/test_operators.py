"""``--operators FILE`` at the command line, and ``cut --keep-operators``."""

import json

import pytest

from tests.facts.operator_manifests import MARKS, SECRETS, account, binding, joined, pod, role

SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
"""
REFUSED = """
operators:
- {serviceAccount: cd/*, byDesign: false, reason: never}
"""


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "cd.yaml"
    works = account(MARKS), pod(), role(labels=MARKS, rule=SECRETS), binding(labels=MARKS)
    people = role("people", rule=SECRETS), binding("people", "people", who="{kind: User, name: a}")
    file.write_text(joined(SECRET, *works, *people))
    return file


def test_a_cut_keeps_operators_if_it_is_asked_to(run, source, tmp_path):
    asked = "cut", "--secret", "shop/db", "-f", str(source), "-o", "json"
    both = json.loads(run(*asked)[1])
    assert [one["operators"] for one in both["edits"]] == [["Argo CD"], []]
    assert not both["keep_operators"]
    kept = json.loads(run(*asked, "--keep-operators")[1])
    assert [one["name"] for one in kept["edits"]] == ["people"]
    assert [one["operator"] for one in kept["kept"]] == ["Argo CD"]
    assert kept["keep_operators"]
    file = tmp_path / "operators.yaml"
    file.write_text(REFUSED)
    refused = json.loads(run(*asked, "--keep-operators", "--operators", str(file))[1])
    assert len(refused["edits"]) == 2
    assert refused["kept"] == []


def test_a_mistake_in_the_file_has_its_line(run, source, tmp_path):
    file = tmp_path / "operators.yaml"
    file.write_text(REFUSED.replace("false", "maybe"))
    status, _, said = run("admins", "-f", str(source), "--operators", str(file))
    assert status == 2
    assert f"{file}:3: byDesign is 'maybe'" in said
    assert "write true or false" in said
