"""Bad files of dumps of AWS: each is named with its line, the rest answers, and nothing leaks."""

import json
import shutil
import time
from pathlib import Path
from urllib.parse import quote

import pytest

import rbacgraph as rg

ESTATE = Path(__file__).parents[2] / "fixtures" / "stores" / "aws" / "estate"
DETAILS = "iam/account-authorization-details.json"
SECRETS = "eu-west-1/secretsmanager/secrets.json"
POLICY = "eu-west-1/secretsmanager/policies/shop_dev.json"
ALIASES = "eu-west-1/kms/aliases.json"
DENIED = (
    "\nAn error occurred (AccessDeniedException) when calling the GetResourcePolicy operation:"
    " User: arn:aws:iam::111122223333:user/ci is not authorized to perform that\n"
)
PLANTED = "planted-value"
DEV, STRIPE = (f"aws:secretsmanager/shop/{name}" for name in ("dev", "stripe"))


@pytest.fixture
def account(tmp_path):
    shutil.copytree(ESTATE, tmp_path, dirs_exist_ok=True)
    return tmp_path / "aws" / "111122223333"


def edited(file, change):
    value = json.loads(file.read_text())
    change(value)
    file.write_text(json.dumps(value))


def loaded(account):
    cluster = rg.load(account.parents[1])
    said = [str(one).replace(f"{account}/", "") for one in cluster.diagnostics]
    assert PLANTED not in "\n".join(said)
    return cluster, said


def word(decision):
    return "yes" if decision else "maybe" if decision.unknown else "no"


def answers(cluster):
    asked = [("batch/hop", DEV), ("batch/plain", DEV), ("shop/api", STRIPE)]
    return [word(cluster.can_read(secret, user=f"sa:{who}")) for who, secret in asked]


def reads_dev(cluster):
    """Ask for a ServiceAccount whose role's own policy lets it read that."""
    return word(cluster.can_read(DEV, user="sa:shop/api"))


WHOLE = ["yes", "no", "yes"]
OPEN = ["maybe", "maybe", "maybe"]


@pytest.mark.parametrize(
    ("file", "text", "said", "rest"),
    [
        (DETAILS, lambda text: text[:3000], f"{DETAILS}:90: error: holds no JSON", OPEN),
        (DETAILS, lambda _: "", f"{DETAILS}: error: is empty", OPEN),
        (
            DETAILS,
            lambda _: "[]",
            f"{DETAILS}:1: error: is not what aws iam get-account-auth",
            OPEN,
        ),
        (POLICY, lambda _: DENIED, f"{POLICY}:3: error: holds no JSON", ["maybe", "maybe", "yes"]),
        (ALIASES, lambda _: "{}", f"{ALIASES}:1: error: is not what aws kms list-aliases", WHOLE),
    ],
)
def test_a_file_that_cannot_be_read(account, file, text, said, rest):
    path = account / file
    path.write_text(text(path.read_text()))
    cluster, diagnostics = loaded(account)
    assert [one for one in diagnostics if one.startswith(said)]
    assert answers(cluster) == rest


def test_lists_that_are_null_are_empty(account):
    edited(account / DETAILS, lambda value: value.update(UserDetailList=None, GroupDetailList=None))
    edited(account / ALIASES, lambda value: value.update(Aliases=None))
    cluster, said = loaded(account)
    assert (answers(cluster), said) == (WHOLE, [])


@pytest.mark.parametrize("mark", [{"NextToken": "x"}, {"IsTruncated": True}, {"Truncated": True}])
def test_one_page_of_several(account, mark):
    edited(account / DETAILS, lambda value: value.update(mark))
    cluster, said = loaded(account)
    assert said[0].startswith(f"{DETAILS}:1: warning: holds one page of several")
    assert answers(cluster) == ["yes", "maybe", "yes"]  # another page may have a role


def test_an_item_of_another_shape_is_left_out_with_its_line(account):
    text = (account / SECRETS).read_text()
    (account / SECRETS).write_text(text.replace('"SecretList": [', '"SecretList": [\n{"Name": 5},'))
    cluster, said = loaded(account)
    assert said[0].startswith(f"{SECRETS}:3: error: has an item that is left out")
    assert answers(cluster) == WHOLE


@pytest.mark.parametrize("place", ["secretsmanager/policies", "secretsmanager/values", "anywhere"])
def test_a_file_with_a_value_is_refused_and_named(account, place):
    file = account / "eu-west-1" / place / "x.json"
    file.parent.mkdir(exist_ok=True)
    value = {"ARN": "arn:x", "Name": "x", "SecretString": PLANTED, "VersionStages": ["AWSCURRENT"]}
    file.write_text(json.dumps(value))
    cluster, said = loaded(account)
    (one,) = said
    assert one.startswith(f"eu-west-1/{place}/x.json: error: holds the value of a secret: not read")
    assert answers(cluster) == WHOLE
    cluster.save(account / "saved.json")
    assert PLANTED not in (account / "saved.json").read_text()


