"""Small random dumps of Vault that fit the random clusters, and their ServiceAccounts."""

import json
import random

from rbacgraph.model.stores.vault_dump import (
    VaultDump,
    VaultEntry,
    VaultList,
    VaultMount,
    VaultPolicy,
)
from rbacgraph.sources.vault.fields import kept_fields
from tests.query.plain.clusters.objects import ACCOUNTS, SPACES

MOUNTS = ("auth/kubernetes", "auth/other")
POLICIES = ("one", "two", "three", "own", "gone")
KEYS = ("one", "two", "three")
OWN = "{{identity.entity.aliases.acc_auth/kubernetes.metadata.service_account_name}}"
PATTERNS = (
    *("kv/data/*", "kv/data/one", "kv/data/t*", "kv/data/+", "kv/+/two", "+/data/three", "kv/*"),
    *(
        f"kv/data/{ACCOUNTS[0]}/*",
        f"kv/data/{OWN}/*",
        f"kv/data/{OWN}/*",
        "old/*",
        "old/one",
        "db/creds/+",
        "pki/issue/*",
    ),
)
CAPABILITIES = (["read"], ["read"], ["read", "list"], ["deny"], ["update"], ["create", "update"])


def random_dump(seed):
    """Return a dump in which some roles, lists and policies are missing."""
    rng = random.Random(f"vault {seed}")
    spaces = ("", "team") if rng.random() < 0.3 else ("",)
    parts = [_part(rng, space) for space in spaces]
    policies, mounts, entries, lists = (
        tuple(one for part in parts for one in part[place]) for place in range(4)
    )
    return VaultDump(policies=policies, mounts=mounts, entries=entries, lists=lists)


def _part(rng, space):
    mounts = [VaultMount(space, one, "kubernetes", accessor=f"acc_{one}") for one in MOUNTS]
    mounts += [
        VaultMount(space, "auth/jwt", "jwt", accessor="acc_jwt"),
        VaultMount(space, "kv", "kv", version=2),
        VaultMount(space, "old", "kv", version=1),
        VaultMount(space, "db", "database"),
        VaultMount(space, "pki", "pki"),
    ]
    policies = [
        VaultPolicy(space, name, _policy(rng), f"{name}.hcl", 1)
        for name in POLICIES[:-1]
        if rng.random() < 0.95
    ]
    lists = [VaultList(space, "kv/metadata", tuple(rng.sample(KEYS, 2)))]
    lists += [
        VaultList(space, f"kv/metadata/{ACCOUNTS[0]}", ("key",)),
        VaultList(space, "old", ("one",)),
    ]
    entries = []
    for mount in (*MOUNTS, "auth/jwt"):
        names = [f"r{number}" for number in range(rng.randint(0, 3))] + ["r"]
        if rng.random() < 0.9:
            lists.append(VaultList(space, f"{mount}/role", tuple(names)))
        for name in names:
            if rng.random() < 0.95:
                role = _jwt(rng) if mount == "auth/jwt" else _role(rng)
                entries.append(VaultEntry(space, f"{mount}/role/{name}", kept_fields(role)))
    for number, account in enumerate(rng.sample(ACCOUNTS, 2)):
        uid = f"uid-{rng.choice(SPACES)}-{account}"
        alias = {"mount_accessor": f"acc_{rng.choice(MOUNTS)}", "name": uid}
        entity = {"id": f"e{number}", "aliases": [alias], "policies": _some(rng, 1)}
        entries.append(VaultEntry(space, f"identity/entity/id/e{number}", kept_fields(entity)))
    group = {"id": "g", "member_entity_ids": ["e0"], "policies": _some(rng, 1)}
    entries.append(VaultEntry(space, "identity/group/id/g", kept_fields(group)))
    return policies, mounts, entries, lists


def _policy(rng):
    stanzas = (
        f"path {json.dumps(rng.choice(PATTERNS))} "
        f"{{\n  capabilities = {json.dumps(rng.choice(CAPABILITIES))}\n}}\n"
        for _ in range(rng.randint(1, 4))
    )
    return "".join(stanzas)


def _some(rng, most):
    return rng.sample(POLICIES, rng.randint(0, most))


def _shared(rng):
    found = {"token_policies": _some(rng, 2), "token_no_default_policy": rng.random() < 0.9}
    if rng.random() < 0.1:
        found["token_bound_cidrs"] = ["10.0.0.0/8"]
    return found


def _role(rng):
    selector = rng.choice(('{"matchLabels": {"team": "b"}}', "", "", ""))
    return {
        "bound_service_account_names": rng.choice(
            (["*"], [ACCOUNTS[0]], list(ACCOUNTS[:2]), [f"{ACCOUNTS[0][:1]}*"])
        ),
        "bound_service_account_namespaces": rng.choice(
            ([SPACES[0]], list(SPACES), ["*"], [], [f"{SPACES[0][:1]}*"])
        ),
        "bound_service_account_namespace_selector": selector,
        "audience": rng.choice(("", "", "", "vault")),
        "alias_name_source": rng.choice(("serviceaccount_uid", "serviceaccount_name")),
        **_shared(rng),
    }


def _jwt(rng):
    subject = f"system:serviceaccount:{SPACES[0]}:{ACCOUNTS[0]}"
    bound = (
        {"bound_subject": subject},
        {"bound_claims": {"/kubernetes.io/namespace": rng.choice(SPACES)}},
        {"bound_claims": {"sub": f"{subject[:-1]}*"}, "bound_claims_type": "glob"},
        {"bound_claims": {"sub": [subject, f"{subject}x"]}},
    )
    return {
        "role_type": "jwt",
        "user_claim": "sub",
        "bound_audiences": ["vault"],
        **rng.choice(bound),
        **_shared(rng),
    }
