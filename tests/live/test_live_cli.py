"""The command line without -f: the cluster of the current context."""

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app
from rbacgraph.cli.shared.progress import Bar
from rbacgraph.model.progress import Listed
from rbacgraph.sources.live.asking.access_review import PATH
from tests.live.replies import Reply
from tests.live.server import serving, write_kubeconfig


@pytest.fixture
def ask(shop, tmp_path, monkeypatch):
    """Run a command on the bundled cluster, live."""
    with serving(shop, tmp_path) as running:
        monkeypatch.setenv("KUBECONFIG", running.kubeconfig)

        def invoke(*arguments):
            done = CliRunner().invoke(app, [*arguments, "--qps", "1000"], prog_name="rbacgraph")
            return done.exit_code, done.stdout, done.stderr

        yield invoke


@pytest.mark.parametrize(
    "question",
    [
        ("exposure",),
        ("paths", "--secret", "shop/db-credentials"),
        ("reach", "--from", "sa:ci/runner"),
        ("who-can", "get", "secrets", "-n", "shop"),
        ("can-i", "get", "secrets/db-credentials", "-n", "shop", "--as", "alice"),
    ],
)
def test_every_question(ask, question):
    status, out, _ = ask(*question)
    assert status == 0
    assert "shop" in out or "yes" in out


def test_from_me(ask, shop):
    shop.user = {"username": "system:serviceaccount:ci:runner", "groups": []}
    status, out, _ = ask("reach", "--from", "me", "-o", "json")
    assert status == 0
    assert json.loads(out)["source"] == "serviceaccount:ci/runner"


@pytest.mark.parametrize(("user", "status"), [("me", 0), ("user:me", 1), ("sa:ci/runner", 0)])
def test_may_i(ask, shop, user, status):
    shop.user = {"username": "system:serviceaccount:ci:runner", "groups": []}
    assert ask("can-i", "create", "pods", "-n", "shop", "--as", user)[0] == status


def test_may_i_where_the_server_does_not_tell_who_i_am(ask, shop):
    shop.faults.append(lambda request, _: Reply(404, b"") if request.method == "POST" else None)
    status, _, err = ask("can-i", "create", "pods", "-n", "shop", "--as", "me")
    assert status == 2
    assert "your username is not known" in err


def test_a_no_and_a_list_of_holders_say_what_they_have_not_seen(ask, shop, tmp_path):
    shop.forbid("clusterrolebindings")
    shop.forbid("rolebindings")
    shop.forbid("rolebindings", "payments")
    shop.faults.append(lambda request, _: Reply(403, b"") if request.path == PATH else None)
    missing = [
        "a complete list of ClusterRoleBindings",
        "a complete list of RoleBindings in payments",
    ]
    path = str(tmp_path / "cluster.json")
    ask("snapshot", "-o", path)
    can_i = "can-i", "get", "secrets", "--as", "alice", "-n"
    who_can = "who-can", "get", "secrets", "-n"
    for question, namespace, expected in (
        (can_i, "payments", missing),
        (who_can, "payments", missing),
        (can_i, "shop", missing[:1]),
        (who_can, "shop", missing[:1]),
    ):
        code, out, _ = ask(*question, namespace)
        assert [f"Missing: {m}" in out for m in missing] == [m in expected for m in missing]
        _, out, _ = ask(*question, namespace, "-o", "json")
        answer = json.loads(out)
        unanswered = answer["missing"][len(expected) :]
        assert answer["missing"] == [*expected, *unanswered]
        assert len(unanswered) == (question is can_i)
        done = CliRunner().invoke(app, [*question, namespace, "-o", "json", "-f", path])
        assert json.loads(done.stdout) == {**answer, "missing": expected}
        assert (done.exit_code, code) == ((3, 3) if question is can_i else (0, 0))


def test_a_yes_lacks_nothing(ask, shop):
    shop.forbid("clusterrolebindings")
    status, out, _ = ask("can-i", "get", "secrets/db-credentials", "-n", "shop", "--as", "alice")
    assert status == 0
    assert "Missing" not in out


def test_what_is_missing_is_said(ask, shop):
    shop.forbid_everywhere("pods")
    status, out, err = ask("exposure")
    assert status == 0
    assert "test: error: pods may not be listed" in err
    assert "Missing: pods may not be listed" in out


def test_strict_refuses_a_partial_picture(ask, shop):
    shop.forbid_everywhere("pods")
    status, out, _ = ask("exposure", "--strict")
    assert (status, out) == (2, "")


def test_verbose_tells_each_list(ask):
    _, _, err = ask("exposure", "-v")
    lines = [line.split() for line in err.splitlines()]
    assert ["10", "pods"] in [line[:2] for line in lines]


def test_narrowed(ask):
    status, out, _ = ask("exposure", "--collect-namespace", "shop", "-o", "json")
    assert status == 0
    answer = json.loads(out)
    assert "objects of namespaces other than shop" in answer["basis"]["missing"]


