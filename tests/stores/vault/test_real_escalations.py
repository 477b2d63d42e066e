"""A real server is attacked for each kind of escalation; the evaluator says what comes of it."""

import time

import msgspec
import pytest

import rbacgraph as rg
from rbacgraph.model.stores.vault_dump import VaultEntry, VaultMount, VaultPolicy
from rbacgraph.stores.vault.escalations import HeldToken, Obtained, VaultEscalations
from rbacgraph.stores.vault.template import Alias, Entity
from tests.stores.vault import attacks
from tests.stores.vault.attacks import CROWN, WORKED, Attacker
from tests.stores.vault.conftest import ROOT

WORLD = [
    ("POST", "sys/mounts/esc-kv", {"type": "kv"}),
    ("PUT", "esc-kv/crown", {"v": "1"}),
    ("PUT", "sys/policies/acl/crown", {"policy": CROWN}),
    ("PUT", "sys/policies/acl/veto", {"policy": CROWN.replace('"read"', '"deny"')}),
    ("PUT", "sys/policies/acl/weak", {"policy": CROWN.replace("crown", "weak")}),
    ("POST", "sys/auth/esc-up", {"type": "userpass"}),
    ("POST", "sys/auth/esc-me", {"type": "approle"}),
    ("POST", "sys/auth/esc-app", {"type": "approle"}),
    ("POST", "sys/auth/esc-k8s", {"type": "kubernetes"}),
    ("POST", "sys/auth/esc-far", {"type": "kubernetes"}),
]
SERVICE_ACCOUNT = {
    "bound_service_account_names": ["boss"],
    "bound_service_account_namespaces": ["prod"],
    "token_policies": ["crown"],
}
FAR = {"kubernetes_host": "http://127.0.0.1:9", "kubernetes_ca_cert": attacks.CA}
BOSS = {"password_hash": attacks.HASH.replace("u", "v", 1), "token_policies": ["crown"]}
RESTORED = {
    "rewrite_after_login": [
        ("POST", "auth/esc-app/role/weak", {"token_policies": ["weak"]}),
        ("PUT", "sys/policies/acl/weak", {"policy": CROWN.replace("crown", "weak")}),
    ],
    "create_token": [
        ("POST", "auth/token/roles/crowner", {"allowed_policies": ["crown"]}),
        ("POST", "auth/token/roles/crownless", {"disallowed_policies": ["crown"]}),
    ],
    "write_token_role": [("DELETE", "auth/token/roles/mine", None)],
    "write_kubernetes_role": [
        ("DELETE", "auth/esc-k8s/role/mine", None),
        ("POST", "auth/esc-k8s/role/strong", SERVICE_ACCOUNT),
    ],
    "write_kubernetes_config": [
        ("POST", "auth/esc-far/role/strong", SERVICE_ACCOUNT),
        ("POST", "auth/esc-far/config", FAR),
    ],
    "login_as_approle": [("POST", "auth/esc-app/role/strong", {"token_policies": ["crown"]})],
    "write_approle": [
        ("DELETE", "auth/esc-app/role/mine", None),
        ("POST", "auth/esc-app/role/weak", {"token_policies": ["weak"]}),
    ],
    "take_user": [("POST", "auth/esc-up/users/boss", BOSS)],
    "write_user": [
        ("DELETE", "auth/esc-up/users/mine", None),
        ("DELETE", "auth/esc-up/users/bob", None),
        ("POST", "auth/esc-up/users/bob", {**BOSS, "token_policies": ["weak"]}),
    ],
    "write_group": [
        ("DELETE", "identity/group/name/mine", None),
        ("DELETE", "identity/group/name/crowned", None),
        ("POST", "identity/group/name/crowned", {"policies": ["crown"]}),
    ],
    "enable_method": [("DELETE", "sys/auth/mine", None)],
}
"""By attack, what gives the world its old state again."""


def allow(path, *capabilities, **limits):
    """Return a stanza."""
    written = ", ".join(f'"{one}"' for one in capabilities or ("update",))
    more = "".join(f"\n{key} = {value}" for key, value in limits.items())
    return f'path "{path}" {{ capabilities = [{written}]{more} }}\n'


def refuse(*keys):
    """Return the limit by which a request may not have these parameters."""
    return "{" + ", ".join(f'"{key}" = []' for key in keys) + "}"


OWN, TOKENS = "sys/policies/acl/esc", "auth/token/create"
ROLE, APP, USERS = "auth/esc-k8s/role", "auth/esc-app/role", "auth/esc-up/users"
NAMED = ("token_policies", "policies")

