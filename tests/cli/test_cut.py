"""``rbacgraph cut`` as a person runs it."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

import rbacgraph as rg
from rbacgraph.cli.app import app

SHOP = "fixtures/clusters/shop"
EVENT = {
    "auditID": "1",
    "stage": "ResponseComplete",
    "requestURI": "/api/v1/namespaces/shop/secrets/db-credentials",
    "verb": "get",
    "user": {"username": "alice", "groups": ["system:authenticated"]},
    "objectRef": {"resource": "secrets", "namespace": "shop", "name": "db-credentials"},
    "responseStatus": {"code": 200},
}


@pytest.fixture
def run(root, monkeypatch):
    monkeypatch.chdir(root)

    def invoke(*arguments, text=None, folder=SHOP):
        asked = ["cut", "--secret", "shop/db-credentials", *arguments, "-f", folder]
        return CliRunner().invoke(app, asked, input=text)

    return invoke


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ((), {"serviceaccount:shop/importer"}),
        (
            ("--keep-usage", "fixtures/audit/shop.log"),
            {"serviceaccount:shop/importer", "serviceaccount:ci/runner", "user:alice"},
        ),
    ],
    ids=["keep", "keep usage"],
)
def test_what_it_writes_closes_every_path(run, tmp_path, more, left):
    done = run("--keep", "sa:shop/importer", *more, "-o", "yaml")
    assert done.exit_code == 0
    written = {
        (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]): one
        for one in yaml.safe_load_all(done.stdout)
    }
    before = rg.load(SHOP)
    kept = []
    for file in ("rbac.yaml", "rbac-cluster.yaml"):
        for document in yaml.safe_load_all(Path(SHOP, file).read_text()):
            for one in document.get("items", [document]):
                metadata = one["metadata"]
                key = one["kind"], metadata.get("namespace", ""), metadata["name"]
                kept.append(written.pop(key, one))
    assert not written
    rest = [path for path in sorted(Path(SHOP).iterdir()) if not path.name.startswith("rbac")]
    (tmp_path / "rbac.yaml").write_text(yaml.safe_dump_all(kept))
    after = rg.load(tmp_path, *rest)
    assert {path.principal for path in before.paths(secret="shop/db-credentials")} > {
        "serviceaccount:shop/importer",
        "user:alice",
    }
    assert {path.principal for path in after.paths(secret="shop/db-credentials")} == left


def test_who_used_it_keeps_what_it_used(run, tmp_path):
    log = tmp_path / "audit.log"
    log.write_text(json.dumps(EVENT) + "\n")
    done = run("--keep-usage", str(log), "-o", "json")
    answer = json.loads(done.stdout)
    assert [one["principal"] for one in answer["uncut"]] == ["user:alice"]
    assert answer["proof"]["requests"] == 1
    told = run("--keep-usage", "-", "-o", "yaml", text=json.dumps(EVENT))
    assert "1 principal cannot be cut off; -o table says why" in told.stderr
    (tmp_path / "empty.log").write_text("")
    assert "no audit events found" in run("--keep-usage", str(tmp_path / "empty.log")).stderr


def test_only_one_reads_standard_input(run):
    assert run("--keep-usage", "-", folder="-", text="").exit_code == 2


def test_a_namespace_may_be_named_apart(root, monkeypatch):
    monkeypatch.chdir(root)
    asked = ["cut", "--secret", "db-credentials", "-n", "shop", "-o", "csv", "-f", SHOP]
    done = CliRunner().invoke(app, asked)
    assert done.stdout.splitlines()[0].startswith("kind,object,change,closes")
    assert CliRunner().invoke(app, ["cut", "-f", SHOP]).exit_code == 2


def test_unknown_principals_are_refused(run):
    done = run("--keep", "sa:shop/apo")
    assert done.exit_code == 2
    assert "did you mean sa:shop/api?" in done.stderr


POLICY = """
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: None, resources: [{group: "", resources: [pods/exec]}]}
- {level: Metadata}
"""


def test_what_the_policy_keeps_out_of_the_log_is_told(run, tmp_path):
    log, policy = tmp_path / "audit.log", tmp_path / "policy.yaml"
    log.write_text(json.dumps(EVENT) + "\n")
    policy.write_text(POLICY)
    given = "--keep-usage", str(log), "--audit-policy", str(policy)
    answer = json.loads(run(*given, "-o", "json").stdout)
    notes = {one["name"]: one["note"] for one in answer["edits"]}
    assert notes["oncall"] == (
        "by the audit policy the log does not show whether this is used: create on pods/exec"
    )
    assert not notes["kube-state-metrics"]
    assert any("pods/exec" in one for one in answer["log"]["blind_spots"])
    assert "--audit-policy needs an audit log" in run(*given[2:]).stderr


def test_reasons_are_told_once_for_an_object(run, tmp_path):
    log = tmp_path / "audit.log"
    log.write_text(json.dumps(EVENT) + "\n")
    every, folded = (
        [
            line
            for line in run("--keep-usage", str(log), "-o", form).stdout.splitlines()
            if "unchanged: " in line
        ]
        for form in ("wide", "table")
    )
    objects = [
        line.partition("unchanged: ")[2].split(": ")[0].split(" (")[0].split(";")[0]
        for line in folded
    ]
    assert len(set(objects)) == len(objects) < len(every)


WORKS = """
apiVersion: v1
kind: Secret
metadata: {name: db-credentials, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: generic-garbage-collector, namespace: kube-system}
imagePullSecrets: [{name: registry}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: kube-system}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: generic-garbage-collector
      containers: [{name: web, image: web}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: debug, namespace: kube-system}
rules: [{apiGroups: [""], resources: [pods/exec], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: debug, namespace: kube-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: debug}
subjects: [{kind: User, name: bob}]
"""


def test_a_service_account_is_patched_beside_the_manifests(run, tmp_path):
    (tmp_path / "works.yaml").write_text(WORKS)
    need = tmp_path / "needs.txt"
    need.write_text("user:bob create pods/exec -n kube-system")
    told = run("--need", str(need), "-o", "yaml", folder=str(tmp_path / "works.yaml"))
    assert told.exit_code == 0
    assert told.stdout == ""
    patch = """'{"automountServiceAccountToken":false}'"""
    assert told.stderr.splitlines()[-2:] == [
        "# after you apply the manifests, run:",
        f"kubectl patch serviceaccount generic-garbage-collector -n kube-system -p {patch}",
    ]


READS_ALL = """
apiVersion: v1
kind: Secret
metadata: {name: db-credentials, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reads-all, namespace: shop}
rules: [{apiGroups: [""], resources: ["*"], verbs: [get, list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reads-all, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reads-all}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}]
"""


def test_each_verb_of_a_rule_on_everything_is_taken_out(run, tmp_path):
    (tmp_path / "role.yaml").write_text(READS_ALL)
    done = run("-o", "json", folder=str(tmp_path / "role.yaml"))
    (edit,) = json.loads(done.stdout)["edits"]
    assert edit["text"].startswith(
        "take get, list, watch on secrets out of rules[0] (get, list, watch on *),"
    )
    assert edit["lost"][0] == "get, list, watch on secrets"
