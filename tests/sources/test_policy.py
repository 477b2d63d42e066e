"""Policies and baselines: what they may say, and how what they may not is told."""

import gzip
import re

import pytest
import yaml
import zstandard

import rbacgraph as rg
from rbacgraph.errors import InputError
from rbacgraph.model.answers.policy_check import Excess, Policy, PolicyEntry
from rbacgraph.report.review.check import baseline_text
from rbacgraph.sources.config.access_policy import read_baseline, read_policy
from rbacgraph.sources.config.groups_and_version import read_groups
from rbacgraph.sources.config.yaml_reader import day
from tests.report.records.paths import read
from tests.report.records.shared import HOSTILE

GOOD = """# who may
default: allow
access:
- secret: payments/*
  allow: [sa:payments/api, group:payments-admins, "user:*@example.org"]
  except:
  - payments/root-key
  - sa:payments/old
  until: 2026-12-31
  reason: the quarter's audit
- secret: [shop/db, secret:shop/api]
  allow: system:serviceaccount:shop:api
"""


@pytest.fixture
def policy(tmp_path):
    def make(text):
        path = tmp_path / "access.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


def test_a_policy(policy):
    path = policy(GOOD)
    first = PolicyEntry(
        secrets=("payments/*",),
        allow=("serviceaccount:payments/api", "group:payments-admins", "user:*@example.org"),
        except_secrets=("payments/root-key",),
        except_principals=("serviceaccount:payments/old",),
        until="2026-12-31",
        reason="the quarter's audit",
        line=4,
    )
    second = PolicyEntry(
        secrets=("shop/db", "shop/api"), allow=("serviceaccount:shop/api",), line=11
    )
    assert read_policy(path) == Policy(str(path), (first, second), "allow")


def test_without_a_default_nobody_may(policy):
    assert read_policy(policy("access: []\n")).default == "deny"


def test_the_last_day_counts():
    entry = PolicyEntry(secrets=(), allow=(), until="2026-12-31")
    assert not entry.expired("2026-12-31")
    assert entry.expired("2027-01-01")
    assert not PolicyEntry(secrets=(), allow=()).expired("9999-12-31")


ENTRY = "access:\n- secret: a/b\n  allow: [sa:a/b]\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ENTRY + "  alow: []\n", "4: unknown key 'alow'"),
        (ENTRY + "defualt: deny\n", "4: unknown key 'defualt'"),
        (ENTRY + "default: maybe\n", "4: the default is 'maybe'"),
        (ENTRY.replace("sa:a/b", "api"), "3: 'api' is not a principal"),
        (ENTRY.replace("sa:a/b", "sa:api"), "3: 'sa:api' names no namespace"),
        (ENTRY.replace("sa:a/b", "pod:a/b"), "3: 'pod:a/b' is no principal that counts"),
        (ENTRY.replace("sa:a/b", "42"), "3: 42 is no text"),
        (ENTRY.replace("a/b\n", "b\n", 1), "2: 'b' names no Secret"),
        (ENTRY.replace("a/b\n", "a/b/c\n", 1), "2: 'a/b/c' names no Secret"),
        (ENTRY + "  except:\n  - a\n", "5: 'a' names no Secret"),
        (ENTRY + "  except:\n  - sa:a\n", "5: 'sa:a' names no namespace"),
        (ENTRY + "  until: 2026-13-01\n", "4: '2026-13-01' is no day"),
        (ENTRY + "  until: tomorrow\n", "4: 'tomorrow' is no day"),
        (ENTRY + "  until: 20261231\n", "4: 20261231 is no text"),
        (ENTRY + "  allow: []\n", "the key allow is given twice|already"),
        ("access:\n- allow: []\n", "2: the entry names no secret"),
        ("access:\n- a/b\n", "2: is no mapping"),
        ("access: {}\n", "1: is no list"),
        ("[]\n", "1: is no mapping of access, admins, default"),
        ("default: deny\n", "1: names neither access nor admins"),
        ("", "1: is no mapping"),
        ("access: [\n", "access.yaml:"),
        (b"access: \xff\n", "not UTF-8"),
        ("a: &a [*a]\n", "access.yaml:"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(policy, text, words):
    with pytest.raises(rg.InputError, match=words) as caught:
        read_policy(policy(text))
    assert re.search(r"access\.yaml:\d+: ", str(caught.value))


def test_no_file(tmp_path):
    with pytest.raises(rg.InputError, match="cannot be read"):
        read_policy(tmp_path / "nonesuch.yaml")


@pytest.mark.parametrize("text", ["2026-02-30", "2026-1-1", "20260101", "", "today", "2026-W01-1"])
def test_no_day(text):
    with pytest.raises(rg.UsageError, match="is no day"):
        day(text)


def finding(certain, *principals):
    secrets = ("secret:shop/a", f"secret:shop/{HOSTILE}")
    path = read(principals[0])
    return Excess(principals=principals, secrets=secrets, certain=certain, path=path)


def test_a_baseline_comes_back(policy):
    findings = (finding(True, "user:bob", f"user:{HOSTILE}"), finding(False, "group:devs"))
    text = baseline_text(findings)
    assert text == baseline_text(findings[::-1])
    assert yaml.safe_load(text)
    assert read_baseline(policy(text)).pairs == {
        (principal, secret): found.certain
        for found in findings
        for principal in found.principals
        for secret in found.secrets
    }


def test_an_empty_baseline(policy):
    assert read_baseline(policy(baseline_text(()))).pairs == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [("known:\n- principal: [a]\n", "2: unknown key 'principal'"), ("[]\n", "1: is no mapping")],
)
def test_no_baseline(policy, text, words):
    with pytest.raises(rg.InputError, match=words):
        read_baseline(policy(text))


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress], ids=["no", "gz", "zst"]
)
def test_a_packed_policy_baseline_or_list_of_groups_is_unpacked(tmp_path, pack):
    """As the other input is, and with a byte order mark too."""

    def packed(name, text):
        path = tmp_path / name
        path.write_bytes(pack(b"\xef\xbb\xbf" + text.encode()))
        return path

    policy = read_policy(packed("access", "access: [{secret: shop/*, allow: [user:bob]}]\n"))
    assert policy.entries[0].allow == ("user:bob",)
    known = "known: [{certain: true, principals: [user:bob], secrets: [secret:shop/db]}]\n"
    assert read_baseline(packed("known", known)).pairs == {("user:bob", "secret:shop/db"): True}
    assert read_groups(packed("groups", "bob: [devs]\n")) == {"bob": ("devs",)}


@pytest.mark.parametrize("read", [read_policy, read_baseline, read_groups])
def test_a_damaged_policy_baseline_or_list_of_groups_is_an_error(tmp_path, read):
    path = tmp_path / "x.yaml.gz"
    path.write_bytes(gzip.compress(b"access: []\n" * 1000)[:-9])
    with pytest.raises(InputError, match=r"x.yaml.gz cannot be read: the compressed data is"):
        read(path)
