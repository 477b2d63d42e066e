"""Several dumps of Vault in one input: parts of one that agree, or none at all."""

import json
import random
from itertools import product

import pytest
from msgspec.structs import replace

from rbacgraph.errors import InputError, UsageError
from rbacgraph.facts.external.vault_can_i import vault_can_i
from rbacgraph.model.stores.vault_dump import VaultPolicy
from rbacgraph.sources.load import load
from rbacgraph.sources.snapshots import snapshot_files
from rbacgraph.sources.vault.merge_dumps import FoundDump, merged_dump
from tests.query.plain.clusters.objects import ACCOUNTS, SPACES
from tests.query.test_vault_dumps import ASKED, snapshot_of
from tests.sources.test_vault_dump import write
from tests.worlds import law

HALVES = "half.json", "other.json"


def halves_of(dump, seed):
    """Return two dumps that have each part of a dump between them, and some of them both."""
    rng = random.Random(f"halves {seed}")
    lists = {(one.namespace, one.path.startswith("auth/")) for one in dump.mounts}
    drawn = {one: rng.choice(((0,), (1,), (0, 1))) for one in sorted(lists)}
    halves = []
    for half in (0, 1):
        kept = {
            field: tuple(one for one in getattr(dump, field) if half in rng_of(seed, one))
            for field in ("policies", "entries", "lists")
        }
        mounts = tuple(
            one for one in dump.mounts if half in drawn[one.namespace, one.path.startswith("auth/")]
        )
        halves.append(replace(dump, mounts=mounts, **kept))
    return halves


def rng_of(seed, part):
    """Return the halves that have a part: the one, the other or both."""
    return random.Random(f"{seed} {part!r}").choice(((0,), (1,), (0, 1)))


def answers(snapshot, dump):
    """Return what is said of every ServiceAccount and some paths."""
    snapshot = replace(snapshot, dumps={"vault": (dump,)})
    found = {}
    for space, name in product(SPACES, ACCOUNTS):
        for path in ("kv/data/one", "kv/data/three", "old/one", ASKED, "team/kv/data/one"):
            said = vault_can_i(snapshot, method="GET", path=path, namespace=space, name=name)
            found[space, name, path] = said.allowed, set(said.missing)
    return found


@law(snapshot_of, 60)
def test_halves_that_agree_are_one_dump(seed):
    snapshot = snapshot_of(seed)
    halves = halves_of(snapshot.vault, seed)
    parts = [FoundDump(*one) for one in zip(halves, HALVES, strict=True)]
    joined = merged_dump(parts)
    assert joined == merged_dump(parts[::-1])
    assert answers(snapshot, joined) == answers(snapshot, snapshot.vault)


def files_of(folder, changes=()):
    """Return a small dump's files below a folder, some of them changed or left out."""
    files = {
        "policy/shop.hcl": 'path "kv/data/shop" { capabilities = ["read"] }',
        "policy.json": ["default", "root", "shop"],
        "auth.json": {"kubernetes/": {"type": "kubernetes", "accessor": "k"}},
        "secrets.json": {"kv/": {"type": "kv", "options": {"version": "2"}}},
        "auth/kubernetes/role.json": {"data": {"keys": ["shop"]}},
        "auth/kubernetes/role/shop.json": {
            "data": {
                "bound_service_account_names": ["api", "web"],
                "bound_service_account_namespaces": ["shop"],
                "token_policies": ["shop"],
            }
        },
        **dict(changes),
    }
    return {f"{folder}/vault/{name}": one for name, one in files.items() if one is not None}


ROLE = "auth/kubernetes/role/shop.json"
ROLES, MORE = "auth/kubernetes/role.json", "auth/kubernetes/role/more"
DISAGREE = {
    "policy": (
        {"policy/shop.hcl": 'path "kv/data/*" { capabilities = ["read"] }'},
        "A/vault/policy/shop.hcl and B/vault/policy/shop.hcl disagree about policy shop of Vault",
    ),
    "role": (
        {ROLE: {"data": {"bound_service_account_names": ["api"]}}},
        f"A/vault/{ROLE} and B/vault/{ROLE} disagree about auth/kubernetes/role/shop of Vault",
    ),
    "list": (
        {ROLES: {"data": {"keys": ["shop", "more"]}}},
        f"A/vault/{ROLES} and B/vault/{ROLES} disagree about the list {ROLES[:-5]} of Vault",
    ),
    "auth-methods": (
        {"auth.json": {"kubernetes/": {"type": "kubernetes", "accessor": "other"}}},
        "A/vault/auth.json and B/vault/auth.json disagree about the auth methods of Vault",
    ),
    "engines": (
        {"secrets.json": {"kv/": {"type": "kv", "options": {"version": "1"}}}},
        "A/vault/secrets.json and B/vault/secrets.json disagree about the secrets engines of Vault",
    ),
    "role-not-listed": (
        {
            ROLES: None,
            f"{MORE}.json": {"data": {"bound_service_account_names": ["api"]}},
        },
        f"A/vault/{ROLES} does not list {MORE}, which B/vault/{MORE}.json has",
    ),
    "policy-not-listed": (
        {"policy.json": None, "policy/more.hcl": 'path "a" { capabilities = ["read"] }'},
        "A/vault/policy.json does not list policy more, which B/vault/policy/more.hcl has",
    ),
    "mount-not-listed": (
        {
            "auth.json": None,
            "auth/eu/role/r.json": {"data": {"bound_service_account_names": ["api"]}},
        },
        "A/vault/auth.json does not list auth/eu/role/r, which B/vault/auth/eu/role/r.json has",
    ),
}


