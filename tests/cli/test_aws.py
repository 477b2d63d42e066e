"""``rbacgraph aws``: the script with a stand-in for AWS's command line, the policy, decisions."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.cli.commands.stores.cloud_scripts import aws_actions, script_of
from rbacgraph.sources.aws.places import AwsContent, place_of

ESTATE = Path(__file__).parents[2] / "fixtures" / "stores" / "aws" / "estate"
SECRET = "aws:secretsmanager/shop/dev"
STAND_IN = Path(__file__).with_name("stand_in_aws.py")


@pytest.fixture
def dumped(tmp_path):
    stand_in = tmp_path / "bin" / "aws"
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@"\n')
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
    script = tmp_path / "aws.sh"
    script.write_text(script_of("aws"))
    environment = {
        "PATH": f"{stand_in.parent}:{os.environ['PATH']}",
        "REGIONS": "eu-west-1",
        "ESTATE": str(ESTATE / "aws" / "111122223333"),
    }
    done = subprocess.run(
        ["sh", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return tmp_path, done.stderr


def test_the_script_writes_a_dump_that_answers_as_the_estate_does(dumped):
    folder, said = dumped
    missing = re.findall(r"missing: (\S+)", said)
    assert all(place_of(name) for name in missing)  # what AWS refuses is named by its place
    shutil.copy(ESTATE / "cluster.yaml", folder)
    cluster, whole = (
        rg.load(folder / "aws", folder / "cluster.yaml", bootstrap=False),
        rg.load(ESTATE, bootstrap=False),
    )
    pairs = json.loads((ESTATE / "truth.json").read_text())["pairs"]
    for pair in pairs:
        account, secret = pair.split()
        one, other = (each.can_read(secret, user=account) for each in (cluster, whole))
        assert (one.allowed, one.missing) == (other.allowed, other.missing), pair
    assert not list((folder / "aws").rglob("*.part"))


def test_each_command_of_a_dump_is_in_the_script_and_only_reads():
    script = script_of("aws")
    calls = set(re.findall(r"\baws ([a-z]+ [a-z-]+)", script)) - {"configure get"}
    lists = {"iam list-open-id-connect-providers", "organizations list-policies"}
    assert calls - lists - {"eks list-clusters"} == {one.value for one in AwsContent}
    assert {one.partition(" ")[2].partition("-")[0] for one in calls} == {"get", "list", "describe"}
    assert "get-secret-value" not in script
    assert "get-parameter" not in script


def test_the_policy_allows_what_the_script_asks():
    assert {one.partition(":")[2][:3] for one in aws_actions()} == {"Get", "Lis", "Des"}
    assert "iam:GetOpenIDConnectProvider" in aws_actions()
    assert "eks:DescribePodIdentityAssociation" in aws_actions()
    assert len(aws_actions()) == 23


@pytest.mark.parametrize(
    ("action", "account", "answer"),
    [
        ("secretsmanager:GetSecretValue", "batch/hop", (0, "role/hop")),
        ("secretsmanager:GetSecretValue", "batch/plain", (1, "no role")),
        ("secretsmanager:GetSecretValue", "batch/vpce", (3, "aws:SourceVpce")),
        ("SecretsManager:getsecretvalue", "batch/hop", (0, "role/hop")),
        ("secretsmanager:DeleteSecret", "batch/hop", (1, "no role")),
    ],
)
def test_can_i(run, action, account, answer):
    asked = "aws", "can-i", action, SECRET, "--as", f"sa:{account}", "-f", str(ESTATE)
    status, out, _ = run(*asked)
    assert status == answer[0]
    assert answer[1] in out


def test_can_i_needs_a_dump_and_an_action(run):
    asked = "aws", "can-i", "kms:Decrypt", SECRET, "--as", "sa:shop/api", "-f"
    status, _, err = run(*asked, str(ESTATE / "cluster.yaml"))
    assert status == 2
    assert "rbacgraph aws commands makes one" in err
    status, _, err = run(
        "aws", "can-i", "Decrypt", SECRET, "--as", "sa:shop/api", "-f", str(ESTATE)
    )
    assert status == 2
