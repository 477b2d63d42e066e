"""In random worlds, what the escalations say equals what an attacker reaches by trying."""

import io
import random
from collections import Counter
from itertools import groupby

import msgspec

import rbacgraph as rg
from rbacgraph.model.node import format_node
from rbacgraph.model.stores.vault_dump import (
    VaultDump,
    VaultEntry,
    VaultList,
    VaultMount,
    VaultPolicy,
)
from rbacgraph.stores.vault.escalations import (
    EscalationKind,
    HeldToken,
    Obtained,
    VaultEscalations,
)
from rbacgraph.stores.vault.logins import LoginRoles, VaultCaller
from tests.stores.vault.simulated_server import SECRET, State, reaches
from tests.worlds import law, worlds

NAMES = ("low", "mid", "top")
PATHS = (
    *(f"sys/policies/acl/{name}" for name in (*NAMES, "mine", "*", "m*")),
    "sys/policy/+",
    *(f"auth/token/{path}" for path in ("create", "create/r", "create/mine", "create/*")),
    *(f"auth/token/roles/{name}" for name in ("r", "mine", "*")),
    *(f"auth/k8s/role/{name}" for name in ("a", "b", "mine", "+")),
    *(f"auth/app/role/{path}" for path in ("s", "mine", "s/role-id", "s/secret-id", "s/*", "+/+")),
    *(f"auth/up/users/{path}" for path in ("u", "mine", "u/password", "+")),
    "kv/*",
    SECRET,
)
CAPABILITIES = (("update",), ("create",), ("create", "update"), ("read", "update"), ("deny",))
MORE = (("update", "sudo"), ("create", "read", "update", "sudo"), ("read",))
KEYS = ("policy", "policies", "token_policies", "allowed_policies", "password")


def random_stanza(rng):
    path = rng.choice(PATHS)
    capabilities = rng.choice((*CAPABILITIES, *MORE))
    if path.startswith("kv/"):
        capabilities = ("deny",) if rng.random() < 0.7 else ("read",)
    limit = ""
    if rng.random() < 0.2:
        key = rng.choice(KEYS)
        limit = rng.choice(
            (
                f'denied_parameters = {{ "{key}" = [] }}',
                f'denied_parameters = {{ "{key}" = ["top"] }}',
                f'allowed_parameters = {{ "{key}" = ["{rng.choice(NAMES)}"] "*" = [] }}',
                f'required_parameters = ["{key}"]',
            )
        )
    written = ", ".join(f'"{one}"' for one in capabilities)
    return f'path "{path}" {{ capabilities = [{written}]\n {limit} }}'


def random_world(rng):
    """Return a state and the dump that shows it; the attacker logs in to role ``a``."""
    texts = {
        name: "\n".join(random_stanza(rng) for _ in range(rng.randint(1, 3))) for name in NAMES
    }
    texts["top"] += f'\npath "{SECRET}" {{ capabilities = ["read"] }}'
    choose = lambda: frozenset(rng.sample(NAMES, rng.randint(1, 2)))  # noqa: E731
    makers, apps = {"r": choose()}, {"s": (rng.random() < 0.7, choose())}
    own = frozenset(rng.sample(("low", "mid"), rng.randint(1, 2)))
    accounts = {"a": (True, own), "b": (False, choose())}
    users = {"u": choose()}
    state = State(
        *(frozenset(one.items()) for one in (texts, makers, accounts, apps, users)),
        known=frozenset(),
        tokens=frozenset({own}),
    )
    return state, own, dump_of(texts, makers, accounts, apps, users)


def is_pattern(name):
    return "*" in name