@pytest.mark.parametrize("name", DISAGREE)
def test_dumps_that_disagree_are_refused_by_name(tmp_path, monkeypatch, name):
    changes, message = DISAGREE[name]
    write(tmp_path, {**files_of("A"), **files_of("B", changes)})
    monkeypatch.chdir(tmp_path)
    for folders in (("A", "B"), (".",)):
        with pytest.raises(InputError) as refused:
            load(*folders)
        assert refused.value.message.replace("./", "") == message
        assert refused.value.advice.startswith("they are of two servers, or of two times")
    assert load("B").vault is not None


def test_two_files_of_one_folder_disagree_too(tmp_path):
    write(tmp_path, {**files_of("A"), "A/vault/policies/shop.hcl": 'path "a" { policy = "read" }'})
    with pytest.raises(InputError, match="disagree about policy shop of Vault"):
        load(tmp_path)


CHANCE = {
    "charts/a/vault/list.json": ["x", "y"],
    "charts/b/vault/list.json": ["x"],
    "charts/a/vault/app/config.json": {"name": "a"},
    "charts/b/vault/app/config.json": {"name": "b"},
}


def test_what_only_lies_in_a_folder_of_that_name_refuses_nothing(tmp_path):
    write(tmp_path, {**files_of("A"), **CHANCE})
    found = load(tmp_path)
    whole = load(tmp_path / "A").vault
    assert found.vault.policies == whole.policies
    assert [(one.code, one.severity) for one in found.diagnostics] == [
        ("vault-place", "warning"),
        ("vault-place", "warning"),
    ]
    assert "charts/b/vault" in found.diagnostics[1].file


def test_a_half_of_names_alone_is_read(tmp_path):
    names = {"old.json": {"data": {"keys": ["db"]}}}
    write(tmp_path, {**files_of("A"), "B/vault/old.json": names["old.json"]})
    assert ("old", ("db",)) in {(one.path, one.names) for one in load(tmp_path).vault.lists}


def test_the_order_of_names_counts_for_nothing(tmp_path):
    role = json.loads(json.dumps(files_of("A")[f"A/vault/{ROLE}"]))
    role["data"]["bound_service_account_names"].reverse()
    changes = {ROLE: role, "policy.json": ["shop", "root", "default"]}
    write(tmp_path, {**files_of("A"), **files_of("B", changes)})
    found = load(tmp_path / "A", tmp_path / "B").vault
    assert [one.file for one in found.policies] == [str(tmp_path / "A/vault/policy/shop.hcl")]


def test_the_blanks_that_the_cli_takes_away_count_for_nothing(tmp_path):
    text = files_of("A")["A/vault/policy/shop.hcl"]
    answer = {"data": {"name": "shop", "policy": f"\n{text}\n\n"}}
    changes = {"policy/shop.hcl": None, "sys/policies/acl/shop.json": answer}
    write(tmp_path, {**files_of("A"), **files_of("B", changes)})
    assert [one.name for one in load(tmp_path).vault.policies] == ["shop"]


def test_namespaces_that_agree_are_one_dump(tmp_path):
    inside = {f"A/vault/namespace/eu/{one[8:]}": text for one, text in files_of("A").items()}
    write(tmp_path, {**inside, **files_of("B")})
    found = load(tmp_path).vault
    assert [one.namespace for one in found.policies] == ["", "eu"]


def test_what_one_half_shows_of_openbao_holds_for_the_other(tmp_path):
    scans = 'path "kv/*" { capabilities = ["scan"] }'
    plugin = {"kv/": {"type": "kv", "running_plugin_version": "v1+builtin.bao"}}
    write(tmp_path, {"A/vault/policy/p.hcl": scans, "B/vault/secrets.json": plugin})
    found = load(tmp_path / "A", tmp_path / "B")
    assert (found.vault.flavour, len(found.vault.policies)) == ("openbao", 1)