TRIALS = [
    ("rewrite_policy", allow(OWN), True),
    ("rewrite_policy", allow(OWN, "create"), False),
    ("rewrite_policy", allow(OWN, "patch"), True),
    ("rewrite_policy", allow(OWN, denied_parameters=refuse("policy")), False),
    ("rewrite_policy", allow(OWN, required_parameters='["why"]'), True),
    ("rewrite_policy", allow("sys/policy/*"), True),
    ("rewrite_policy", allow("sys/policy/*", denied_parameters=refuse("policy")), True),
    ("rewrite_policy", allow("sys/policies/acl/*") + allow(OWN, "deny"), False),
    ("rewrite_policy", allow("sys/policies/acl/veto"), False),
    (
        "rewrite_after_login",
        allow("sys/policies/acl/weak") + allow(f"{APP}/weak/*", "read", "update"),
        True,
    ),
    ("rewrite_after_login", allow("sys/policies/acl/weak"), False),
    ("create_token", allow(TOKENS), False),
    ("create_token", allow(TOKENS, "update", "sudo"), True),
    ("create_token", allow(TOKENS, "create", "sudo"), False),
    ("create_token", allow(f"{TOKENS}-orphan", "update", "sudo"), True),
    ("create_token", allow(f"{TOKENS}/crowner"), True),
    ("create_token", allow(f"{TOKENS}/crownless"), False),
    ("create_token", allow(TOKENS, "update", "sudo", denied_parameters=refuse("policies")), False),
    (
        "create_token",
        allow(TOKENS, "update", "sudo", allowed_parameters='{"policies" = ["weak"]}'),
        False,
    ),
    (
        "create_token",
        allow(TOKENS, "update", "sudo", allowed_parameters='{"policies" = ["crown"]}'),
        True,
    ),
    ("write_token_role", allow("auth/token/roles/mine", "create"), False),
    ("write_token_role", allow("auth/token/roles/mine", "create") + allow(f"{TOKENS}/mine"), True),
    ("write_token_role", allow("auth/token/roles/mine") + allow(f"{TOKENS}/mine"), False),
    ("write_token_role", allow("auth/token/roles/+", "create") + allow(f"{TOKENS}/m*"), True),
    (
        "write_token_role",
        allow("auth/token/roles/mine", "create", denied_parameters=refuse("allowed_policies"))
        + allow(f"{TOKENS}/mine"),
        True,
    ),
    ("write_kubernetes_role", allow(f"{ROLE}/mine", "create"), True),
    ("write_kubernetes_role", allow(f"{ROLE}/mine"), False),
    ("write_kubernetes_role", allow(f"{ROLE}/*", denied_parameters=refuse(*NAMED)), True),
    (
        "write_kubernetes_role",
        allow(f"{ROLE}/m*", "create", denied_parameters=refuse(NAMED[0])),
        True,
    ),
    (
        "write_kubernetes_role",
        allow(f"{ROLE}/m*", "create", denied_parameters=refuse(*NAMED)),
        False,
    ),
    ("write_kubernetes_config", allow("auth/esc-far/config"), True),
    ("write_kubernetes_config", allow("auth/esc-far/config", "create", "read"), False),
    ("login_as_approle", allow(f"{APP}/strong/role-id", "read"), False),
    ("login_as_approle", allow(f"{APP}/strong/secret-id"), False),
    (
        "login_as_approle",
        allow(f"{APP}/strong/secret-id") + allow(f"{APP}/+/role-id", "read"),
        True,
    ),
    ("login_as_approle", allow(f"{APP}/strong/custom-secret-id") + allow(f"{APP}/+/role-id"), True),
    ("write_approle", allow(f"{APP}/mine", "create"), True),
    ("write_approle", allow(f"{APP}/mine", "create", denied_parameters=refuse(*NAMED)), False),
    (
        "write_approle",
        allow(f"{APP}/mine", "create", denied_parameters=refuse("bind_secret_id")),
        False,
    ),
    ("write_approle", allow(f"{APP}/weak/policies"), False),
    ("write_approle", allow(f"{APP}/weak/*", "read", "update"), True),
    ("take_user", allow(f"{USERS}/boss/password"), True),
    ("take_user", allow(f"{USERS}/boss/password", "create"), False),
    ("take_user", allow(f"{USERS}/boss"), True),
    (
        "take_user",
        allow(f"{USERS}/boss", denied_parameters=refuse("password", "password_hash")),
        False,
    ),
    ("write_user", allow(f"{USERS}/mine", "create"), True),
    ("write_user", allow(f"{USERS}/mine"), False),
    ("write_user", allow(f"{USERS}/bob/*"), True),
    ("write_user", allow(f"{USERS}/bob/policies"), False),
    ("write_user", allow(f"{USERS}/bob"), True),
    ("write_user", allow(f"{USERS}/mine/policies"), False),
    ("write_entity", allow("identity/entity/id/*"), True),
    ("write_entity", allow("identity/entity"), True),
    ("write_entity", allow("identity/entity", "create"), False),
    ("write_entity", allow("identity/entity/id/*", denied_parameters=refuse("policies")), False),
    ("write_group", allow("identity/group"), True),
    ("write_group", allow("identity/group/name/crowned"), True),
    ("write_group", allow("identity/group", denied_parameters=refuse("policies")), True),
    ("write_group", allow("identity/group", denied_parameters=refuse("member_entity_ids")), False),
    (
        "write_group",
        allow("identity/group/name/crowned", denied_parameters=refuse("member_entity_ids")),
        False,
    ),
    ("move_alias", allow("identity/entity-alias"), True),
    ("move_alias", allow("identity/alias"), True),
    ("move_alias", allow("identity/entity-alias", "create"), False),
    ("merge_entities", allow("identity/entity/merge"), True),
    ("merge_entities", allow("identity/entity/merge", "read"), False),
    (
        "enable_method",
        allow("sys/auth/mine", "update", "sudo") + allow("auth/mine/*", "create"),
        True,
    ),
    ("enable_method", allow("sys/auth/mine") + allow("auth/mine/*", "create"), False),
    ("enable_method", allow("sys/auth/mine", "update", "sudo") + allow("auth/mine/*"), False),
]


