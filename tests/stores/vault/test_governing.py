"""Sentinel and second factors: unknown where they bind a request or a login, and nowhere else."""

import io
import json

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.facts.external.vault_can_i import vault_can_i
from rbacgraph.graph.build import build
from rbacgraph.model.condition import If
from rbacgraph.model.stores.vault_dump import (
    VaultDump,
    VaultEntry,
    VaultList,
    VaultMount,
    VaultPolicy,
)
from rbacgraph.sources.vault.fields import kept_fields
from rbacgraph.stores.vault.governing import Governing
from rbacgraph.techniques.catalogue import KINDS
from tests.query.test_vault_dumps import ways_of

API = {
    "apiVersion": "v1",
    "kind": "ServiceAccount",
    "metadata": {"name": "api", "namespace": "shop", "uid": "u1"},
}
ROLE = {
    "bound_service_account_names": ["api"],
    "bound_service_account_namespaces": ["shop"],
    "token_policies": ["shop"],
    "token_no_default_policy": True,
}
ENTITY = {"id": "e1", "aliases": [{"mount_accessor": "k1", "name": "u1"}]}
GROUP = {"id": "g1", "member_entity_ids": ["e1"], "policies": []}
PATH = "kv/data/shop"
SENTINEL, FACTOR = If.SENTINEL_OF_VAULT_ALLOWS, If.LOGIN_HAS_SECOND_FACTOR


def snapshot_of(more, space="", role=ROLE, **entries):
    """Return a ServiceAccount and a dump whose role lets it read, with more entries."""
    data = {
        "auth/kubernetes/role/shop": role,
        "identity/entity/id/e1": entries.get("entity", ENTITY),
        "identity/group/id/g1": entries.get("group", GROUP),
    }
    found = [VaultEntry(space, path, kept_fields(one)) for path, one in data.items()]
    found += [VaultEntry(*key, kept_fields(one)) for key, one in more.items()]
    dump = VaultDump(
        policies=(
            VaultPolicy(space, "shop", 'path "kv/data/*" { capabilities = ["read"] }', "shop.hcl"),
        ),
        mounts=(
            VaultMount(space, "auth/kubernetes", "kubernetes", accessor="k1"),
            VaultMount(space, "kv", "kv", version=2),
        ),
        entries=tuple(found),
    )
    snapshot = rg.load(io.BytesIO(json.dumps(API).encode()), bootstrap=False).snapshot
    mount = f"{space}/auth/kubernetes".lstrip("/")
    return replace(snapshot, dumps={"vault": (dump,)}, vault_mounts=(mount,))


def doubts(snapshot, path=PATH):
    """Return the doubts of can-i, which are those of the way in the graph."""
    said = vault_can_i(snapshot, method="GET", path=path, namespace="shop", name="api")
    found = {
        (one.code, one.subject)
        for lack in said.missing
        for one in lack.doubts
        if one.code is not If.ROLES_OF_VAULT_ARE_SEEN
    }
    assert said.allowed == (not found)
    graph = build(snapshot, outside=[path])
    assert found == {
        (one.code, one.subject)
        for way in ways_of(graph, ("shop", "api")).get(path, ())
        for one in way.doubts
    }
    return found


def egp(paths, level="hard-mandatory"):
    return {"name": "hours", "paths": paths, "enforcement_level": level, "policy": "main = false"}


OF_PATH = ("", "sys/policies/egp/hours")


def test_without_either_the_answer_is_certain():
    assert doubts(snapshot_of({})) == set()


