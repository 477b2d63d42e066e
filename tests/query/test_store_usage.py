"""What logs of stores show, compared with what a dump lets ServiceAccounts read."""

import io
import json
from pathlib import Path

import pytest

import rbacgraph
from rbacgraph.model.answers.usage import StoreUse
from rbacgraph.sources.audit.audit import read_audit
from tests.sources.test_store_logs import (
    ARN,
    BOB,
    SA,
    began,
    device,
    files,
    login,
    session,
    trail,
)

ESTATE = Path("fixtures/stores/aws/estate")
PAIRS = json.loads((ESTATE / "truth.json").read_text())["pairs"]


@pytest.fixture(scope="module")
def estate():
    return rbacgraph.load(ESTATE, bootstrap=False)


@pytest.fixture(scope="module")
def result(estate):
    return estate.usage(files("cloudtrail")).result


def log(*events):
    return io.BytesIO("\n".join(map(json.dumps, events)).encode())


def test_each_pair_of_the_estate_is_said_to_be_read_unused_or_unexplained(result):
    """The dump's recorded answers, and the log's: two truths that no code here made."""
    reads = {(use.who, use.secret) for use in result.stores if use.reads}
    unused = {(one.who, one.secret): one.certain for one in result.stores_unused}
    unexplained = {(one.who, one.secret): one.why for one in result.stores_unexplained}
    for pair, may in PAIRS.items():
        key = tuple(pair.split())
        assert (key in unused) == (may != "no" and key not in reads), pair
        assert unused.get(key, may == "yes") == (may == "yes") or key in reads, pair
        assert (unexplained.get(key) == "no-policy") == (may == "no" and key in reads), pair


def test_a_session_without_beginning_and_who_is_no_service_account_are_not_explained(result):
    reasons = {one.who.partition(":")[0]: one.why for one in result.stores_unexplained}
    assert reasons["aws-role"] == "unknown-session"
    assert reasons["aws-user"] == reasons["aws-account"] == "no-service-account"


def test_rows_are_those_without_the_input(result):
    alone = (
        rbacgraph.load(io.BytesIO(b"{}"), allow_empty=True, bootstrap=False)
        .usage(files("cloudtrail"))
        .result
    )
    assert alone.stores == result.stores
    assert alone.stores_unused == ()
    assert [one.why for one in alone.stores_unexplained] == ["unknown-session"]
    assert alone.grants == result.grants == ()  # no event of the API server


REASONS = {
    "unknown-service-account": ("system:serviceaccount:shop:gone", "shop/stripe"),
    "no-policy": ("system:serviceaccount:shop:web", "shop/stripe"),
    "unknown-secret": ("system:serviceaccount:shop:web", "shop/gone"),
}
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/"
OWN = f"{PROVIDER}oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"


@pytest.mark.parametrize("why", REASONS)
def test_a_read_that_the_dump_does_not_explain(why, estate):
    subject, secret = REASONS[why]
    read = trail("GetSecretValue", user=session("A"), secretId=secret)
    (one,) = estate.usage(log(began("A", subject, OWN), read)).result.stores_unexplained
    assert one.why == why


def test_a_service_account_that_no_role_lets_in():
    """In the bundled example; a role of the estate lets in each ServiceAccount."""
    lone = b"apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x, namespace: lone}"
    cluster = rbacgraph.load("fixtures/clusters/shop-stores", io.BytesIO(lone), bootstrap=False)
    data = {"service_account_namespace": "lone", "service_account_name": "x"}
    read = device("kv/data/ci/registry", auth={**SA, "metadata": data})
    (one,) = cluster.usage(log(read)).result.stores_unexplained
    assert one.why == "no-trust"


def test_a_service_account_of_another_cluster_is_only_the_role_that_it_took(estate):
    who = "system:serviceaccount:shop:web"
    read = trail("GetSecretValue", user=session("A"), secretId=f"{ARN}shop/web")
    events = log(began("A", who, f"{PROVIDER}oidc.example/id/OTHER"), read)
    found = estate.usage(events).result
    (use,), (one,) = found.stores, found.stores_unexplained
    assert use.who == one.who == "aws-role:arn:aws:iam::111122223333:role/app"
    assert one.why == "another-cluster"


