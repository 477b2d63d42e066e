"""``rbacgraph suggest`` as a person runs it."""

import io
import json

import pytest
import yaml
from click.testing import CliRunner

import rbacgraph as rg
from rbacgraph.cli.app import app


@pytest.fixture
def log(root):
    return str(root / "fixtures/audit/shop.log")


@pytest.fixture
def shop(root):
    return str(root / "fixtures/clusters/shop")


def run(*arguments, text=None):
    return CliRunner().invoke(app, ["suggest", *arguments], input=text)


def test_yaml_is_manifests_and_nothing_else(shop, log):
    done = run("--for", "user:dana", "--audit-log", log, "-f", shop, "-o", "yaml")
    assert done.exit_code == 0
    found = list(yaml.safe_load_all(done.stdout))
    assert [(one["kind"], one["metadata"]["name"]) for one in found] == [
        ("Role", "dana-minimal"),
        ("RoleBinding", "dana-minimal"),
        ("RoleBinding", "team-lead"),
    ]
    assert found[2]["subjects"] == []
    assert "kubectl delete rolebinding team-lead -n payments" in done.stderr


def test_the_manifests_do_what_they_say(shop, log):
    done = run("--for", "sa:ci/runner", "--audit-log", log, "-f", shop, "-o", "yaml")
    after = rg.load(io.BytesIO(done.stdout.encode()))
    (role,) = [role for role in after.snapshot.roles if not role.assumed]
    assert role.metadata.name == "deployer"
    assert {verb for rule in role.rules for verb in rule.verbs} == {"get", "list", "patch"}


def test_json_holds_everything(shop, log):
    done = run("--all", "--audit-log", log, "-f", shop, "-o", "json")
    answer = json.loads(done.stdout)
    assert answer["schema"] == "rbacgraph/suggest/v1"
    assert {(role["kind"], role["name"]) for role in answer["roles"]} == {
        ("ClusterRole", "kube-state-metrics"),
        ("Role", "api-config"),
        ("Role", "deployer"),
        ("Role", "dana-minimal"),
    }
    (left,) = answer["deletions"]
    assert left["command"] == "kubectl delete rolebinding team-lead -n payments"
    assert answer["proof"]["effect"]["gone"]["total"]


def test_needs_may_be_stated_alone(shop):
    done = run(
        *("--for", "sa:shop/new", "--need", "-", "--no-effect", "-f", shop), text="get secrets db\n"
    )
    assert done.exit_code == 0
    assert "Added, as nothing grants it today: get on secrets named db in shop" in done.stdout
    assert "Effect" not in done.stdout


def test_a_role_for_all_who_have_it(shop, log):
    done = run("--role", "shop/deployer", "--audit-log", log, "-f", shop)
    assert "Role shop/deployer: narrowed, for serviceaccount:ci/runner in shop" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no principal or role given"),
        (("--all", "--for", "sa:shop/ci"), "--for, --role and --all exclude each other"),
        (("--for", "sa:shop/ci"), "no evidence of what is needed given"),
        (("--role", "shop/nonesuch", "--audit-log", "LOG"), "there is no Role shop/nonesuch"),
        (("--for", "nonesuch", "--audit-log", "LOG"), "is not a principal"),
        (("--all", "--audit-log", "LOG", "--verbs", "write"), "verbs cannot be 'write'"),
        (("--all", "--audit-log", "-", "--need", "-"), "standard input cannot be both"),
        (("--role", "shop/deploier", "--audit-log", "LOG"), "did you mean shop/deployer?"),
        (("--role", "pay/deployer", "--audit-log", "LOG"), "did you mean shop/deployer?"),
        (("--role", "deployer", "--tidy"), "did you mean shop/deployer?"),
        (("--role", "vieww", "--tidy"), "did you mean view?"),
        (("--all", "--audit-log", "LOG", "--widen-secrets"), "--widen-secrets alone widens"),
        (
            ("--all", "--audit-log", "LOG", "--names", "any", "--max-names", "3"),
            "--names any and --max-names exclude each other",
        ),
        (
            ("--all", "--need", "n.txt", "--audit-policy", "p.yaml"),
            "--audit-policy needs an audit log",
        ),
        (("--all", "--tidy", "--audit-policy", "p.yaml"), "--audit-policy needs an audit log"),
        (("--all", "--tidy", "--names", "any"), "--names any widens what is needed, which --tidy"),
        (("--all", "--without", "secrets", "--verbs", "read"), "--verbs read widens what is"),
        (("--all", "--from-references", "--max-names", "2"), "--max-names widens what is needed"),
        (("--all", "--tidy", "--split"), "--split decides who is narrowed"),
        (("--all", "--tidy", "--no-split"), "--no-split decides who is narrowed"),
        (("--for", "user:dana", "--from-references"), "only ServiceAccounts have Pods"),
    ],
)
def test_bad_usage(shop, log, arguments, message):
    done = run(*(log if word == "LOG" else word for word in arguments), "-f", shop)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [("gett wigdets\n", "<stdin>:1: no resource is called 'wigdets'"), ("", "states no need")],
)
def test_needs_that_cannot_be_understood_take_nothing_away(shop, text, message):
    done = run("--for", "sa:shop/api", "--need", "-", "-f", shop, "-o", "yaml", text=text)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_log_without_events_takes_nothing_away(shop, tmp_path):
    path = tmp_path / "empty.log"
    path.write_text("{}\n")
    done = run("--all", "--audit-log", str(path), "-f", shop)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "no audit events found" in done.stderr