@pytest.fixture(scope="module")
def world(server):
    """The server with a world to attack, and an API server of the attacker."""
    pytest.importorskip("hvac")
    with attacks.api_server() as url:
        ask_all(server, WORLD)
        config = {"kubernetes_host": url, "kubernetes_ca_cert": attacks.CA}
        ask_all(server, [("POST", "auth/esc-k8s/config", config)])
        yield server, url


def ask_all(server, calls):
    for method, path, body in calls:
        status, answer = server.ask(method, path, body)
        assert status in WORKED, (path, answer)


@pytest.fixture(scope="module")
def dump(world):
    server, _ = world
    for calls in RESTORED.values():
        ask_all(server, calls)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAULT_TOKEN", ROOT)
        connection = server.connection
        return rg.load_vault(f"http://{connection.host}:{connection.port}").snapshot.vault


def attacker(server, url, number, policies):
    """Return somebody who logs in by a new role that has these policies."""
    name = f"me-{number}"
    role = f"auth/esc-me/role/{name}"
    body = {"role_id": name, "token_policies": policies, "token_no_default_policy": True}
    secret = (f"{role}/custom-secret-id", {"secret_id": name})
    ask_all(server, [("POST", role, body), ("POST", *secret)])
    _, answer = server.ask("POST", "auth/esc-me/login", {"role_id": name, "secret_id": name}, "")
    _, methods = server.ask("GET", "sys/auth")
    auth = answer["auth"]
    return Attacker(
        server,
        auth["client_token"],
        name,
        entity=auth["entity_id"],
        accessor=methods["data"]["esc-me/"]["accessor"],
        kubernetes=url,
    )


def held(me, policies, name):
    entity = Entity(id=me.entity, name=name, aliases=(Alias(me.accessor, me.user),))
    role = f"auth/esc-me/role/{me.user}"
    return HeldToken("", tuple(sorted(policies)), entity=entity, role=role)


def reads(server, tokens):
    return any(
        token and server.ask("GET", "esc-kv/crown", token=token)[0] == 200 for token in tokens
    )


def trial(world, dump, number, attack, policy, *, policies=("esc",)):
    """Return what the attack reads, and what the evaluator says."""
    server, url = world
    written = ("PUT", "sys/policies/acl/esc", {"policy": policy})
    ask_all(server, [written, *RESTORED.get(attack, ())])
    me = attacker(server, url, number, list(policies))
    strong = {"name": f"strong-{number}", "policies": ["crown"]}
    _, answer = server.ask("POST", "identity/entity", strong)
    me.strong = answer["data"]["id"]
    _, own = server.ask("GET", f"identity/entity/id/{me.entity}")
    seen = {"id": me.strong, "name": strong["name"], "policies": ("crown",)}
    known = msgspec.structs.replace(
        dump,
        policies=(
            *(one for one in dump.policies if one.name != "esc"),
            VaultPolicy("", "esc", policy),
        ),
        entries=(*dump.entries, VaultEntry("", f"identity/entity/id/{me.strong}", seen)),
    )
    obtained = Obtained(VaultEscalations(known), [held(me, policies, own["data"]["name"])])
    return reads(server, getattr(attacks, attack)(me)), obtained.allows("GET", "esc-kv/crown")


@pytest.mark.parametrize("number", range(len(TRIALS)))
def test_attacks(world, dump, number):
    attack, policy, expected = TRIALS[number]
    really, said = trial(world, dump, number, attack, policy)
    assert said == really
    assert really == expected


