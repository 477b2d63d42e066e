"""``rbacgraph usage`` as a person runs it."""

import json

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app

EVENT = {
    "auditID": "1",
    "stage": "ResponseComplete",
    "requestURI": "/api/v1/namespaces/shop/secrets/db",
    "verb": "get",
    "user": {"username": "alice", "groups": ["system:authenticated"]},
    "objectRef": {"resource": "secrets", "namespace": "shop", "name": "db"},
    "responseStatus": {"code": 200},
}


@pytest.fixture
def log(tmp_path):
    """One request of alice's."""
    path = tmp_path / "audit.log"
    path.write_text(json.dumps(EVENT) + "\n")
    return str(path)


def run(*arguments, text=None):
    return CliRunner().invoke(app, ["usage", *arguments], input=text)


def test_tells_what_was_used(shop, log):
    done = run("--audit-log", log, "-f", shop, "-o", "json")
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    used = {
        (grant["principal"], part["verb"], part["resource"])
        for grant in answer["grants"]
        for part in grant["parts"]
        if part["state"] == "used"
    }
    assert used == {("user:alice", "get", "secrets")}


def test_asks_about_one(shop, log):
    done = run("--audit-log", log, "-f", shop, "--for", "sa:shop/ci", "-o", "csv")
    assert {line.partition(",")[0] for line in done.stdout.splitlines()[1:]} == {
        "serviceaccount:shop/ci"
    }


def test_reads_standard_input(shop):
    done = run("--audit-log", "-", "-f", shop, text=json.dumps(EVENT))
    assert done.exit_code == 0
    assert "The log holds 1 request (1 event)" in done.stdout
    assert run("--audit-log", "-", "-f", "-").exit_code == 2
    both = run("--audit-log", "-", "--need", "-", "-f", shop)
    assert both.exit_code == 2
    assert "standard input cannot be both --audit-log and --need" in both.stderr


def test_tells_bad_lines(shop, log, tmp_path):
    (tmp_path / "audit.log").write_text(json.dumps(EVENT) + "\n" + json.dumps(EVENT)[:50])
    done = run("--audit-log", log, "-f", shop)
    assert done.exit_code == 0
    assert f"{log}:2: error: is cut off, or broken: no JSON" in done.stderr
    assert run("--audit-log", log, "-f", shop, "--strict").exit_code == 2


def test_refuses_a_log_that_is_not_there(shop):
    done = run("--audit-log", "nowhere.log", "-f", shop)
    assert done.exit_code == 2
    assert "nowhere.log" in done.stderr
    assert run("-f", shop).exit_code == 2


def test_a_log_without_events_calls_nothing_unused(shop, tmp_path):
    log = tmp_path / "app.log"
    log.write_text("hello\n")
    done = run("--audit-log", str(log), "-f", shop)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert f"{log}:1: error: is no JSON" in done.stderr
    assert f"error: {log}: no audit events found" in done.stderr


def test_tells_what_is_stated_as_needed(shop, log, tmp_path):
    need = tmp_path / "need.txt"
    need.write_text("list secrets -n shop\nlist secrets/db -n shop\n")
    done = run("--audit-log", log, "--need", str(need), "-f", shop, "--for", "user:alice")
    assert done.exit_code == 0
    assert "(but stated as needed)" in done.stdout
    assert f"{need}:2: error: secrets have no subresource 'db'" in done.stderr


def test_tells_what_the_audit_policy_leaves_out(shop, log, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n"
        '- {level: None, resources: [{group: "", resources: [secrets]}]}\n- {level: Metadata}\n'
    )
    done = run("--audit-log", log, "--audit-policy", str(policy), "-f", shop, "--for", "user:alice")
    assert done.exit_code == 0
    assert f"Not seen: secrets, by the audit policy ({policy}:4)." in " ".join(done.stdout.split())
    assert "(not seen in logs)" in done.stdout
    policy.write_text("kind: Pod")
    refused = run("--audit-log", log, "--audit-policy", str(policy), "-f", shop)
    assert refused.exit_code == 2
    assert f"{policy} is no audit policy" in refused.stderr


def test_whoever_may_be_mistyped_is_doubted(shop, log):
    done = run("--audit-log", log, "-f", shop, "--for", "sa:shop/cii")
    assert (
        "note: the input holds no ServiceAccount shop/cii; did you mean sa:shop/ci?" in done.stderr
    )
    assert "note:" not in run("--audit-log", log, "-f", shop, "--for", "sa:shop/cii", "-q").stderr
    assert "note:" not in run("--audit-log", log, "-f", shop, "--for", "user:alice").stderr


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No kubeconfig names a cluster."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)


@pytest.mark.usefixtures("nowhere")
def test_the_log_of_a_store_needs_no_cluster(root):
    done = run("--audit-log", str(root / "fixtures/stores/audit/openbao/audit.log"), "-o", "json")
    assert (done.exit_code, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert {
        key: value
        for key, value in next(
            one for one in answer["stores"] if one["who"] == "sa:shop/api" and one["reads"]
        ).items()
        if key != "lastRead"
    } == {"who": "sa:shop/api", "secret": "vault:kv/data/shop/db", "reads": 5, "refused": 0}
    assert answer["grants"] == []


@pytest.mark.usefixtures("nowhere")
def test_the_log_of_the_api_server_needs_one(log):
    done = run("--audit-log", log)
    assert done.exit_code == 2
    assert "add -f FILE" in done.stderr


@pytest.mark.usefixtures("nowhere")
def test_a_broken_line_of_a_store_is_told_with_its_number(root):
    trail = root / "fixtures/stores/audit/cloudtrail/events.jsonl"
    done = run("--audit-log", str(trail))
    assert done.exit_code == 0
    assert "events.jsonl:43: error: is cut off" in done.stderr
    assert "ASIA" not in done.output


def test_no_right_is_called_unused_by_the_log_of_a_store(root, shop):
    done = run("--audit-log", str(root / "fixtures/stores/audit/gcp"), "-f", shop)
    assert done.exit_code == 0
    assert "sa:batch/imp" in done.stdout
    assert "NEVER USED" not in done.stdout
