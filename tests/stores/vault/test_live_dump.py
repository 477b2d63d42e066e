"""A dump of a live server: what it holds, and what is asked for on the wire."""

import http.client
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.stores.vault import Policies
from tests.stores.vault.conftest import ROOT

GOVERNING = ("sys/policies/egp", "sys/policies/rgp", "identity/mfa/login-enforcement")
VALUE = "value-that-must-not-travel"
CONFIG = {
    "kubernetes_host": "https://shop.example.com:6443",
    "kubernetes_ca_cert": (Path(__file__).parents[2] / "live" / "tls" / "cert.pem").read_text(),
    "disable_local_ca_jwt": True,
}
ROLE = {
    "bound_service_account_names": ["api"],
    "bound_service_account_namespaces": ["shop"],
    "token_policies": ["shop-read"],
}


@pytest.fixture(scope="module")
def filled(server):
    """A server with a KV mount of version 2, a secret, and a role for a ServiceAccount."""
    pytest.importorskip("hvac")
    calls = [
        ("POST", "sys/mounts/team", {"type": "kv", "options": {"version": "2"}}),
        ("POST", "sys/auth/shop", {"type": "kubernetes"}),
        ("POST", "auth/shop/config", CONFIG),
        ("POST", "auth/shop/role/api", ROLE),
        (
            "PUT",
            "sys/policies/acl/shop-read",
            {"policy": 'path "team/data/prod/*" { capabilities = ["read"] }'},
        ),
        ("POST", "sys/auth/people", {"type": "userpass"}),
        ("POST", "auth/people/users/ann", {"password": VALUE, "token_policies": ["shop-read"]}),
        ("POST", "sys/namespaces/eu", {}),
    ]
    for method, path, body in calls:
        status, answer = server.ask(method, path, body)
        assert status in {200, 204}, (path, answer)
    for _ in range(100):  # the server upgrades a new mount for a moment
        if server.ask("POST", "team/data/prod/db", {"data": {"password": VALUE}})[0] == 200:
            break
    return server


