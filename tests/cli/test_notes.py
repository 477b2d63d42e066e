"""What the command line says beside an answer: who or what may have been meant."""

import pytest

from rbacgraph.cli.shared.load_options import KUBECTL
from rbacgraph.techniques.catalogue import EDGES
from tests.cli.conftest import BROKEN, SHOP

GROUP = SHOP.replace("- {kind: User, name: alice,", "- {kind: Group, name: oncall,")
NO_BINDINGS = SHOP[: SHOP.rindex("---")]


def stderr(run, *arguments, stdin=SHOP):
    return run(*arguments, "-f", "-", stdin=stdin)[2]


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (("GET", "secrets"), "note: 'GET' is not a Kubernetes verb; did you mean get?"),
        (
            ("lsit", "secrets"),
            "note: 'lsit' is not a Kubernetes verb; did you mean list?",
        ),
        (
            ("get", "secrets", "-n", "shopp"),
            "note: nothing in the input mentions the namespace shopp; did you mean shop?",
        ),
        (("get", "secrets", "-n", "a"), "note: nothing in the input mentions the namespace a\n"),
        (("Get", "/healthz"), "did you mean get?"),
        (
            ("read", "secrets"),
            "note: 'read' is not a Kubernetes verb; did you mean get, list, watch?",
        ),
        (("Edit", "pods"), "note: 'Edit' is not a Kubernetes verb; did you mean update, patch?"),
    ],
)
def test_doubtful_verbs_and_namespaces(run, arguments, note):
    assert note in stderr(run, "who-can", *arguments)
    assert note in stderr(run, "can-i", *arguments, "--as", "alice")
    assert stderr(run, "can-i", *arguments, "--as", "alice", "-q") == ""


@pytest.mark.parametrize(
    ("arguments", "doubtful"),
    [
        (("get", "secrets/db"), True),
        (("get", "secrets.v1.", "db"), True),
        (("get", "secrets/db", "-n", "shop"), False),
        (("get", "secrets/db", "-A"), False),
        (("get", "secrets"), False),
        (("get", "nodes/n1"), False),
        (("get", "widgets.example.com/w"), False),
        (("get", "/healthz"), False),
    ],
)
def test_a_namespaced_object_by_name_and_without_namespace(run, arguments, doubtful):
    note = "note: secrets are namespaced: without -n, rights in one namespace do not count"
    for command in (("who-can", *arguments), ("can-i", *arguments, "--as", "alice")):
        said = stderr(run, *command)
        assert ("note:" in said, note in said) == (doubtful, doubtful)


@pytest.mark.parametrize(
    "arguments",
    [
        ("get", "secrets", "-n", "shop"),
        ("deletecollection", "secrets"),
        ("*", "*"),
        ("annihilate", "secrets"),  # a server that is an extension may have such a verb
        ("post", "/healthz"),
    ],
)
def test_no_doubt(run, arguments):
    assert "note:" not in stderr(run, "can-i", *arguments, "--as", "alice")


@pytest.mark.parametrize(
    ("user", "note"),
    [
        ("sa:shop/zebra", "note: the input holds no ServiceAccount shop/zebra\n"),
        ("sa:shop/cii", "no ServiceAccount shop/cii; did you mean sa:shop/ci?"),
        ("sa:shop/ci", ""),
        ("sa:shop/default", ""),
        ("nobody", ""),
        ("alise", "note: nothing in the input names user:alise; did you mean user:alice?\n"),
    ],
)
def test_a_user_or_service_account_that_is_not_there(run, user, note):
    said = stderr(run, "can-i", "get", "secrets", "-n", "shop", "--as", user)
    assert note in said
    assert ("note:" in said) == bool(note)


def test_a_group_is_no_user(run):
    status, out, err = run("can-i", "get", "secrets", "--as", "group:oncall", "-f", "x")
    assert (status, out) == (2, "")
    assert "error: 'group:oncall' is a group; give --as USER --as-group oncall\n" in err
    assert run(*("can-i", "get", "secrets", "--as", "user:group:oncall", "-f", "-"), stdin=SHOP)[
        1
    ].startswith('no\n  User "group:oncall" cannot')


@pytest.mark.parametrize(
    ("version", "doubtful"), [("1.23", True), ("1.24", False), ("1.36", False), ("1.37", True)]
)
def test_versions_that_are_not_known(run, version, doubtful):
    said = stderr(run, "exposure", "--kubernetes-version", version)
    assert (f"note: rbacgraph knows Kubernetes 1.24 to 1.36, not {version};" in said) == doubtful


