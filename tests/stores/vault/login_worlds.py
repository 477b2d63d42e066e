"""Random worlds on a real server: auth mounts, roles, policies, secrets, and who logs in."""

import base64
import json
import random
import time
from functools import partial

import yaml

from tests.stores.vault import attacks
from tests.stores.vault.attacks import WORKED

ISSUER = attacks.API_AUDIENCE
ACCOUNTS = (
    ("a", "api"),
    ("a", "web"),
    ("b", "api"),
    ("b", "job"),
    ("a", "default"),
    ("b", "default"),
)
AUDIENCES = (ISSUER, "vault", "other")
MOUNTS = {"kv": "2", "kvx": "1", "old": "1", "team/kv": "2"}
"""The engines: one path begins as another."""
METHODS = {"jwt": "jwt", "k8s": "kubernetes", "more/jwt": "jwt"}
NAMES = ("one", "two", "a/key", "b/key", "api/key", "a", "data/x")


class Signer:
    """Signs tokens of ServiceAccounts with a key that the server itself keeps."""

    def __init__(self, server):
        self._server = server
        server.ask("POST", "sys/mounts/sign", {"type": "transit"})
        server.ask("POST", "sign/keys/accounts", {"type": "ecdsa-p256"})
        _, answer = server.ask("GET", "sign/keys/accounts")
        self.public = answer["data"]["keys"]["1"]["public_key"]
        self._known = {}

    def token(self, namespace, name, audience):
        """Return a token as the API server gives it."""
        key = namespace, name, audience
        if key not in self._known:
            self._known[key] = self._signed(*key)
        return self._known[key]

    def _signed(self, namespace, name, audience):
        now = int(time.time())
        account = {"name": name, "uid": f"uid-{namespace}-{name}"}
        claims = {
            "iss": ISSUER,
            "sub": f"system:serviceaccount:{namespace}:{name}",
            "aud": [audience],
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "kubernetes.io": {"namespace": namespace, "serviceaccount": account},
        }
        parts = ({"alg": "ES256", "typ": "JWT", "kid": "accounts"}, claims)
        text = b".".join(_encoded(json.dumps(part).encode()) for part in parts).decode()
        body = {"input": base64.b64encode(text.encode()).decode(), "marshaling_algorithm": "jws"}
        status, answer = self._server.ask("POST", "sign/sign/accounts/sha2-256", body)
        assert status == 200, answer
        return f"{text}.{answer['data']['signature'].rpartition(':')[2]}"


def _encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def cluster_of(rng):
    """Return the manifests of a cluster: ServiceAccounts, and who may make their tokens."""
    objects = [
        {"kind": "Namespace", "metadata": {"name": name, "labels": {"env": label}}}
        for name, label in (("a", "prod"), ("b", "dev"))
    ]
    with_uid = rng.random() < 0.7
    for namespace, name in ACCOUNTS:
        metadata = {"namespace": namespace, "name": name}
        if with_uid:
            metadata["uid"] = f"uid-{namespace}-{name}"
        objects.append({"kind": "ServiceAccount", "metadata": metadata})
    rules = [
        ("tokens", {"resources": ["serviceaccounts/token"], "verbs": ["create"]}),
        ("pods", {"resources": ["pods"], "verbs": ["create", "get"]}),
        ("act", {"resources": ["serviceaccounts"], "verbs": ["impersonate"]}),
    ]
    for user, rule in rules:
        for namespace in ("a", "b"):
            metadata = {"namespace": namespace, "name": user}
            group = "rbac.authorization.k8s.io"
            objects.append(
                {
                    "apiVersion": f"{group}/v1",
                    "kind": "Role",
                    "metadata": metadata,
                    "rules": [{"apiGroups": [""], **rule}],
                }
            )
            objects.append(
                {
                    "apiVersion": f"{group}/v1",
                    "kind": "RoleBinding",
                    "metadata": metadata,
                    "roleRef": {"apiGroup": group, "kind": "Role", "name": user},
                    "subjects": [
                        {"kind": "User", "apiGroup": group, "name": f"{user}-{namespace}"}
                    ],
                }
            )
    return "---\n".join(yaml.safe_dump({"apiVersion": "v1", **one}) for one in objects)


