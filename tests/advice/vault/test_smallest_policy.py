"""The smallest policy of Vault: by hand, and in random worlds against every path there is."""

from itertools import product
from random import Random

import pytest

from rbacgraph.advice.vault.policy_proof import PathNeed, TokenNeeds, stays_together
from rbacgraph.advice.vault.smallest_policy import (
    KeptReason,
    SmallestPolicy,
    Unsuggested,
    smallest_policy,
)
from rbacgraph.advice.vault.write_policy import policy_text
from rbacgraph.stores.vault.policies import Policies
from rbacgraph.stores.vault.policy_text import DENY, Stanza, read_policy
from rbacgraph.stores.vault.template import Entity
from tests.worlds import law, worlds


def policy(**paths):
    """Return a policy in HCL: ``policy(**{"kv/*": "read list"})``."""
    return policy_text(Stanza(path, frozenset(given.split())) for path, given in paths.items())


def smallest(texts, *needs, policies=("p",), more=(), **settings):
    token = TokenNeeds(tuple(policies), needs=tuple(PathNeed(*need.split()) for need in needs))
    return smallest_policy("p", texts, [token, *more], **settings)


def stanzas(found):
    return {
        stanza.path: " ".join(sorted(stanza.capabilities)) for stanza in read_policy(found.text)
    }


def test_exact_paths_take_the_place_of_a_glob():
    texts = {"p": policy(**{"kv/data/*": "create read update", "kv/metadata/*": "list read"})}
    found = smallest(texts, "read kv/data/a", "read kv/data/b", "list kv/metadata")
    assert stanzas(found) == {"kv/data/a": "read", "kv/data/b": "read", "kv/metadata": "list"}
    assert found.dropped == ("kv/data/*", "kv/metadata/*")


def test_a_need_that_was_denied_stays_denied():
    texts = {"p": policy(**{"kv/a": "read", "kv/*": "deny"})}
    assert smallest(texts, "read kv/a", "read kv/b", "update kv/a") is Unsuggested.SMALLEST


def test_without_a_need_nothing_is_suggested():
    texts = {"p": policy(**{"kv/*": "read"}), "q": policy(**{"kv/a": "read"})}
    assert smallest(texts) is Unsuggested.NOTHING_NEEDED
    assert smallest(texts, "read kv/a", policies=("p", "q")) is Unsuggested.NOTHING_NEEDED


def test_a_deny_stays():
    texts = {"p": policy(**{"kv/*": "read", "kv/pay": "deny"})}
    found = smallest(texts, "read kv/a")
    assert stanzas(found) == {"kv/a": "read", "kv/pay": "deny"}
    assert found.kept == (("kv/pay", KeptReason.DENY),)


def test_a_pattern_that_held_another_policy_back_becomes_a_deny():
    texts = {"p": policy(**{"kv/data/*": "read"}), "q": policy(**{"kv/*": "read update"})}
    found = smallest(texts, "read kv/data/a", policies=("p", "q"))
    assert stanzas(found) == {"kv/data/a": "read", "kv/data/*": "deny"}
    assert found.denied == ("kv/data/*",)


def test_a_pattern_that_two_policies_share_stays():
    texts = {"p": policy(**{"kv/*": "read"}), "q": policy(**{"kv/*": "update"})}
    assert smallest(texts, "read kv/a", "update kv/a", policies=("p", "q")) is Unsuggested.SMALLEST
    texts["p"] += policy(**{"db/*": "read"})
    found = smallest(texts, "read kv/a", "read db/a", policies=("p", "q"))
    assert stanzas(found) == {"kv/*": "read", "db/a": "read"}
    assert found.kept == (("kv/*", KeptReason.SHARED_PATTERN),)
    assert found.exact == (("db/a", ("read",)),)


def test_deeper_paths_than_any_pattern_count():
    """Only below kv/x/y does kv/* decide, which Q's kv/+ hides one level above."""
    texts = {
        "p": policy(**{"kv/*": "read", "db": "read"}),
        "q": policy(**{"kv/+": "deny", "*": "read update"}),
    }
    found = smallest(texts, "read db", policies=("p", "q"))
    assert stanzas(found) == {"db": "read", "kv/*": "deny"}


def test_an_exact_path_may_not_beat_another_policy_of_another_token():
    texts = {"p": policy(**{"kv/*": "read"}), "q": policy(**{"kv/a*": "deny"})}
    other = TokenNeeds(("p", "q"))
    assert smallest(texts, "read kv/ab", more=[other]) is Unsuggested.SMALLEST
    found = smallest(texts, "read kv/ab")
    assert stanzas(found) == {"kv/ab": "read"}


