"""Dumps of Vault and OpenBao: what a file is by its place, and what is kept of it."""

import json
from pathlib import Path

import pytest

from rbacgraph.errors import UsageError
from rbacgraph.sources.load import load
from rbacgraph.sources.snapshots import snapshot_files
from rbacgraph.sources.vault.places import Content, place_of
from rbacgraph.stores.vault.logins import Need, VaultCaller
from rbacgraph.stores.vault.ways import Ways

DUMP = Path(__file__).parents[2] / "fixtures" / "stores" / "dump"

PLACES = [
    ("vault/policy/shop.hcl", Content.POLICY, "", "shop"),
    ("a/vault/policies/shop.json.gz", Content.POLICY, "", "shop"),
    ("vault/sys/policies/acl/team/shop.json", Content.POLICY, "", "team/shop"),
    ("vault/policy.json", Content.LIST, "", "sys/policies/acl"),
    ("vault/auth.json", Content.AUTH_METHODS, "", "auth"),
    ("vault/secrets.json", Content.SECRETS_ENGINES, "", "secrets"),
    ("vault/auth/k8s/eu/role/shop.json", Content.ENTRY, "", "auth/k8s/eu/role/shop"),
    ("vault/auth/k8s/role.json", Content.LIST, "", "auth/k8s/role"),
    ("vault/auth/k8s/config.json", Content.ENTRY, "", "auth/k8s/config"),
    ("vault/auth/token/roles/ci.json", Content.ENTRY, "", "auth/token/roles/ci"),
    ("vault/auth/people/users.json", Content.LIST, "", "auth/people/users"),
    ("vault/auth/people/users/ann.json", Content.ENTRY, "", "auth/people/users/ann"),
    ("vault/identity/group/id/1.json", Content.ENTRY, "", "identity/group/id/1"),
    ("vault/kubernetes/roles/ci.json", Content.ENTRY, "", "kubernetes/roles/ci"),
    ("vault/kv/metadata/prod.json", Content.LIST, "", "kv/metadata/prod"),
    ("vault/kv/data/prod/db.json", Content.VALUES, "", "kv/data/prod/db"),
    ("vault/namespace/eu/namespace/app/policy/x.hcl", Content.POLICY, "eu/app", "x"),
    ("vault/vault/policy/x.hcl", Content.POLICY, "", "x"),
    ("vault/values.json", Content.UNKNOWN, "", "values"),
    ("vault/server.hcl", Content.UNKNOWN, "", "server"),
]


@pytest.mark.parametrize(("name", "content", "namespace", "path"), PLACES)
def test_the_place_says_what_a_file_holds(name, content, namespace, path):
    assert place_of(name) == (content, namespace, path)


@pytest.mark.parametrize("name", ["policy/x.hcl", "vault.json", "vault/deployment.yaml", "vault"])
def test_other_files_have_no_place(name):
    assert place_of(name) is None


def test_a_recorded_dump():
    snapshot = load(DUMP)
    assert not snapshot.diagnostics
    dump = snapshot.vault
    assert dump.flavour == "openbao"
    assert sorted(dump.policies_of()) == ["default", "team-app", "team-json"]
    assert sorted(dump.policies_of("ns1")) == ["nsp"]
    kinds = {mount.path: (mount.type, mount.version) for mount in dump.mounts}
    assert kinds["auth/kubernetes"] == ("kubernetes", 0)
    assert (kinds["kv1"], kinds["kv2"]) == (("kv", 1), ("kv", 2))
    roles = [one.path for one in dump.entries if one.path.startswith("auth/kubernetes/role/")]
    assert roles == [
        f"auth/kubernetes/role/{name}" for name in ("any", "aud", "cross", "ns-3", "sel-0")
    ]
    assert dump.entry("auth/token/roles/allowed").data["allowed_policies"] == ("g-in", "g-out")
    assert any(found.path == "kv2/metadata/app" and "one" in found.names for found in dump.lists)


def test_a_snapshot_keeps_the_dump():
    snapshot = load(DUMP)
    again = snapshot_files.decoded(b"".join(snapshot_files.encoded(snapshot)))
    assert again.vault == snapshot.vault


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text)
    return folder


def problems(snapshot):
    return [(found.code, Path(found.file).name, found.line) for found in snapshot.diagnostics]


def test_bad_files_are_reported_with_their_line(tmp_path):
    write(
        tmp_path,
        {
            "vault/policy/bad.hcl": '# one\npath "a" {\n  capabilities = ["Read"]\n}\n',
            "vault/policy/good.hcl": 'path "a" { capabilities = ["read"] }',
            "vault/policy/inner.json": {"policy": 'path "a" {\n foo = 1 }'},
            "vault/policy/empty.json": {"name": "x"},
            "vault/kv/data/db.json": {"data": {"data": {"password": "hunter2"}}},
            "vault/auth.json": [],
        },
    )
    snapshot = load(tmp_path)
    assert sorted(problems(snapshot)) == [
        ("vault-content", "auth.json", 1),
        ("vault-content", "empty.json", 1),
        ("vault-policy", "bad.hcl", 2),
        ("vault-policy", "inner.json", 0),
        ("vault-secret", "db.json", 0),
    ]
    assert list(snapshot.vault.policies_of()) == ["good"]
    assert "hunter2" not in repr(snapshot)