def dump_of(texts, makers, accounts, apps, users):
    alone = {"token_no_default_policy": True}
    entries = {
        **{
            f"auth/token/roles/{name}": {
                f"allowed_policies{'_glob' * is_glob}": tuple(named)
                for is_glob, named in groupby(sorted(sorted(allowed), key=is_pattern), is_pattern)
            }
            for name, allowed in makers.items()
        },
        **{
            f"auth/k8s/role/{name}": {
                "bound_service_account_names": ("me" if admits else "other",),
                "bound_service_account_namespaces": ("mine",),
                "token_policies": tuple(sorted(given)),
                **alone,
            }
            for name, (admits, given) in accounts.items()
        },
        **{
            f"auth/app/role/{name}": {
                "bind_secret_id": asks,
                "token_policies": tuple(sorted(given)),
                **alone,
            }
            for name, (asks, given) in apps.items()
        },
        **{
            f"auth/up/users/{name}": {"token_policies": tuple(sorted(given)), **alone}
            for name, given in users.items()
        },
    }
    folders = {path.rpartition("/")[0] for path in entries}
    kinds = {"auth/k8s": "kubernetes", "auth/app": "approle", "auth/up": "userpass", "kv": "kv"}
    return VaultDump(
        policies=(
            *(VaultPolicy("", name, text) for name, text in texts.items()),
            VaultPolicy("", "default", 'path "auth/token/lookup-self" { policy = "read" }'),
        ),
        mounts=tuple(VaultMount("", path, kind) for path, kind in kinds.items()),
        entries=tuple(VaultEntry("", path, data) for path, data in entries.items()),
        lists=tuple(
            VaultList(
                "",
                folder,
                tuple(path.rpartition("/")[2] for path in entries if path.startswith(f"{folder}/")),
            )
            for folder in sorted(folders)
        ),
        flavour="openbao",
    )


def said(dump, own):
    token = HeldToken("", tuple(sorted(own)), role="auth/k8s/role/a")
    return Obtained(VaultEscalations(dump), [token]).allows("GET", SECRET)


def world_of(seed):
    return random_world(random.Random(seed))


def test_random_worlds():
    wrong, decided = [], {True: 0, False: 0}
    # In the examples a rule for one new name of a user, or of a role, refuses what another allows;
    # and a rule that limits which policies a role or a user has lets it have a new one; in the last
    # the rule of the secret requires a parameter that would name policies in a write.
    for seed in worlds(world_of, 300, examples=[848627673, 5154, 5433, 10805, 559647158]):
        state, own, dump = world_of(seed)
        expected = reaches(state, most=40)
        if expected is None:
            continue
        decided[expected] += 1
        if said(dump, own) != expected:
            wrong.append((seed, expected, sorted(own), dict(state.texts)))
    assert not wrong[:3], len(wrong)
    assert min(decided.values()) > 10


def globs_of(seed):
    """Return a world in which a token role lets policies pass by a pattern."""
    state, own, _ = world_of(seed)
    rng = random.Random(f"globs {seed}")
    allowed = frozenset(
        {rng.choice(("m*", "mo*", "el*", "*")), *rng.sample(NAMES, rng.randint(0, 1))}
    )
    parts = [dict(sorted(one)) for one in state[:5]]
    texts, _, accounts, apps, users = parts
    texts["low"] += "\n" + rng.choice(WRITES)
    texts["mid"] += "\n" + rng.choice(CREATES)
    makers = {"r": allowed}
    state = state._replace(makers=frozenset(makers.items()), texts=frozenset(texts.items()))
    return state, own, dump_of(texts, makers, accounts, apps, users)


WRITES = tuple(
    f'path "sys/policies/acl/{name}" {{ capabilities = ["update"] }}'
    for name in ("mine", "el*", "m*", "*", "+", "x")
)
CREATES = tuple(
    f'path "auth/token/create/{name}" {{ capabilities = ["update"] }}'
    for name in ("r", "*", "other")
)


@law(globs_of, 200)
def test_token_roles_with_patterns(seed):
    """A token that creates by the role, and writes a new policy that the pattern lets pass."""
    state, own, dump = globs_of(seed)
    expected = reaches(state, most=40)
    assert expected is None or said(dump, own) == expected


def divided_of(seed):
    """Return a dump in which one token may write policies, and another create by such a role."""
    rng = random.Random(seed)
    texts = {"low": rng.choice(WRITES), "mid": rng.choice(CREATES), "top": TOP}
    makers = {"r": frozenset({rng.choice(("m*", "mo*", "el*", "*", "x"))})}
    accounts = {"a": (True, frozenset({"low"})), "b": (True, frozenset({"mid"}))}
    return dump_of(texts, makers, accounts, {}, {})


