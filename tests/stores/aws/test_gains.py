"""What an identity obtains by a change: a case for each row of the table, and what stops it."""

import pytest
from msgspec.structs import replace

from rbacgraph.model.stores.aws_dump import (
    AwsCluster,
    AwsControl,
    AwsDump,
    AwsEntry,
    AwsIdentity,
    AwsManagedPolicy,
    AwsOrganization,
)
from rbacgraph.stores.aws.authority import Session
from rbacgraph.stores.aws.estate import Estate
from rbacgraph.stores.aws.gains import gains
from tests.stores.aws.test_estate import (
    FULL,
    ROOT,
    SECRET,
    A,
    account,
    agent,
    allow,
    deny,
    encrypted,
    role,
    text,
)

APP, OTHER = (f"arn:aws:iam::{A}:role/{name}" for name in ("app", "other"))
OWN = f"arn:aws:iam::{A}:policy/own"
BOUNDARY = f"arn:aws:iam::{A}:policy/bound"
CLUSTER = AwsCluster(f"arn:aws:eks:eu-west-1:{A}:cluster/prod", mode="API")
ENTRIES = f"arn:aws:eks:eu-west-1:{A}:access-entry/prod/role/{A}/app/*"


def obtained(*identities, of=APP, managed=(), **more):
    """Return what follows, as requests and what they give, certain or not."""
    estate = Estate(AwsDump((account(*identities, managed=managed, **more),)), clusters(more))
    found = set()
    for one in gains(estate, Session(of)):
        gives = one.session.arn.rpartition("/")[2] if one.session else ""
        gives += "+" * bool(one.session and one.session.raised)
        gives += "-" * bool(one.session and one.session.unbounded)
        gives = gives or ("secret" if one.secret else "cluster")
        names = " ".join(action.partition(":")[2] for action in one.actions)
        found.add(f"{names}: {gives}{'' if one.answer is True else '?'}")
    return sorted(found)


def clusters(more):
    return () if "clusters" in more else ("oidc.eks.eu-west-1.amazonaws.com/id/AAAA",)


@pytest.mark.parametrize(
    ("statements", "more", "found"),
    [
        ([allow("iam:PutRolePolicy", APP)], {}, ["PutRolePolicy: app+"]),
        ([allow("iam:PutRolePolicy", OTHER)], {}, []),
        ([allow("iam:PutRolePolicy", APP), deny("iam:Put*")], {}, []),
        ([allow("iam:AttachRolePolicy", APP)], {}, ["AttachRolePolicy: app+"]),
        (
            [
                allow(
                    "iam:AttachRolePolicy",
                    APP,
                    Condition={"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnly"}},
                )
            ],
            {},
            [],
        ),
        ([allow("iam:PutUserPolicy"), allow("iam:GetRole")], {}, []),
        ([allow("iam:UpdateAssumeRolePolicy", OTHER)], {}, ["UpdateAssumeRolePolicy: other"]),
        ([allow("iam:UpdateAssumeRolePolicy", APP)], {}, []),
        (
            [allow(["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy"], OTHER)],
            {},
            [
                "UpdateAssumeRolePolicy PutRolePolicy: other+",
                "UpdateAssumeRolePolicy: other",
            ],
        ),
        ([allow("secretsmanager:PutResourcePolicy")], {}, ["PutResourcePolicy: secret"]),
        ([allow(), allow("secretsmanager:PutResourcePolicy")], {}, []),  # it reads it already
        ([allow(), allow("kms:PutKeyPolicy")], encrypted(text(ROOT)), ["PutKeyPolicy: secret"]),
        ([allow(), allow("kms:CreateGrant")], encrypted(text(ROOT)), ["CreateGrant: secret"]),
        ([allow(), allow("kms:CreateGrant")], encrypted(text()), []),
        (
            [allow(["secretsmanager:PutResourcePolicy", "kms:CreateGrant"])],
            encrypted(text(ROOT)),
            ["PutResourcePolicy CreateGrant: secret"],
        ),
        (
            [allow(), allow("kms:PutKeyPolicy")],
            encrypted(text(ROOT), enabled=False),
            [],
        ),
        (
            [allow("eks:CreateAccessEntry", CLUSTER.arn), allow("eks:AssociateAccessPolicy")],
            {"clusters": (CLUSTER,)},
            ["CreateAccessEntry AssociateAccessPolicy: cluster"],
        ),
        ([allow("eks:AssociateAccessPolicy")], {"clusters": (CLUSTER,)}, []),
        (
            [allow("eks:AssociateAccessPolicy", ENTRIES)],
            {"clusters": (replace(CLUSTER, entries=(AwsEntry(APP),)),)},
            ["AssociateAccessPolicy: cluster"],
        ),
        (
            [allow("eks:*")],
            {"clusters": (replace(CLUSTER, mode="CONFIG_MAP"),)},
            [],
        ),
        (
            [allow("eks:*")],
            {"clusters": (CLUSTER, AwsCluster(CLUSTER.arn.replace("prod", "dev")))},
            ["CreateAccessEntry AssociateAccessPolicy: cluster?"],
        ),
    ],
)
def test_rows(statements, more, found):
    assert obtained(role("app", *statements), role("other"), **more) == found


