"""Each command: what it prints where, and its exit status."""

import json

import pytest

from rbacgraph import __version__
from rbacgraph.cli.app import COMMANDS
from rbacgraph.report.text.format_names import DATA, PICTURES, TEXTS
from rbacgraph.techniques.catalogue import pages
from tests.cli.conftest import PLANTED, SHOP

QUESTIONS = {
    "paths": ("paths", "--secret", "shop/db"),
    "reach": ("reach", "--from", "sa:shop/ci"),
    "exposure": ("exposure",),
    "admins": ("admins",),
    "risks": ("risks",),
    "who-can": ("who-can", "get", "secrets/db", "-n", "shop"),
    "can-i": ("can-i", "get", "secrets/db", "-n", "shop", "--as", "alice"),
    "can-i --list": ("can-i", "--list", "--as", "alice"),
    "rights": ("rights", "user:alice"),
}
RENDERED = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
READING = {**QUESTIONS, "snapshot": ("snapshot",)}
EVERY = pytest.mark.parametrize("question", READING.values(), ids=READING)


def test_paths(run, shop):
    status, out, _ = run("paths", "--secret", "shop/db", "-f", shop)
    assert status == 0
    assert "2 principals reach it for certain." in out
    (line,) = (line for line in out.splitlines() if "user:alice" in line)
    assert "read-secret" in line
    assert "→ reader" in line
    assert f"{shop}:" in line
    assert "serviceaccount:shop/ci" in out


def test_one_way_is_explained_with_its_evidence(run, shop):
    _, out, _ = run("paths", "--secret", "shop/db", "-f", shop, "--explain", "1")
    assert "[1]  1 ServiceAccount and 1 user:" in out
    assert "Role shop/reader rules[1]: get, list on secrets" in out
    assert f"{shop}:12" in out
    reach = ("reach", "serviceaccount:shop/ci", "-f", shop)
    _, out, _ = run(*reach, "--explain", "1", "-o", "wide")
    assert "[1]  secret:shop/db" in out
    assert out == run(*reach, "--explain", "1", "--explain", "1")[1]


def test_what_cannot_be_explained_is_refused(run, shop, tmp_path):
    file = tmp_path / "answer.txt"
    status, out, err = run(
        "paths", "--secret", "shop/db", "-f", shop, "--explain", "9", "-o", str(file)
    )
    assert (status, out, file.exists()) == (2, "", False)
    assert err.endswith("error: --explain 9: there is no such line\n  the last one is 1\n")
    status, _, err = run("reach", "user:alice", "-f", shop, "--explain", "1", "-o", "json")
    assert status == 2
    assert "--explain shows lines of the table, which json does not have" in err
    status, _, err = run("paths", "--secret", "shop/db", "-f", shop, "--explain", "0")
    assert status == 2


def test_paths_from_one_principal(run, shop):
    status, out, _ = run("paths", "--secret", "db", "--from", "user:alice", "-f", shop)
    assert status == 0
    assert "user:alice reaches it for certain." in out
    assert "shop/ci" not in out


def test_no_path_says_from_what_it_was_concluded(run, shop):
    status, out, _ = run(
        "paths", "--secret", "db", "--from", "user:alice", "--without", "read-secret", "-f", shop
    )
    assert status == 0
    assert "No path was found from user:alice without read-secret." in out
    assert "Techniques: " in out


def test_namespace_is_that_of_the_secret(run, shop):
    one = run("paths", "--secret", "db", "-n", "shop", "-f", shop)
    assert one == run("paths", "--secret", "shop/db", "-f", shop)
    for written in ("secret/db", "secrets/db"):  # as for kubectl
        assert run("paths", written, "-n", "shop", "-f", shop) == one
        assert run("cut", written, "-n", "shop", "-f", shop)[0] == 0
    status, _, err = run("paths", "--secret", "shop/db", "-n", "pay", "-f", shop)
    assert status == 2
    assert "different namespaces" in err


