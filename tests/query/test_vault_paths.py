"""Paths by a dump of Vault: what is asked for, which server it is of, what it lacks."""

import json

import pytest

import rbacgraph as rg
from rbacgraph.errors import UsageError
from rbacgraph.report.text.layout.look import Look

FOLDER = "fixtures/edges/vault-policy"
STORE = """\
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: vault, namespace: shop}
spec:
  provider:
    vault:
      server: https://vault.vault.svc:8200
      path: kv
      auth: {kubernetes: {role: shop, serviceAccountRef: {name: api}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: shop}
spec:
  secretStoreRef: {name: vault}
  data: [{secretKey: k, remoteRef: {key: prod/db}}]
"""


@pytest.fixture
def load(root, tmp_path):
    """Return a function that loads ServiceAccount shop/api, a dump, and more."""

    def loaded(more="", **settings):
        file = tmp_path / "more.yaml"
        file.write_text(f"---\n{more}")
        settings = {"vault_mounts": ["kubernetes"], **settings}
        return rg.load(root / FOLDER / "yes.yaml", root / FOLDER / "dump", file, **settings)

    return loaded


def only(cluster, path, **asked):
    return cluster.paths(secret=f"vault:{path}", **asked).result.secrets[0]


def text(answer):
    return " ".join(answer.report().render("table", Look(width=100)).split())


def test_a_path_that_nothing_names_is_decided(load):
    secret = only(load(), "kv/data/prod/unheard")
    assert str(secret.inferred).startswith("neither an object nor the dump of Vault names it")
    (path,) = (one for one in secret.paths if one.certain)
    assert [hop.edge for hop in path.hops] == ["vault-login", "vault-policy"]
    assert only(load(), "kv/data/dev/unheard", source="sa:shop/api").paths == ()
    assert all("unheard" not in row.secret for row in load().exposure())


def test_evidence_is_the_role_and_the_stanza(load):
    (path,) = (one for one in only(load(), "kv/data/prod/db").paths if one.certain)
    role, stanza = (hop.evidence[0] for hop in path.hops)
    assert role.kind, role.name == ("VaultRole", "auth/kubernetes/role/shop")
    assert role.file.endswith("vault/auth/kubernetes/role/shop.json")
    assert (stanza.kind, stanza.name, stanza.line) == ("VaultPolicy", "shop-read", 1)
    assert stanza.detail == "read on kv/data/prod/*"


def test_a_path_without_data_is_asked_back(load):
    with pytest.raises(UsageError, match="keeps versions") as refused:
        load().paths(secret="vault:kv/prod/db")
    assert "vault:kv/data/prod/db" in refused.value.advice


def test_what_the_dump_lacks_stands_below(load, root, tmp_path):
    roles = tmp_path / "dump" / "vault"
    roles.mkdir(parents=True)
    methods = {"kubernetes/": {"type": "kubernetes", "accessor": "a"}}
    (roles / "auth.json").write_text(json.dumps(methods))
    cluster = rg.load(
        root / FOLDER / "yes.yaml", root / "fixtures/edges/read-secret/yes.yaml", tmp_path / "dump"
    )
    said = text(cluster.paths(secret="vault:kv/data/prod/db"))
    assert "nobody reaches it, as far as the dump of Vault shows." in said
    assert "Missing: the list of the roles of auth/kubernetes" in said
    assert "roles of auth/kubernetes" not in text(load().paths(secret="vault:kv/data/prod/db"))


@pytest.mark.parametrize("asked", ["paths", "exposure"])
def test_the_only_server_that_objects_name_is_that_of_the_dump(load, asked):
    cluster = load(STORE)
    assert only(cluster, "kv/data/prod/db", certain=True).paths
    answer = cluster.exposure() if asked == "exposure" else cluster.paths("vault:kv/data/prod/db")
    assert "the dump of Vault is that of vault.vault:8200" in text(answer)


