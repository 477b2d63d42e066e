"""``rbacgraph vault suggest``: from objects and a dump to commands that a shell can run."""

import json
import subprocess

import pytest

from rbacgraph.advice.vault import suggest_vault
from rbacgraph.advice.vault.smallest_policy import smallest_policy
from rbacgraph.advice.vault.write_policy import policy_text
from rbacgraph.stores.vault.policies import Policies
from rbacgraph.stores.vault.policy_text import Stanza

STORES = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {env: prod}}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop}}
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: web, namespace: shop}}
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: batch, namespace: ops}}
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: ops}}
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: csi, namespace: shop}}
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: vso, namespace: shop}}
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: vault, namespace: shop}
spec:
  provider:
    vault:
      server: https://vault.example.com:8200
      path: kv
      auth:
        kubernetes: {mountPath: kubernetes, role: shop, serviceAccountRef: {name: api}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: shop}
spec:
  secretStoreRef: {name: vault}
  data:
  - {secretKey: a, remoteRef: {key: prod/db, property: password, metadataPolicy: Fetch}}
  - {secretKey: b, remoteRef: {key: dev/x}}
---
apiVersion: v1
kind: Pod
metadata:
  name: batch-1
  namespace: ops
  annotations:
    vault.hashicorp.com/agent-inject: "true"
    vault.hashicorp.com/role: shop
    vault.hashicorp.com/agent-inject-secret-q: kv/prod/queue
    vault.hashicorp.com/agent-inject-secret-d: database/creds/q
spec:
  serviceAccountName: batch
  containers: [{name: a, image: a}]
"""
POLICY = """\
path "kv/data/prod/*" { capabilities = ["read", "update"] }
path "kv/metadata/*" { capabilities = ["list", "read"] }
path "kv/data/prod/payment" { capabilities = ["deny"] }
path "database/creds/*" { capabilities = ["read"] }
"""
ROLE = {
    "bound_service_account_names": ["api", "batch", "old*"],
    "bound_service_account_namespaces": ["shop", "ops"],
    "token_policies": ["shop-read"],
    "token_no_default_policy": True,
}


def written(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


@pytest.fixture
def dump(tmp_path):
    return written(
        tmp_path,
        {
            "cluster.yaml": STORES,
            "vault/policy/shop-read.hcl": POLICY,
            "vault/auth.json": {"kubernetes/": {"type": "kubernetes", "accessor": "k"}},
            "vault/secrets.json": {"kv/": {"type": "kv", "options": {"version": "2"}}},
            "vault/auth/kubernetes/role.json": {"data": {"keys": ["shop"]}},
            "vault/auth/kubernetes/role/shop.json": {"data": ROLE},
        },
    )


def asked(run, dump, *more):
    status, out, _ = run(
        *("vault", "suggest", "-q", "-f", str(dump), "--vault-mount", "kubernetes=this", *more)
    )
    assert status == 0
    return out


def answer(run, dump, *more):
    return json.loads(asked(run, dump, "-o", "json", *more))


TEXT = """\
auth/kubernetes/role/shop ROLE
  Used by ops/batch and shop/api: ExternalSecret shop/db, Pod ops/batch-1 and SecretStore
    shop/vault.
  Also admitted, and no object lets them log in: ops/api.
  Admitted by name, and there is no such ServiceAccount: shop/batch. Who may create it logs in.
  It admits others that come, by old*.
  It asks for no audience: a token that was meant for another server logs in as well.
  It gives shop-read.
  Nobody uses some names in some namespaces: 2 roles admit its users alone. Copy other fields, as
    times, from the present role.
  asked for, and denied: read kv/data/dev/x by ExternalSecret shop/db
  → vault write auth/kubernetes/role/shop bound_service_account_names=api
    bound_service_account_namespaces=shop
  → vault write auth/kubernetes/role/shop-2 bound_service_account_names=batch
    bound_service_account_namespaces=ops token_policies=shop-read token_no_default_policy=true
    for Pod ops/batch-1