def test_a_search_needs_its_folder():
    texts = {"p": policy(**{"kv/data/prod/*": "read", "kv/data/dev/*": "read", "sys/*": "read"})}
    token = TokenNeeds(("p",), needs=(PathNeed("read", "kv/data/prod/", below=True),))
    found = smallest_policy("p", texts, [token])
    assert stanzas(found) == {"kv/data/prod/*": "read"}
    assert found.kept == (("kv/data/prod/*", KeptReason.SEARCH),)


def test_templates_stay():
    template = "kv/{{identity.entity.name}}/*"
    texts = {"p": policy(**{template: "read", "db/*": "read"})}
    token = TokenNeeds(
        ("p",), Entity(name="ann"), (PathNeed("read", "kv/ann/x"), PathNeed("read", "db/a"))
    )
    found = smallest_policy("p", texts, [token])
    assert stanzas(found) == {template: "read", "db/a": "read"}
    assert found.kept == ((template, KeptReason.TEMPLATE),)


@pytest.mark.parametrize("name", ["kv/a*", "kv/+/a", "+", "kv/{{x}}", "kv/}}", "kv/\ud800"])
def test_a_name_that_no_exact_path_can_stand_for(name):
    texts = {"p": policy(**{"kv/*": "read", "+": "read"})}
    token = TokenNeeds(("p",), needs=(PathNeed("read", name), PathNeed("read", "kv/b")))
    found = smallest_policy("p", texts, [token])
    if isinstance(found, SmallestPolicy):
        assert KeptReason.WILDCARD_IN_NAME in {reason for _, reason in found.kept}
    new = Policies({"p": found.text if isinstance(found, SmallestPolicy) else texts["p"]})
    assert new.allows(method="GET", path=name)


@pytest.mark.parametrize(
    "name", ['kv/"} path "*" {', "kv/a\nb", "kv/${x}", "kv/$${", "kv/é\u202e", "kv/\\", "kv/'`#//"]
)
def test_hostile_names_are_escaped(name):
    texts = {"p": policy(**{"kv/*": "read"})}
    found = smallest_policy("p", texts, [TokenNeeds(("p",), needs=(PathNeed("read", name),))])
    assert found.text.isascii()
    assert found.text.count("\n") == 3
    assert stanzas(found) == {name: "read"}


def test_limits_are_kept():
    text = 'path "kv/*" {\n  capabilities = ["update"]\n  denied_parameters = { "x" = ["a"] }\n}\n'
    found = smallest({"p": text}, "update kv/a")
    assert not Policies({"p": found.text}).allows(method="PUT", path="kv/a", parameters={"x": "a"})
    assert Policies({"p": found.text}).allows(method="PUT", path="kv/a", parameters={"x": "b"})


@pytest.mark.parametrize(
    ("text", "flavour"),
    [
        ('path "kv/*" { capabilities = ["read"] mfa_methods = ["m"] }', "vault"),
        ('path "kv/*" { capabilities = ["read"] expiration = "2099-01-01T00:00:00Z" }', "openbao"),
        (
            'path "kv/*" { capabilities = ["list"] list_scan_response_keys_filter_path = "x" }',
            "openbao",
        ),
    ],
)
def test_parts_that_rbacgraph_does_not_keep(text, flavour):
    found = smallest({"p": text}, "read kv/a", "list kv/a", flavour=flavour)
    assert found is Unsuggested.LOST_FIELDS


def test_namespaces():
    texts = {"p": policy(**{"kv/*": "read"})}
    found = smallest(texts, "read team/a/kv/x", "read kv/y", namespace="team/a")
    assert stanzas(found) == {"kv/x": "read"}


# --- random worlds -----------------------------------------------------------------------------

SEGMENTS = ("a", "b", "ab")
PATHS = ["/".join(parts) for length in (1, 2, 3) for parts in product(SEGMENTS, repeat=length)]
CAPABILITIES = ("create", "read", "update", "delete", "list")
CALLS = {
    "create": ("PUT", False),
    "read": ("GET", None),
    "update": ("PUT", True),
    "delete": ("DELETE", None),
    "list": ("LIST", None),
}


def pattern(random):
    kind = random.choice(("exact", "prefix", "prefix", "plus", "plus", "both"))
    parts = [random.choice(SEGMENTS) for _ in range(random.randint(1, 3))]
    if kind in {"plus", "both"}:
        parts[random.randrange(len(parts))] = "+"
    path = "/".join(parts)
    if kind == "exact":
        return path + random.choice(("", "", "/"))
    if kind == "prefix":
        return random.choice((path[:-1], f"{path}/", path)) + "*"
    return path if kind == "plus" else f"{path}/*"


def random_policy(random):
    rules = {}
    for _ in range(random.randint(1, 5)):
        few = random.sample(CAPABILITIES, random.randint(1, 4))
        rules[pattern(random)] = (DENY,) if random.random() < 0.2 else few
    return policy_text(Stanza(path, frozenset(given)) for path, given in rules.items())