def test_no_field_is_kept_that_may_hold_a_secret(tmp_path):
    role = {"secret_id": "s.1", "token_reviewer_jwt": "eyJ", "policies": ["p"], "password": "x"}
    write(tmp_path, {"vault/auth/approle/role/r.json": {"data": role}})
    assert load(tmp_path).vault.entry("auth/approle/role/r").data == {"policies": ("p",)}


WRONG = [
    ("auth/k/role/r", "bound_service_account_names", 5, "a list of names"),
    ("auth/k/role/r", "bound_service_account_namespaces", ["a", 5], "a list of names"),
    ("auth/k/role/r", "bound_service_account_namespaces", [{"a": 1}], "a list of names"),
    ("auth/k/role/r", "token_policies", {"shop": True}, "a list of names"),
    ("auth/k/role/r", "audience", ["vault"], "a text"),
    ("auth/k/role/r", "bound_service_account_namespace_selector", {"matchLabels": {}}, "a text"),
    ("auth/k/role/r", "token_no_default_policy", "true", "true or false"),
    ("auth/k/role/r", "bound_claims", ["sub"], "an object of names and values"),
    ("auth/k/role/r", "bound_claims", {"sub": {"a": 1}}, "an object of names and values"),
    ("auth/k/config", "disable_iss_validation", 0, "true or false"),
    ("identity/entity/id/1", "aliases", "k", "a list of objects"),
    ("identity/group/id/1", "metadata", "k", "an object of names and values"),
    ("kube/roles/r", "allowed_kubernetes_namespaces", 5, "a list of names"),
    ("kube/roles/r", "service_account_name", 5, "a text"),
]


@pytest.mark.parametrize(("path", "field", "value", "expected"), WRONG)
def test_a_field_of_the_wrong_type_is_refused_with_its_line(tmp_path, path, field, value, expected):
    """Without the field the entry would say something else, such as admit nobody."""
    aliases = [] if field == "aliases" else [{"mount_accessor": "k", field: {"other": "x"}}]
    text = json.dumps({"data": {"aliases": aliases, field: value}}, indent=1)
    write(tmp_path, {f"vault/{path}.json": text, "vault/policy/p.hcl": ""})
    snapshot = load(tmp_path)
    (found,) = snapshot.diagnostics
    lines = text.splitlines()
    line = max(at for at, one in enumerate(lines, 1) if f'"{field}"' in one)
    assert (found.code, found.message, found.line, found.severity) == (
        "vault-content",
        f"{field} is not {expected}",
        line,
        "error",
    )
    assert snapshot.vault.entries == ()


def test_null_and_texts_with_commas_are_what_servers_write(tmp_path):
    role = {"token_policies": None, "policies": "a, b", "bound_claims": None, "audience": None}
    write(tmp_path, {"vault/auth/k/role/r.json": {"data": role}})
    assert load(tmp_path).vault.entry("auth/k/role/r").data == {"policies": "a, b"}


def test_fields_of_other_engines_have_types_of_their_own(tmp_path):
    data = {"name": 5, "policies": {"a": 1}, "type": ["x"]}
    write(tmp_path, {"vault/nomad/roles/r.json": {"data": data}})
    assert load(tmp_path).vault.entry("nomad/roles/r").data == {}


@pytest.mark.parametrize("field", ["kubernetes_host", "oidc_discovery_url", "jwks_url"])
@pytest.mark.parametrize("login", ["user:CANARY@", "CANARY@", "user:CANARY#?@CANARY@", "@"])
def test_an_address_is_kept_without_its_login(tmp_path, field, login):
    config = {field: f"https://{login}kube.example.com:6443/a@b"}
    write(tmp_path, {"vault/auth/a/config.json": {"data": config}})
    snapshot = load(tmp_path)
    assert snapshot.vault.entry("auth/a/config").data == {
        field: "https://kube.example.com:6443/a@b"
    }
    assert "CANARY" not in "".join(map(str, snapshot_files.encoded(snapshot)))


def test_manifests_in_a_folder_of_that_name_are_read_as_ever(tmp_path):
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "r"},
        "rules": [],
    }
    write(tmp_path, {"vault/roles/config.json": role, "vault/app/roles.json": role})
    snapshot = load(tmp_path)
    assert snapshot.vault is None
    assert [found.metadata.name for found in snapshot.cluster_roles] == ["r"]


def test_a_policy_without_its_place_is_an_error_only_where_it_is_named(tmp_path):
    write(
        tmp_path,
        {
            "x.hcl": 'path "a" {}',
            "vault/server.hcl": 'storage "raft" {}',
            "ns.yaml": "{apiVersion: v1, kind: Namespace, metadata: {name: a}}",
        },
    )
    assert not load(tmp_path).diagnostics
    (found,) = load(tmp_path / "x.hcl", tmp_path / "ns.yaml").diagnostics
    assert found.code == "vault-place"
    assert "vault/policy/NAME.hcl" in found.advice