@law(divided_of, 60)
def test_the_graph_leads_by_patterns_too(seed):
    dump = divided_of(seed)
    snapshot = rg.load(io.BytesIO(ACCOUNT.encode()), bootstrap=False).snapshot
    snapshot = msgspec.structs.replace(
        snapshot, dumps={"vault": (dump,)}, vault_mounts=("auth/k8s",)
    )
    tokens = [
        HeldToken("", login.policies, (), login.entity, login.role.path)
        for login in LoginRoles(dump).of(VaultCaller("mine", "me"))
    ]
    expected = Obtained(VaultEscalations(dump), tokens).allows("GET", SECRET)
    reached = {one.target for one in rg.Cluster(snapshot).reach(source="sa:mine/me")}
    assert (f"vault:{SECRET}" in reached) == expected


ACCOUNT = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: me, namespace: mine}}"


def test_the_graph_leads_where_escalations_do(tmp_path):
    """Also by two tokens: one ServiceAccount has both roles in every third world."""
    manifest = tmp_path / "me.yaml"
    manifest.write_text(ACCOUNT)
    snapshot = rg.load(manifest, bootstrap=False).snapshot
    wrong, counts = [], Counter()
    # In two examples two tokens gain a token, or a choice of policies, under equal keys; in the
    # others the rule of the secret requires a parameter, which the attacker adds.
    for seed in worlds(world_of, 90, examples=[39, 64, 497624259, 559647158]):
        _, _, dump = world_of(seed)
        if seed % 3 == 0:
            dump = with_both_roles(dump)
        cluster = rg.Cluster(
            msgspec.structs.replace(
                snapshot, dumps={"vault": (dump,)}, vault_mounts=("auth/k8s=this",)
            )
        )
        nodes = cluster.access_graph.nodes
        assert len(set(map(format_node, nodes))) == len(nodes), "two nodes have one name"
        reached = {one.target: one.certain for one in cluster.reach(source="sa:mine/me")}
        tokens = [
            HeldToken("", login.policies, (), login.entity, login.role.path)
            for login in LoginRoles(dump).of(VaultCaller("mine", "me"))
        ]
        obtained = Obtained(VaultEscalations(dump), tokens)
        expected = obtained.allows("GET", SECRET)
        counts[expected] += 1
        if (f"vault:{SECRET}" in reached) != expected:
            wrong.append((seed, expected))
        assert len(tokens) == (2 if seed % 3 == 0 else 1)
    assert not wrong
    assert min(counts[True], counts[False]) > 4


def with_both_roles(dump):
    """Return the dump in which the second role admits the attacker as well."""
    entries = tuple(
        msgspec.structs.replace(one, data={**one.data, "bound_service_account_names": ("me",)})
        if one.path == "auth/k8s/role/b"
        else one
        for one in dump.entries
    )
    return msgspec.structs.replace(dump, entries=entries)


TOP = f'path "{SECRET}" {{ capabilities = ["read"] }}'
LIMITED = """path "auth/app/role/mine" {
  capabilities = ["create", "update"]
  allowed_parameters = { "token_policies" = ["top", "new"] "policies" = ["top", "new"] "*" = [] }
}
path "sys/policies/acl/new" {
  capabilities = ["update"]
  %s
}"""
APPROVED = """control_group = {
    factor "a" {
      controlled_capabilities = ["update"]
      identity { group_names = ["g"] approvals = 1 }
    }
  }"""


def escalations_of(text, token, kind):
    found = VaultEscalations(dump_of({"low": text, "top": TOP}, {}, {}, {}, {})).of(token)
    return [(one.gain.choices, one.needs) for one in found if one.kind is kind]


def test_a_policy_that_others_must_approve_takes_no_choice_away():
    token, kind = HeldToken("", ("low",)), EscalationKind.APPROLE_WRITE
    assert escalations_of(LIMITED % "", token, kind) == [(None, ())]
    assert escalations_of(LIMITED % APPROVED, token, kind) == [(("top",), ())]


def test_a_token_with_policies_of_its_entity_alone_creates_none_with_others():
    text = 'path "auth/token/create" { capabilities = ["update"] }'
    token = HeldToken("", (), identity=("low", "top"))
    assert escalations_of(text, token, EscalationKind.TOKEN_CREATION) == [((), ())]