def test_reach(run, shop):
    status, out, _ = run("reach", "--from", "sa:shop/ci", "-f", shop)
    assert status == 0
    assert "secret:shop/db" in out


def test_exposure(run, shop):
    status, out, _ = run("exposure", "-f", shop, "-o", "json")
    assert status == 0
    (row,) = json.loads(out)["secrets"]
    assert row["secret"] == "secret:shop/db"
    assert row["certain"] >= 2


def test_exposure_of_one_namespace(run, shop):
    assert json.loads(run("exposure", "-n", "pay", "-f", shop, "-o", "json")[1])["secrets"] == []


def test_who_can(run, shop):
    status, out, _ = run("who-can", "get", "secrets", "db", "-n", "shop", "-f", shop)
    assert status == 0
    assert "shop/readers" in out
    assert "alice" in out


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (("get", "secrets/db", "-n", "shop", "--as", "alice"), 0, "yes"),
        (("get", "secrets/db", "-n", "shop", "--as", "bob"), 1, "no"),
        (("get", "secrets/db", "-n", "shop", "--as", "sa:shop/ci"), 0, "yes"),
        (("get", "secrets", "-n", "shop", "--as", "system:serviceaccount:shop:ci"), 0, "yes"),
        (("get", "secrets", "-A", "--as", "alice"), 1, "no"),
        (("delete", "secrets", "-A", "--as", "x", "--as-group", "system:masters"), 0, "yes"),
        (("get", "/healthz", "--as", "system:anonymous"), 0, "yes"),
        (("get", "/metrics", "--as", "system:anonymous"), 1, "no"),
    ],
)
def test_can_i(run, shop, arguments, status, word):
    code, out, _ = run("can-i", *arguments, "-f", shop, bootstrap=True)
    assert code == status
    assert out.splitlines()[0] == word


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("deploy", 0),
        ("deploy.apps", 0),
        ("deployment.apps", 0),
        ("Deployments.apps", 0),
        ("deployments.v1.apps", 0),
        ("deployments.apps", 0),
        ("deployments.extensions", 1),
        ("deployments.", 1),
    ],
)
def test_a_resource_may_be_written_as_kubectl_takes_it(run, root, written, status):
    shop = str(root / "fixtures" / "clusters" / "shop")
    asked = ("create", written, "-n", "shop")
    assert run("can-i", *asked, "--as", "sa:ci/runner", "-f", shop)[0] == status
    assert ("ci-deployer" in run("who-can", *asked, "-f", shop)[1]) is (status == 0)


def test_rights_and_the_list_of_can_i_are_one_answer(run, shop):
    status, out, _ = run("rights", "user:alice", "-n", "shop", "-f", shop)
    assert status == 0
    assert "read-secret" in out
    assert f"{shop}:" in out
    assert run("can-i", "--list", "--as", "alice", "-n", "shop", "-f", shop)[:2] == (0, out)
    assert run("can-i", "--list", "--as", "alice", "-n", "shop", "-q", "-f", shop) == (0, "", "")
    assert "read-secret" not in run("rights", "user:alice", "-n", "pay", "-f", shop)[1]


def test_rights_of_other_groups_than_the_inputs(run, shop):
    _, out, err = run("rights", "user:nobody", "--as-group", "system:masters", "-f", shop)
    assert "bypasses every authorizer" in out
    assert "Group members unknown" not in out
    asked = ("can-i", "--list", "--as", "nobody", "--as-group", "system:masters", "-f", shop)
    assert run(*asked) == (0, out, err)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("can-i", "--list", "get", "secrets", "--as", "alice"), "--list takes no request"),
        (("can-i", "--as", "alice"), "missing VERB and RESOURCE"),
        (("can-i", "get", "--as", "alice"), "missing RESOURCE"),
        (("can-i", "--list"), "no user given"),
        (("rights",), "missing --from"),
        (("rights", "alice"), "did you mean user:alice?"),
        (("rights", "sa:shop/cii"), "did you mean sa:shop/ci?"),
        (("rights", "group:a", "--as-group", "b"), "groups are those of a user"),
    ],
)
def test_rights_says_what_is_wrong_with_a_question(run, shop, arguments, said):
    status, out, err = run(*arguments, "-f", shop)
    assert (status, out) == (2, "")
    assert said in err


