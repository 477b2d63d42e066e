"""Laws of the decision that hold for any policy."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.errors import UsageError
from rbacgraph.stores.vault import Policies
from rbacgraph.stores.vault.template import Entity

SEGMENTS = st.sampled_from(["a", "b", "+", "ab"])
PATTERNS = st.builds(
    lambda parts, end: "/".join(parts) + end,
    st.lists(SEGMENTS, min_size=1, max_size=4),
    st.sampled_from(["", "", "/", "/*"]),
)
CAPABILITIES = st.sets(st.sampled_from(["read", "list", "update", "deny"]), max_size=3)
PATHS = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4).map("/".join)
STANZAS = st.lists(st.tuples(PATTERNS, CAPABILITIES), max_size=5)


def text(stanzas):
    return "".join(
        f'path "{path}" {{ capabilities = [{", ".join(f"{name!r}" for name in sorted(names))}] }}\n'
        for path, names in stanzas
    ).replace("'", '"')


def answers(policies, path):
    return [policies.allows(method=method, path=path) for method in ("GET", "LIST", "PUT")]


@given(STANZAS, STANZAS, PATHS)
def test_policies_are_joined_in_any_order_and_split(one, other, path):
    expected = answers(Policies({"p": text(one + other)}), path)
    assert answers(Policies({"p": text(one), "q": text(other)}), path) == expected
    assert answers(Policies({"q": text(other), "p": text(one)}), path) == expected
    assert answers(Policies({"p": text(one + one + other)}), path) == expected


@given(STANZAS, PATHS)
def test_the_deciding_rule_is_named(stanzas, path):
    policies = Policies({"p": text(stanzas)})
    decision = policies.decide(method="GET", path=path)
    if decision.rule is None:
        assert not decision.allowed
    else:
        assert decision.allowed == ("read" in decision.rule.capabilities)
        assert decision.rule.path in {pattern for pattern, _ in stanzas}
        assert {origin.policy for origin in decision.rule.origins} == {"p"}


@given(STANZAS, PATHS)
def test_a_namespace_moves_policies_and_requests_alike(stanzas, path):
    here = answers(Policies({"p": text(stanzas)}), path)
    there = answers(Policies({"p": text(stanzas)}, namespace="team"), f"team/{path}")
    assert there == here


def test_root_may_everything_and_no_policy_nothing():
    root, none = Policies({"root": ""}), Policies({})
    for path in ("kv1/a", "sys/raw/core", "sys/audit"):
        assert root.allows(method="PUT", path=path)
        assert not none.allows(method="PUT", path=path)
    assert none.allows(method="PUT", path="auth/kubernetes/login")


def test_a_stanza_without_a_value_for_its_template_is_dropped():
    written = {"p": 'path "kv/{{identity.entity.name}}" { capabilities = ["read"] }'}
    assert Policies(written, entity=Entity(name="a")).allows(method="GET", path="kv/a")
    assert not Policies(written).rules
    assert not Policies(written, entity=Entity()).rules


def test_openbao_refuses_every_request_where_a_value_holds_a_wildcard():
    written = {
        "p": 'path "kv/{{identity.entity.name}}" { capabilities = ["read"] }',
        "q": 'path "kv/open" { capabilities = ["read"] }',
    }
    entity = Entity(name="a*")
    assert not Policies(written, "openbao", entity=entity).allows(method="GET", path="kv/open")
    unchecked = Policies(written, "openbao", entity=entity, unchecked={"p": "*"})
    assert unchecked.allows(method="GET", path="kv/open")
    assert unchecked.allows(method="GET", path="kv/ab")
    assert Policies(written, "vault", entity=entity).allows(method="GET", path="kv/ab")


@pytest.mark.parametrize(("year", "allowed"), [(2029, True), (2031, False)])
def test_stanzas_expire(year, allowed):
    written = 'path "a" { capabilities = ["read"] expiration = "2030-06-01T00:00:00Z" }'
    now = datetime(year, 6, 2, tzinfo=UTC)
    policies = Policies({"p": written}, "openbao", now=now)
    assert policies.allows(method="GET", path="a") is allowed


def test_an_unknown_method_is_an_error():
    with pytest.raises(UsageError, match="FETCH"):
        Policies({}).allows(method="FETCH", path="a")