def test_only_the_principal_that_is_asked_about_is_shown(estate):
    found = estate.usage(files("cloudtrail"), source="sa:shop/web").result
    every = (*found.stores, *found.stores_unused, *found.stores_unexplained)
    assert {one.who for one in every} == {"sa:shop/web"}
    assert estate.usage(files("cloudtrail"), source="user:bob").result.stores == ()


def test_secrets_of_one_name_in_two_regions_have_their_places():
    here = trail("GetSecretValue", user=session("A"), secretId="db")
    there = {**here, "eventID": "other", "awsRegion": "us-east-1"}
    cluster = rbacgraph.load(io.BytesIO(b"{}"), allow_empty=True, bootstrap=False)
    assert [use.secret for use in cluster.usage(log(here, there)).result.stores] == [
        "aws:111122223333/eu-west-1/secretsmanager/db",
        "aws:111122223333/us-east-1/secretsmanager/db",
    ]


def test_a_dump_of_vault_explains_what_its_policies_allow():
    """The bundled example: what can_read says of each pair of the log."""
    cluster = rbacgraph.load("fixtures/clusters/shop-stores", bootstrap=False)
    paths = ("kv/data/ci/registry", "kv/data/ci/deploy-key", "kv/data/payments/stripe")
    accounts = [one.metadata for one in cluster.snapshot.service_accounts]
    for path in paths:
        for account in accounts:
            metadata = {
                "service_account_namespace": account.namespace,
                "service_account_name": account.name,
            }
            read = device(path, auth={**SA, "metadata": metadata})
            found = cluster.usage(log(read)).result
            who = f"sa:{account.namespace}/{account.name}"
            decision = cluster.can_read(f"vault:{path}", user=who)
            explained = bool(decision) or decision.unknown
            assert bool(found.stores_unexplained) is not explained, (who, path)
            refused = device(path, auth={**SA, "metadata": metadata}, error="permission denied")
            refused = cluster.usage(log(refused)).result
            unused = {(one.who, one.secret): one.certain for one in refused.stores_unused}
            assert ((who, f"vault:{path}") in unused) is explained, (who, path)
            assert unused.get((who, f"vault:{path}"), False) == bool(decision)


def test_who_logs_in_otherwise_is_no_service_account():
    found = rbacgraph.load("fixtures/clusters/shop-stores", bootstrap=False).usage(
        log(device("kv/data/ci/registry", auth=BOB))
    )
    (one,) = found.result.stores_unexplained
    assert (one.who, one.why) == ("vault:userpass/bob", "no-service-account")


def test_the_log_alone_gives_the_document():
    """The shape that the answer promises."""
    found = rbacgraph.load(io.BytesIO(b"{}"), allow_empty=True, bootstrap=False).usage(
        files("openbao")
    )
    document = json.loads(found.report().render("json"))
    assert document["stores"][0] == {
        "who": "sa:batch/job",
        "secret": "vault:kv/data/batch/key",
        "reads": 0,
        "refused": 2,
        "lastRead": None,
    }
    assert len(document["stores"]) == len(read_audit(*files("openbao")).stores)
    assert isinstance(found.result.stores[0], StoreUse)


def test_a_mount_of_another_cluster_is_only_what_logs_in_there(tmp_path):
    """By the issuer that the dump says it asks for."""
    config = {"bound_issuer": "https://oidc.example/other"}
    (tmp_path / "vault/auth/jwt").mkdir(parents=True)
    (tmp_path / "vault/auth/jwt/config.json").write_text(json.dumps({"data": config}))
    events = [
        login(SA, path="auth/jwt/login", kind="jwt", mount="auth/jwt/"),
        device("kv/data/db", auth=SA),
    ]
    for issuer, who in (("other", "sa:shop/api"), ("own", "vault:jwt/shop/api")):
        issuers = [f"https://oidc.example/{issuer}"]
        cluster = rbacgraph.load(tmp_path, allow_empty=True, bootstrap=False, oidc_issuers=issuers)
        found = cluster.usage(log(*events)).result
        assert [use.who for use in found.stores] == [who]
        assert (found.stores_unexplained[0].why == "another-cluster") is (issuer == "own")