@pytest.mark.parametrize(
    ("source", "note"),
    [
        (
            "group:Oncall",
            "note: nothing in the input names group:Oncall; did you mean group:oncall?\n",
        ),
        ("group:oncal", "did you mean group:oncall?"),
        ("group:oncall", ""),
        ("group:flowers", ""),
    ],
)
def test_a_source_that_nothing_names(run, source, note):
    for question in (("reach",), ("paths", "--secret", "db")):
        status, out, err = run(*question, "--from", source, "-f", "-", stdin=GROUP)
        assert status == 0
        assert note in err
        assert ("note:" in err) == bool(note)
        assert ("whom nothing in the input names" in out) == (source != "group:oncall")
        assert run(*question, "--from", source, "-q", "-f", "-", stdin=GROUP)[2] == ""


@pytest.mark.parametrize(
    ("source", "error", "advice"),
    [
        ("sa:shop/CI", "the input holds no serviceaccount:shop/CI", "did you mean sa:shop/ci?"),
        ("sa:shop/c", "the input holds no serviceaccount:shop/c", "did you mean sa:shop/ci?"),
        ("sa:pay/ci", "the input holds no serviceaccount:pay/ci", "did you mean sa:shop/ci?"),
        ("sa:prod/cii", "the input holds no serviceaccount:prod/cii", "did you mean sa:shop/ci?"),
        ("sa:shop/zebra", "the input holds no serviceaccount:shop/zebra", ""),
        ("ci", "'ci' is not a principal", "did you mean sa:shop/ci?"),
        ("alice", "'alice' is not a principal", "did you mean user:alice?"),
        ("sa:ci", "'sa:ci' names no namespace", "did you mean sa:shop/ci?"),
        ("zebra", "'zebra' is not a principal", "write sa:NAMESPACE/NAME, "),
        (
            "kubeadm:cluster-admins",
            "'kubeadm:cluster-admins' is not a principal: unknown kind 'kubeadm'",
            "did you mean group:kubeadm:cluster-admins or user:",
        ),
        ("system:masters", "unknown kind 'system'", "did you mean group:system:masters?"),
        ("shop/db", "'shop/db' is not a principal", "rbacgraph paths shop/db shows who gets at it"),
    ],
)
def test_a_source_that_is_none(run, source, error, advice):
    status, out, err = run("reach", "--from", source, "-q", "-f", "-", stdin=SHOP)
    assert (status, out) == (2, "")
    first, *rest = err.splitlines()
    assert error in first
    assert [line[: len(advice) + 2] for line in rest] == ([f"  {advice}"] if advice else [])


@pytest.mark.parametrize("command", ["paths", "cut", "render"])
def test_a_principal_is_no_secret(run, command):
    status, out, err = run(command, "sa:shop/ci", "-q", "-f", "-", stdin=SHOP)
    assert (status, out) == (2, "")
    said = "error: sa:shop/ci is a principal, not a Secret\n"
    assert err == f"{said}  rbacgraph reach sa:shop/ci shows what it gets at\n"


@pytest.mark.parametrize(("typo", "meant"), [("exce", "exec"), ("readsecret", "read-secret")])
def test_edge_kinds_that_are_none(run, typo, meant):
    page = f"error: there is no technique or topic {typo!r}\n  did you mean {meant}?\n"
    assert run("explain", typo)[2] == page
    said = f"error: there is no edge kind {typo!r}\n  did you mean {meant}?\n"
    for option in ("--via", "--without"):
        assert said in stderr(run, "paths", "--secret", "db", option, typo)


def test_via_and_without_the_same(run):
    for question in (("paths", "--secret", "db"), ("reach", "--from", "sa:shop/ci")):
        status, out, err = run(
            *question, "--via", "exec", "--without", "exec", "-q", "-f", "-", stdin=SHOP
        )
        assert (status, out) == (2, "")
        assert err == "error: via and without exclude each other: both name exec\n"


@pytest.mark.parametrize(
    ("arguments", "headline"),
    [
        (("--via", "exec"), "No path was found that uses exec."),
        (("--via", "exec", "--from", "user:alice"), "No path was found from user:alice that uses "),
        (
            ("--without", "read-secret", "--certain"),
            "No certain path was found without read-secret",
        ),
        (
            ("--without", "exec"),
            "2 principals reach it for certain, by paths without exec.",
        ),
        (
            ("--via", "read-secret", "--from", "user:alice"),
            "user:alice reaches it for certain, by a path that uses read-secret.",
        ),
        ((), "2 principals reach it for certain.\n"),
    ],
)
def test_filters_are_in_the_headline(run, arguments, headline):
    out = run("paths", "--secret", "db", *arguments, "-f", "-", stdin=SHOP)[1]
    assert headline in out