class World:
    """One world, in namespaces of its own.

    Parameters
    ----------
    server, signer:
        The server, and what signs tokens of ServiceAccounts.
    reviews:
        The URL of the API server that reviews tokens.
    seed:
        The seed.
    """

    def __init__(self, server, signer, reviews, seed):
        self.server, self.signer, self.reviews = server, signer, reviews
        self.rng = random.Random(f"login world {seed}")
        self.top = f"w{seed}"
        self.spaces = ("", "sub") if self.rng.random() < 0.4 else ("",)
        self.roles = []
        self.secrets = []
        self.cluster = cluster_of(self.rng)
        self.stated = []
        for space in self.spaces:
            self._fill(space)

    def whole(self, space, path):
        return "/".join(filter(None, (self.top, space, path)))

    def send(self, method, path, body=None):
        """Send a request as root, again while a new mount is not ready."""
        for _ in range(200):
            status, answer = self.server.ask(method, path, body)
            if status in WORKED or "pgrad" not in json.dumps(answer):
                break
            time.sleep(0.01)
        assert status in WORKED, (method, path, body, answer)
        return answer

    def _fill(self, space):
        whole = partial(self.whole, space)
        above = self.whole("", "sys/namespaces/sub") if space else f"sys/namespaces/{self.top}"
        self.send("POST", above, {})
        for mount, version in MOUNTS.items():
            body = {"type": "kv", "options": {"version": version}}
            self.send("POST", whole(f"sys/mounts/{mount}"), body)
        for mount, version in MOUNTS.items():
            for name in NAMES:
                path = whole(f"{mount}/{'data/' if version == '2' else ''}{name}")
                self.send("POST", path, {"data": {"v": "1"}} if version == "2" else {"v": "1"})
                self.secrets.append(path)
        accessors = self._methods(space)
        for name in ("one", "two", "three", "default"):
            if name != "default" or self.rng.random() < 0.3:
                body = {"policy": self._policy(list(accessors.values()))}
                self.send("PUT", whole(f"sys/policies/acl/{name}"), body)
        for mount in accessors:
            self._add_roles(space, mount)
        for number in range(self.rng.randint(0, 2)):
            self._identity(space, accessors, number)

    def _methods(self, space):
        """Enable the auth methods; return their accessors by mount."""
        jwt = {"jwt_validation_pubkeys": [self.signer.public], "jwt_supported_algs": ["ES256"]}
        host = {"kubernetes_host": self.reviews, "kubernetes_ca_cert": attacks.CA}
        for mount, kind in METHODS.items():
            self.send("POST", self.whole(space, f"sys/auth/{mount}"), {"type": kind})
            config = jwt if kind == "jwt" else host
            self.send("POST", self.whole(space, f"auth/{mount}/config"), config)
            if self.rng.random() < 0.9:
                self.stated.append(f"{space}/auth/{mount}".lstrip("/"))
        methods = self.send("GET", self.whole(space, "sys/auth"))["data"]
        return {mount: methods[f"{mount}/"]["accessor"] for mount in METHODS}

    def _add_roles(self, space, mount):
        for number in range(self.rng.randint(1, 3)):
            role = self._jwt() if METHODS[mount] == "jwt" else self._kubernetes()
            role["token_policies"] = [self._named() for _ in range(self.rng.randint(0, 2))]
            role["token_no_default_policy"] = self.rng.random() < 0.5
            self.send("POST", self.whole(space, f"auth/{mount}/role/r{number}"), role)
            self.roles.append((space, mount, f"r{number}"))

    def _named(self):
        return (
            "gone" if self.rng.random() < 0.06 else self.rng.choice(("one", "two", "three", "ONE "))
        )

    def _identity(self, space, accessors, number):
        rng = self.rng
        namespace, name = rng.choice(ACCOUNTS)
        entity = self.send(
            "POST",
            self.whole(space, "identity/entity"),
            {
                "name": f"e{number}",
                "policies": [self._named()] * rng.randint(0, 1),
                "metadata": {"space": namespace},
            },
        )["data"]["id"]
        mount = rng.choice(list(accessors))
        users = [f"uid-{namespace}-{name}", f"system:serviceaccount:{namespace}:{name}", name]
        user = rng.choice(users)
        alias = {"name": user, "mount_accessor": accessors[mount], "canonical_id": entity}
        self.send("POST", self.whole(space, "identity/entity-alias"), alias)
        groups = []
        if rng.random() < 0.6:
            body = {
                "name": f"g{number}",
                "policies": [self._named()],
                "member_entity_ids": [entity],
                "metadata": {"space": namespace},
            }
            groups.append(
                self.send("POST", self.whole(space, "identity/group"), body)["data"]["id"]
            )
        if groups and rng.random() < 0.5:
            body = {"name": f"h{number}", "policies": [self._named()], "member_group_ids": groups}
            self.send("POST", self.whole(space, "identity/group"), body)

    def _policy(self, accessors):
        rng = self.rng
        accessor = rng.choice(accessors)
        values = (
            "{{identity.entity.name}}",
            f"{{{{identity.entity.aliases.{accessor}.name}}}}",
            f"{{{{identity.entity.aliases.{accessor}.metadata.service_account_namespace}}}}",
            f"{{{{identity.entity.aliases.{accessor}.metadata.space}}}}",
            "{{identity.entity.metadata.space}}",
            "{{identity.groups.names.g0.metadata.space}}",
        )
        stanzas = []
        for _ in range(rng.randint(1, 4)):
            mount = rng.choice((*MOUNTS, "+", "kv", "kv"))
            data = rng.choice(("data/", "data/", "", "+/"))
            end = rng.choice(
                (
                    "*",
                    "one",
                    "t*",
                    "+/key",
                    "+",
                    "a/*",
                    "one*",
                    f"{rng.choice(values)}/*",
                    f"{rng.choice(values)}/key",
                    "metadata/*",
                )
            )
            capabilities = rng.choice(
                (["read"], ["read"], ["read", "list"], ["deny"], ["update"], ["list"], [])
            )
            if mount == "+" and "update" in capabilities:
                capabilities = ["read"]  # it would reach sys/policy: the token obtains all
            stanzas.append(
                f'path "{mount}/{data}{end}" {{ capabilities = {json.dumps(capabilities)} }}'
            )
        return "\n".join(stanzas)

    def _jwt(self):
        rng = self.rng
        namespace, name = rng.choice(ACCOUNTS)
        subject = f"system:serviceaccount:{namespace}:{name}"
        bound = rng.choice(
            (
                {"bound_subject": subject},
                {"bound_subject": subject, "bound_claims": {"sub": subject}},
                {"bound_claims": {"sub": subject}},
                {
                    "bound_claims": {"sub": f"system:serviceaccount:{namespace}:*"},
                    "bound_claims_type": "glob",
                },
                {"bound_claims": {"sub": f"system:serviceaccount:{namespace}:*"}},
                {
                    "bound_claims": {
                        "sub": ["system:serviceaccount:a:api", "system:serviceaccount:b:*"]
                    },
                    "bound_claims_type": "glob",
                },
                {"bound_claims": {"/kubernetes.io/namespace": namespace}},
                {
                    "bound_claims": {
                        "/kubernetes.io/namespace": [namespace, "x"],
                        "/kubernetes.io/serviceaccount/name": name,
                    }
                },
                {"bound_claims": {"/kubernetes.io/serviceaccount/uid": f"uid-{namespace}-{name}"}},
                {"bound_claims": {"iss": ISSUER, "/kubernetes.io/serviceaccount/name": "api"}},
                {
                    "bound_claims": {"/kubernetes.io/serviceaccount/name": "a*"},
                    "bound_claims_type": "glob",
                },
                {"bound_claims": {"/kubernetes.io/namespace": "*"}, "bound_claims_type": "glob"},
                {
                    "bound_claims": {
                        "aud": rng.choice(AUDIENCES[:2]),
                        "/kubernetes.io/namespace": namespace,
                    }
                },
            )
        )
        user = rng.choice(
            (
                {"user_claim": "sub"},
                {"user_claim": "sub"},
                {
                    "user_claim": "/kubernetes.io/serviceaccount/uid",
                    "user_claim_json_pointer": True,
                },
                {
                    "user_claim": "/kubernetes.io/serviceaccount/name",
                    "user_claim_json_pointer": True,
                },
                {"user_claim": "iss"},
            )
        )
        audiences = rng.choice((["vault"], ["vault"], [ISSUER], list(AUDIENCES[:2]), ["other"], []))
        mappings = (
            {"claim_mappings": {"/kubernetes.io/namespace": "space"}} if rng.random() < 0.3 else {}
        )
        return {"role_type": "jwt", "bound_audiences": audiences, **bound, **user, **mappings}

    def _kubernetes(self):
        rng = self.rng
        return {
            "bound_service_account_names": rng.choice(
                (["*"], ["api"], ["api", "job"], ["a*", "w*"])
            ),
            "bound_service_account_namespaces": rng.choice((["a"], ["*"], ["b", "x"], ["A"])),
            "audience": rng.choice(("", "", "", "vault", ISSUER)),
            "alias_name_source": rng.choice(("serviceaccount_uid", "serviceaccount_name")),
        }

    @property
    def this_clusters(self):
        """The auth mounts that are said to be this cluster's, by their whole paths."""
        return [f"{self.top}/{mount}" for mount in self.stated]

    def truth(self, secrets):
        """Return by ServiceAccount which secrets it reads.

        First those by the API server's token, then those by tokens for all audiences.
        """
        found = {}
        for account in ACCOUNTS:
            own, every = set(), set()
            for space, mount, role in self.roles:
                for audience in AUDIENCES:
                    path = self.whole(space, f"auth/{mount}/login")
                    body = {"role": role, "jwt": self.signer.token(*account, audience)}
                    status, answer = self.server.ask("POST", path, body, "")
                    if status != 200:
                        continue
                    token = answer["auth"]["client_token"]
                    for secret in secrets:
                        if self.server.ask("GET", secret, token=token)[0] == 200:
                            every.add(secret)
                            if audience == ISSUER:
                                own.add(secret)
            found[account] = own, every
        return found