def test_the_flags_of_the_api_servers(ask, shop):
    command = ["kube-apiserver", "--encryption-provider-config=/etc/enc.yaml"]
    mirror = {"kubernetes.io/config.mirror": "x"}
    metadata = {"name": "kube-apiserver-a", "namespace": "kube-system", "annotations": mirror}
    spec = {"containers": [{"name": "kube-apiserver", "command": command}]}
    shop.add({"kind": "Pod", "metadata": metadata, "spec": spec})
    _, out, _ = ask("encryption", "--context", "test")
    assert "/etc/enc.yaml" in out


def test_api_servers_that_are_not_shown(ask, shop):
    _, out, _ = ask("encryption", "--context", "test")
    assert "The input holds no kube-apiserver Pod in kube-system: whether" in out
    shop.forbid_everywhere("pods")
    _, out, _ = ask("encryption", "--context", "test")
    assert "The cluster did not show all Pods of kube-system, and no kube-apiserver: whether" in out


def test_a_snapshot_answers_as_the_cluster_did(ask, tmp_path):
    path = str(tmp_path / "cluster.json.zst")
    assert ask("snapshot", "-o", path)[:2] == (0, "")
    for question in (("exposure",), ("paths", "--secret", "*", "-o", "json")):
        done = CliRunner().invoke(app, [*question, "-f", path])
        assert (done.exit_code, done.stdout) == ask(*question)[:2]


def test_options_of_both_worlds(ask):
    status, _, err = ask("exposure", "-f", "x.yaml", "--context", "test")
    assert status == 2
    assert err.startswith("error: --context needs a live cluster, and -f reads files")


def test_no_server(tmp_path):
    path = write_kubeconfig(tmp_path / "kubeconfig", "https://127.0.0.1:1")
    done = CliRunner().invoke(app, ["exposure", "--kubeconfig", path])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "error: https://127.0.0.1:1 (context test) cannot be reached: nothing accepts connections"
    )
    assert len(done.stderr.splitlines()) == 2


def test_a_certificate_that_nobody_vouches_for(shop, tmp_path):
    with serving(shop, tmp_path) as running:
        text = Path(running.kubeconfig).read_text()
        lines = [line for line in text.splitlines() if "certificate-authority" not in line]
        Path(running.kubeconfig).write_text("\n".join(lines))
        done = CliRunner().invoke(app, ["exposure", "--kubeconfig", running.kubeconfig])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "no authority that is trusted here has signed its certificate" in done.stderr
    assert "does the kubeconfig's certificate-authority sign for this server" in done.stderr


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            Reply(302, b"", {"Location": "https://u:p@login:8/?token=SECRET"}),
            "it answers /version with 302, a redirection to login:8\n",
        ),
        (Reply(404, b"404 page not found"), "it answers /api with 404\n"),
        (
            Reply(200, b"<!DOCTYPE html><title>Log in &amp;\n go</title>"),
            "it answers /version with 200, an HTML page (title 'Log in & go')\n",
        ),
        (
            Reply(403, b"no", {"Content-Type": "text/html"}),
            "it answers /version with 403, an HTML page\n",
        ),
        (Reply(401, b"<html>"), "it answers /version with 401, an HTML page\n"),
        (Reply(407, b""), "it answers /version with 407, a proxy wants a login\n"),
        (Reply(200, b"hello"), "it answers /api with something else\n"),
    ],
)
def test_somebody_else_answers(ask, shop, reply, words):
    shop.faults.append(lambda *_: reply)
    status, out, err = ask("exposure")
    assert (status, out) == (2, "")
    assert f"is no API server of Kubernetes: {words}" in err
    assert len(err.splitlines()) == 2


def test_a_folder_that_is_not_there_is_told_before_anything_is_asked(ask, shop, tmp_path):
    status, _, err = ask("snapshot", "-o", str(tmp_path / "nonesuch" / "cluster.json"))
    assert status == 2
    assert "the folder" in err
    assert shop.requests == []


def test_nothing_may_be_listed(ask, shop):
    shop.groups.add("apiextensions.k8s.io")
    refused = [*shop.objects, "customresourcedefinitions"]
    for resource in refused:
        shop.forbid_everywhere(resource)
    shop.objects.clear()
    status, out, err = ask("exposure")
    assert (status, out) == (2, "")
    assert err == (
        "error: the cluster: the API server refuses to list anything that rbacgraph reads\n"
        "  --collect-namespace NAMESPACE asks where you have rights; rbacgraph collector-role"
        " prints the ClusterRole that allows every list; -v shows what it refused\n"
    )
    status, out, err = ask("exposure", "-v")
    assert (status, out) == (2, "")
    assert err.count("[forbidden]") == len(refused)


def test_the_bar_is_drawn_where_it_takes_long_and_taken_away():
    now, stream = [0.0], io.StringIO()
    bar = Bar(stream, lambda: now[0])
    bar(Listed("pods", 10, 0.1, 1, 4))
    assert stream.getvalue() == ""
    now[0] = 2.0
    bar(Listed("roles", 10, 0.1, 2, 4))
    assert stream.getvalue() == "\r\x1b[K[############            ] 2 of 4 lists"
    bar.clear()
    assert stream.getvalue().endswith("\r\x1b[K")