policy shop-read POLICY
  Given by auth/kubernetes/role/shop.
  needed: read database/creds/q by Pod ops/batch-1
  needed: read kv/data/prod/db by ExternalSecret shop/db
  needed: read kv/data/prod/queue by Pod ops/batch-1
  needed: read kv/metadata/prod/db by ExternalSecret shop/db
  Gone: kv/data/prod/*, kv/metadata/* and database/creds/*.
  Stays: kv/data/prod/payment (it only takes away).
  → vault policy write shop-read -
    path "kv/data/prod/db" {
      capabilities = ["read"]
    }

    path "kv/data/prod/queue" {
      capabilities = ["read"]
    }

    path "kv/metadata/prod/db" {
      capabilities = ["read"]
    }

    path "kv/data/prod/payment" {
      capabilities = ["deny"]
    }

    path "database/creds/q" {
      capabilities = ["read"]
    }

1 policy and 1 role can be smaller.
Known is only what objects of the cluster need: stores, Vault's operators, the driver, the injector.
Programs that ask Vault by themselves, and people, may need more.
"""


def words(text):
    """Return a text without its layout, which depends on the length of paths."""
    return " ".join(text.split())


def test_the_text(run, dump):
    place = f"{dump}/vault"
    role, policy = (f"{place}/auth/kubernetes/role/shop.json:1", f"{place}/policy/shop-read.hcl:1")
    found = asked(run, dump).replace(role, "ROLE").replace(policy, "POLICY")
    assert words(found) == words(TEXT)


def test_a_mount_that_may_be_another_clusters_is_not_judged(run, dump):
    status, out, _ = run("vault", "suggest", "-q", "-f", str(dump), "-o", "json")
    (role,) = json.loads(out)["roles"]
    assert status == 0
    assert (role["owner"], role["others"], role["blocks"]) == ("unknown", [], [])
    assert role["users"] == ["ops/batch", "shop/api"]
    written(
        dump,
        {
            "vault/auth/kubernetes/config.json": {
                "data": {"issuer": "https://b.example", "disable_iss_validation": False}
            }
        },
    )
    out = run("vault", "suggest", "-qf", str(dump), "--oidc-issuer", "https://a.example")[1]
    assert "Not this cluster's, by their issuer: auth/kubernetes." in out
    assert "0 policies and 0 roles can be smaller." in out


def test_the_script_is_what_a_shell_runs(run, dump, tmp_path):
    role = ROLE | {"bound_service_account_names": ["api"]}
    written(dump, {"vault/auth/kubernetes/role/shop.json": {"data": role}})
    (dump / "cluster.yaml").write_text(STORES.partition("---\napiVersion: v1\nkind: Pod")[0])
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "vault").write_text('#!/bin/sh\nprintf "<%s>" "$@"; [ "$2" = write ] && cat; exit 0\n')
    (fake / "vault").chmod(0o755)
    script = asked(run, dump, "-o", "sh")
    found = subprocess.run(
        ["sh"],
        input=script,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": f"{fake}:/usr/bin:/bin"},
    )
    assert found.stderr == ""
    names, spaces = "bound_service_account_names=api", "bound_service_account_namespaces=shop"
    assert found.stdout.startswith(
        f"<write><auth/kubernetes/role/shop><{names}><{spaces}><policy><write><shop-read><->path"
    )
    text = found.stdout.partition("<->")[2]
    policies = Policies({"p": text})
    assert policies.allows(method="GET", path="kv/data/prod/db")
    assert not policies.allows(method="PUT", path="kv/data/prod/db")


def test_one_policy_in_hcl(run, dump):
    text = asked(run, dump, "--policy", "shop-read", "-o", "hcl")
    assert text.startswith("# vault policy write shop-read -\npath ")
    assert Policies({"p": text}).allows(method="GET", path="kv/data/prod/queue")
    status, _, err = run("vault", "suggest", "-f", str(dump), "--policy", "other")
    assert status == 2
    assert "there is no suggestion about a policy other" in err
    assert "choose one of " in err
    assert "shop-read" in err


def test_errors_in_a_sentence(run, tmp_path):
    (tmp_path / "a.yaml").write_text(STORES)
    status, _, err = run("vault", "suggest", "-f", str(tmp_path / "a.yaml"))
    assert status == 2
    assert "the input holds no dump of Vault" in err
    assert run("vault", "suggest", "-f", str(tmp_path), "-o", "svg")[0] == 2


@pytest.mark.parametrize("form", ["table", "json", "hcl", "sh"])
def test_a_policy_that_gives_more_is_not_written(run, dump, monkeypatch, form):
    def wider(*asked):
        found = smallest_policy(*asked)
        return found._replace(text=found.text + policy_text([WIDE]))

    monkeypatch.setattr(suggest_vault, "smallest_policy", wider)
    assert run("vault", "suggest", "-qf", str(dump), "-o", form) == (70, "", REFUSED)


REFUSED = """\
error: the proof of the changes fails: more than before: a token with policy shop-read gets read \
on vault:sys/x
  nothing is written: this is a fault of rbacgraph, please report it
"""
WIDE = Stanza("sys/x", frozenset({"read"}))


LIMITS = {
    "token_bound_cidrs": ["10.0.0.0/8", "127.0.0.1/32"],
    "alias_name_source": "serviceaccount_name",
    "token_type": "batch",
}


def test_a_new_role_takes_what_limits_the_present_one(run, dump):
    """Without it the new one would give the default policy, and to callers of any network."""
    written(dump, {"vault/auth/kubernetes/role/shop.json": {"data": ROLE | LIMITS}})
    (role,) = answer(run, dump)["roles"]
    present, new = role["blocks"]
    assert (present["new"], present["limits"]) == (False, [])
    assert (new["new"], new["limits"]) == (
        True,
        [
            "alias_name_source=serviceaccount_name",
            "token_bound_cidrs=10.0.0.0/8,127.0.0.1/32",
            "token_no_default_policy=true",
            "token_type=batch",
        ],
    )
    (command,) = (line for line in asked(run, dump, "-o", "sh").splitlines() if "shop-2 " in line)
    assert command.endswith(" ".join(("token_policies=shop-read", *new["limits"])))


def test_a_policy_that_others_have_is_named_so(run, dump):
    others = {
        "auth/approle/role/ci": {"token_policies": ["shop-read"]},
        "auth/kubernetes/role/idle": ROLE,
        "auth/token/roles/t": {"allowed_policies": ["shop-read"]},
        "auth/token/roles/glob": {"allowed_policies_glob": ["shop-*"]},
        "auth/token/roles/other": {"allowed_policies_glob": ["ops-*"]},
        "auth/people/users/ann": {"token_policies": ["shop-read"]},
        "identity/group/id/g": {"policies": ["shop-read"], "id": "g"},
        "identity/entity/id/e": {"policies": ["other"], "id": "e"},
    }
    written(dump, {f"vault/{path}.json": {"data": data} for path, data in others.items()})
    (policy,) = answer(run, dump)["policies"]
    assert policy["shared"] == [
        *("auth/approle/role/ci", "auth/kubernetes/role/idle", "auth/people/users/ann"),
        *("auth/token/roles/glob", "auth/token/roles/t", "identity/group/id/g"),
    ]


NARROWED = (
    "vault write auth/kubernetes/role/shop bound_service_account_names=api"
    " bound_service_account_namespaces=shop"
)
LIMIT = 'allowed_parameters = { "policies" = ["shop-read-*"] }'
IDLE = {"vault/auth/approle/role/ci.json": {"data": {"token_policies": ["shop-read", "other"]}}}
OWN = """\
policy shop-read POLICY
  Given by auth/kubernetes/role/shop.
  Also given by auth/approle/role/ci, whose needs are not known.
  needed: read kv/data/prod/db by ExternalSecret shop/db
  needed: read kv/metadata/prod/db by ExternalSecret shop/db
  The proof does not cover z, which the dump lacks.
  So it stays, and shop-read-2 takes its place where objects log in.
  Gone: kv/data/prod/*, kv/metadata/* and database/creds/*.
  Stays: kv/data/prod/payment (it only takes away).
  → vault policy write shop-read-2 -
"""
ONE_USER = {
    "cluster.yaml": STORES.partition("---\napiVersion: v1\nkind: Pod")[0],
    "vault/auth/kubernetes/role/shop.json": {
        "data": ROLE
        | {"bound_service_account_names": ["api"], "token_policies": ["Shop-Read", "z"]}
    },
}


def test_a_policy_that_others_share_is_never_narrowed(run, dump):
    """The application of the other role reads by patterns that no object of the cluster names."""
    written(dump, {**IDLE, **ONE_USER})
    (policy,) = answer(run, dump)["policies"]
    role = next(one for one in answer(run, dump)["roles"] if one["users"])
    assert (policy["name"], policy["own"]) == ("shop-read", "shop-read-2")
    assert role["given"] == ["shop-read-2", "z"]
    place = f"{dump}/vault/policy/shop-read.hcl:1"
    assert words(OWN) in words(asked(run, dump).replace(place, "POLICY"))
    script = asked(run, dump, "-o", "sh").splitlines()
    commands = [line for line in script if line.startswith("vault ")]
    assert commands == [
        "vault policy write shop-read-2 - <<'END_OF_POLICY'",
        f"{NARROWED} token_policies=shop-read-2,z",
    ]
    assert asked(run, dump, "--policy", "shop-read", "-o", "hcl").startswith(
        "# vault policy write shop-read-2 -\n# in place of shop-read, which stays for"
        " auth/approle/role/ci: their needs are not known\n"
    )


def test_a_role_as_small_as_can_be_gets_the_policy_of_its_own(run, dump):
    role = {
        **ONE_USER["vault/auth/kubernetes/role/shop.json"]["data"],
        "bound_service_account_namespaces": ["shop"],
    }
    written(dump, {**IDLE, **ONE_USER, "vault/auth/kubernetes/role/shop.json": {"data": role}})
    command = "vault write auth/kubernetes/role/shop token_policies=shop-read-2,z"
    assert command in asked(run, dump, "-o", "sh").splitlines()
    assert f"→ {command}" in asked(run, dump)


def test_every_new_role_gives_the_policy_of_its_users_own(run, dump):
    written(dump, IDLE)
    script = [one for one in asked(run, dump, "-o", "sh").splitlines() if "role/shop" in one]
    assert len(script) == 2
    assert all("token_policies=shop-read-2" in one for one in script)


@pytest.mark.parametrize(
    ("path", "data", "own"),
    [
        ("policy/shop-read-2.hcl", POLICY, "shop-read-3"),
        ("auth/x/role/r", {"token_policies": ["shop-read-2"]}, "shop-read-3"),
        ("auth/token/roles/r", {"allowed_policies_glob": ["shop-read-*"]}, ""),
        ("auth/token/roles/r", {"allowed_policies_glob": ["shop-*"]}, "shop-read-2"),
        ("auth/token/roles/r", {"disallowed_policies": ["shop-read"]}, ""),
        ("auth/token/roles/r", {"disallowed_policies_glob": ["shop-*"]}, "shop-read-2"),
        ("policy/w.hcl", 'path "sys/policies/acl/shop-read-*" { policy = "write" }', ""),
        ("policy/w.hcl", 'path "sys/policy/shop-read" { policy = "deny" }', ""),
        ("policy/w.hcl", 'path "sys/policies/acl/+" { policy = "write" }', "shop-read-2"),
        ("policy/w.hcl", f'path "auth/token/create" {{ policy = "write" {LIMIT} }}', ""),
    ],
)
def test_nobody_gives_or_writes_the_new_policy_who_could_not_the_old(run, dump, path, data, own):
    suffix = "" if path.endswith(".hcl") else ".json"
    content = {"data": data} if suffix else data
    written(dump, {**IDLE, **ONE_USER, f"vault/{path}{suffix}": content})
    found = [one for one in answer(run, dump)["policies"] if one["name"] == "shop-read"]
    assert [one["own"] for one in found] == [own]
    assert (found[0]["without"] == "shared") == (not own)


def test_who_has_a_shared_policy_by_a_group_keeps_it(run, dump):
    """A policy of its own in the role would change nothing, and take nothing away."""
    alias = {"mount_accessor": "k", "name": "u1"}
    more = {
        "vault/identity/entity/id/e.json": {"data": {"id": "e", "aliases": [alias]}},
        "vault/identity/group/id/g.json": {
            "data": {"id": "g", "member_entity_ids": ["e"], "policies": ["shop-read"]}
        },
    }
    account = "metadata: {name: api, namespace: shop"
    text = ONE_USER["cluster.yaml"].replace(account, f"{account}, uid: u1", 1)
    written(dump, {**ONE_USER, **more, "cluster.yaml": text})
    (policy,) = answer(run, dump)["policies"]
    assert (policy["own"], policy["text"], policy["without"]) == ("", "", "shared")


def test_the_default_account_of_a_namespace_exists(run, dump):
    role = ROLE | {"bound_service_account_names": ["default", "api"]}
    written(dump, {"vault/auth/kubernetes/role/shop.json": {"data": role}})
    found = answer(run, dump)["roles"][0]
    assert (found["absent"], found["others"]) == ([], ["ops/api", "ops/default", "shop/default"])


def test_a_lacking_policy_may_be_what_allows(run, dump):
    role = ROLE | {"token_policies": ["shop-read", "gone"]}
    written(dump, {"vault/auth/kubernetes/role/shop.json": {"data": role}})
    found = answer(run, dump)
    assert found["roles"][0]["unread"] == ["gone"]
    assert found["roles"][0]["unmet"] == []
    assert found["policies"][0]["unread"] == ["gone"]


MORE = """\
---
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {name: class, namespace: shop}
spec:
  provider: vault
  parameters:
    vaultAddress: https://vault.example.com:8200
    roleName: csi
    audience: vault
    objects: |
      - objectName: a
        secretPath: kv/data/csi
---
apiVersion: v1
kind: Pod
metadata: {name: csi-1, namespace: shop}
spec:
  serviceAccountName: csi
  containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]
  volumes:
  - name: v
    csi:
      driver: secrets-store.csi.k8s.io
      volumeAttributes: {secretProviderClass: class}
---
apiVersion: secrets.hashicorp.com/v1beta1
kind: VaultConnection
metadata: {name: c, namespace: shop}
spec: {address: "https://vault.example.com:8200"}
---
apiVersion: secrets.hashicorp.com/v1beta1
kind: VaultAuth
metadata: {name: a, namespace: shop}
spec:
  method: kubernetes
  mount: kubernetes
  vaultConnectionRef: c
  kubernetes: {role: vso, serviceAccount: vso, audiences: [vault]}
---
apiVersion: secrets.hashicorp.com/v1beta1
kind: VaultStaticSecret
metadata: {name: s, namespace: shop}
spec: {vaultAuthRef: a, mount: kv, path: vso, type: kv-v2, destination: {name: s, create: true}}
---
apiVersion: secrets.hashicorp.com/v1beta1
kind: VaultPKISecret
metadata: {name: p, namespace: shop}
spec: {vaultAuthRef: a, mount: pki, role: web, commonName: a, destination: {name: p, create: true}}
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: jwt, namespace: shop}
spec:
  provider:
    vault:
      server: https://vault.example.com:8200
      path: kv
      auth:
        jwt:
          path: jwt
          role: push
          kubernetesServiceAccountToken:
            serviceAccountRef: {name: web}
            audiences: [vault]
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: push, namespace: shop}
spec:
  secretStoreRefs: [{name: jwt}]
  selector: {secret: {name: own}}
  data: [{match: {remoteRef: {remoteKey: pushed}}}]
---
apiVersion: v1
kind: Secret
metadata: {name: own, namespace: shop}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: found, namespace: shop}
spec:
  secretStoreRef: {name: jwt}
  dataFrom: [{find: {path: prod/, name: {regexp: .*}}}]
"""
EVERYTHING = 'path "*" { capabilities = ["create", "read", "update", "delete", "list"] }\n'


def test_every_operator_names_its_role_and_its_paths(run, dump):
    def role(name):
        return {
            "bound_service_account_names": [name],
            "bound_service_account_namespaces": ["shop"],
            "token_policies": [name],
            "token_no_default_policy": True,
            "audience": "vault",
        }

    jwt = {
        "role_type": "jwt",
        "bound_audiences": ["vault"],
        "bound_subject": "system:serviceaccount:shop:web",
        "user_claim": "sub",
        "token_policies": ["push"],
        "token_no_default_policy": True,
    }
    roles = {
        "auth/kubernetes/role/csi": role("csi"),
        "auth/kubernetes/role/vso": role("vso"),
        "auth/jwt/role/push": jwt,
    }
    written(
        dump,
        {
            "more.yaml": MORE,
            **{f"vault/{path}.json": {"data": data} for path, data in roles.items()},
            **{f"vault/policy/{name}.hcl": EVERYTHING for name in ("csi", "vso")},
            "vault/policy/push.hcl": POLICY + EVERYTHING,
        },
    )
    found = answer(run, dump, "--vault-mount", "jwt=this")
    texts = {one["name"]: Policies({"p": one["text"]}) for one in found["policies"]}
    given = {
        name: {rule.path: " ".join(sorted(rule.capabilities)) for rule in policies.rules}
        for name, policies in texts.items()
    }
    own = {
        **{f"auth/token/{name}-self": "update" for name in ("renew", "revoke")},
        **{f"sys/leases/{name}": "update" for name in ("renew", "revoke")},
        "auth/token/lookup-self": "read",
    }
    assert given["csi"] == {**own, "kv/data/csi": "read"}
    assert given["vso"] == {**own, "kv/data/vso": "read", "pki/issue/web": "update"}
    assert given["push"] == {
        **{path: rule for path, rule in given["push"].items() if path in own},
        "*": "create delete list read update",
        "kv/data/prod/*": "read update",
        "kv/metadata/*": "list read",
        "kv/data/prod/payment": "deny",
        "database/creds/*": "deny",
    }
    users = {one["path"]: (one["users"], one["audiences"]) for one in found["roles"]}
    assert users["auth/kubernetes/role/csi"] == (["shop/csi"], ["vault"])
    assert users["auth/kubernetes/role/vso"] == (["shop/vso"], ["vault"])
    assert users["auth/jwt/role/push"] == (["shop/web"], ["vault"])


def test_a_store_at_another_server_counts_for_nothing(run, dump):
    text = STORES.replace("https://vault.example.com:8200", "https://other.example.com")
    (dump / "cluster.yaml").write_text(text)
    with_address = ("--vault-address", "https://vault.example.com:8200")
    (role,) = answer(run, dump, *with_address)["roles"]
    assert role["users"] == ["ops/batch"]
