"""``rbacgraph risks`` as a gate: accepted risks, an input of before, formats for reviews."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog

from rbacgraph.cli.app import app
from tests.cli.conftest import bare

GRANT = """
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: new-admins, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: zoe}]
"""


@pytest.fixture
def shop(root):
    return str(root / "fixtures/clusters/shop")


@pytest.fixture
def run(shop):
    def invoke(*arguments, source=shop, bootstrap=False):
        words = ["risks", "-q", "-f", str(source), *arguments]
        return CliRunner().invoke(app, words if bootstrap else bare(words))

    return invoke


@pytest.fixture
def copied(shop, tmp_path):
    return Path(shutil.copytree(shop, tmp_path / "copied"))


def listed(done, name="risks"):
    return json.loads(done.stdout)[name]


@pytest.fixture
def accepting(tmp_path):
    def make(*ids, until=""):
        last = f"\n  until: {until}" if until else ""
        path = tmp_path / "accepted.yaml"
        entries = "".join(f"- id: {one}\n  reason: known{last}\n" for one in ids)
        path.write_text(f"suppress:\n{entries}" if ids else "suppress: []\n")
        return str(path)

    return make


def test_it_fails_on_a_severity_that_is_there_and_not_on_a_worse_one(run):
    severities = {one["severity"] for one in listed(run("-o", "json"))}
    assert "critical" not in severities
    assert "high" in severities
    assert run("--fail-on", "critical").exit_code == 0
    assert run("--fail-on", "high").exit_code == 1
    assert run("--fail-on", "low").exit_code == 1


def test_it_does_not_fail_on_accepted_risks_until_their_last_day(run, accepting):
    high = [one["id"] for one in listed(run("-o", "json")) if one["severity"] == "high"]
    ended = ("--suppress", accepting(*high, until="2026-06-30"), "--fail-on", "high")
    assert run(*ended, "--today", "2026-06-30").exit_code == 0
    done = run(*ended, "--today", "2026-07-01", "-o", "json")
    assert done.exit_code == 1
    assert len(listed(done, "review")["expired"]) == len(high)


def test_it_notes_entries_that_have_ended_or_match_nothing(shop, accepting):
    file = accepting("0123456789", until="2026-06-30")
    arguments = ["risks", "-f", shop, "--suppress", file, "--today", "2026-07-01"]
    done = CliRunner().invoke(app, arguments)
    assert f"{file}:2: the entry ended on 2026-06-30" in done.stderr
    assert f"{file}:2: there is no risk 0123456789" in done.stderr
    assert done.exit_code == 0


def test_it_fails_on_what_is_new_alone(run, shop, copied):
    same = ("--since", shop, "--fail-on", "low")
    assert run(*same).exit_code == 0
    rbac = copied / "rbac.yaml"
    rbac.write_text(rbac.read_text() + GRANT)
    done = run(*same, "-o", "json", source=copied, bootstrap=True)
    assert done.exit_code == 1
    (change,) = listed(done, "review")["changes"]
    assert change["news"] == "new"
    (risk,) = [one for one in listed(done) if one["id"] == change["id"]]
    assert (risk["name"], risk["subjects"]) == ("new-admins", ["user:zoe"])
    gone = run("--since", str(copied), "--fail-on", "low", "-o", "json", bootstrap=True)
    assert gone.exit_code == 0
    assert [one["news"] for one in listed(gone, "review")["changes"]] == ["fixed"]


def test_a_file_that_moves_is_no_news(run, shop, copied):
    rbac = copied / "rbac.yaml"
    (copied / "other.yaml").write_text("# moved\n\n\n" + rbac.read_text())
    rbac.unlink()
    done = run("--since", shop, "-o", "json", source=copied)
    assert not listed(done, "review")["changes"]


def test_a_snapshot_can_be_what_was_before(run, shop, tmp_path):
    snapshot = str(tmp_path / "before.json")
    assert CliRunner().invoke(app, ["snapshot", "-f", shop, "-o", snapshot]).exit_code == 0
    done = run("--since", snapshot, "-o", "json")
    assert not listed(done, "review")["changes"]
    assert listed(done, "review")["since"] == snapshot


def test_a_hyphen_in_a_name_is_not_standard_input(run):
    """Two files with one were refused as if both were to be read from there."""
    done = run("--suppress", "my-accepted.yaml", "--since", "old-manifests")
    assert done.exit_code == 2
    assert "no file or folder 'old-manifests'" in done.stderr
    assert "cannot be both" not in done.stderr
    both = run("--suppress", "-", "--since", "-")
    assert "standard input cannot be both" in both.stderr


def test_an_input_of_before_that_holds_nothing_is_refused(run, tmp_path):
    (tmp_path / "notes.yaml").write_text("a: b\n")
    done = run("--since", str(tmp_path / "notes.yaml"))
    assert done.exit_code == 2
    assert "holds no Kubernetes objects" in done.stderr


def test_a_gate_refuses_what_it_could_not_read(run, copied):
    (copied / "cut.yaml").write_text("kind: Role\nmetadata: {name: [\n")
    assert run(source=copied).exit_code == 0
    assert run("--fail-on", "critical", source=copied).exit_code == 2
    allowed = ("--fail-on", "critical", "--allow-unread", "*cut.yaml")
    assert run(*allowed, source=copied).exit_code == 0


def test_sarif_is_valid_marks_what_is_accepted_and_what_is_new(run, shop, copied, accepting):
    rbac = copied / "rbac.yaml"
    rbac.write_text(rbac.read_text() + GRANT)
    first = listed(run("-o", "json", bootstrap=True))[0]["id"]
    arguments = ("--suppress", accepting(first), "--since", shop, "-o", "sarif")
    text = run(*arguments, source=copied, bootstrap=True).stdout
    SarifLog.model_validate_json(text)
    (log,) = json.loads(text)["runs"]
    states = [one.get("baselineState") for one in log["results"]]
    assert states.count("new") == 1
    assert set(states) == {"new", "unchanged", None}
    accepted = [one for one in log["results"] if "suppressions" in one]
    assert [one["suppressions"][0]["justification"] for one in accepted] == ["known (without end)"]
    rules = {rule["id"]: rule for rule in log["tool"]["driver"]["rules"]}
    assert all(one["ruleId"] in rules for one in log["results"])
    assert all("security-severity" in rule["properties"] for rule in rules.values())
    known = {one["id"] for one in listed(run("-o", "json", source=copied, bootstrap=True))}
    assert len(log["results"]) == len(known)


def test_fingerprints_stay_when_files_move(run, copied):
    def prints():
        (log,) = json.loads(run("-o", "sarif", source=copied).stdout)["runs"]
        return sorted(one["partialFingerprints"]["rbacgraph/v1"] for one in log["results"])

    before = prints()
    rbac = copied / "rbac.yaml"
    (copied / "other.yaml").write_text("\n\n" + rbac.read_text())
    rbac.unlink()
    assert prints() == before


def test_markdown_fits_a_comment_and_html_runs_nothing(run):
    assert len(run("-o", "markdown").stdout) < 65_536
    page = run("-o", "html").stdout
    assert "<script" not in page
    assert "default-src 'none'" in page


TOKEN = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: api, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata:
  name: api-token
  namespace: shop
  annotations: {kubernetes.io/service-account.name: api}
type: kubernetes.io/service-account-token
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets], resourceNames: [db], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: api, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: root}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: root}]
"""