def test_a_saved_suggestion_is_checked(shop, log, root, tmp_path):
    path = tmp_path / "suggestion.json"
    run("--for", "user:dana", "--audit-log", log, "-f", shop, "-o", str(path))
    done = CliRunner().invoke(app, ["verify-suggestion", str(path), "-f", shop])
    assert done.exit_code == 0
    assert "holds on this cluster" in done.stdout
    other = str(root / "fixtures/edges/read-secret/yes.yaml")
    done = CliRunner().invoke(app, ["verify-suggestion", str(path), "-f", other, "-o", "json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["holds"] is False
    done = CliRunner().invoke(app, ["verify-suggestion", log, "-f", shop])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "holds no suggestion" in done.stderr
    CliRunner().invoke(app, ["cut", "--secret", "db-credentials", "-f", shop, "-o", str(path)])
    done = CliRunner().invoke(app, ["verify-suggestion", str(path), "-f", shop])
    assert done.exit_code == 0
    assert "the cut of secret:shop/db-credentials holds on this cluster" in " ".join(
        done.stdout.split()
    )


def test_tidy_and_without_need_no_evidence(root):
    messy = str(root / "tests/report/records/messy.yaml")
    done = run("--all", "--tidy", "-f", messy)
    assert done.exit_code == 0
    assert "Role shop/messy: 5 rules become 2, for serviceaccount:shop/bot in shop" in done.stdout
    done = run("--role", "shop/messy", "--without", "secrets", "--tidy", "-f", messy, "-o", "yaml")
    (role,) = yaml.safe_load_all(done.stdout)
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["pods", "services"], "verbs": ["get", "list"]}
    ]
    done = run("--for", "sa:shop/bot", "--from-references", "-f", messy)
    assert "get, update, patch, delete on secrets named a" in done.stdout


def test_manifests_that_are_guessed_are_called_so_beside(shop):
    question = ("--all", "--from-references", "--no-effect", "-f", shop)
    assert run(*question).stdout.startswith("Guessed from references: every role")
    told = [line for line in run(*question, "-o", "yaml").stderr.splitlines() if "note: " in line]
    assert told[0] == "note: guessed from references: no log and no statement says what is needed"
    assert told[1].startswith(
        "note: left alone, serviceaccount:monitoring/kube-state-metrics: kube-state-metrics: label"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--all"], "no evidence of what is needed given"),
        (
            ["--all", "--tidy", "--need", "needs.txt"],
            "--audit-log and --need exclude --tidy, --without and --from-references",
        ),
        (["--tidy"], "no principal or role given"),
        (["--for", "sa:a/b", "--all", "--tidy"], "--for, --role and --all exclude each other"),
        (["--all", "--without", "secretz"], "no resource is called 'secretz'"),
    ],
)
def test_what_cannot_be_rewritten(root, arguments, message):
    done = run(*arguments, "-f", str(root / "tests/report/records/messy.yaml"))
    assert done.exit_code == 2
    assert message in done.stderr