@pytest.mark.parametrize(
    ("paths", "level", "bound"),
    [
        (["kv/data/shop"], "hard-mandatory", True),
        (["kv/*"], "soft-mandatory", True),
        (["*"], "hard-mandatory", True),
        (["kv/data/*", "other"], "hard-mandatory", True),
        (["kv/*"], "advisory", False),
        (["kv/data/sho"], "hard-mandatory", False),
        (["kv/data/shop/*"], "hard-mandatory", False),
        (["pki/*", "auth/people/login/*"], "hard-mandatory", False),
        (["auth/kubernetes/login"], "hard-mandatory", True),
        (["auth/kubernetes/*"], "advisory", False),
    ],
)
def test_sentinel_of_a_path_binds_its_requests_alone(paths, level, bound):
    found = doubts(snapshot_of({OF_PATH: egp(paths, level)}))
    assert found == ({(SENTINEL, ("hours",))} if bound else set())


def test_sentinel_of_a_namespace_binds_its_own_paths():
    inside = snapshot_of({("eu", "sys/policies/egp/hours"): egp(["kv/*"])}, "eu")
    assert doubts(inside, "eu/kv/data/shop") == {(SENTINEL, ("hours",))}
    beside = snapshot_of({("us", "sys/policies/egp/hours"): egp(["*"])}, "eu")
    assert doubts(beside, "eu/kv/data/shop") == set()
    for path in ("eu/kv/*", "*"):
        above = snapshot_of({OF_PATH: egp([path])}, "eu")
        assert doubts(above, "eu/kv/data/shop") == {(SENTINEL, ("hours",))}


OF_ROLE = ("", "sys/policies/rgp/office")


@pytest.mark.parametrize("level", ["hard-mandatory", "soft-mandatory", "advisory"])
@pytest.mark.parametrize("by", ["role", "entity", "group", ""])
def test_sentinel_of_a_role_binds_those_who_have_it(by, level):
    """Its name among a token's policies is known: no policy that the dump lacks."""
    holders = {
        "role": {"role": {**ROLE, "token_policies": ["shop", "office"]}},
        "entity": {"entity": {**ENTITY, "policies": ["office"]}},
        "group": {"group": {**GROUP, "policies": ["office"]}},
        "": {},
    }
    policy = {"name": "office", "enforcement_level": level, "policy": "main = false"}
    found = doubts(snapshot_of({OF_ROLE: policy}, **holders[by]))
    assert found == ({(SENTINEL, ("office",))} if by and level != "advisory" else set())


ENFORCEMENT = ("", "identity/mfa/login-enforcement/people")


@pytest.mark.parametrize(
    ("named", "bound"),
    [
        ({"auth_method_types": ["kubernetes"]}, True),
        ({"auth_method_types": ["userpass"]}, False),
        ({"auth_method_accessors": ["k1"]}, True),
        ({"auth_method_accessors": ["k2", ""]}, False),
        ({"identity_entity_ids": ["e1"]}, True),
        ({"identity_entity_ids": ["e2"]}, False),
        ({"identity_group_ids": ["g1"]}, True),
        ({"identity_group_ids": ["g2"], "identity_entity_ids": []}, False),
        ({"auth_method_types": ["userpass"], "identity_group_ids": ["g1"]}, True),
    ],
)
def test_a_second_factor_is_asked_of_the_logins_that_are_named(named, bound):
    found = doubts(snapshot_of({ENFORCEMENT: {"name": "people", **named}}))
    assert found == ({(FACTOR, ("auth/kubernetes/role/shop", "people"))} if bound else set())


def test_an_enforcement_holds_in_the_namespaces_below():
    named = {"auth_method_types": ["kubernetes"]}
    inside, beside = (
        snapshot_of({(space, ENFORCEMENT[1]): named}, "eu/app") for space in ("eu", "us")
    )
    assert {code for code, _ in doubts(inside, "eu/app/kv/data/shop")} == {FACTOR}
    assert doubts(beside, "eu/app/kv/data/shop") == set()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("sys/policies/egp", SENTINEL),
        ("identity/mfa/login-enforcement", FACTOR),
    ],
)
def test_what_a_list_names_and_the_dump_lacks_may_bind_anything(path, code):
    snapshot = snapshot_of({})
    listed = replace(snapshot.vault, lists=(VaultList("", path, ("x",)),))
    assert {found for found, _ in doubts(replace(snapshot, dumps={"vault": (listed,)}))} == {code}
    data = {"enforcement_level": "advisory", "paths": ["*"], "auth_method_types": ["ldap"]}
    known = replace(
        listed, entries=(*listed.entries, VaultEntry("", f"{path}/x", kept_fields(data)))
    )
    assert doubts(replace(snapshot, dumps={"vault": (known,)})) == set()