def test_files_at_unknown_places_are_one_warning_for_each_folder(tmp_path):
    """Below a dump they look as if they counted, such as groups of LDAP that give policies."""
    group = {"data": {"policies": ["shop"]}}
    write(
        tmp_path,
        {
            "vault/policy/shop.hcl": 'path "a" { capabilities = ["read"] }',
            "vault/auth/ldap/groups/a.json": group,
            "vault/auth/ldap/groups/b.json": group,
            "vault/auth/ldap/groups/c.json": {"apiVersion": "v1", "kind": "Namespace"},
            "vault/old/db.json": {"data": {"password": "hunter2"}},
            "vault/server.hcl": 'storage "raft" {}',
            "vault/notes.txt": "no dump",
            "other/vault/server.hcl": 'storage "raft" {}',
            "other/vault/settings.json": {"a": 1},
        },
    )
    found = [one for one in load(tmp_path).diagnostics if one.code == "vault-place"]
    assert [(str(Path(one.file).relative_to(tmp_path)), one.message) for one in found] == [
        ("vault", "holds server.hcl at a place where rbacgraph knows nothing of a dump"),
        (
            "vault/auth/ldap/groups",
            "holds a.json and 1 more at a place where rbacgraph knows nothing of a dump",
        ),
        ("vault/old", "holds db.json at a place where rbacgraph knows nothing of a dump"),
    ]
    assert {one.severity for one in found} == {"warning"}


def test_who_logs_in_and_reads():
    dump = load(DUMP).vault
    ways = Ways(dump)

    def roles(caller):
        found = ways.of(caller, method="GET", path="kv2/data/app/one")
        return {way.login.role.path.rpartition("/")[2]: way for way in found}

    assert set(roles(VaultCaller("dev", "web"))) == {"any"}
    found = roles(VaultCaller("prod", "app", labels={"env": "prod"}))
    assert set(found) == {"any", "aud", "cross", "ns-3", "sel-0", "sub"}
    assert found["aud"].login.needs == ((Need.AUDIENCE, "vault"),)
    assert found["sel-0"].login.needs == ()
    assert found["any"].missing == ("app-read",)
    unlabelled = roles(VaultCaller("prod", "app"))
    assert unlabelled["sel-0"].login.needs == ((Need.LABELS, '{"matchLabels":{"env":"prod"}}'),)
    assert "sel-0" not in roles(VaultCaller("prod", "app", labels={"env": "dev"}))


SCANS = 'path "kv/*" { capabilities = ["scan"] }'


def test_the_caller_says_whose_rules_hold(tmp_path):
    write(tmp_path, {"vault/policy/p.hcl": 'path "kv/*" { capabilities = ["read"] }'})
    assert load(tmp_path).vault.flavour == "vault"
    assert load(tmp_path, dumps={"vault": {"flavour": "openbao"}}).vault.flavour == "openbao"
    assert load(DUMP, dumps={"vault": {"flavour": "vault"}}).vault.flavour == "vault"
    with pytest.raises(UsageError, match="'hcp' is no flavour"):
        load(tmp_path, dumps={"vault": {"flavour": "hcp"}})


def test_a_policy_that_the_named_flavour_refuses_is_left_out(tmp_path):
    write(tmp_path, {"vault/policy/p.hcl": f"# one\n{SCANS}"})
    assert load(tmp_path).vault.flavour == "openbao"
    found = load(tmp_path, dumps={"vault": {"flavour": "vault"}})
    assert found.vault.policies == ()
    assert problems(found) == [("vault-policy", "p.hcl", 2)]


def test_a_saved_dump_is_read_again_by_the_named_flavour(tmp_path):
    write(tmp_path, {"vault/policy/p.hcl": SCANS, "vault/auth.json": {"k/": {"type": "jwt"}}})
    saved = tmp_path / "vault.json"
    saved.write_bytes(b"".join(snapshot_files.encoded(load(tmp_path))))
    assert load(saved).vault.flavour == "openbao"
    found = load(saved, dumps={"vault": {"flavour": "vault"}})
    assert (found.vault.flavour, found.vault.policies) == ("vault", ())
    assert problems(found) == [("vault-policy", "p.hcl", 1)]
    assert load(saved, dumps={"vault": {"flavour": "openbao"}}) == load(saved)


def test_issuers_that_the_caller_names_are_saved(tmp_path):
    own = "https://oidc.example/a"
    snapshot = load(DUMP, oidc_issuers=[own, own])
    assert snapshot.issuers == (own,)
    saved = tmp_path / "snapshot.json"
    saved.write_bytes(b"".join(snapshot_files.encoded(snapshot)))
    assert load(saved).oidc_issuers == (own,)
    assert load(saved, oidc_issuers=["https://b.example"]).issuers == ("https://b.example", own)
    with pytest.raises(UsageError, match="is no URL"):
        load(DUMP, oidc_issuers=["oidc.example"])