@pytest.mark.parametrize("how", [("--tidy",), ("--without", "secrets"), ("--audit-log", "LOG")])
@pytest.mark.parametrize(
    ("who", "meant"),
    [
        ("sa:shop/apii", "the input holds no ServiceAccount shop/apii; did you mean sa:shop/api?"),
        ("sa:shp/api", "the input holds no ServiceAccount shp/api; did you mean sa:shop/api?"),
        ("user:danna", "nothing in the input names user:danna; did you mean user:dana?"),
        ("group:on-call", "nothing in the input names group:on-call; did you mean group:oncall?"),
    ],
)
def test_whoever_may_be_mistyped_is_doubted(shop, log, how, who, meant):
    arguments = [log if word == "LOG" else word for word in how]
    done = run("--for", who, *arguments, "--no-effect", "-f", shop)
    assert done.exit_code == 0
    assert f"note: {meant}\n" in done.stderr
    assert "Note: no binding that can be changed names" in done.stdout
    silent = run("--for", who, *arguments, "--no-effect", "-f", shop, "-q")
    assert "note:" not in silent.stderr


@pytest.mark.parametrize("who", ["sa:ci/runner", "user:dana", "group:oncall", "user:newcomer"])
def test_whoever_is_known_or_like_nobody_is_not_doubted(shop, who):
    assert "note:" not in run("--for", who, "--tidy", "-f", shop).stderr


def test_what_manifests_cannot_hold_is_told_beside(shop):
    done = run(
        *("--for", "sa:shop/api", "--need", "-", "--no-effect", "-f", shop, "-o", "yaml"),
        text="get,update secrets x\n",
    )
    assert [one["kind"] for one in yaml.safe_load_all(done.stdout)]
    words = "note: added, as nothing grants it today: get, update on secrets named x in shop"
    assert f"{words} to serviceaccount:shop/api (<stdin>:1)" in done.stderr


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("sa:shop/apii get secrets x\nget pods\n", ["shop/apii; did you mean sa:shop/api?"]),
        ("user:danna get secrets x -n shop\n", ["user:danna; did you mean user:dana?"]),
        ("user:dana get secrets x -n shop\nsa:shop/api get pods\n", []),
    ],
)
def test_whoever_is_stated_and_not_there_is_doubted(shop, text, meant):
    done = run("--for", "sa:shop/api", "--need", "-", "--no-effect", "-f", shop, text=text)
    told = [line for line in done.stderr.splitlines() if line.startswith("note:")]
    assert [
        line.rpartition(" ServiceAccount ")[2].rpartition("names ")[2] for line in told
    ] == meant


CHART = """
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: installs, namespace: shop}
rules:
- {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [create]}
- {apiGroups: [""], resources: [secrets], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: installs, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: installs}
subjects: [{kind: ServiceAccount, name: ci}]
"""
WROTE = {
    "auditID": "1",
    "stage": "ResponseComplete",
    "verb": "create",
    "requestURI": "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles",
    "user": {"username": "system:serviceaccount:shop:ci"},
    "objectRef": {
        "apiGroup": "rbac.authorization.k8s.io",
        "resource": "roles",
        "namespace": "shop",
        "name": "web",
    },
    "responseStatus": {"code": 201},
}


@pytest.mark.parametrize("form", ["table", "yaml", "csv"])
@pytest.mark.parametrize(
    "question",
    [
        ["suggest", "--for", "sa:shop/ci", "--audit-log"],
        ["cut", "--secret", "shop/db", "--keep-usage"],
    ],
    ids=["suggest", "cut"],
)
def test_what_may_fail_is_said_first_in_every_format(tmp_path, question, form):
    (tmp_path / "a.log").write_text(json.dumps(WROTE))
    (tmp_path / "a.yaml").write_text(CHART)
    asked = [*question, str(tmp_path / "a.log"), "-f", str(tmp_path / "a.yaml"), "-o", form]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0
    text = " ".join((done.stdout if form == "table" else done.stderr).split())
    words = "the API server may refuse serviceaccount:shop/ci to create Role shop/web"
    assert words in text
    assert "Note:" not in text.partition(words)[0]
    rules = {"level": "Request", "requestObject": {"kind": "Role", "rules": []}}
    (tmp_path / "a.log").write_text(json.dumps(WROTE | rules))
    done = CliRunner().invoke(app, asked)
    assert "may refuse" not in done.output