@pytest.mark.parametrize(
    ("action", "versions", "found"),
    [
        ("iam:CreatePolicyVersion", 1, ["CreatePolicyVersion: app+"]),
        ("iam:SetDefaultPolicyVersion", 1, []),
        ("iam:SetDefaultPolicyVersion", 2, ["SetDefaultPolicyVersion: app+?"]),
    ],
)
def test_versions_of_a_policy(action, versions, found):
    own = AwsManagedPolicy(OWN, text(allow(action, OWN)), versions)
    assert obtained(role("app", attached=(OWN,)), managed=(own,)) == found


def test_a_boundary_holds_until_it_is_taken_away():
    bound = AwsManagedPolicy(BOUNDARY, text(allow("iam:*")))
    put = role("app", allow("iam:PutRolePolicy", APP), boundary=BOUNDARY)
    dump = AwsDump((account(put, managed=(bound,)),))
    secret = Estate(dump).secrets[SECRET]
    assert Estate(dump).read(Session(APP, raised=True), secret) is False
    assert Estate(dump).read(Session(APP, raised=True, unbounded=True), secret) is True
    away = role("app", allow("iam:DeleteRolePermissionsBoundary", APP), boundary=BOUNDARY)
    assert obtained(away, managed=(bound,)) == ["DeleteRolePermissionsBoundary: app-"]
    assert obtained(replace(away, boundary="")) == []


def test_a_role_is_passed_to_pods_that_its_trust_lets_in():
    statements = allow("iam:PassRole", OTHER), allow("eks:CreatePodIdentityAssociation")
    for trusts, found in [
        (agent(), ["CreatePodIdentityAssociation PassRole: other?"]),
        (text(), []),
    ]:
        identities = role("app", *statements), role("other", trusts=trusts)
        assert obtained(*identities, clusters=(CLUSTER,)) == found


def test_what_the_organisation_denies_nobody_changes():
    control = AwsControl("p-1", text(deny("iam:*")), targets=("r-1",))
    parents = {A: "ou-1", "ou-1": "r-1"}
    organization = AwsOrganization("o-1", "444455556666", parents, (FULL, control))
    assert obtained(role("app", allow("iam:*")), organization=organization) == []


def test_a_user_writes_the_policies_of_its_groups():
    user, group = f"arn:aws:iam::{A}:user/ci", f"arn:aws:iam::{A}:group/ops"
    for named, found in [(group, ["PutGroupPolicy: ci+"]), (f"{group}-2", [])]:
        ops = AwsIdentity(group, inline=(text(allow("iam:PutGroupPolicy", named)),))
        assert obtained(AwsIdentity(user, groups=("ops",)), ops, of=user) == found


def test_a_role_that_it_assumes_is_as_good_as_itself():
    trusts = text({"Effect": "Allow", "Principal": {"AWS": APP}, "Action": "sts:AssumeRole"})
    first = role("app", allow("iam:PutRolePolicy", OTHER))
    assert obtained(first, role("other", trusts=trusts)) == ["PutRolePolicy: other+"]
