"""``rbacgraph sops``: a repository with faults, and what its files give through the cluster."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app

FIXTURES = Path(__file__).parents[2] / "fixtures"
REPO = FIXTURES / "stores" / "sops" / "repo"
CLUSTER_KEY = "age:age17d7wsuj4d8lktl44eys7kmvv44evkgphje3h2603ew987d0j73pqn80xm4"


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(app, words)


@pytest.fixture
def repository(monkeypatch):
    monkeypatch.chdir(REPO.parent)
    return "repo"


def test_the_findings_of_a_repository(run, repository):
    answer = json.loads(run("sops", "-f", repository, "-o", "json").stdout)
    found = [(one["severity"], one["id"], one["file"], one["line"]) for one in answer["findings"]]
    assert found == [
        ("high", "plaintext-file", "repo/clusters/shop/secret-api.yaml", 7),
        ("high", "plaintext-value", "repo/clusters/shop/secret-mail.yaml", 8),
        ("high", "decrypted-copy", "repo/values/prod.yaml.dec", 0),
        ("medium", "stale-recipient", "repo/clusters/shop/secret-mail.yaml", 1),
        ("medium", "leftover-ciphertext", "repo/values/left.yaml", 2),
        ("low", "unused-rule", "repo/.sops.yaml", 15),
        ("low", "single-recipient", "repo/values/prod.env", 1),
    ]
    files = {one["file"]: one for one in answer["files"]}
    assert files["repo/clusters/shop/secret-db.yaml"]["secrets"] == ["shop/db"]
    groups = files["repo/groups/all.yaml"]
    assert (len(groups["groups"]), groups["needed"]) == (3, 2)
    assert answer["rules"] == 4


@pytest.mark.parametrize(("severity", "status"), [("high", 1), ("medium", 1), ("low", 1)])
def test_a_pipeline_fails_by_severity(run, repository, severity, status):
    assert run("sops", "-f", repository, "--fail-on", severity).exit_code == status


@pytest.mark.parametrize(("severity", "status"), [("high", 0), ("medium", 0), ("low", 1)])
def test_a_lower_finding_does_not_fail_it(run, repository, severity, status):
    values = [f"{repository}/values/prod.{kind}" for kind in ("yaml", "env")]
    given = [word for value in values for word in ("-f", value)]
    assert run("sops", *given, "--fail-on", severity).exit_code == status


def test_what_is_not_read_whole_fails_a_pipeline(run, tmp_path):
    (tmp_path / "a.yaml").write_text("a: [\n")
    assert run("sops", "-f", str(tmp_path), "--fail-on", "high").exit_code == 2
    given = ("sops", "-f", str(tmp_path), "--fail-on", "high", "--allow-unread", "*a.yaml")
    assert run(*given).exit_code == 0


def test_problems_are_counted_in_the_input(run, root):
    done = run("sops", "-f", str(root / "fixtures/clusters/shop"))
    assert " in the input; -v shows " in done.stderr


def test_no_findings_without_rules_is_no_praise(run, root, repository):
    done = run("sops", "-f", str(root / "fixtures/clusters/shop"))
    said = " ".join(done.stdout.split())
    assert "Without creation rules (.sops.yaml), rbacgraph looks for no plaintext file." in said
    assert "Without creation rules" not in run("sops", "-f", repository).stdout


@pytest.mark.parametrize("words", [(), ("-f", ".", "--fail-on", "all")])
def test_bad_usage_is_said(run, words):
    done = run("sops", *words)
    assert done.exit_code == 2
    assert "-f" in done.stderr or "high, medium, low" in done.stderr


def test_no_format_holds_a_value(run, repository):
    for form in ("table", "wide", "json", "yaml", "csv"):
        done = run("sops", "-v", "-f", repository, "-o", form)
        assert done.exit_code == 0
        assert "CANARY" not in done.output
        assert "ENC[" not in done.output


def test_who_gets_at_an_encrypted_file_through_the_cluster(run, repository):
    def reached(secret):
        done = run("paths", "--secret", secret, "-f", repository, "-o", "json")
        assert done.exit_code == 0, done.stderr
        return {
            (path["principal"], *(hop["edge"] for hop in path["hops"]), path["certain"])
            for one in json.loads(done.stdout)["secrets"]
            for path in one["paths"]
        }

    by_key = ("user:alice", "read-secret", "sops-key", "sops-decrypt", False)
    assert reached("shop/db") == {by_key}
    assert reached("shop/api") == set()
    assert reached("sops:repo/values/prod.yaml") == {
        by_key,
        ("user:bob", "read-secret", "release-values", False),
    }
    assert reached(CLUSTER_KEY) == {(*by_key[:3], False)}
    assert reached("vault:secret/data/shop/prod.json") == set()


def test_exposure_lists_keys_and_files(run, repository):
    rows = json.loads(run("exposure", "-f", repository, "-o", "json").stdout)["secrets"]
    outside = {row["secret"] for row in rows if not row["secret"].startswith("secret:")}
    assert CLUSTER_KEY in outside
    assert "sops:repo/groups/all.yaml" in outside
    assert "vault:secret/data/shop/prod.json" in outside
    assert not any("secret-db" in secret for secret in outside)


def test_keys_of_several_groups_are_needed_together(run, repository):
    asked = ("paths", "--secret", "sops:repo/groups/all.yaml", "-f", repository, "-o", "wide")
    done = run(*asked)
    assert "keys of 1 other key group of repo/groups/all.yaml are at hand" in " ".join(
        done.stdout.split()
    )


ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: flux, namespace: flux-system}
"""
ROLE = {
    "bound_service_account_names": ["flux"],
    "bound_service_account_namespaces": ["flux-system"],
    "token_policies": ["sops"],
    "token_no_default_policy": True,
}
ENC = "ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]"
ENCRYPTED = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "db", "namespace": "shop"},
    "stringData": {"password": ENC},
    "sops": {
        "hc_vault": [
            {
                "vault_address": "https://vault.example.com:8200",
                "engine_path": "transit",
                "key_name": "shop",
                "enc": "vault:v1:x",
            }
        ],
        "mac": ENC,
        "lastmodified": "2026-01-01T00:00:00Z",
    },
}