def test_can_i_quiet_prints_nothing(run, shop, broken):
    arguments = ("get", "secrets", "-n", "shop", "--as", "alice", "-q", "-f", shop, "-f", broken)
    assert run("can-i", *arguments) == (0, "", "")


@pytest.mark.parametrize("command", [("who-can",), ("can-i", "--as", "alice")])
def test_a_name_that_may_be_a_subresource_is_asked_back(run, shop, command):
    command, *user = command
    asked = ("create", "pods/exec", "-n", "shop", *user, "-f", shop)
    status, out, err = run(command, *asked)
    assert (status, out) == (2, "")
    assert "write pods --subresource exec, or pods exec for a Pod of that name" in err
    for spelled in (("pods", "--subresource", "exec"), ("pods", "exec")):
        status, out, err = run(command, "create", *spelled, *asked[2:])
        assert status in {0, 1}
        assert out
        assert "subresource" not in err


def test_a_subresource_that_nobody_knows_is_hinted_at(run, shop):
    _, _, err = run("who-can", "get", "widgets.example.com/status", "-n", "shop", "-f", shop)
    assert "for the subresource write --subresource status" in err


def test_explain(run):
    status, out, _ = run("explain")
    assert status == 0
    assert all(page.id in out for page in pages())
    status, out, _ = run("explain", "read-secret")
    assert status == 0
    assert "Precondition" in out
    status, out, _ = run("explain", "limits")
    assert status == 0
    assert out.startswith("# Limits\n")
    status, _, err = run("explain", "read-secrets")
    assert status == 2
    assert "read-secret" in err


@RENDERED
def test_every_format_answers_and_holds_no_value(run, shop, question):
    drawn = question[0] in {"paths", "reach"}
    for form in (*TEXTS, *DATA, *(PICTURES if drawn else ())):
        if form in {"svg", "png", "pdf"}:
            continue
        status, out, err = run(*question, "-f", shop, "-o", form)
        assert status == 0, err
        assert out
        assert PLANTED not in out + err
        assert "planted-value" not in out + err


@EVERY
def test_same_question_same_bytes(run, shop, question):
    assert run(*question, "-f", shop) == run(*question, "-f", shop)


@EVERY
def test_output_to_a_file(run, shop, question, tmp_path):
    path = tmp_path / "answer.json"
    assert run(*question, "-f", shop, "-o", str(path))[:2] == (0, "")
    assert path.read_text() == run(*question, "-f", shop, "-o", "json")[1]


@EVERY
def test_nothing_to_read(run, question):
    status, out, err = run(*question)
    assert (status, out) == (2, "")
    assert "there is no cluster to ask: no kubeconfig /nonexistent" in err
    assert "kubectl get" in err


@EVERY
def test_a_broken_file_is_said_and_the_rest_answered(run, shop, broken, question):
    status, out, err = run(*question, "-f", shop, "-f", broken)
    assert status == 0
    assert out
    assert f"{broken}:" in err
    assert "error:" in err
    assert "Traceback" not in err


@EVERY
def test_strict_refuses_it(run, shop, broken, question):
    status, out, err = run(*question, "-f", shop, "-f", broken, "--strict")
    assert (status, out) == (2, "")
    assert "--strict" in err


@EVERY
def test_quiet_hides_diagnostics(run, shop, broken, question):
    status, _, err = run(*question, "-f", shop, "-f", broken, "-q")
    assert (status, err) == (0, "")


@EVERY
def test_verbose_shows_all_diagnostics(run, broken, question):
    few = run(*question, "-f", broken, "-f", "-", stdin=SHOP)[2]
    every = run(*question, "-v", "-f", broken, "-f", "-", stdin=SHOP)[2]
    assert len(every.splitlines()) >= len(few.splitlines())
    assert "-v shows" not in every