def allowed(policies):
    return {
        (capability, path)
        for path in PATHS
        for capability, (method, exists) in CALLS.items()
        if policies.allows(method=method, path=path, exists=exists)
    }


def with_held_needs(seed):
    """A flavour, three policies, and what tokens that hold the first of them need."""
    random = Random(seed)
    flavour = random.choice(("vault", "openbao"))
    texts = {name: random_policy(random) for name in "pqr"}
    tokens = []
    for _ in range(random.randint(1, 3)):
        held = ("p", *random.sample("qr", random.randint(0, 2)))
        before = sorted(allowed(Policies({name: texts[name] for name in held}, flavour)))
        chosen = random.sample(before, min(len(before), random.randint(0, 4)))
        chosen += [(random.choice(CAPABILITIES), random.choice(PATHS))]
        tokens.append(TokenNeeds(held, needs=tuple(PathNeed(*need) for need in chosen)))
    return flavour, texts, tokens


@law(with_held_needs, 300)
def test_random_worlds(seed):
    flavour, texts, tokens = with_held_needs(seed)
    found = smallest_policy("p", texts, tokens, flavour)
    if not isinstance(found, SmallestPolicy):
        assert found in {Unsuggested.SMALLEST, Unsuggested.NOTHING_NEEDED}
        return
    for token in (*tokens, TokenNeeds(("p",))):
        old = allowed(Policies({name: texts[name] for name in token.policies}, flavour))
        new = {name: texts[name] for name in token.policies} | {"p": found.text}
        after = allowed(Policies(new, flavour))
        assert after <= old
        assert {(one.capability, one.path) for one in token.needs} & old <= after
    needed = {(one.capability, one.path) for token in tokens for one in token.needs}
    kept = {
        path: stanza for path, stanza in rules_of(texts["p"]).items() if path in dict(found.kept)
    }
    beside = allowed(Policies({"p": policy_text(kept.values())}, flavour)) if kept else set()
    assert allowed(Policies({"p": found.text}, flavour)) <= needed | beside
    for path, reason in found.kept:
        assert reason is not KeptReason.DENY or kept[path].capabilities == {DENY}


def with_needs_of_all(seed):
    """A flavour, three policies, and what tokens that hold some of them need."""
    random = Random(seed)
    flavour = random.choice(("vault", "openbao"))
    texts = {name: random_policy(random) for name in "pqr"}
    tokens = []
    for _ in range(3):
        held = tuple(random.sample("pqr", random.randint(1, 3)))
        before = sorted(allowed(Policies({name: texts[name] for name in held}, flavour)))
        needs = random.sample(before, min(len(before), 3))
        tokens.append(TokenNeeds(held, needs=tuple(PathNeed(*need) for need in needs)))
    return flavour, texts, tokens


@law(with_needs_of_all, 60)
def test_all_new_policies_together(seed):
    flavour, texts, tokens = with_needs_of_all(seed)
    found = {name: smallest_policy(name, texts, tokens, flavour) for name in texts}
    new = {name: one.text for name, one in found.items() if isinstance(one, SmallestPolicy)}
    assert stays_together(texts, new, tokens, flavour)
    for token in tokens:
        old = allowed(Policies({name: texts[name] for name in token.policies}, flavour))
        held = {name: new.get(name, texts[name]) for name in token.policies}
        after = allowed(Policies(held, flavour))
        assert after <= old
        assert {(one.capability, one.path) for one in token.needs} <= after


def test_new_policies_may_not_fit_together():
    texts = {
        "p": policy(**{"kv/*": "read"}),
        "q": policy(**{"kv/*": "read", "db": "read"}),
    }
    token = TokenNeeds(("p", "q"), needs=(PathNeed("read", "kv/a"),))
    gone = {"p": policy(x="read"), "q": policy(x="read")}
    assert stays_together(texts, {"p": gone["p"]}, [token], "vault")  # one alone has its own proof
    assert not stays_together(texts, gone, [token], "vault")


def rules_of(text):
    return {stanza.path: stanza for stanza in read_policy(text)}


def with_few_needs(seed):
    """Two policies, and some of what the first allows."""
    random = Random(seed)
    texts = {name: random_policy(random) for name in "pq"}
    before = sorted(allowed(Policies({"p": texts["p"]})))
    return texts, random.sample(before, min(len(before), 3))


def test_most_random_worlds_have_a_smaller_policy():
    """Where the search only ever stepped back, the law above would say nothing."""
    kept, gone = 0, 0
    for seed in worlds(with_few_needs, 60):
        texts, needs = with_few_needs(seed)
        token = TokenNeeds(("p", "q"), needs=tuple(PathNeed(*need) for need in needs))
        found = smallest_policy("p", texts, [token])
        if isinstance(found, SmallestPolicy):
            gone += len(found.dropped) + len(found.denied)
            kept += sum(reason is KeptReason.PROOF for _, reason in found.kept)
    assert gone > 4 * kept
