"""A gate passes nothing of a live cluster whose lists did not come whole."""

import json
import re

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app
from tests.live.replies import status
from tests.live.server import AT_ONCE, serving

POLICY = "access:\n- secret: '*/*'\n  allow: ['user:*', 'group:*', 'sa:*/*']\n"


@pytest.fixture
def run(shop, tmp_path, monkeypatch):
    """Run a command on the bundled cluster, live."""
    (tmp_path / "policy.yaml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments):
        with serving(shop, tmp_path) as running:
            monkeypatch.setenv("KUBECONFIG", running.kubeconfig)
            done = CliRunner().invoke(app, [*arguments], obj=AT_ONCE)
            return done.exit_code, " ".join(done.stdout.split()), " ".join(done.stderr.split())

    return invoke


CHECK = ("check", "--policy", "policy.yaml")


@pytest.mark.parametrize("resource", ["rolebindings", "pods", "secrets", "clusterroles"])
def test_a_list_that_is_hidden_is_not_passed(shop, run, resource):
    assert run(*CHECK)[0] == 0
    shop.forbid_everywhere(resource)
    code, out, err = run(*CHECK)
    assert code == 2
    assert "No findings in " in out
    assert "as far as the input could be read" in out
    assert f"1 list was not read whole: {resource}; what that grants is unknown" in err
    shown = "collector-role --with-secrets" if resource == "secrets" else "collector-role"
    assert f"have all lists shown (rbacgraph {shown}), or" in err
    assert err.endswith(f"accept it with --allow-unread {resource}")
    assert run(*CHECK, "--allow-unread", resource)[0] == 0
    assert run(*CHECK, "--allow-unread", "nodes")[0] == 2


def test_a_list_that_breaks_off_is_not_passed(shop, run):
    shop.faults.append(
        lambda request, _: (
            status(410, "Expired", "x") if request.resource == "rolebindings" else None
        )
    )
    code, _, err = run(*CHECK)
    assert (code, "rolebindings" in err) == (2, True)


def test_neither_is_a_snapshot_of_it(shop, run, tmp_path):
    shop.forbid_everywhere("rolebindings")
    whole, path = str(tmp_path / "whole.json"), str(tmp_path / "x.json")
    assert run("snapshot", "-o", path)[0] == 0
    shop.forbidden.clear()
    assert run("snapshot", "-o", whole)[0] == 0
    assert run(*CHECK, "-f", whole)[0] == 0
    code, out, _ = run(*CHECK, "-f", path, "-o", "json")
    assert code == 2
    (unread,) = json.loads(out)["unread"]
    assert (unread["file"], unread["files"]) == ("rolebindings", 0)
    for sides in ((whole, path), (path, whole), (path, path)):
        assert run("diff", *sides, "--fail-on", "gained")[0] == 2
        allowed = run("diff", *sides, "--fail-on", "gained", "--allow-unread", "rolebindings")[0]
        assert allowed == (1 if sides == (path, whole) else 0)
    assert run("diff", whole, path)[0] == 0
    for sides, side in (((whole, path), "AFTER"), ((path, whole), "BEFORE")):
        _, out, _ = run("diff", *sides)
        assert f"not seen in {side}" in out
        assert not re.search(" (added|removed)", out)


def test_namespaces_that_one_does_not_ask_for_are_ones_choice(run):
    assert run(*CHECK, "--collect-namespace", "shop")[0] == 0


@pytest.mark.parametrize("resource", ["rolebindings", "secrets"])
def test_a_list_that_always_drops_is_not_passed_and_is_said(shop, run, resource):
    shop.faults.append(
        lambda request, reply: (
            reply._replace(drop=len(reply.body) // 2) if request.resource == resource else None
        )
    )
    code, _, err = run(*CHECK)
    assert (code, f"1 list was not read whole: {resource}" in err) == (2, True)
    words = f"the list of {resource} broke off: it closes the connection in the middle"
    for question in (("exposure",), ("reach", "--from", "user:erin")):
        code, out, err = run(*question)
        assert code == 0
        assert f"Missing: {words}" in out
        assert f"error: {words}" in err