def test_a_child_token_leaves_a_narrower_stanza_behind(world, dump):
    policy = allow("esc-kv/*", "read") + allow(TOKENS)
    results = trial(world, dump, 500, "create_weaker_token", policy, policies=("esc", "veto"))
    assert results == (True, True)
    policy = allow("esc-kv/*", "read")
    results = trial(world, dump, 501, "create_weaker_token", policy, policies=("esc", "veto"))
    assert results == (False, False)


def test_the_default_policy_keeps_the_own_entity(world, dump):
    """It has a stanza for the holder's entity, which is narrower than a pattern."""
    policy = allow("identity/entity/id/*")
    results = trial(world, dump, 502, "write_entity", policy, policies=("default", "esc"))
    assert results == (False, False)


def test_batch_tokens_create_no_others(world, dump):
    server, _ = world
    policy = allow(TOKENS, "update", "sudo")
    _, obtained = outcome(world, dump, policy)
    assert obtained.allows("GET", "esc-kv/crown")
    known = msgspec.structs.replace(dump, policies=(*dump.policies, VaultPolicy("", "esc", policy)))
    held = HeldToken("", ("esc",), batch=True)
    assert not Obtained(VaultEscalations(known), [held]).allows("GET", "esc-kv/crown")
    token = server.token(["esc"], type="batch")
    status, _ = server.ask("POST", TOKENS, {"policies": ["crown"]}, token)
    assert status == 400


def outcome(world, dump, policy, **more):
    """Return a new token with a policy, and what the evaluator says that it obtains."""
    server, _ = world
    ask_all(server, [("PUT", "sys/policies/acl/esc", {"policy": policy})])
    kept = [one for one in dump.policies if one.name != "esc"]
    known = msgspec.structs.replace(dump, policies=(*kept, VaultPolicy("", "esc", policy)), **more)
    return server.token(["esc"]), Obtained(VaultEscalations(known), [HeldToken("", ("esc",))])


@pytest.mark.parametrize(
    ("capabilities", "target", "works"),
    [
        (("update", "sudo"), "free", True),
        (("update",), "free", False),
        (("update", "sudo"), "esc-kv", False),
    ],
)
def test_moved_mounts(world, dump, capabilities, target, works):
    server, _ = world
    ask_all(
        server, [("POST", "sys/mounts/esc-far", {"type": "kv"}), ("PUT", "esc-far/one", {"v": 1})]
    )
    mounts = (*dump.mounts, VaultMount("", "esc-far", "kv", version=1))
    policy = allow("sys/remount", *capabilities) + allow(f"{target}/*", "read")
    token, obtained = outcome(world, dump, policy, mounts=mounts)
    server.ask("POST", "sys/remount", {"from": "esc-far", "to": target}, token)
    end = time.monotonic() + 5
    while works and server.ask("GET", f"{target}/one", token=token)[0] != 200:
        assert time.monotonic() < end
    really = server.ask("GET", f"{target}/one", token=token)[0] == 200
    for mount in ("free", "esc-far"):
        server.ask("DELETE", f"sys/mounts/{mount}")
    assert (really, obtained.allows("GET", "esc-far/one")) == (works, works)


@pytest.mark.parametrize(("capabilities", "works"), [(("read", "sudo"), True), (("read",), False)])
def test_raw_storage(world, dump, capabilities, works):
    server, _ = world
    token, obtained = outcome(world, dump, allow("sys/raw/*", *capabilities))
    really = server.ask("GET", "sys/raw/sys/policy/crown", token=token)[0] == 200
    assert (really, bool(obtained.namespaces)) == (works, works)


@pytest.mark.parametrize(
    ("capabilities", "works"), [(("update", "sudo"), True), (("update",), False)]
)
def test_tokens_of_a_namespace_below(world, dump, capabilities, works):
    server, _ = world
    server.ask("POST", "sys/namespaces/esc-below")
    server.ask("POST", "esc-below/sys/mounts/kv", {"type": "kv"})
    server.ask("PUT", "esc-below/kv/crown", {"v": "1"})
    text = allow("kv/crown", "read")
    server.ask("PUT", "esc-below/sys/policies/acl/below", {"policy": text})
    policies = (*dump.policies, VaultPolicy("esc-below", "below", text))
    below = msgspec.structs.replace(dump, policies=policies)
    token, obtained = outcome(world, below, allow("esc-below/auth/token/create", *capabilities))
    body = {"policies": ["below"]}
    status, answer = server.ask("POST", "esc-below/auth/token/create", body, token)
    won = answer["auth"]["client_token"] if status == 200 else ""
    really = server.ask("GET", "esc-below/kv/crown", token=won)[0] == 200
    server.ask("DELETE", "esc-below/sys/mounts/kv")
    server.ask("DELETE", "sys/namespaces/esc-below")
    assert (really, obtained.allows("GET", "kv/crown", "esc-below")) == (works, works)