def test_two_dumps_of_one_account(account):
    folder = account.parents[1]
    shutil.copytree(folder / "aws", folder / "old" / "aws")
    older = folder / "old" / "aws" / "111122223333" / SECRETS
    edited(older, lambda value: value["SecretList"][0].update(KmsKeyId="alias/other"))
    cluster, said = loaded(account)
    assert len(said) == 1
    assert "says something else of" in said[0]
    assert answers(cluster) == WHOLE


def with_policy(account, document):
    value = {"ARN": arn_of(account), "Name": "shop/dev", "ResourcePolicy": document}
    (account / POLICY).write_text(json.dumps(value))
    return loaded(account)


def arn_of(account):
    listed = json.loads((account / SECRETS).read_text())["SecretList"]
    return next(one["ARN"] for one in listed if one["Name"] == "shop/dev")


STATEMENT = {
    "Sid": "Same",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": "*",
}
POLICIES = {"Version": "2012-10-17", "Statement": [STATEMENT]}


@pytest.mark.parametrize(
    "document",
    [
        json.dumps(POLICIES),
        quote(json.dumps(POLICIES)),
        POLICIES,
        {**POLICIES, "Statement": STATEMENT},
        {**POLICIES, "Statement": [STATEMENT, STATEMENT]},  # one Sid twice
    ],
)
def test_a_policy_is_a_string_encoded_or_an_object(account, document):
    cluster, said = with_policy(account, document)
    assert not said
    assert reads_dev(cluster) == "no"


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"Surprise": 1}, "maybe"),
        ({"Condition": {"StringFits": {"aws:username": "x"}}}, "maybe"),
        ({"Condition": {"NumericEquals": {"s3:max-keys": 10}}}, "maybe"),
        ({"Condition": {"Bool": {"aws:SecureTransport": False}}}, "yes"),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, "no"),
        ({"Condition": None}, "maybe"),
    ],
)
def test_what_is_not_of_the_language_may_deny(account, change, answer):
    cluster, _ = with_policy(account, {**POLICIES, "Statement": [{**STATEMENT, **change}]})
    assert reads_dev(cluster) == answer


def test_a_key_that_stands_twice_is_not_ignored(account):
    text = json.dumps(POLICIES).replace('"Effect": "Deny"', '"Effect": "Allow", "Effect": "Deny"')
    assert reads_dev(with_policy(account, text)[0]) == "maybe"


def test_large_policies_take_linear_time(account):
    stars = "*a" * 100
    many = [{**STATEMENT, "Resource": f"arn:aws:s3:::{stars}{n}"} for n in range(3000)]
    begin = time.process_time()
    cluster, said = with_policy(account, {**POLICIES, "Statement": many})
    assert reads_dev(cluster) == "yes"
    assert not said
    assert time.process_time() - begin < 20


def test_a_version_that_is_not_the_default_does_not_count(account):
    def add(value):
        for policy in value["Policies"]:
            old = {"VersionId": "v0", "IsDefaultVersion": False, "Document": POLICIES}
            policy["PolicyVersionList"].append(old)

    edited(account / DETAILS, add)
    assert answers(loaded(account)[0]) == WHOLE


def test_any_name_is_one_word(account):
    name = "a|b\u202e\x07\u0436"
    arn = f"arn:aws:secretsmanager:eu-west-1:111122223333:secret:{name}-AbCdEf"
    edited(account / SECRETS, lambda value: value["SecretList"].append({"ARN": arn, "Name": name}))
    cluster, said = loaded(account)
    assert answers(cluster) == WHOLE
    text = str(cluster.exposure())
    assert "\x07" not in text
    assert "\u202e" not in text
    assert not said


def test_another_account_and_region_are_other_secrets(account):
    for old, new in (("111122223333", "444455556666"), ("eu-west-1", "us-east-1")):
        copy = account.parent / new if old.isdigit() else account / new
        source = account if old.isdigit() else account / old
        if old.isdigit():
            (copy / "eu-west-1" / "secretsmanager").mkdir(parents=True)
            text = (source / SECRETS).read_text().replace(old, new)
            (copy / SECRETS).write_text(text)
        else:
            shutil.copytree(source / "secretsmanager", copy / "secretsmanager")
            for file in copy.rglob("*.json"):
                file.write_text(file.read_text().replace(old, new))
    cluster, said = loaded(account)
    assert not said
    found = {name for name in cluster.graph() if name.startswith("aws:") and "shop/dev" in name}
    assert found == {
        f"aws:{place}/secretsmanager/shop/dev"
        for place in ("111122223333/eu-west-1", "111122223333/us-east-1", "444455556666/eu-west-1")
    }
