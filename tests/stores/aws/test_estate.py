"""Whole dumps: which ServiceAccount reads which secret."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from rbacgraph.model.stores.aws_dump import (
    AwsAccount,
    AwsAssociation,
    AwsCluster,
    AwsControl,
    AwsDocument,
    AwsDump,
    AwsIdentity,
    AwsKey,
    AwsOrganization,
    AwsProvider,
    AwsSecret,
)
from rbacgraph.sources.aws.read_dump import AwsReader
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.stores.aws.authority import Session
from rbacgraph.stores.aws.estate import Estate

FOLDER = Path(__file__).parents[3] / "fixtures" / "stores" / "aws" / "estate"
A, B = "111122223333", "444455556666"
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/AAAA"
OTHER = "oidc.eks.eu-west-1.amazonaws.com/id/BBBB"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{A}:secret:shop/db-AbCdEf"
READ = "secretsmanager:GetSecretValue"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/1234"


def read(folder):
    problems = Problems()
    reader = AwsReader(problems)
    for file in sorted(folder.rglob("*.json")):
        if reader.wants(str(file), named=False):
            assert reader.read(str(file), file.read_bytes())
    dump = reader.result()
    assert not problems.result()
    return dump


def word(answer):
    return {True: "yes", False: "no"}.get(answer, "maybe")


def names(answer):
    return sorted(one.name for one in answer) if isinstance(answer, frozenset) else answer


def test_every_pair_of_the_estate():
    estate = Estate(read(FOLDER / "aws"))
    by_name = {f"aws:secretsmanager/{one.name}": one for one in estate.secrets.values()}
    pairs = json.loads((FOLDER / "truth.json").read_text())["pairs"]
    for pair, truth in pairs.items():
        account, secret = pair.removeprefix("sa:").split()
        answer = estate.can_read(*account.split("/"), by_name[secret])
        assert word(answer) == truth, pair
        if truth == "maybe":
            assert names(answer) == ["aws:SourceVpce"]
    assert len(pairs) == 32


def test_what_sessions_read_is_what_they_may_read():
    """The list of what a session reads takes a short way past most secrets, and misses none."""
    estate = Estate(read(FOLDER / "aws"))
    for arn in estate.authority.identities:
        if ":role/" in arn:
            listed = {one.arn: doubts for one, doubts in estate.reads(Session(arn))}
            each = {one.arn: estate.read(Session(arn), one) for one in estate.secrets.values()}
            may = {arn: answer for arn, answer in each.items() if answer is not False}
            assert listed == {
                arn: answer if answer is not True else frozenset() for arn, answer in may.items()
            }


def text(*statements, version="2012-10-17"):
    return AwsDocument(json.dumps({"Version": version, "Statement": list(statements)}))


def trust(*conditions, issuer=ISSUER, **more):
    return text(
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{A}:oidc-provider/{issuer}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            **({"Condition": conditions[0]} if conditions else {}),
            **more,
        }
    )


def allow(action=READ, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def role(name, *statements, trusts=None, account=A, **more):
    return AwsIdentity(
        f"arn:aws:iam::{account}:role/{name}",
        inline=(text(*statements),) if statements else (),
        trust=trusts or trust(),
        **more,
    )


def account(*identities, name=A, **more):
    given = {
        "secrets": (AwsSecret(SECRET, "shop/db"),),
        "resource_policies": {SECRET: None},
        "providers": (AwsProvider(ISSUER, ("sts.amazonaws.com",)),),
    }
    return AwsAccount(name, identities=identities, **(given | more))


def asked(*accounts, issuers=(ISSUER,), who=("shop", "api"), secret=SECRET):
    estate = Estate(AwsDump(accounts), issuers)
    return names(estate.can_read(*who, estate.secrets[secret]))


@pytest.mark.parametrize(
    ("trusts", "answer"),
    [
        (trust(), True),
        (trust({"StringEquals": {f"{ISSUER}:sub": "system:serviceaccount:shop:api"}}), True),
        (trust({"StringEquals": {f"{ISSUER}:sub": "system:serviceaccount:shop:web"}}), False),
        (trust({"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}}), True),
        (trust({"StringEquals": {f"{ISSUER}:aud": "vault"}}), False),  # no client of the provider
        (trust(issuer=OTHER), False),
        (trust({"StringEquals": {f"{OTHER}:sub": "system:serviceaccount:shop:api"}}), False),
        (trust({"StringEqualsIfExists": {f"{OTHER}:sub": "x"}}), True),
        (trust({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), ["aws:SourceIp"]),
        (trust(Surprise=1), ["Surprise"]),
    ],
)
def test_trust(trusts, answer):
    assert asked(account(role("app", allow(), trusts=trusts))) == answer


def test_the_issuer_tells_the_cluster():
    one = account(role("app", allow()))
    assert asked(one, issuers=[OTHER]) is False
    assert asked(one, issuers=[]) == ["iss"]
    cluster = AwsCluster(f"arn:aws:eks:eu-west-1:{A}:cluster/prod", f"https://{ISSUER}")
    assert asked(replace(one, clusters=(cluster,)), issuers=[]) is True
    second = AwsCluster(f"arn:aws:eks:eu-west-1:{A}:cluster/dev", f"https://{OTHER}")
    assert asked(replace(one, clusters=(cluster, second)), issuers=[]) == ["iss"]


def test_a_provider_that_the_dump_lacks_leaves_its_clients_open():
    missing = account(role("app", allow()), providers=())
    assert asked(missing) == [f"arn:aws:iam::{A}:oidc-provider/{ISSUER}"]


def pods(**more):
    given = {"role": f"arn:aws:iam::{A}:role/app"} | more
    return AwsCluster(
        f"arn:aws:eks:eu-west-1:{A}:cluster/prod",
        f"https://{ISSUER}",
        associations=(AwsAssociation("a-1", "shop", "api", **given),),
    )


def agent(actions=("sts:AssumeRole", "sts:TagSession"), **more):
    service = {"Service": "pods.eks.amazonaws.com"}
    return text({"Effect": "Allow", "Principal": service, "Action": list(actions), **more})


NAMED_BY_TAG = (
    f"arn:aws:secretsmanager:eu-west-1:{A}:secret:${{aws:PrincipalTag/kubernetes-namespace}}/*"
)


@pytest.mark.parametrize(
    ("trusts", "cluster", "resource", "answer"),
    [
        (agent(), pods(), "*", True),
        (agent(["sts:AssumeRole"]), pods(), "*", False),  # tags are sent, and need TagSession
        (agent(["sts:AssumeRole"]), pods(tagged=False), "*", True),
        (agent(), pods(), NAMED_BY_TAG, True),
        (agent(), pods(tagged=False), NAMED_BY_TAG, False),
        (agent(), pods(policy='{"Statement": []}'), "*", False),
        (agent(), pods(role=""), "*", False),
        (
            agent(Condition={"StringEquals": {"aws:RequestTag/kubernetes-namespace": "dev"}}),
            pods(),
            "*",
            False,
        ),
        (
            agent(Condition={"StringLike": {"aws:RequestTag/kubernetes-pod-name": "api-*"}}),
            pods(),
            "*",
            ["aws:RequestTag/kubernetes-pod-name"],
        ),
    ],
)
def test_pod_identity(trusts, cluster, resource, answer):
    one = account(role("app", allow(resource=resource), trusts=trusts), clusters=(cluster,))
    assert asked(one) == answer
    assert asked(one, who=("shop", "web")) is False


def test_a_target_role_is_assumed_by_the_first():
    target = f"arn:aws:iam::{A}:role/target"
    trusts = text({"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"})
    last = role("target", allow(), trusts=trusts)
    for first, answer in [(allow("sts:AssumeRole", target), True), (allow("s3:*"), False)]:
        roles = role("app", first, trusts=agent()), last
        assert asked(account(*roles, clusters=(pods(target=target),))) is answer


def encrypted(policy, grants=(), enabled=True):
    return {
        "secrets": (AwsSecret(SECRET, "shop/db", key="alias/shop"),),
        "aliases": {f"arn:aws:kms:eu-west-1:{A}:alias/shop": "1234"},
        "keys": (AwsKey(KEY, policy=policy, grants=grants, enabled=enabled),),
    }


ROOT = {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"}


def test_a_role_of_another_account_needs_both_sides():
    there = f"arn:aws:iam::{B}:role/reader"
    trusts = text({"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"})
    own = allow(), allow("kms:Decrypt", KEY)
    reader = role("reader", *own, trusts=trusts, account=B)
    policy = text(allow(Principal={"AWS": B}))
    second = account(reader, name=B, secrets=(), resource_policies={}, providers=())
    both_read = text({**ROOT, "Principal": {"AWS": [A, B]}})
    for hop, shared, key, answer in [
        (allow("sts:AssumeRole", there), policy, encrypted(both_read), True),
        (allow("sts:AssumeRole", there), policy, encrypted(text(ROOT)), False),
        (allow("sts:AssumeRole", there), policy, {}, False),  # the account's own key stays in it
        (allow("sts:AssumeRole", there), None, encrypted(both_read), False),
        (allow("s3:*"), policy, encrypted(both_read), False),
    ]:
        first = account(role("app", hop), resource_policies={SECRET: shared}, **key)
        assert asked(first, second) is answer


@pytest.mark.parametrize(
    ("own", "key", "answer"),
    [
        ([allow(), allow("kms:Decrypt", KEY)], encrypted(text(ROOT)), True),
        ([allow()], encrypted(text(ROOT)), False),
        ([allow(), allow("kms:Decrypt", KEY)], encrypted(text()), False),
        ([allow(), allow("kms:Decrypt", KEY)], encrypted(text(ROOT), enabled=False), False),
        ([allow(), allow("kms:Decrypt", KEY)], encrypted(None), [KEY]),
        ([allow()], encrypted(text(ROOT), grants=None), [KEY]),
        (
            [
                allow(),
                allow(
                    "kms:Decrypt",
                    Condition={
                        "StringEquals": {
                            "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com",
                            "kms:EncryptionContext:SecretARN": SECRET,
                        },
                        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/shop"},
                    },
                ),
            ],
            encrypted(text(ROOT)),
            True,
        ),
        (
            [allow(), allow("kms:Decrypt", Condition={"StringEquals": {"kms:ViaService": "s3"}})],
            encrypted(text(ROOT)),
            False,
        ),
    ],
)
def test_a_key_of_the_customers_decides_as_well(own, key, answer):
    assert asked(account(role("app", *own), **key)) == answer


def test_a_secret_whose_policy_the_dump_lacks_is_open():
    one = account(role("app", allow()), resource_policies={})
    assert asked(one) == [SECRET]


FULL = AwsControl("p-FullAWSAccess", text(allow("*")), targets=("r-1", "ou-1", A))


def organization(*controls, management=B, **more):
    parents = {A: "ou-1", "ou-1": "r-1"}
    return AwsOrganization("o-1", management, parents, controls, **more)


def deny(action="secretsmanager:*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": "*", **more}


@pytest.mark.parametrize(
    ("controls", "answer"),
    [
        (organization(FULL), True),
        (organization(), True),
        (organization(replace(FULL, targets=("r-1", A))), False),  # a level that allows nothing
        (organization(FULL, AwsControl("p-1", text(deny()), targets=("ou-1",))), False),
        (organization(FULL, AwsControl("p-1", text(deny()), targets=("ou-2",))), True),
        (organization(FULL, AwsControl("p-1", text(deny()))), ["p-1"]),
        (organization(AwsControl("p-1", text(deny("s3:*")), targets=("r-1",))), ["SCPs"]),
        (
            organization(FULL, AwsControl("p-1", text(deny()), targets=("ou-1",)), management=A),
            True,
        ),
        (
            organization(
                AwsControl("p-2", text(deny(Principal="*")), of_resources=True, targets=("r-1",))
            ),
            False,
        ),
        (
            organization(
                AwsControl(
                    "p-2",
                    text(
                        deny(
                            Principal="*",
                            Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
                        )
                    ),
                    of_resources=True,
                    targets=("r-1",),
                )
            ),
            True,
        ),
    ],
)
def test_controls_of_the_organisation(controls, answer):
    # RCPs on sts would stop the login as well: the trusted provider is no principal of it
    one = account(role("app", allow()), organization=controls)
    assert asked(one) == answer


def test_a_session_chooses_its_name():
    """A policy that names a session opens to everyone who may take its role."""
    policy = text(allow(Principal={"AWS": f"arn:aws:sts::{A}:assumed-role/app/deployer"}))
    shared = {SECRET: policy}
    assert asked(account(role("app"), resource_policies=shared)) is True
    denied = text(deny(Principal={"AWS": f"arn:aws:sts::{A}:assumed-role/app/deployer"}))
    assert asked(account(role("app", allow()), resource_policies={SECRET: denied})) is True
    cluster = pods()
    by_agent = account(role("app", trusts=agent()), resource_policies=shared, clusters=(cluster,))
    assert asked(by_agent) == ["sts:RoleSessionName"]


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("ssm:GetParameter", "parameter/shop/db", True),
        ("ssm:GetParameter", "parameter/shop", False),
        ("ssm:GetParametersByPath", "parameter/shop", True),
        ("ssm:GetParametersByPath", "parameter/shop/db", False),
        ("ssm:GetParametersByPath", "parameter/dev", False),
        ("ssm:DescribeParameters", "*", False),
    ],
)
def test_parameters(action, resource, answer):
    start = f"arn:aws:ssm:eu-west-1:{A}:"
    parameter = AwsSecret(f"{start}parameter/shop/db", "/shop/db", key="alias/aws/ssm")
    own = allow(action, resource if resource == "*" else f"{start}{resource}")
    one = account(role("app", own), secrets=(parameter,))
    assert asked(one, secret=parameter.arn) is answer


def test_a_key_that_stands_twice_makes_its_statement_unknown():
    twice = AwsDocument(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*",'
        f' "Action": "{READ}", "Resource": "*"}}}}'
    )
    one = replace(role("app"), inline=(twice,))
    assert asked(account(one)) == ["Action", "Action+Action"]


def test_a_managed_policy_that_the_dump_lacks_is_open():
    arn = "arn:aws:iam::aws:policy/ReadEverything"
    assert asked(account(replace(role("app"), attached=(arn,)))) == [arn]
    assert asked(account(replace(role("app", deny()), attached=(arn,)))) is False