def test_another_address_makes_it_conditional(load):
    cluster = load(STORE, vault_addresses=["https://vault.example.com:8200"])
    secret = only(cluster, "kv/data/prod/db")
    assert secret.paths
    assert not any(path.certain for path in secret.paths)
    answer = cluster.paths("vault:kv/data/prod/db", without=["store-login"])
    said = " ".join(answer.report().render("wide", Look(width=100)).split())
    assert "the dump of Vault is of the server at vault.vault:8200" in said
    both = ["https://vault.example.com:8200", "http://vault.vault.svc.cluster.local:8200"]
    assert only(load(STORE, vault_addresses=both), "kv/data/prod/db", certain=True).paths


def test_several_servers_keep_their_secrets_apart(load):
    other = STORE.replace("vault.vault", "other.vault").replace("namespace: shop", "namespace: b")
    cluster = load(f"{STORE}---\n{other}", vault_addresses=["vault.vault.svc:8200"])
    own = only(cluster, "vault.vault:8200/kv/data/prod/db", certain=True)
    assert own.paths
    assert not only(cluster, "other.vault:8200/kv/data/prod/db", certain=True).paths


def test_lists_of_version_1_name_secrets(tmp_path):
    folder = tmp_path / "vault"
    (folder / "old").mkdir(parents=True)
    (folder / "secrets.json").write_text('{"old/": {"type": "kv", "options": null}}')
    (folder / "old" / "prod.json").write_text('["db", "more/"]')
    rows = {row.secret for row in rg.load(tmp_path).exposure()}
    assert rows == {"vault:old/prod/db"}


def test_a_saved_snapshot_answers_alike(load, tmp_path):
    cluster = load(STORE)
    cluster.save(tmp_path / "saved.json")
    again = rg.load(tmp_path / "saved.json")
    assert list(again.exposure()) == list(cluster.exposure())


def test_what_too_many_pairs_of_tokens_obtain_together_is_said(tmp_path):
    """24 tokens that each may write a token role of their own are 552 pairs."""
    vault = tmp_path / "vault"
    accounts = []
    for number in range(24):
        policy = vault / "policy" / f"p{number}.hcl"
        role = vault / "auth" / "kubernetes" / "role" / f"r{number}.json"
        for file in (policy, role):
            file.parent.mkdir(parents=True, exist_ok=True)
        policy.write_text(f'path "auth/token/roles/r{number}" {{ capabilities = ["update"] }}')
        bound = {
            "bound_service_account_names": [f"a{number}"],
            "bound_service_account_namespaces": ["shop"],
        }
        role.write_text(json.dumps({"data": {**bound, "token_policies": [f"p{number}"]}}))
        metadata = f"metadata: {{name: a{number}, namespace: shop}}"
        accounts.append(f"apiVersion: v1\nkind: ServiceAccount\n{metadata}\n")
    (vault / "auth.json").write_text('{"kubernetes/": {"type": "kubernetes"}}')
    (tmp_path / "accounts.yaml").write_text("---\n".join(accounts))
    answer = rg.load(tmp_path, vault_mounts=["kubernetes"]).exposure()
    assert "Missing: what 52 more tokens of Vault, or pairs of them, obtain" in text(answer)


def test_a_stanza_of_a_policy_in_json_has_its_line_in_the_text(tmp_path):
    """A JSON file holds the whole text in one string: no line of the file is the stanza's."""
    text = '# first\npath "kv/data/a" { capabilities = ["read"] }\n'
    text += 'path "kv/data/b" { capabilities = ["read"] }\n'
    role = {
        "bound_service_account_names": ["api"],
        "bound_service_account_namespaces": ["shop"],
        "token_policies": ["p"],
        "token_no_default_policy": True,
    }
    for name, value in {
        "policy/p.json": {"data": {"policy": text}},
        "auth/kubernetes/role/r.json": {"data": role},
        "auth.json": {"kubernetes/": {"type": "kubernetes"}},
        "secrets.json": {"kv/": {"type": "kv", "options": {"version": "2"}}},
    }.items():
        file = tmp_path / "vault" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))
    account = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop}}"
    (tmp_path / "accounts.yaml").write_text(account)
    (path,) = only(rg.load(tmp_path, vault_mounts=["kubernetes"]), "kv/data/b").paths
    (stanza,) = path.hops[-1].evidence
    assert (stanza.name, stanza.line) == ("p", 0)
    assert stanza.detail == "read on kv/data/b (line 3 of its text)"