def test_filters_are_in_the_other_headlines(run):
    reach = run("reach", "--from", "sa:shop/ci", "--via", "exec", "-f", "-", stdin=SHOP)[1]
    assert "no path that uses exec was found to any Secret" in reach
    reach = run("reach", "--from", "sa:shop/ci", "--without", "exec", "-f", "-", stdin=SHOP)[1]
    assert "Reaches 1 Secret for certain, by paths without exec." in reach
    table = run("exposure", "--without", "exec", "--certain", "-f", "-", stdin=SHOP)[1]
    assert "1 of them reachable, by certain paths without exec." in table
    assert "reachable.\n" in run("exposure", "-f", "-", stdin=SHOP)[1]


def test_without_bindings_no_path_can_be_concluded(run):
    conclusion = "o path can be concluded: the input holds no bindings."
    for question in (
        ("paths", "--secret", "db"),
        ("paths", "--secret", "db", "--from", "user:alice"),
        ("reach", "--from", "user:alice"),
        ("exposure",),
    ):
        out = run(*question, "-f", "-", "--no-bootstrap", stdin=NO_BINDINGS)[1]
        assert conclusion in out
        assert conclusion not in run(*question, "-f", "-", stdin=SHOP)[1]


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("paths",), "write --secret NAMESPACE/NAME"),
        (("paths", "db", "more"), "unexpected argument 'more'"),
        (("paths", "--secret", "db", "more"), "unexpected argument 'more'"),
    ],
)
def test_a_word_too_few_or_too_many(run, arguments, advice):
    status, out, err = run(*arguments, "-f", "-", stdin=SHOP)
    assert (status, out) == (2, "")
    assert advice in err


@pytest.mark.parametrize(
    ("command", "option", "word"),
    [("paths", "--secret", "db"), ("cut", "--secret", "db"), ("reach", "--from", "sa:shop/ci")],
)
def test_what_must_be_given_needs_no_option(run, command, option, word):
    assert run(command, word, "-f", "-", stdin=SHOP) == run(
        command, option, word, "-f", "-", stdin=SHOP
    )


def test_a_namespace_without_secrets_names_those_that_have_some(run):
    status, out, _ = run("exposure", "-n", "nosuch", "-f", "-", stdin=SHOP)
    assert status == 0
    assert "No Secrets in namespace nosuch; the input has them in shop." in out


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("x.json.gz", "no format has the suffix '.gz'"),
        ("svg", "cannot be written as 'svg'; paths and reach can"),
        ("x.svg", "cannot be written as 'x.svg'; paths and reach can"),
        ("html", "cannot be written as 'html'; rbacgraph report writes a page"),
        ("x.html", "cannot be written as 'x.html'; rbacgraph report writes a page"),
    ],
)
def test_outputs_that_are_none(run, output, words):
    status, out, err = run("exposure", "-o", output, "-f", "-", stdin=SHOP)
    assert (status, out) == (2, "")
    assert words in err


def test_an_empty_filename(run):
    assert run("exposure", "-f", "") == (2, "", "error: -f is empty: give a file, a folder or -\n")


def test_quiet_hides_no_fatal_error(run, tmp_path, broken):
    path = tmp_path / "notes.yaml"
    path.write_text("kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n")
    for given in ((str(path),), (broken,), (str(path), broken)):
        files = [word for file in given for word in ("-f", file)]
        status, out, err = run("exposure", "-q", *files)
        assert (status, out) == (2, "")
        assert err.startswith(f"error: {', '.join(given)}: no supported Kubernetes objects found")
        assert err.count("error:") == 1
    status, _, err = run("exposure", "-q", "-f", "nonesuch.yaml")
    assert (status, err.splitlines()[0]) == (2, "error: there is no file or folder 'nonesuch.yaml'")


def test_one_is_not_many(run):
    one = SHOP + "---\n" + BROKEN
    every = stderr(run, "exposure", "-v", stdin=one)
    few = stderr(run, "exposure", stdin=one)
    others = [line for line in every.splitlines() if " error: " not in line]
    assert len(others) == 1, every
    assert " in the input; -v shows it\n" in few


def test_one_line_makes_a_dump(run, root):
    readme = (root / "README.md").read_text()
    assert f"{KUBECTL} > dump.json" in readme
    assert f"{KUBECTL} > dump.json" in run("exposure")[2]
    for arguments in (("--help",), ("exposure", "--help")):
        text = run(*arguments)[1].replace("\\\n", "")
        assert KUBECTL in " ".join(text.split()).replace(", ", ",")


def test_every_technique_is_its_own_nearest(run):
    for edge in EDGES:
        assert run("explain", edge.id)[0] == 0