def test_snapshot(run, shop, tmp_path):
    path = str(tmp_path / "cluster.json.zst")
    assert run("snapshot", "-f", shop, "-o", path)[:2] == (0, "")
    assert run("paths", "--secret", "db", "-f", path) == run("paths", "--secret", "db", "-f", shop)
    out = run("snapshot", "-f", shop)[1]
    assert run("exposure", "-f", "-", stdin=out) == run("exposure", "-f", shop)
    assert run("snapshot", "-f", path)[1] == out
    assert PLANTED not in out
    assert "planted-value" not in out


def test_a_snapshot_is_not_written_where_the_input_is_refused(run, shop, broken, tmp_path):
    path = tmp_path / "cluster.json"
    assert run("snapshot", "-f", shop, "-f", broken, "--strict", "-o", str(path))[0] == 2
    assert not path.exists()


@pytest.mark.parametrize("more", [(), ("--with-secrets",)])
def test_collector_role(run, more):
    status, out, err = run("collector-role", *more)
    assert (status, err) == (0, "")
    assert "name: rbacgraph-collector" in out
    assert ("- secrets\n" in out) is bool(more)


def test_standard_input(run):
    status, out, _ = run("exposure", "-f", "-", "-o", "json", stdin=SHOP)
    assert status == 0
    assert json.loads(out)["secrets"][0]["secret"] == "secret:shop/db"


@pytest.mark.parametrize(
    "arguments",
    [
        ("paths", "-f", "x"),
        ("paths", "--secret", "db", "-f", "x", "--max-paths", "0"),
        ("paths", "--secret", "db", "-f", "x", "-o", "xml"),
        ("reach", "--from", "ci", "-f", "SHOP"),
        ("reach", "--from", "sa:shop/nonesuch", "-f", "SHOP"),
        ("paths", "--secret", "shop/db", "-f", "SHOP", "--via", "nonesuch"),
        ("paths", "--secret", "nonesuch", "-f", "SHOP"),
        ("exposure", "-f", "SHOP", "-o", "svg"),
        ("exposure", "-f", "SHOP", "--groups", "nonesuch.yaml"),
        ("exposure", "-f", "SHOP", "--kubernetes-version", "new"),
        ("exposure", "-f", "nonesuch-file.yaml"),
        ("who-can", "get", "nonesuch-resource", "-f", "SHOP"),
        ("who-can", "get", "secrets", "-n", "shop", "-A", "-f", "SHOP"),
        ("can-i", "get", "secrets", "-f", "SHOP"),
        ("can-i", "get", "secrets", "-n", "shop", "-A", "--as", "a", "-f", "SHOP"),
        ("snapshot", "-f", "SHOP", "-o", "yaml"),
        ("snapshot", "-f", "SHOP", "-o", "x.yaml"),
        ("nonesuch",),
    ],
)
def test_bad_usage(run, shop, arguments):
    status, out, err = run(*[shop if word == "SHOP" else word for word in arguments])
    assert (status, out) == (2, "")
    assert err
    assert "Traceback" not in err


def test_nearest_names_are_offered(run, shop):
    status, _, err = run("paths", "--secret", "dbs", "-f", shop)
    assert status == 2
    assert "shop/db" in err


def test_version(run):
    assert run("--version") == (0, f"rbacgraph {__version__}\n", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(run, command):
    status, out, _ = run(command, "--help")
    assert status == 0
    assert f"rbacgraph {command}" in out.partition("Examples:")[2]
    assert max(map(len, out.splitlines())) <= 100


def test_main_help_names_every_command(run):
    _, out, _ = run("--help")
    assert all(f"  {command} " in out for command in COMMANDS)


@EVERY
def test_input_that_holds_nothing_is_unusable(run, question, tmp_path):
    path = tmp_path / "notes.yaml"
    path.write_text("kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n")
    status, out, err = run(*question, "-f", str(path))
    assert (status, out) == (2, "")
    assert "no supported Kubernetes objects found" in err
