"""Every recorded experiment with an escalation, with the world in which it was made."""

from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry, VaultMount, VaultPolicy
from rbacgraph.stores.vault.escalations import (
    HeldToken,
    KeyMaterial,
    Obtained,
    VaultEscalations,
)
from rbacgraph.stores.vault.template import Alias, Entity
from tests.stores.vault.recorded import recorded

CROWN = 'path "kv1/crown" { capabilities = ["read"] }'
USERPASS, BOB, STRONG = (
    "auth_userpass_c4b7de30",
    "385e2d42-b104-8f04-fecc-1b65dae40c90",
    "b5035253-e849-ff95-83cf-849733c2f582",
)
MOUNTS = {
    "kv1": ("kv", 1),
    "kv2": ("kv", 2),
    "other": ("kv", 1),
    "transit": ("transit", 0),
    "auth/kubernetes": ("kubernetes", 0),
    "auth/approle": ("approle", 0),
    "auth/userpass": ("userpass", 0),
}
ENTRIES = {
    "auth/approle/role/strong": {"token_policies": ("crown",), "bind_secret_id": True},
    "auth/userpass/users/boss": {"token_policies": ("crown",)},
    "auth/userpass/users/bob": {"token_policies": ("bob",)},
    "auth/token/roles/crowner": {"allowed_policies": ("crown",)},
    f"identity/entity/id/{BOB}": {"id": BOB, "name": "ent-bob", "aliases": {USERPASS: "bob"}},
    f"identity/entity/id/{STRONG}": {"id": STRONG, "name": "strong", "policies": ("crown",)},
}


def world(policy):
    return VaultDump(
        policies=(VaultPolicy("", "esc", policy), VaultPolicy("", "crown", CROWN)),
        mounts=tuple(
            VaultMount("", path, kind, version=version) for path, (kind, version) in MOUNTS.items()
        ),
        entries=tuple(VaultEntry("", path, data) for path, data in ENTRIES.items()),
        flavour="openbao",
    )


def holder():
    """Return the token of the experiments: its holder is bob, as the record says of some."""
    entity = Entity(id=BOB, name="ent-bob", aliases=(Alias(USERPASS, "bob"),))
    return HeldToken("", ("esc",), entity=entity, role="auth/userpass/users/bob")


def reached(experiment):
    """Whether the evaluator says that the holder reaches what the experiment was after."""
    escalations = VaultEscalations(world(experiment["policy"]))
    obtained = Obtained(escalations, [holder()])
    last = experiment["steps"][-1]
    if last["path"].startswith("transit/"):
        gains = [found.gain for found in escalations.of(holder())]
        return KeyMaterial(last["path"]) in gains
    if last["path"].startswith("sys/raw/"):
        return bool(obtained.namespaces)
    if last["path"] == "kvfree/app/one":
        return obtained.allows("GET", "other/app/one")
    secret = "kv2/data/crown" if last["path"].startswith("kv2/") else "kv1/crown"
    return obtained.allows("GET", secret)


def test_every_recorded_escalation():
    experiments = recorded("identity-tokens-escalation.json")["escalations"]
    wrong = [one["name"] for one in experiments if reached(one) != one["reached"]]
    assert not wrong
    assert len(experiments) == 28
    assert sum(one["reached"] for one in experiments) == 19


def test_nothing_is_read_before():
    for one in recorded("identity-tokens-escalation.json")["escalations"]:
        requests = VaultEscalations(world(one["policy"])).requests(holder())
        assert (requests.send("GET", "kv1/crown") is None) == (one["before"] == 403)
