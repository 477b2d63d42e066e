"""Whose ServiceAccounts a mount admits: only what a server would check proves it."""

import pytest

from rbacgraph.model.inputs.snapshot import IN_CLUSTER, Collected, Snapshot
from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry, VaultMount
from rbacgraph.stores.vault.mount_owners import (
    MountOwner,
    Ownership,
    OwnerSign,
    mount_owners,
    owners_in,
)

OWN = "https://oidc.eks.eu-west-1.amazonaws.com/id/AAAA"
OTHER = "https://oidc.eks.eu-west-1.amazonaws.com/id/BBBB"
SHARED = "https://kubernetes.default.svc.cluster.local"
SERVER = "https://api.a.example:6443"
THIS, ANOTHER, UNKNOWN = MountOwner.THIS, MountOwner.ANOTHER, MountOwner.UNKNOWN


def owner(config, *, issuers=(OWN,), server=SERVER, **more):
    dump = VaultDump(entries=(VaultEntry("", "auth/m/config", config),))
    return mount_owners(dump, server=server, issuers=issuers, **more)["", "auth/m"]


CASES = [
    ({"kubernetes_host": SERVER}, THIS),
    ({"kubernetes_host": "https://API.a.example:6443/"}, THIS),
    ({"kubernetes_host": "https://api.a.example"}, UNKNOWN),
    # An API server has several addresses: another one is no proof.
    ({"kubernetes_host": "https://10.0.0.1:6443"}, UNKNOWN),
    ({"kubernetes_host": "https://kubernetes.default.svc"}, UNKNOWN),
    ({"bound_issuer": OWN}, THIS),
    ({"bound_issuer": f"{OWN}/"}, UNKNOWN),  # the server compares the text
    ({"bound_issuer": OTHER}, ANOTHER),
    ({"bound_issuer": SHARED}, ANOTHER),  # no token of this cluster has it
    ({"bound_issuer": "kubernetes/serviceaccount"}, UNKNOWN),  # tokens in Secrets have it
    ({"bound_issuer": ""}, UNKNOWN),
    ({"oidc_discovery_url": OWN}, THIS),
    ({"oidc_discovery_url": f"{OWN}/"}, THIS),
    # A copy of this cluster's keys may be published elsewhere.
    ({"oidc_discovery_url": OTHER}, UNKNOWN),
    ({"oidc_discovery_url": OTHER, "bound_issuer": OTHER}, ANOTHER),
    ({"oidc_discovery_url": OWN, "bound_issuer": OTHER}, UNKNOWN),
    ({"jwks_url": f"{OWN}/keys"}, THIS),
    ({"jwks_url": f"{OWN}/openid/v1/jwks"}, THIS),
    ({"jwks_url": f"{OWN}/another/cluster/keys"}, UNKNOWN),
    ({"jwks_url": f"{OTHER}/keys"}, UNKNOWN),
    ({"issuer": OWN, "disable_iss_validation": False}, THIS),
    ({"issuer": OTHER, "disable_iss_validation": False}, ANOTHER),
    ({"issuer": OTHER, "disable_iss_validation": True}, UNKNOWN),
    ({"issuer": OTHER}, UNKNOWN),
    ({"issuer": "", "disable_iss_validation": False}, UNKNOWN),
    ({"kubernetes_host": SERVER, "issuer": OTHER, "disable_iss_validation": False}, UNKNOWN),
    ({"kubernetes_host": SERVER, "issuer": OTHER, "disable_iss_validation": True}, THIS),
    ({"kubernetes_host": "https://[::1", "jwks_url": "https://[x"}, UNKNOWN),
    ({}, UNKNOWN),
]


@pytest.mark.parametrize(("config", "expected"), CASES)
def test_signs(config, expected):
    assert owner(config).owner is expected


@pytest.mark.parametrize(
    "issuer",
    [
        SHARED,
        "https://kubernetes.default.svc",
        "https://kubernetes.default",
        "https://kubernetes",
        "https://10.96.0.1",
        "https://127.0.0.1:6443",
        "https://localhost",
        "https://oidc.identity.svc.cluster.local",
        "kubernetes/serviceaccount",
        "cluster-a",
        "",
    ],
)
def test_an_issuer_that_clusters_share_shows_nothing(issuer):
    for config in (
        {"bound_issuer": issuer},
        {"issuer": issuer, "disable_iss_validation": False},
        {"oidc_discovery_url": issuer},
        {"jwks_url": f"{issuer}/openid/v1/jwks"},
    ):
        assert owner(config, issuers=(issuer,)) == Ownership()


@pytest.mark.parametrize("config", [config for config, _ in CASES])
def test_without_known_issuers_no_mount_is_another_clusters(config):
    assert owner(config, issuers=()).owner is not ANOTHER


@pytest.mark.parametrize("server", ["https://127.0.0.1:6443", "https://localhost:6443", ""])
def test_an_address_that_depends_on_who_looks_shows_nothing(server):
    assert owner({"kubernetes_host": server}, server=server) == Ownership()


def test_every_issuer_of_the_cluster_counts():
    assert owner({"bound_issuer": OTHER}, issuers=(OWN, OTHER)).owner is THIS


def test_the_caller_knows_best():
    for said in ("m", "auth/m", "/auth/m/"):
        found = owner({"bound_issuer": OTHER}, stated=[said])
        assert found == Ownership(THIS, OwnerSign.STATED)


def test_namespaces_of_vault_are_apart():
    path, config = "auth/k/config", {"kubernetes_host": SERVER}
    dump = VaultDump(
        entries=(VaultEntry("team", path, config), VaultEntry("", "auth/x/role/r", {})),
        mounts=(
            VaultMount("", "auth/k", "kubernetes"),
            VaultMount("team", "auth/n/o", "jwt"),
            VaultMount("", "kv", "kv"),
        ),
    )
    found = mount_owners(dump, server=SERVER, stated=["team/auth/n/o", "k"])
    assert {key: one.owner for key, one in found.items()} == {
        ("", "auth/k"): THIS,
        ("", "auth/x"): UNKNOWN,
        ("team", "auth/k"): THIS,
        ("team", "auth/n/o"): THIS,
    }
    assert mount_owners(dump, server=SERVER)["", "auth/k"].owner is UNKNOWN


def test_the_address_within_a_pod_shows_nothing():
    entry = VaultEntry("", "auth/k/config", {"kubernetes_host": "https://10.96.0.1:443"})
    dump = VaultDump(entries=(entry,))

    def found(context):
        collected = Collected(context=context, server="https://10.96.0.1")
        return owners_in(Snapshot(collected=collected), dump)["", "auth/k"].owner

    assert (found("prod"), found(IN_CLUSTER)) == (THIS, UNKNOWN)
    assert owners_in(Snapshot(), VaultDump()) == {}
