"""The whole answer about the bundled cluster, against one found by hand."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

import rbacgraph as rg
from rbacgraph.errors import NotFoundError

CLUSTERS = Path(__file__).parents[3] / "fixtures" / "clusters"
EXPECTED = yaml.safe_load((Path(__file__).parent / "shop_expected.yaml").read_text())
NOTHING = ("group:auditors", "group:system:authenticated", "user:carol")
NOT_COUNTED = ("node:", "pod:")


@pytest.fixture(scope="module")
def shop() -> rg.Cluster:
    return rg.load(CLUSTERS / "shop")


@pytest.fixture(scope="module")
def manifests() -> rg.Cluster:
    return rg.load(CLUSTERS / "shop-manifests", kubernetes_version="1.36")


def secrets_of(cluster, source):
    return {
        reached.target.removeprefix("secret:"): "certain" if reached.certain else "conditional"
        for reached in cluster.reach(source=source)
        if reached.kind == "secret"
    }


def told(secrets):
    """What a source gets does not ask whether it gets it as a member."""
    return {secret: how.replace("member", "certain") for secret, how in secrets.items()}


@pytest.mark.parametrize("source", EXPECTED)
def test_reach(shop, source):
    assert secrets_of(shop, source) == told(EXPECTED[source])


@pytest.mark.parametrize("source", NOTHING)
def test_reach_of_those_who_get_nothing(shop, source):
    assert secrets_of(shop, source) == {}


@pytest.mark.parametrize(
    ("source", "pod"),
    [
        ("deployment:shop/api", "pod:shop/api-2hc6xzhqg-g49fh"),
        ("replicaset:shop/api-2hc6xzhqg", "pod:shop/api-2hc6xzhqg-g49fh"),
        ("cronjob:shop/nightly-report", "pod:shop/nightly-report-29549415-4t4qb"),
    ],
)
def test_a_workload_that_has_pods_is_asked_about_by_them(shop, source, pod):
    with pytest.raises(
        NotFoundError, match=f"{source} has Pods in the input: start from one of them"
    ) as raised:
        shop.reach(source=source)
    assert pod in str(raised.value.advice)
    assert shop.reach(source=pod)


def test_a_workload_that_is_not_there_is_none_with_pods(shop):
    with pytest.raises(NotFoundError, match="the input holds no deployment:shop/apii"):
        shop.reach(source="deployment:shop/apii")


def test_paths_name_every_principal(shop):
    found = {
        (path.principal, path.target.removeprefix("secret:")) for path in shop.paths(secret="*/*")
    }
    assert found == {
        (principal, secret)
        for principal, secrets in EXPECTED.items()
        for secret, how in secrets.items()
        if how != "member" and not principal.startswith(NOT_COUNTED)
    }


def test_exposure_counts(shop):
    counts = Counter(
        (secret, how)
        for principal, secrets in EXPECTED.items()
        if not principal.startswith(NOT_COUNTED)
        for secret, how in secrets.items()
    )
    rows = {row.secret.removeprefix("secret:"): row for row in shop.exposure()}
    assert rows.keys() == {secret for secret, _ in counts}
    assert {
        secret: (row.certain, row.conditional, row.members) for secret, row in rows.items()
    } == {
        secret: (
            counts[secret, "certain"],
            counts[secret, "conditional"],
            counts[secret, "member"],
        )
        for secret in rows
    }


def test_a_mapping_of_groups_adds_their_members(shop):
    known = rg.load(CLUSTERS / "shop", groups=CLUSTERS / "shop-groups.yaml")
    assert secrets_of(known, "user:frank") == told(EXPECTED["group:oncall"])
    assert secrets_of(shop, "user:frank") == {}


def test_what_a_person_may_change_is_not_read(shop):
    (key,) = shop.paths(secret="shop/session-signing-key").secrets
    changers = {changer.principal: changer.verbs for changer in key.changers}
    assert changers["serviceaccount:shop/key-rotator"] == ("update",)


def test_an_ingress_is_a_reference_and_no_path(shop):
    (tls,) = shop.paths(secret="shop/www-tls").secrets
    assert [reference.source for reference in tls.references] == ["ingress:shop/www"]


def test_the_manifests_tell_the_same(manifests):
    """From Git: no Pods, so a CronJob may run one at any time; no nodes; no deleted accounts."""
    gone = {"kube-system/storage-array"}
    for source, secrets in EXPECTED.items():
        if source.startswith(NOT_COUNTED) or "kube-system" in source:
            continue
        expected = {s: how for s, how in told(secrets).items() if s not in gone}
        assert secrets_of(manifests, source) == expected, source
