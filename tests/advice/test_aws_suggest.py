"""What trust and policies of AWS admit beyond what is used."""

import json
import shutil
from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.errors import UsageError

SHOP = Path(__file__).parents[2] / "fixtures" / "clusters" / "shop-eks"
DETAILS = "aws/111122223333/iam/account-authorization-details.json"
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/SHOP"
AUD = {f"{ISSUER}:aud": "sts.amazonaws.com"}
API = "system:serviceaccount:payments:api"
SECRETS = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"


def advised(tmp_path, change, role="payments"):
    shutil.copytree(SHOP, tmp_path, dirs_exist_ok=True)
    details = json.loads((tmp_path / DETAILS).read_text())
    (one,) = (each for each in details["RoleDetailList"] if each["RoleName"] == role)
    change(one)
    (tmp_path / DETAILS).write_text(json.dumps(details))
    found = rg.load(tmp_path, bootstrap=False).aws_suggest()
    return [each for each in found if f":role/{role}" in each.subject]


def trust(condition):
    def change(role):
        role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] = condition

    return change


@pytest.mark.parametrize(
    ("condition", "code", "instead"),
    [
        ({"StringEquals": {f"{ISSUER}:sub": API} | AUD}, None, ""),
        ({"StringEquals": AUD}, "NO_SUBJECT", API),
        ({"StringEquals": {f"{ISSUER}:sub": API}}, "NO_AUDIENCE", "sts.amazonaws.com"),
        (
            {"StringLike": {f"{ISSUER}:sub": "system:serviceaccount:pay*:api"} | AUD},
            "NEW_NAMESPACE",
            API,
        ),
        ({"StringLike": {f"{ISSUER}:sub": "system:*"} | AUD}, "NEW_NAMESPACE", API),
        (
            {"StringLike": {f"{ISSUER}:sub": "system:serviceaccount:payments:*"} | AUD},
            "NEW_ACCOUNT",
            API,
        ),
    ],
)
def test_trust(tmp_path, condition, code, instead):
    found = advised(tmp_path, trust(condition))
    assert [one.finding.code.name for one in found] == ([code] if code else [])
    assert all(instead in one.instead and one.file.endswith(DETAILS) for one in found)


def test_a_role_whose_only_holder_is_gone(tmp_path):
    gone = trust({"StringEquals": {f"{ISSUER}:sub": "system:serviceaccount:payments:old"} | AUD})
    assert advised(tmp_path, gone) == []  # the input need not hold every ServiceAccount
    held = {"name": "api", "namespace": "payments"}
    listed = {
        "apiVersion": "v1",
        "kind": "ServiceAccountList",
        "metadata": {"resourceVersion": "1"},
    }
    (tmp_path / "accounts.json").write_text(json.dumps({**listed, "items": [{"metadata": held}]}))
    found = [
        one
        for one in rg.load(tmp_path, bootstrap=False).aws_suggest()
        if ":role/payments" in one.subject
    ]
    assert [one.finding.code.name for one in found] == ["HOLDER_IS_GONE"]
    assert "payments/old" in str(found[0])


def test_a_trust_for_another_issuer_says_nothing(tmp_path):
    def change(role):
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        provider = statement["Principal"]["Federated"]
        statement["Principal"]["Federated"] = provider.replace("SHOP", "OTHER")
        del statement["Condition"]

    assert advised(tmp_path, change) == []


def test_an_identity_that_is_gone(tmp_path):
    def change(role):
        principal = {"AWS": "AROAEXAMPLEGONE1"}
        role["AssumeRolePolicyDocument"]["Statement"].append(
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        )

    assert [one.finding.code.name for one in advised(tmp_path, change)] == ["PRINCIPAL_IS_GONE"]


@pytest.mark.parametrize(
    ("resource", "finding"),
    [
        (f"{SECRETS}shop/db-??????", None),
        (f"{SECRETS}shop/db-*", "LONGER_NAME"),
        (f"{SECRETS}shop/db*", "LONGER_NAME"),
        (f"{SECRETS}orders/queue-*", "LONGER_NAMES"),
        (f"{SECRETS}shop/*", None),  # a folder is meant
        ("*", None),
    ],
)
def test_names_that_admit_longer_ones(tmp_path, resource, finding):
    def change(role):
        statement = role["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]
        statement["Resource"] = resource

    found = advised(tmp_path, change)
    assert [one.finding.code.name for one in found] == ([finding] if finding else [])
    if finding == "LONGER_NAME":
        assert "shop/db-admin" in str(found[0])
        assert json.loads(found[0].instead) == {"Resource": f"{SECRETS}shop/db-??????"}


def test_what_is_written_instead_lets_those_in_that_use_it(tmp_path):
    (one,) = advised(tmp_path, trust({"StringEquals": AUD}))
    better = json.loads(one.instead)["Condition"]["StringEquals"]
    assert not advised(tmp_path, trust({"StringEquals": {**AUD, **better}}))
    cluster = rg.load(tmp_path, bootstrap=False)
    secret = "aws:secretsmanager/payments/provider"
    assert cluster.can_read(secret, user="sa:payments/api")
    assert not cluster.can_read(secret, user="sa:ci/deployer")


def test_without_a_dump_there_is_nothing_to_suggest():
    with pytest.raises(UsageError):
        rg.load(SHOP / "cluster.yaml", bootstrap=False).aws_suggest()