def test_an_entity_whose_holder_is_unknown_may_be_the_one_that_is_named():
    named = {ENFORCEMENT: {"identity_entity_ids": ["e1"]}}
    entity = {"id": "e1", "name": "ann", "aliases": [{"mount_accessor": "k1", "name": "other"}]}
    snapshot = snapshot_of(named, entity=entity)
    assert doubts(snapshot) == set()
    account = replace(
        snapshot.service_accounts[0],
        metadata=replace(snapshot.service_accounts[0].metadata, uid=""),
    )
    unknown = replace(snapshot, service_accounts=(account,))
    said = vault_can_i(unknown, method="GET", path=PATH, namespace="shop", name="api")
    codes = {one.code for lack in said.missing for one in lack.doubts}
    assert not said.allowed
    assert codes > {If.ACCOUNT_IS_ENTITY_OF_VAULT, If.ACCOUNT_IS_NO_ENTITY_OF_VAULT, FACTOR}


def test_a_root_token_is_bound_by_none():
    governing = Governing(snapshot_of({OF_PATH: egp(["*"])}).vault)
    assert governing.of_request(PATH, "", ("root",)) == ()
    assert governing.of_request(f"/{PATH}", "", ("shop",)) == ("hours",)


def test_a_login_by_a_role_that_the_attacker_writes_is_asked_too():
    write = 'path "auth/other/role/*" { capabilities = ["create", "update"] }'
    role = {**ROLE, "token_policies": ["admin"]}

    def gained(more):
        snapshot = snapshot_of(more, role=role)
        policies = (*snapshot.vault.policies, VaultPolicy("", "admin", write, "admin.hcl"))
        other = VaultMount("", "auth/other", "kubernetes", accessor="k2")
        mounts = (*snapshot.vault.mounts, other)
        vault = replace(snapshot.vault, policies=policies, mounts=mounts)
        graph = build(replace(snapshot, dumps={"vault": (vault,)}))
        kind = KINDS["vault-auth-role"]
        edges = [edge for edge, one in enumerate(graph.kind_of) if one == kind]
        return {one.code for edge in edges for one in graph.condition_at(edge).doubts}

    without = gained({})
    assert without == {If.MOUNT_OF_VAULT_IS_THIS_CLUSTERS}
    assert gained({ENFORCEMENT: {"auth_method_accessors": ["k2"]}}) == {*without, FACTOR}
    assert gained({OF_PATH: egp(["auth/other/login"])}) == {*without, SENTINEL}
    assert gained({OF_PATH: egp(["auth/kubernetes/login"])}) == without
    assert gained({ENFORCEMENT: {"auth_method_types": ["ldap"]}}) == without


def test_what_a_token_obtains_is_bound_too():
    """The write of a policy is a request like others."""
    role = {**ROLE, "token_policies": ["admin"]}
    write = 'path "sys/policies/acl/*" { capabilities = ["create", "update"] }'

    def gains(more):
        snapshot = snapshot_of(more, role=role)
        policy = VaultPolicy("", "admin", write, "admin.hcl")
        dump = replace(snapshot.vault, policies=(policy,))
        graph = build(replace(snapshot, dumps={"vault": (dump,)}), outside=[PATH])
        kinds = {graph.kind_of[edge]: edge for edge in range(len(graph.kind_of))}
        return graph.condition_at(kinds[KINDS["vault-policy-write"]])

    assert not gains({})
    assert not gains({OF_PATH: egp(["kv/data/other"])})
    assert gains({OF_PATH: egp(["sys/policies/*"])}) == SENTINEL("hours")
