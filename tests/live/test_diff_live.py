"""A snapshot against the live cluster: ``rbacgraph diff SNAPSHOT``."""

import json
import re

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app
from tests.live.server import serving, write_kubeconfig

RBAC = "rbac.authorization.k8s.io"
ROLE = {
    "kind": "ClusterRole",
    "metadata": {"name": "reads-all"},
    "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}],
}
BINDING = {
    "kind": "RoleBinding",
    "metadata": {"name": "mallory-reads", "namespace": "payments"},
    "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "reads-all"},
    "subjects": [{"apiGroup": RBAC, "kind": "User", "name": "mallory"}],
}


@pytest.fixture
def monday(shop, tmp_path):
    """A snapshot of the bundled cluster, which is still served."""
    shop.add(dict(ROLE))
    path = tmp_path / "monday.json"
    with serving(shop, tmp_path) as running:

        def ask(*arguments):
            options = ("--kubeconfig", running.kubeconfig, "--qps", "1000")
            done = CliRunner().invoke(app, [*arguments, *options])
            return done.exit_code, done.stdout, done.stderr

        assert ask("snapshot", "-o", str(path))[0] == 0
        shop.requests.clear()
        yield str(path), ask


def test_nothing_changed(monday):
    path, ask = monday
    code, out, _ = ask("diff", path, "--fail-on", "any")
    assert code == 0
    assert out.startswith(f"From {path} to test (live)\nNobody gains or loses a path")


def test_what_the_cluster_gained_since(monday, shop):
    path, ask = monday
    shop.add(dict(BINDING))
    code, out, _ = ask("diff", path, "--fail-on", "gained", "-o", "json")
    (change,) = json.loads(out)["changes"]
    assert code == 1
    assert change["gained"]
    assert "mallory" in json.dumps(change)
    again = CliRunner().invoke(app, ["snapshot", "-f", path, "-o", f"{path}.json"])
    assert again.exit_code == 0
    assert sum(q.resource == "rolebindings" for q in shop.requests) == 1


def test_what_the_cluster_lost_since(monday, shop):
    path, ask = monday
    shop.objects["rolebindings"].clear()
    code, out, _ = ask("diff", path, "-o", "json")
    assert code == 0
    assert {change["gained"] for change in json.loads(out)["changes"]} == {False}


def test_what_the_cluster_does_not_show_fails_a_gate(monday, shop):
    path, ask = monday
    shop.forbid_everywhere("rolebindings")
    code, out, err = ask("diff", path, "--fail-on", "gained")
    assert code == 2
    assert "Missing: rolebindings may not be listed" in out
    assert "removed" not in out
    assert "no longer get" not in out
    assert re.search(r"RoleBinding \S+ not seen in AFTER", out)
    assert re.search(r"\d+ paths? of principals? to Secrets? not seen in AFTER", out)
    assert "--allow-unread rolebindings" in err
    assert ask("diff", path, "--fail-on", "gained", "--allow-unread", "rolebindings")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("diff",), "one to compare it with the live cluster"),
        (("diff", "SNAPSHOT", "SNAPSHOT"), "--kubeconfig needs a live cluster, which diff SNAP"),
        (("diff", "SNAPSHOT", "-f", "x.yaml"), "-f is read on both sides, and a live cluster"),
        (("diff", "nonesuch"), "there is no file or folder 'nonesuch'"),
        (("diff", "EMPTY"), "empty.json holds no Kubernetes objects"),
        (("diff", "SNAPSHOT", "--collect-namespace", "shop"), "No such option"),
    ],
)
def test_what_cannot_be_asked(monday, shop, tmp_path, arguments, words):
    path, ask = monday
    empty = tmp_path / "empty.json"
    empty.write_text('{"apiVersion": "v1", "kind": "List", "items": []}')
    places = {"SNAPSHOT": path, "EMPTY": str(empty)}
    code, out, err = ask(*(places.get(word, word) for word in arguments))
    assert (code, out) == (2, "")
    assert words in err
    assert shop.requests == []


def test_without_any_cluster_it_wants_the_other_side(monday, tmp_path):
    path, _ = monday
    done = CliRunner().invoke(app, ["diff", path, "--kubeconfig", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert f"name AFTER too: rbacgraph diff {path} AFTER" in done.stderr


def test_a_cluster_that_cannot_be_reached(monday, tmp_path):
    path, _ = monday
    config = write_kubeconfig(tmp_path / "gone", "https://127.0.0.1:1")
    done = CliRunner().invoke(app, ["diff", path, "--kubeconfig", config])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "cannot be reached" in done.stderr
