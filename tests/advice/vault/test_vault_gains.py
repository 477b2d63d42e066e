"""What tokens of Vault may after a change: the proof, and suggestions, against many requests."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from msgspec.structs import replace as changed

from rbacgraph.advice.changes.nobody_gains import nobody_gains
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.vault.policy_proof import PathNeed, TokenNeeds
from rbacgraph.advice.vault.smallest_policy import SmallestPolicy, smallest_policy
from rbacgraph.advice.vault.write_policy import policy_text
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.kubernetes.meta import ObjectMeta
from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry, VaultPolicy
from rbacgraph.stores.vault.policies import Policies
from rbacgraph.stores.vault.policy_text import DENY, Stanza
from tests.worlds import law

PATHS = [
    "/".join(parts)
    for length in (1, 2, 3)
    for parts in product(("a", "b", "~", "a~", "b~"), repeat=length)
]
CALLS = (("PUT", False), ("GET", None), ("PUT", True), ("DELETE", None), ("LIST", None))
BODIES = ({}, {"x": "1"}, {"y": "1"}, {"x": "2", "y": "1"})
CAPABILITIES = ("create", "read", "update", "delete", "list")


def pattern(random):
    parts = [random.choice(("a", "b", "+")) for _ in range(random.randint(1, 2))]
    path = "/".join(parts) + random.choice(("", "", "*", "/*"))
    return path.replace("+*", "+/*")  # the server refuses it


def limited(random, stanza):
    """Return a stanza that asks something of parameters or of the wrapping of answers."""
    return replace(
        stanza,
        **random.choice(
            (
                {"allowed": {"x": ()}},
                {"allowed": {"x": ("1",), "*": ()}},
                {"denied": {"x": ("1",)}},
                {"required": ("y",)},
                {"min_wrapping": Fraction(60)},
                {"max_wrapping": Fraction(60)},
            )
        ),
    )


def stanza(random, *, limits):
    few = frozenset(random.sample(CAPABILITIES, random.randint(1, 4)))
    found = Stanza(pattern(random), few if random.random() > 0.15 else frozenset({DENY}))
    plain = DENY in found.capabilities or random.random() > limits
    return found if plain else limited(random, found)


def stanzas(random, limits):
    found = [stanza(random, limits=limits) for _ in range(random.randint(1, 3))]
    return list({one.path: one for one in found}.values())


def allowed(policies, *, is_limited=True):
    """Return what is allowed; without limits what a request holds besides does not matter."""
    return {
        (method, exists, path, number, wrapping)
        for path in PATHS
        for method, exists in CALLS
        for number, body in enumerate(BODIES if is_limited else BODIES[:1])
        for wrapping in ((None, 30, 90) if is_limited else (None,))
        if policies.allows(
            method=method, path=path, exists=exists, parameters=body, wrapping=wrapping
        )
    }


def edited(random, several, limits):
    """Return stanzas with one fewer, one more, or another one."""
    several = list(several)
    number = random.randrange(len(several))
    kind = random.choice(("gone", "new", "fewer", "more", "denied", "limited", "unlimited"))
    one = several[number]
    if kind == "new":
        several.append(stanza(random, limits=limits))
    elif kind == "gone" and len(several) > 1:
        del several[number]
    elif kind == "fewer" and len(one.capabilities) > 1:
        several[number] = replace(one, capabilities=frozenset(sorted(one.capabilities)[1:]))
    elif kind == "more" and DENY not in one.capabilities:
        several[number] = replace(one, capabilities=one.capabilities | {"update"})
    elif kind == "denied":
        several[number] = Stanza(one.path, frozenset({DENY}))
    elif kind == "limited" and limits and DENY not in one.capabilities:
        several[number] = limited(random, one)
    elif kind == "unlimited":
        several[number] = Stanza(one.path, one.capabilities)
    return several


def change(seed):
    """Two policies, what is written of the first, and whether some stanza has limits."""
    random = Random(seed)
    limits = random.choice((0, 0.4))
    old, other = (stanzas(random, limits) for _ in range(2))
    texts = {"p": policy_text(old), "q": policy_text(other)}
    return texts, policy_text(edited(random, old, limits)), bool(limits)


def snapshot_of(texts, *entries):
    policies = tuple(VaultPolicy("", name, text) for name, text in texts.items())
    return Snapshot(dumps={"vault": (VaultDump(policies=policies, entries=entries),)})


def proves(before, after):
    nobody_gains(Authorizer(before), Authorizer(after))


BOTH = VaultEntry("", "auth/approle/role/ci", {"token_policies": ("p", "q")})


@law(change, 300)
def test_a_policy_that_gives_a_token_more_is_refused(seed):
    """Limits are compared as wholes: what is narrower by them alone may be refused."""
    texts, new, is_limited = change(seed)
    after = texts | {"p": new}
    gains = any(
        not allowed(Policies({one: after[one] for one in held}), is_limited=is_limited)
        <= allowed(Policies({one: texts[one] for one in held}), is_limited=is_limited)
        for held in (("p",), ("p", "q"))
    )
    before, written = snapshot_of(texts, BOTH), snapshot_of(after, BOTH)
    if gains:
        with pytest.raises(UnprovenError) as refused:
            proves(before, written)
        assert refused.value.why.code in {Say.GETS_MORE_OF_VAULT, Say.TOKENS_GET_MORE_OF_VAULT}
    elif not is_limited:
        proves(before, written)


def needed(seed):
    """Two policies with limits, and what tokens need of them."""
    random = Random(seed)
    texts = {name: policy_text(stanzas(random, 0.5)) for name in "pq"}
    needs = [
        PathNeed(random.choice(CAPABILITIES), random.choice(PATHS))
        for _ in range(random.randint(1, 6))
    ]
    return texts, [TokenNeeds(("p",), needs=tuple(needs)), TokenNeeds(("p", "q"))]


@law(needed, 150)
def test_no_smaller_policy_gives_a_token_more(seed):
    texts, tokens = needed(seed)
    found = smallest_policy("p", texts, tokens)
    if isinstance(found, SmallestPolicy):
        after = texts | {"p": found.text}
        for token in tokens:
            old, new = (
                allowed(Policies({one: each[one] for one in token.policies}))
                for each in (texts, after)
            )
            assert new <= old
        proves(snapshot_of(texts, BOTH), snapshot_of(after, BOTH))


ROLE = {
    "bound_service_account_names": ("api",),
    "bound_service_account_namespaces": ("shop",),
    "token_policies": ("p",),
    "token_no_default_policy": True,
    "audience": "vault",
    "token_bound_cidrs": ("10.0.0.0/8",),
}
POLICIES = {
    "p": 'path "kv/a" { capabilities = ["read"] }',
    "q": 'path "kv/*" { capabilities = ["read"] }',
    "default": 'path "sys/x" { capabilities = ["read"] }',
}
WRITTEN = {
    "the same": ({}, True),
    "fewer names": ({"bound_service_account_names": ()}, True),
    "a network of it": ({"token_bound_cidrs": ("10.0.0.0/8",)}, True),
    "another name": ({"bound_service_account_names": ("api", "web")}, False),
    "a pattern": ({"bound_service_account_names": ("*",)}, False),
    "another namespace": ({"bound_service_account_namespaces": ("shop", "ops")}, False),
    "another policy": ({"token_policies": ("p", "q")}, False),
    "the default policy": ({"token_no_default_policy": False}, False),
    "an unknown policy": ({"token_policies": ("p", "gone")}, False),
    "no audience": ({"audience": ""}, False),
    "no networks": ({"token_bound_cidrs": ()}, False),
}


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize(("fields", "holds"), WRITTEN.values(), ids=WRITTEN)
def test_a_role_that_gives_somebody_more_is_refused(fields, holds, new):
    accounts = tuple(
        ServiceAccount(metadata=ObjectMeta(name=name, namespace="shop")) for name in ("api", "web")
    )
    old = VaultEntry("", "auth/kubernetes/role/a", ROLE)
    made = VaultEntry("", "auth/kubernetes/role/b" if new else old.path, ROLE | fields)
    before = changed(snapshot_of(POLICIES, old), service_accounts=accounts)
    entries = (old, made) if new else (made,)
    after = changed(snapshot_of(POLICIES, *entries), service_accounts=accounts)
    if holds:
        proves(before, after)
    else:
        with pytest.raises(UnprovenError) as refused:
            proves(before, after)
        assert str(refused.value).startswith("the proof of the changes fails: ")


@pytest.mark.parametrize(
    ("text", "given", "named", "holds"),
    [
        (POLICIES["p"], ("p",), ("p",), True),
        (POLICIES["p"], ("own",), ("p",), True),
        (POLICIES["q"], ("p",), ("p",), True),
        (POLICIES["q"], ("own",), ("p",), False),
        (POLICIES["p"], ("p",), ("p", "own"), False),
        (POLICIES["p"], ("own",), ("own",), False),
    ],
)
def test_a_new_policy_gives_what_its_roles_gave(text, given, named, holds):
    """Where something names it already, tokens may have the name, and get its text."""
    old = VaultEntry("", "auth/kubernetes/role/a", ROLE | {"token_policies": ("p",)})
    other = VaultEntry("", "auth/approle/role/ci", {"token_policies": named})
    account = ServiceAccount(metadata=ObjectMeta(name="api", namespace="shop"))
    made = VaultEntry("", old.path, ROLE | {"token_policies": given})
    before = changed(snapshot_of(POLICIES, old, other), service_accounts=(account,))
    after = changed(snapshot_of(POLICIES | {"own": text}, made, other), service_accounts=(account,))
    if holds:
        proves(before, after)
    else:
        with pytest.raises(UnprovenError):
            proves(before, after)
