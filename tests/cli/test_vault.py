"""``rbacgraph vault``: can-i by a dump beside the cluster, the policy for dumps, and errors."""

import json

import pytest

ACCOUNT = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {env: prod}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: api, namespace: shop, uid: 11111111-2222-4333-8444-555555555555}
"""
POLICY = """\
# The shop's own secrets, but not the keys of the payment provider.
path "kv/data/prod/*" {
  capabilities = ["read"]
}
path "kv/data/prod/payment" {
  capabilities = ["deny"]
}
"""
ROLE = {
    "bound_service_account_names": ["api"],
    "bound_service_account_namespaces": [],
    "bound_service_account_namespace_selector": '{"matchLabels": {"env": "prod"}}',
    "token_policies": ["shop-read"],
    "token_no_default_policy": True,
}


@pytest.fixture
def dump(tmp_path):
    """A cluster with a ServiceAccount, and a whole dump of Vault."""
    files = {
        "cluster.yaml": ACCOUNT,
        "vault/policy/shop-read.hcl": POLICY,
        "vault/auth.json": json.dumps({"kubernetes/": {"type": "kubernetes", "accessor": "k_1"}}),
        "vault/secrets.json": json.dumps({"kv/": {"type": "kv", "options": {"version": "2"}}}),
        "vault/auth/kubernetes/role.json": json.dumps({"data": {"keys": ["shop"]}}),
        "vault/auth/kubernetes/role/shop.json": json.dumps({"data": ROLE}),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def asked(run, dump, path, *more, method="GET", user="sa:shop/api"):
    mount = ("--vault-mount", "kubernetes=this")
    return run("vault", "can-i", method, path, "--as", user, "-f", str(dump), *mount, *more)


def test_yes_with_the_role_and_the_stanza(run, dump):
    status, out, _ = asked(run, dump, "kv/data/prod/db")
    assert status == 0
    assert out.split() == [
        *["yes", "auth/kubernetes/role/shop", "admits", "the", "ServiceAccount,"],
        *["and", "policy", "shop-read", "allows", "it"],
        *["VaultRole", "auth/kubernetes/role/shop"],
        f"{dump}/vault/auth/kubernetes/role/shop.json:1",
        *["VaultPolicy", "shop-read:", "read", "on", "kv/data/prod/*"],
        f"{dump}/vault/policy/shop-read.hcl:2",
    ]


@pytest.mark.parametrize(
    "path", ["vault:kv/data/prod/db", "/v1/kv/data/prod/db", "/kv/data/prod/db"]
)
def test_a_path_may_stand_as_a_name_or_in_a_url(run, dump, path):
    assert asked(run, dump, path) == asked(run, dump, "kv/data/prod/db")


@pytest.mark.parametrize(
    ("path", "user", "noted"),
    [
        (
            "kv/prod/db",
            "sa:shop/api",
            "the engine keeps versions: the secret is at kv/data/prod/db",
        ),
        ("kvv/data/db", "sa:shop/api", "the dump has no secrets engine at kvv; did you mean kv?"),
        (
            *("kv/data/prod/db", "sa:shop/apis"),
            "the input holds no ServiceAccount shop/apis; did you mean sa:shop/api?",
        ),
    ],
)
def test_a_no_names_what_may_be_mistyped(run, dump, path, user, noted):
    status, _, err = asked(run, dump, path, user=user)
    assert status == 1
    assert f"note: {noted}\n" in err
    assert "note: " not in asked(run, dump, path, "-q", user=user)[2]


@pytest.mark.parametrize("path", ["kv/metadata/prod", "kv/data/dev", "sys/mounts", "auth/token/x"])
def test_paths_of_the_api_are_not_doubted(run, dump, path):
    assert "note: " not in asked(run, dump, path)[2]


def test_a_request_that_needs_no_policy(run, dump):
    status, out, _ = asked(run, dump, "sys/health")
    assert status == 0
    assert "and the request needs no policy\n" in out


def test_several_policies_are_named_in_grammar(run, dump):
    role = {**ROLE, "token_policies": ["shop-read", "more"]}
    (dump / "vault/auth/kubernetes/role/shop.json").write_text(json.dumps({"data": role}))
    (dump / "vault/policy/more.hcl").write_text(POLICY)
    assert "policies more and shop-read allow it" in asked(run, dump, "kv/data/prod/db")[1]


ISSUES = """\
path "pki/issue/web" {
  capabilities = ["update", "list"]
  allowed_parameters = { "ttl" = ["1h"], "common_name" = [] }
  denied_parameters = { "csr" = [] }
}
path "pki/issue/any" {
  capabilities = ["update"]
  allowed_parameters = { "*" = [] }
}
path "pki/issue/asks" {
  capabilities = ["update"]
  required_parameters = ["common_name"]
  min_wrapping_ttl = "1m"
}
path "pki/issue/none" {
  capabilities = ["update"]
  required_parameters = ["common_name"]
  denied_parameters = { "common_name" = [] }
}
"""


@pytest.mark.parametrize(
    ("path", "within"),
    [
        ("web", " within allowed_parameters (common_name, ttl) and denied_parameters (csr)"),
        ("any", ""),
        ("asks", " within required_parameters (common_name) and min_wrapping_ttl (60s)"),
    ],
)
def test_a_yes_names_the_limits_of_its_stanza(run, dump, path, within):
    """The graph has the edge: whoever sends a request chooses its parameters."""
    (dump / "vault/policy/shop-read.hcl").write_text(ISSUES)
    status, out, _ = asked(run, dump, f"pki/issue/{path}", method="PUT")
    assert status == 0
    assert f"policy shop-read allows it{within} VaultRole " in " ".join(out.split())


def test_limits_are_of_the_request_alone(run, dump):
    (dump / "vault/policy/shop-read.hcl").write_text(ISSUES)
    status, out, _ = asked(run, dump, "pki/issue/web", method="LIST")
    assert (status, "within" in out) == (0, False)
    assert asked(run, dump, "pki/issue/none", method="PUT")[0] == 1


@pytest.mark.parametrize(
    ("path", "method", "user"),
    [
        ("kv/data/prod/payment", "GET", "sa:shop/api"),
        ("kv/data/dev/db", "GET", "sa:shop/api"),
        ("kv/data/prod/db", "PUT", "sa:shop/api"),
        ("kv/data/prod/db", "GET", "sa:shop/web"),
    ],
)
def test_no(run, dump, path, method, user):
    status, out, _ = asked(run, dump, path, method=method, user=user)
    assert status == 1
    assert out.startswith("no\n")


@pytest.mark.parametrize(
    ("mount", "noted"),
    [
        (
            "kubernets",
            "has no mount kubernets; the nearest are kubernetes=this, auth/kubernetes=this",
        ),
        ("nope", "the dump of Vault has no mount nope"),
        ("auth/kubernetes", ""),
        ("kubernetes/", ""),
    ],
)
def test_a_mount_that_the_dump_has_not(run, dump, mount, noted):
    asking = ("vault", "can-i", "GET", "kv/data/prod/db", "--as", "sa:shop/api", "-f", str(dump))
    status, _, err = run(*asking, "--vault-mount", f"{mount}=this")
    assert status == (3 if noted else 0)
    assert noted in err
    assert ("note: --vault-mount" in err) == bool(noted)


def test_unknown_says_what_is_missing(run, dump):
    status, out, _ = run(
        *("vault", "can-i", "GET", "kv/data/prod/db", "--as", "sa:shop/api", "-f", str(dump))
    )
    assert status == 3
    assert "--vault-mount auth/kubernetes=this" in " ".join(out.split())
    (dump / "vault/auth/kubernetes/role.json").unlink()
    assert "the roles of auth/kubernetes" in " ".join(asked(run, dump, "kv/x")[1].split())
    (dump / "vault/policy/shop-read.hcl").unlink()
    status, out, _ = asked(run, dump, "kv/data/prod/db")
    assert status == 3
    said = " ".join(out.split())
    assert "Unknown: whether policy shop-read of auth/kubernetes/role/shop" in said


def test_labels_that_the_input_lacks_make_it_unknown(run, dump):
    (dump / "cluster.yaml").write_text(ACCOUNT.partition("---\n")[2])
    status, out, _ = asked(run, dump, "kv/data/prod/db")
    assert status == 3
    assert "has the labels that auth/kubernetes/role/shop selects" in " ".join(out.split())


OWN, OTHER = "https://oidc.example/a", "https://oidc.example/b"


def test_the_issuer_shows_whose_a_mount_is(run, dump):
    config = dump / "vault/auth/kubernetes/config.json"
    config.write_text(json.dumps({"issuer": OWN, "disable_iss_validation": False}))
    asking = ("vault", "can-i", "GET", "kv/data/prod/db", "--as", "sa:shop/api", "-f", str(dump))
    assert run(*asking, "--oidc-issuer", OWN)[0] == 0
    status, out, _ = run(*asking, "--oidc-issuer", OTHER)
    assert status == 1
    assert " ".join(out.split()) == (
        "no no role that was seen admits it; auth/kubernetes asks for the issuer of another cluster"
    )
    assert run(*asking, "--oidc-issuer", OTHER, "--oidc-issuer", OWN)[0] == 0
    server = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "kube-apiserver-a", "namespace": "kube-system"},
        "spec": {
            "containers": [
                {"name": "a", "command": ["kube-apiserver", f"--service-account-issuer={OWN}"]}
            ]
        },
    }
    (dump / "server.json").write_text(json.dumps(server))
    assert run(*asking)[0] == 0
    assert run(*asking, "--oidc-issuer", "oidc.example")[0] == 2


def test_the_flavour_decides_on_lists(run, dump):
    text = """
        path "kv/meta*" { capabilities = ["list"] }
        path "kv/metadata/*" { capabilities = ["deny"] }
    """
    (dump / "vault/policy/shop-read.hcl").write_text(text)
    flavours = {
        flavour: asked(run, dump, "kv/metadata", "--vault-flavour", flavour, method="LIST")[0]
        for flavour in ("vault", "openbao")
    }
    assert flavours == {"vault": 0, "openbao": 1}
    assert asked(run, dump, "kv/metadata", "--vault-flavour", "bao")[0] == 2


def test_json(run, dump):
    status, out, _ = asked(run, dump, "kv/data/prod/db", "-o", "json")
    assert status == 0
    assert json.loads(out)["allowed"] is True


def test_the_policy_is_printed(run):
    status, out, _ = run("vault", "policy")
    assert status == 0
    assert 'path "sys/policies/acl/*"   { capabilities = ["read"] }\n' in out


def test_errors_in_a_sentence(run, dump, tmp_path):
    no_dump = tmp_path / "only.yaml"
    no_dump.write_text(ACCOUNT)
    status, _, err = run("vault", "can-i", "GET", "x", "--as", "sa:shop/api", "-f", str(no_dump))
    assert status == 2
    assert "the input holds no dump of Vault" in err
    assert asked(run, dump, "x", user="user:alice")[0] == 2
    assert "did you mean sa:shop/api?" in asked(run, dump, "x", user="shop/api")[2]
    at_a_server = asked(run, dump, "vault:vault.example:8200/kv/x")
    assert at_a_server[0] == 2
    assert "the path alone is kv/x" in at_a_server[2]
    assert "FETCH" in asked(run, dump, "x", method="FETCH")[2]
    status, _, err = asked(run, dump, "x", "--vault-mount", "kubernetes")
    assert status == 2
    assert "does not say which cluster" in err
    assert run("vault", "dump", "-o", "dump.txt")[0] == 2


def test_help(run):
    status, out, _ = run("vault", "--help")
    assert status == 0
    assert all(f"  {name} " in out for name in ("can-i", "policy", "dump"))
    assert max(map(len, out.splitlines())) <= 100


def test_options_of_each_question(run, root):
    folder = root / "fixtures/edges/vault-policy"
    files = ("-f", str(folder / "yes.yaml"), "-f", str(folder / "dump"))
    for words in (("exposure",), ("paths", "vault:kv/data/prod/db"), ("reach", "sa:shop/api")):
        asked = (*words, *files, "--certain", "-o", "csv")
        _, with_mount, _ = run(*asked, "--vault-mount", "kubernetes=this")
        _, without, _ = run(*asked)
        assert with_mount != without, words
    status, _, err = run("exposure", *files, "--vault-mount", "kubernetes")
    assert status == 2
    assert "does not say which cluster" in err
    status, _, err = run("exposure", "--vault-address", "https://vault.example.com")
    assert status == 2
    assert "-f gives no file" in err