@contextmanager
def recording(server):
    """Forward requests to the server; yield the address and what was asked and answered."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def forward(self):
            connection = http.client.HTTPConnection(server.connection.host, server.connection.port)
            names = ("X-Vault-Token", "X-Vault-Namespace")
            headers = {name: self.headers[name] for name in names if self.headers[name]}
            connection.request(self.command, self.path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            seen.append((self.command, self.path, body.decode()))
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_LIST = do_POST = do_PUT = forward  # noqa: N815 - the names are http.server's

        def log_message(self, *_):
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{proxy.server_port}", seen
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()


def taken(address, token, monkeypatch):
    monkeypatch.setenv("VAULT_TOKEN", token)
    for name in ("VAULT_ADDR", "VAULT_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    return rg.load_vault(address)


def comparable(dump):
    return {
        field: sorted(map(repr, getattr(dump, field)))
        for field in ("policies", "mounts", "entries", "lists")
    }


def test_the_smallest_policy_sees_what_root_sees_and_no_value(filled, monkeypatch):
    from rbacgraph.sources.vault.live_dump import POLICY

    assert filled.ask("PUT", "sys/policies/acl/rbacgraph", {"policy": POLICY})[0] == 204
    token = filled.token(["rbacgraph"])
    with recording(filled) as (address, seen):
        small = taken(address, token, monkeypatch)
    with recording(filled) as (address, _):
        whole = taken(address, ROOT, monkeypatch)
    # A policy does not hold in the namespaces below: the server refuses their lists.
    inside = [found for found in small.diagnostics if "in namespace" not in found.message]
    assert not inside
    assert not whole.diagnostics
    own = [
        {key: [one for one in found if "namespace=''" in one] for key, found in dump.items()}
        for dump in (comparable(small.snapshot.vault), comparable(whole.snapshot.vault))
    ]
    assert own[0] == own[1]
    assert {method for method, _, _ in seen} == {"GET", "LIST"}
    assert not [path for _, path, _ in seen if "/data/" in path]
    assert VALUE not in json.dumps(seen)


@pytest.mark.parametrize("flavour", ["openbao", "vault"])
def test_the_policy_allows_what_is_asked_for_and_no_value(flavour):
    from rbacgraph.sources.vault.live_dump import POLICY

    policies = Policies({"rbacgraph": POLICY}, flavour)
    asked = [
        *(("GET", f"sys/{path}") for path in ("auth", "mounts", "policies/acl/shop")),
        *(("LIST", f"identity/{kind}/id") for kind in ("group", "entity")),
        *(("GET", f"identity/{kind}/id/1") for kind in ("group", "entity")),
        *(
            ("LIST", path)
            for path in ("auth/k8s/role", "auth/up/users", "auth/token/roles", "kubernetes/roles")
        ),
        *(
            ("GET", path)
            for path in (
                "auth/k8s/role/a",
                "auth/up/users/a",
                "auth/k8s/config",
                "kubernetes/roles/a",
            )
        ),
        *(("LIST", path) for path in ("sys/policies/acl", "sys/namespaces")),
        *(("LIST", path) for path in GOVERNING),
        *(("GET", f"{path}/a") for path in GOVERNING),
        *(("LIST", path) for path in ("kv/metadata", "kv/metadata/prod/eu")),
    ]
    refused = [one for one in asked if not policies.allows(method=one[0], path=one[1])]
    assert not refused
    for path in ("kv/data/prod/db", "kv/metadata/prod/db", "kv1/prod/db", "kubernetes/creds/a"):
        assert not policies.allows(method="GET", path=path)
    writes = [one for _, one in asked if policies.allows(method="PUT", path=one)]
    assert not writes


def test_a_saved_dump_answers_with_the_cluster(filled, monkeypatch, tmp_path):
    with recording(filled) as (address, _):
        cluster = taken(address, ROOT, monkeypatch)
    cluster.save(tmp_path / "vault.json")
    manifest = tmp_path / "shop.yaml"
    manifest.write_text(
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop}}"
    )
    again = rg.load(manifest, tmp_path / "vault.json")
    assert again.snapshot.vault == cluster.snapshot.vault
    ask = {"user": "sa:shop/api", "mounts": ["shop"]}
    decision = again.vault_can_i("GET", "team/data/prod/db", **ask)
    assert decision
    assert [found.name for found in decision.evidence] == ["auth/shop/role/api", "shop-read"]
    assert not again.vault_can_i("GET", "team/data/dev/db", **ask)
    unsure = again.vault_can_i("GET", "team/data/prod/db", user="sa:shop/api")
    assert not unsure
    assert unsure.unknown
    assert any(found.path == "team/metadata/prod" for found in again.snapshot.vault.lists)


@pytest.mark.parametrize("by", ["argument", "VAULT_NAMESPACE"])
def test_a_dump_begins_in_a_namespace_and_names_it(filled, monkeypatch, by):
    text = {"policy": 'path "kv/*" { capabilities = ["read"] }'}
    for path in ("eu/sys/policies/acl/outer", "eu/shop/sys/policies/acl/inner"):
        filled.ask("POST", "eu/sys/namespaces/shop", {})
        assert filled.ask("PUT", path, text)[0] == 204
    monkeypatch.setenv("VAULT_TOKEN", ROOT)
    monkeypatch.setenv("VAULT_NAMESPACE", "eu" if by == "VAULT_NAMESPACE" else "other")
    address = f"http://{filled.connection.host}:{filled.connection.port}"
    dump = rg.load_vault(address, "eu/" if by == "argument" else None).snapshot.vault
    found = {(one.namespace, one.name) for one in dump.policies if one.name != "default"}
    assert found == {("eu", "outer"), ("eu/shop", "inner")}
    assert {one.namespace for one in dump.mounts} == {"eu", "eu/shop"}


def test_refusals_are_reported(filled, monkeypatch):
    token = filled.token(["nothing"])
    with recording(filled) as (address, _):
        cluster = taken(address, token, monkeypatch)
    messages = [found.message for found in cluster.diagnostics]
    assert "Vault refuses LIST sys/policies/acl" in messages
    assert "rbacgraph vault policy" in cluster.diagnostics[0].advice


def test_no_token_is_an_error(monkeypatch, tmp_path):
    pytest.importorskip("hvac")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("VAULT_TOKEN", raising=False)
    with pytest.raises(rg.InputError, match="no token"):
        rg.load_vault("http://127.0.0.1:9")


class Odd(BaseHTTPRequestHandler):
    """A server that is no Vault: its path says how it answers."""

    def do_GET(self):
        self.send_response(int(self.server.status))
        body = b"<html>a proxy's page</html>"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_LIST = do_GET  # noqa: N815 - the name is http.server's

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    ("scheme", "status", "words"),
    [
        ("http", 200, "answers, but not as Vault does"),
        ("http", 500, "it reports an error of its own"),
        ("http", 503, "it is sealed, or stands by"),
        ("http", 400, "it does not understand the request"),
        ("https", 200, "its certificate is not trusted, or it speaks no TLS"),
        ("http", None, "nothing takes the connection"),
        ("no-scheme", 200, "the address is no URL of Vault"),
    ],
)
def test_the_cause_is_said_in_words(monkeypatch, scheme, status, words):
    pytest.importorskip("hvac")
    monkeypatch.setenv("VAULT_TOKEN", "CANARY")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    server.status = status
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    port = server.server_port
    if status is None:
        server.shutdown()
        server.server_close()
    try:
        with pytest.raises(rg.InputError) as caught:
            rg.load_vault(f"{scheme}://user:CANARY@127.0.0.1:{port}")
    finally:
        if status is not None:
            server.shutdown()
            server.server_close()
        thread.join()
    assert words in str(caught.value)
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert not re.search(r"Error\b|Pool|object at|CANARY", str(caught.value))
