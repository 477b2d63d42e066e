"""``rbacgraph check`` as a person runs it."""

import html
import json

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app

EVERYBODY = """access:
- secret: "*/*"
  allow: ["user:*", "group:*", "sa:*/*"]
  until: 2026-06-30
"""
NOBODY = "access: []\n"


@pytest.fixture
def policy(tmp_path):
    def make(text):
        path = tmp_path / "access.yaml"
        path.write_text(text)
        return str(path)

    return make


@pytest.fixture
def run(shop):
    def invoke(*arguments):
        return CliRunner().invoke(app, ["check", "-f", shop, *arguments])

    return invoke


def test_nobody_may(run, policy):
    done = run("--policy", policy(NOBODY), "-o", "json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert found["findings"]
    assert found["without_entry"]
    assert not found["expired"]


def test_everybody_may_until_a_day(run, policy):
    path = policy(EVERYBODY)
    assert run("--policy", path, "--today", "2026-06-30").exit_code == 0
    done = run("--policy", path, "--today", "2026-07-01", "-o", "json")
    assert done.exit_code == 1
    assert [entry["line"] for entry in json.loads(done.stdout)["expired"]] == [2]


def test_what_is_written_as_known_is_not_told_again(run, policy, tmp_path):
    known, again = tmp_path / "known.yaml", tmp_path / "again.yaml"
    path = policy(NOBODY)
    assert run("--policy", path, "--write-baseline", str(known)).exit_code == 0
    done = run("--policy", path, "--baseline", str(known), "-o", "json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["known"] > 0
    run("--policy", path, "--baseline", str(known), "--write-baseline", str(again))
    assert known.read_text() == again.read_text()


def test_admins_are_held_to_the_policy_and_to_the_baseline(root, policy, tmp_path):
    cluster = str(root / "fixtures/clusters/shop")

    def run(*arguments):
        return CliRunner().invoke(app, ["check", "-f", cluster, *arguments])

    known = str(tmp_path / "known.yaml")
    done = run("--policy", policy("admins: []\n"), "-o", "json", "--write-baseline", known)
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert (found["findings"], found["without_entry"] != []) == ([], True)
    (admin,) = [a for a in found["admins"] if a["certain"]]
    assert admin["principals"] == ["group:platform-admins"]
    assert admin["way"]["path"] is None
    assert run("--policy", policy("admins: []\n")).exit_code == 1
    assert run("--policy", policy("admins: []\n"), "--baseline", known).exit_code == 0
    assert run("--policy", policy("admins: ['*:*']\n")).exit_code == 2
    others = sorted(p for a in found["admins"] if not a["certain"] for p in a["principals"])
    allowed = policy("admins: " + json.dumps(["group:platform-admins", *others]))
    assert run("--policy", allowed).exit_code == 0
    done = run("--policy", policy("admins: " + json.dumps(others)), "-o", "csv")
    assert [row.split(",")[0] for row in done.stdout.splitlines()[1:]] == ["group:platform-admins"]


def test_an_expired_entry_is_in_no_baseline(run, policy, tmp_path):
    known, path = tmp_path / "known.yaml", policy(EVERYBODY)
    asked = ("--policy", path, "--today", "2026-07-01")
    done = run(*asked, "--write-baseline", str(known))
    assert done.exit_code == 0
    assert "access.yaml:2: the entry has expired; no baseline covers that" in done.stderr
    done = run(*asked, "--baseline", str(known), "-o", "json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert not found["findings"]
    assert found["expired"]


def test_a_pattern_that_matches_nothing_is_a_note(run, policy):
    done = run("--policy", policy(EVERYBODY + "- secret: nowhere/x\n"), "--today", "2026-01-01")
    assert done.exit_code == 0
    assert "access.yaml:5: no Secret matches nowhere/x" in done.stderr


WIDE = "admins: ['group:system:ma*', 'group:*']\naccess:\n- secret: '*/*'\n  allow: [PATTERN]\n"


@pytest.mark.parametrize(
    ("pattern", "group"),
    [
        ("group:system:*", "system:serviceaccounts"),
        ("group:system:auth*", "system:authenticated"),
        ("group:system:s[!a]*", "system:serviceaccounts"),
        ("group:system:serviceaccounts", ""),
        ("group:system:serviceaccounts:*", ""),
        ("group:system:nodes*", ""),
        ("user:*", ""),
        ("sa:*/*", ""),
    ],
)
def test_a_pattern_of_groups_that_allows_every_serviceaccount_is_warned_of(
    run, policy, pattern, group
):
    path = policy(WIDE.replace("PATTERN", f"'{pattern}'"))
    done = run("--policy", path, "-o", "json")
    told = [line for line in done.stderr.splitlines() if "every ServiceAccount" in line]
    where = f"warning: {path}"
    admins = f"{where}:1: group:* also allows every ServiceAccount, as it matches group:"
    allows = f"{where}:4: {pattern} also allows every ServiceAccount, as it matches group:{group}"
    assert told == [f"{admins}system:serviceaccounts", *([allows] if group else [])]
    assert [one["line"] for one in json.loads(done.stdout)["wide"]] == [1, 4][: len(told)]


def test_sarif_and_markdown_warn_of_such_a_pattern_too(run, policy):
    path = policy(WIDE.replace("PATTERN", "'group:system:*'"))
    words = "group:system:* also allows every ServiceAccount, as it matches group:system:"
    (told,) = json.loads(run("--policy", path, "-o", "sarif").stdout)["runs"][0]["invocations"]
    assert told["executionSuccessful"] is True
    warnings = told["toolExecutionNotifications"]
    assert [one["level"] for one in warnings] == ["warning"] * 2
    assert warnings[1]["message"]["text"].startswith(words)
    assert warnings[1]["locations"][0]["physicalLocation"]["region"] == {"startLine": 4}
    comment = html.unescape(run("--policy", path, "-o", "markdown").stdout)
    assert f"{path}:4" in comment
    assert words in comment


@pytest.mark.parametrize("form", ["table", "wide", "yaml", "csv", "markdown", "sarif"])
def test_every_format(run, policy, form):
    done = run("--policy", policy(NOBODY), "-o", form)
    assert done.exit_code == 1
    assert done.stdout


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        ("access: 7\n", (), "access.yaml:1: is no list"),
        (NOBODY, ("--today", "soon"), "'soon' is no day"),
        (NOBODY, ("--baseline", "nonesuch.yaml"), "nonesuch.yaml cannot be read"),
        (NOBODY, ("-o", "svg"), "cannot be written as 'svg'"),
        (NOBODY, ("--write-baseline", "/nonesuch/x.yaml"), "cannot write /nonesuch/x.yaml"),
    ],
)
def test_bad_usage(run, policy, text, arguments, words):
    done = run("--policy", policy(text), *arguments)
    assert done.exit_code == 2
    assert words in done.stderr


def test_the_shops_own_policy(root):
    """The ServiceAccounts of ci get further than the policy says, and a member is none of them."""
    clusters = root / "fixtures" / "clusters"
    words = ("-f", str(clusters / "shop"), "--policy", str(clusters / "shop-access.yaml"))

    def found(today, *more):
        done = CliRunner().invoke(app, ["check", *words, "--today", today, "-o", "json", *more])
        assert done.exit_code == 1
        answer = json.loads(done.stdout)
        return answer, {
            (principal, secret)
            for one in answer["findings"]
            for principal in one["principals"]
            for secret in one["secrets"]
        }

    answer, pairs = found("2026-06-30")
    assert not answer["expired"]
    assert not answer["without_entry"]
    assert ("serviceaccount:ci/runner", "secret:shop/db-credentials") in pairs
    assert ("user:dana", "secret:payments/payment-provider") in pairs
    assert ("user:dana", "secret:payments/ledger-db") not in pairs
    assert not any(principal == "group:platform-admins" for principal, _ in pairs)
    later, more = found("2026-07-01")
    assert [entry["reason"] for entry in later["expired"]] == [
        "moves the ledger to its new database"
    ]
    assert more - pairs == {("user:dana", "secret:payments/ledger-db")}
    _, members = found("2026-06-30", "--groups", str(clusters / "shop-groups.yaml"))
    assert ("user:alice", "secret:shop/db-credentials") in members