def saved(path, dump):
    snapshot = replace(load(path.parent / "A"), dumps={"vault": (dump,)})
    path.write_bytes(b"".join(snapshot_files.encoded(snapshot)))
    return path


@pytest.fixture
def dumps(tmp_path):
    """Two saved dumps, which a test may change."""
    write(tmp_path, files_of("A"))
    dump = load(tmp_path / "A").vault
    return [saved(tmp_path / f"{name}.json", dump) for name in ("one", "two")], dump


def test_saved_dumps_are_compared_too(dumps, tmp_path):
    (one, two), dump = dumps
    assert load(one, two).vault.policies == dump.policies
    assert load(one, tmp_path / "A").vault.policies == dump.policies
    saved(two, replace(dump, policies=(replace(dump.policies[0], text=""),)))
    with pytest.raises(InputError) as refused:
        load(one, two)
    assert refused.value.message == f"{one} and {two} disagree about policy shop of Vault"
    with pytest.raises(InputError, match=r"two\.json and .*/shop\.hcl|shop\.hcl and .*two\.json"):
        load(two, tmp_path / "A")


def test_servers_at_two_addresses_are_two_stores(dumps, tmp_path):
    (one, two), dump = dumps
    saved(one, replace(dump, address="a.example:8200"))
    assert load(one, two).vault.address == "a.example:8200"
    assert load(two, one).vault.address == "a.example:8200"
    other = replace(dump, policies=(), lists=dump.lists[:1], address="b.example:8200")
    three = saved(two, replace(other, policies=dump.policies, address="c.example:8200"))
    saved(tmp_path / "half.json", replace(other, lists=dump.lists))
    saved(tmp_path / "other.json", other)
    found = load(three, tmp_path / "half.json", one, tmp_path / "other.json")
    assert [found.address[:1] for found in found.stores] == ["a", "b", "c"]
    assert [len(found.policies) for found in found.stores] == [1, 0, 1]
    assert found.stores[1].lists == tuple(sorted(dump.lists, key=lambda one: one.path))
    with pytest.raises(UsageError, match=r"a\.example:8200, b\.example:8200, c\.example:8200"):
        _ = found.vault
    again = snapshot_files.decoded(b"".join(snapshot_files.encoded(found)))
    assert again.stores == found.stores
    changed = replace(dump, policies=(replace(dump.policies[0], text=""),))
    saved(tmp_path / "again.json", replace(changed, address="a.example:8200"))
    with pytest.raises(InputError, match=r"one\.json and .*again\.json disagree about policy shop"):
        load(one, tmp_path / "again.json", three)


def test_a_dump_that_may_be_of_two_servers_is_refused(dumps, tmp_path):
    (one, two), dump = dumps
    for path, address in ((one, "a.example:8200"), (two, "b.example:8200")):
        saved(path, replace(dump, address=address))
    with pytest.raises(InputError) as refused:
        load(one, tmp_path / "A", two)
    assert refused.value.message == (
        f"{tmp_path / 'A'}/vault/policy/shop.hcl does not say of which Vault it is, and the input"
        f" holds dumps of several: {one} of that at a.example:8200, {two} of that at b.example:8200"
    )
    write(tmp_path, {"charts/vault/list.json": ["x", "y"]})
    found = load(one, two, tmp_path / "charts")
    assert [(len(one.lists), one.address[:1]) for one in found.stores] == [(2, "a"), (2, "b")]
    assert "does not say of which Vault" in found.diagnostics[0].message


def test_each_store_has_its_own_flavour(dumps):
    (one, two), dump = dumps
    scans = (replace(dump.policies[0], text='path "kv/*" { capabilities = ["scan"] }'),)
    saved(one, replace(dump, flavour="openbao", policies=scans, address="a.example:8200"))
    saved(two, replace(dump, address="b.example:8200"))
    found = load(one, two)
    assert [one.flavour for one in found.stores] == ["openbao", "vault"]
    assert found.diagnostics == ()
    half = replace(
        dump, policies=(VaultPolicy("", "none", ""),), address="a.example:8200", lists=()
    )
    three = saved(one.with_name("three.json"), half)
    assert [len(one.policies) for one in load(three, one, two).stores] == [1, 1]
    assert [len(one.policies) for one in load(three, two).stores] == [1, 1]
    every = load(one, two, dumps={"vault": {"flavour": "vault"}}).stores
    assert [(one.flavour, len(one.policies)) for one in every] == [("vault", 0), ("vault", 1)]
