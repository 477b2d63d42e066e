"""Gates name the kinds that they do not look into, and fail for them where somebody wants it."""

import json

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app
from tests.cli.conftest import bare

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n"
EVENT = "apiVersion: v1\nkind: Event\nmetadata: {name: e, namespace: shop}\n"
WORK = """apiVersion: work.open-cluster-management.io/v1
kind: ManifestWork
metadata: {name: w, namespace: agent}
"""
WORDS = (
    "Not looked into: ManifestWork.work.open-cluster-management.io, which may hold roles or"
    " bindings; Event."
)
KINDS = [
    {"kind": "ManifestWork.work.open-cluster-management.io", "files": 1, "may_hold_roles": True},
    {"kind": "Event", "files": 2, "may_hold_roles": False},
]


@pytest.fixture
def sides(tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    for side in (before, after):
        side.mkdir()
        (side / "secret.yaml").write_text(SECRET)
    (tmp_path / "access.yaml").write_text("access: []\n")
    return before, after


@pytest.fixture(params=["diff", "check", "risks"])
def gate(request, sides, tmp_path):
    """Ask a gate that fails for nothing else, or with the value also for kinds."""
    before, after = sides
    words = {
        "diff": ["diff", before, after],
        "check": ["check", "--policy", tmp_path / "access.yaml", "-f", after],
        "risks": ["risks", "-f", after],
    }[request.param]
    own = {"diff": "any", "check": "", "risks": "low"}[request.param]

    def ask(*more, kinds=False, stream=None):
        values = ",".join(filter(None, [own, "unread-kinds" if kinds else ""]))
        fail_on = ["--fail-on", values] if values else []
        asked = ["-" if stream and word == after else word for word in words]
        command = bare([str(one) for one in [*asked, *fail_on, *more]])
        return CliRunner().invoke(app, command, input=stream)

    return ask


def hold(side):
    (side / "events.yaml").write_text(EVENT)
    (side / "works.yaml").write_text(f"{EVENT}---\n{WORK}")
    (side / "values.yaml").write_text("replicas: 3\n")


def test_they_are_named_and_pass(gate, sides):
    hold(sides[1])
    done = gate()
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert WORDS in said
    assert "Not manifests: 1 " in said
    assert WORDS in gate("-o", "markdown").stdout
    answer = json.loads(gate("-o", "json").stdout)
    found = answer.get("review", answer)
    assert (found["unread_kinds"], found["not_manifests"]) == (KINDS, 1)


def test_they_fail_where_the_value_says_so(gate, sides):
    hold(sides[1])
    done = gate(kinds=True)
    assert done.exit_code == 2, done.output
    assert f"error: {WORDS.rstrip('.')}" in done.stderr
    assert gate(kinds=True, stream=f"{SECRET}---\n{EVENT}").exit_code == 2


def test_what_is_looked_into_or_is_no_manifest_passes(gate, sides):
    (sides[1] / "values.yaml").write_text("replicas: 3\n")
    done = gate(kinds=True)
    assert done.exit_code == 0, done.output
    assert "Not looked into" not in done.stdout
    assert gate(kinds=True, stream=SECRET).exit_code == 0


def test_diff_looks_at_changed_files_and_the_others_at_all(gate, sides, request):
    for side in sides:
        hold(side)
    passes = request.node.callspec.params["gate"] == "diff"
    assert gate(kinds=True).exit_code == (0 if passes else 2)


def test_a_file_that_was_not_read_comes_first(gate, sides):
    hold(sides[1])
    (sides[1] / "cut.yaml").write_text("kind: [\n")
    done = gate(kinds=True)
    assert done.exit_code == 2
    assert "1 file was not read whole" in done.stderr
    assert "error: Not looked into" not in done.stderr


@pytest.mark.parametrize("value", ["unread", "high,unread-kind", "high,"])
def test_an_unknown_value_is_refused(sides, value):
    words = ["risks", "-f", str(sides[1]), "--fail-on", value]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert "is not a value of --fail-on" in done.stderr
    assert "critical, high, medium, low, unread-kinds" in done.stderr


def test_html_says_it_too(sides):
    hold(sides[1])
    done = CliRunner().invoke(app, bare(["risks", "-f", str(sides[1]), "-o", "html"]))
    assert WORDS in done.stdout