@pytest.mark.parametrize(
    ("path", "capability", "reached"),
    [
        ("transit/decrypt/shop", "update", True),
        ("transit/decrypt/*", "update", True),
        ("transit/decrypt/shop", "read", False),
        ("transit/encrypt/shop", "update", False),
        ("transit/decrypt/other", "update", False),
    ],
)
def test_whoever_may_decrypt_in_vault_decrypts_the_file(run, tmp_path, path, capability, reached):
    policy = f'path "{path}" {{\n  capabilities = ["{capability}"]\n}}\n'
    files = {
        "account.yaml": ACCOUNT,
        "db.json": json.dumps(ENCRYPTED),
        "vault/policy/sops.hcl": policy,
        "vault/auth.json": json.dumps({"kubernetes/": {"type": "kubernetes", "accessor": "k"}}),
        "vault/secrets.json": json.dumps({"transit/": {"type": "transit", "accessor": "t"}}),
        "vault/auth/kubernetes/role/flux.json": json.dumps({"data": ROLE}),
        "vault/auth/kubernetes/role.json": json.dumps({"data": {"keys": ["flux"]}}),
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    given = ("-f", str(tmp_path), "--vault-mount", "kubernetes=this", "-o", "json")
    done = run("paths", "--secret", "shop/db", *given)
    assert done.exit_code == 0, done.stderr
    (found,) = json.loads(done.stdout)["secrets"]
    ways = [(one["principal"], *(hop["edge"] for hop in one["hops"])) for one in found["paths"]]
    login = ("serviceaccount:flux-system/flux", "vault-login", "vault-policy", "sops-decrypt")
    assert (login in ways) == reached
    assert bool(ways) == reached