def test_a_token_that_full_control_alone_reaches_is_one_path_fewer(run, tmp_path):
    (tmp_path / "token.yaml").write_text(TOKEN)
    done = run("-o", "json", source=tmp_path / "token.yaml", bootstrap=True)
    found = {one["kind"]: one for one in listed(done)}
    assert found["token"]["opens"]["pairs_alone"] == 1


@pytest.fixture
def lasting(run, tmp_path):
    """A file with a lasting token, and the ids of the causes in it by their kinds."""
    (tmp_path / "token.yaml").write_text(TOKEN)
    return tmp_path / "token.yaml", {
        one["kind"]: one["id"] for one in listed(run("-o", "json", source=tmp_path / "token.yaml"))
    }


def test_what_no_manifest_does_is_noted_beside_what_is_for_programs(lasting):
    path, ids = lasting
    words = ["risks", "-f", str(path), "--fix", ids["token"]]
    assert "by hand: " in CliRunner().invoke(app, bare([*words, "-o", "csv"])).stderr
    words += ["--fix", next(one for kind, one in ids.items() if kind != "token"), "-o", "yaml"]
    done = CliRunner().invoke(app, bare(words))
    assert (done.exit_code, done.stdout.startswith("---\n")) == (0, True)
    assert "by hand: delete Secret " in done.stderr


def test_no_manifest_is_written_where_all_is_done_by_hand(lasting):
    path, ids = lasting
    words = ["risks", "-f", str(path), "--fix", ids["token"], "-o", "yaml"]
    done = CliRunner().invoke(app, bare(words))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-2:] == [
        "error: no manifest makes this change",
        "  by hand: delete Secret shop/api-token and use short-lived tokens",
    ]
