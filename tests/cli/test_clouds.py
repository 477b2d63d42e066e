"""``rbacgraph azure`` and ``gcp``: the scripts, the roles, decisions."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from rbacgraph.cli.commands.stores.cloud_scripts import script_of
from rbacgraph.sources.clouds.azure import AzureReader
from rbacgraph.sources.clouds.gcp import GcpReader

STORES = Path(__file__).parents[2] / "fixtures" / "stores"
READ = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
GROUP = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-shop"
BY_DOCUMENTATION = "by documentation"


def asked(run, kind, *words):
    return run(kind, "can-i", *words, "-f", str(STORES / kind / "estate"))


@pytest.mark.parametrize(
    ("kind", "words", "answer"),
    [
        ("azure", (READ, "azure:shop-kv/web", "--as", "sa:batch/job"), (0, "c0000102")),
        ("azure", (READ.lower(), "azure:Shop-KV/WEB", "--as", "sa:batch/job"), (0, "c0000102")),
        ("azure", (READ, "azure:shop-kv/db", "--as", "sa:batch/job"), (1, "no identity")),
        ("azure", (READ, "azure:shop-old/any", "--as", "sa:batch/job"), (0, "c0000102")),
        (
            "azure",
            ("Microsoft.KeyVault/vaults/keys/read", f"{GROUP}/x", "--as", "sa:shop/old"),
            (0, "c0000104"),
        ),
        (
            "azure",
            ("Microsoft.KeyVault/vaults/write", f"{GROUP}/x", "--as", "sa:shop/old"),
            (1, "no identity"),
        ),
        (
            "gcp",
            ("secretmanager.versions.access", "gcp:123456789012/root", "--as", "sa:batch/imp"),
            (0, "reader@"),
        ),
        (
            "gcp",
            ("secretmanager.versions.access", "gcp:shop-prod/root", "--as", "sa:shop/web"),
            (1, "no identity"),
        ),
        (
            "gcp",
            (
                *("iam.serviceAccounts.getAccessToken", "reader@shop-prod.iam.gserviceaccount.com"),
                *("--as", "sa:batch/imp"),
            ),
            (0, "batch/imp"),
        ),
        ("gcp", ("container.pods.exec", "shop-prod", "--as", "sa:batch/view"), (3, "role")),
    ],
)
def test_can_i(run, kind, words, answer):
    status, out, _ = asked(run, kind, *words)
    assert (status, answer[1] in out) == (answer[0], True), out
    assert out.count(BY_DOCUMENTATION) == 1


@pytest.mark.parametrize("kind", ["azure", "gcp"])
def test_what_cannot_be_asked_is_said(run, kind):
    status, _, err = asked(run, kind, READ, f"{kind}:gone/db", "--as", "sa:shop/api")
    assert (status, "in no dump" in err) == (2, True)
    status, _, err = asked(run, kind, READ, f"{kind}:gone/db")
    assert (status, "add --as" in err) == (2, True)
    given = ("-f", str(STORES / kind / "estate" / "cluster.yaml"))
    status, _, err = run(kind, "can-i", READ, "x", "--as", "sa:shop/api", *given)
    assert (status, f"rbacgraph {kind} commands makes one" in err) == (2, True)


@pytest.mark.parametrize(("kind", "reader"), [("azure", AzureReader), ("gcp", GcpReader)])
def test_the_script_writes_every_file_of_a_dump_and_only_reads(run, kind, reader):
    status, out, _ = run(kind, "commands")
    assert (status, out) == (0, script_of(kind))
    subprocess.run(["sh", "-n"], input=out, text=True, check=True)
    saved = re.findall(r"save(?:_of)? \"?([a-z$/-]+)", out)
    places = {re.sub(r"\$[a-z]+", "NAME", name.removesuffix(".json")) for name in saved}
    for file in reader.cloud.rows:
        if file.field != "assets":  # in place of others
            assert any(re.fullmatch(file.place, place) for place in places), file.place
    verbs = set(re.findall(r"\b(create|delete|update|add|access|download)\b", out))
    assert not verbs
    assert "secret show" not in out


@pytest.mark.parametrize(("kind", "field"), [("azure", "Actions"), ("gcp", "includedPermissions")])
def test_the_role_reads_alone(run, kind, field):
    status, out, _ = run(kind, "policy")
    assert status == 0
    for action in json.loads(out)[field]:
        assert re.search(r"(/read|\.(get|list|getIamPolicy))$", action), action


@pytest.mark.parametrize("kind", ["azure", "gcp"])
def test_each_answer_says_once_that_it_is_by_documentation(run, kind):
    secret = {"azure": "azure:shop-kv/db", "gcp": "gcp:shop-prod/db"}[kind]
    given = ("-f", str(STORES / kind / "estate"))
    for question in (
        ("paths", "--secret", secret),
        ("exposure",),
        ("can-read", secret, "--as", "sa:shop/api"),
        ("can-read", secret, "--as", "sa:shop/web"),
        ("reach", "--from", "sa:shop/api"),
    ):
        _, out, _ = run(*question, *given)
        assert out.count(BY_DOCUMENTATION) == 1, question
    _, out, _ = run("exposure", "-f", str(STORES / kind / "estate" / "cluster.yaml"))
    assert BY_DOCUMENTATION not in out
