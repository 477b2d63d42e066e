"""The algebra of rules: truth tables, and laws that hold for any rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.authz.coverage import breakdown, compact, covers
from rbacgraph.authz.match import rule_allows
from rbacgraph.model.kubernetes.rbac import PolicyRule
from tests.authz.strategies import ALL_REQUESTS, rules


def rule(verbs, resources, *, groups=("",), names=None):
    return PolicyRule(tuple(verbs.split()), groups, tuple(resources.split()), names)


def urls(verbs, paths):
    return PolicyRule(tuple(verbs.split()), non_resource_urls=tuple(paths.split()))


EVERYTHING = (rule("*", "*", groups=("*",)), urls("*", "*"))


@pytest.mark.parametrize(
    ("owner", "wanted", "expected"),
    [
        ([], [], True),
        ([], [rule("", "pods")], True),
        ([], [rule("get", "pods")], False),
        ([rule("get", "pods")], [rule("get", "pods")], True),
        ([rule("*", "pods")], [rule("get bind", "pods")], True),
        ([rule("get list", "pods")], [rule("*", "pods")], False),
        ([rule("get", "*")], [rule("get", "pods pods/exec")], True),
        ([rule("get", "pods secrets")], [rule("get", "*")], False),
        ([rule("get", "pods")], [rule("get", "pods/exec")], False),
        ([rule("get", "*/exec")], [rule("get", "pods/exec")], True),
        ([rule("get", "*/exec")], [rule("get", "pods")], False),
        ([rule("get", "pods/*")], [rule("get", "pods/exec")], False),
        ([rule("get", "*/*")], [rule("get", "pods/*")], True),
        ([rule("get", "*/*")], [rule("get", "pods/exec")], False),
        ([rule("get", "pods", groups=("*",))], [rule("get", "pods", groups=("apps",))], True),
        ([rule("get", "pods")], [rule("get", "pods", groups=("*",))], False),
        # names: unnamed covers named, never the other way round, and "*" is a name
        ([rule("get", "pods")], [rule("get", "pods", names=("a",))], True),
        ([rule("get", "pods", names=("a",))], [rule("get", "pods")], False),
        ([rule("get", "pods", names=("a", "b"))], [rule("get", "pods", names=("b",))], True),
        ([rule("get", "pods", names=("*",))], [rule("get", "pods", names=("b",))], False),
        ([rule("get", "pods", names=("",))], [rule("get", "pods")], False),
        # several rules together, but one rule for each part
        ([rule("get", "pods"), rule("list", "pods")], [rule("get list", "pods")], True),
        ([rule("get", "pods"), rule("list", "secrets")], [rule("list", "pods")], False),
        # paths
        ([urls("get", "/a*")], [urls("get", "/a/b /a")], True),
        ([urls("get", "/a/*")], [urls("get", "/a")], False),
        ([urls("get", "/a*")], [urls("get", "/a/*")], True),
        ([urls("get", "/a/*")], [urls("get", "/a*")], False),
        ([urls("get", "*")], [urls("get", "*")], True),
        ([rule("*", "*", groups=("*",))], [urls("get", "/a")], False),
        ([urls("*", "*")], [rule("get", "pods")], False),
        (EVERYTHING, [rule("get", "pods"), urls("get", "/a")], True),
    ],
)
def test_covers(owner, wanted, expected):
    covered, uncovered = covers(owner, wanted)
    assert covered is expected
    assert bool(uncovered) is not expected


def test_the_uncovered_parts_are_named():
    owner = [rule("get", "pods", names=("a",))]
    assert covers(owner, [rule("get list", "pods", names=("a", "b"))]) == (
        False,
        (
            rule("get", "pods", names=("b",)),
            rule("list", "pods", names=("a",)),
            rule("list", "pods", names=("b",)),
        ),
    )


def test_breakdown_and_compact():
    wide = PolicyRule(("get", "list"), ("", "apps"), ("pods", "secrets"), ("a", "b"), ("/x",))
    parts = list(breakdown(wide))
    assert len(parts) == 2 * 2 * 2 * 2 + 2
    assert parts[0] == rule("get", "pods", names=("a",))
    assert parts[-1] == urls("list", "/x")
    assert list(breakdown(PolicyRule(("get",), ("",), None))) == []
    put_together = compact(parts)
    # URLs are left alone; the rest differ by their verbs alone
    assert put_together[:2] == (urls("get", "/x"), urls("list", "/x"))
    assert {r.verbs for r in put_together[2:]} == {("get", "list")}
    assert len(put_together) == 2 + 8


def test_compact_never_merges_names_into_an_unnamed_rule():
    named, unnamed = rule("get", "pods", names=("a",)), rule("list", "pods")
    assert compact([named, unnamed]) == (named, unnamed)
    several = rule("get", "pods", names=("a", "b"))
    assert compact([several, several]) == (several, several)
    assert compact([rule("get list", "pods"), rule("list bind", "pods")]) == (
        rule("get list bind", "pods"),
    )


def allowed_by(held):
    return [r for r in ALL_REQUESTS if any(rule_allows(rule, r) for rule in held)]


def covered_parts(owner, wanted):
    uncovered = covers(owner, wanted)[1]
    return [p for r in wanted for p in breakdown(r) if p not in uncovered]


@given(rules)
def test_rules_cover_themselves_and_everything_covers_them(held):
    assert covers(held, held)[0]
    assert covers(EVERYTHING, held)[0]


@given(rules, rules, rules)
def test_covering_is_transitive(a, more, rest):
    b = covered_parts(a, more)
    assert covers(a, b)[0]
    c = covered_parts(b, rest)
    assert covers(b, c)[0]
    assert covers(a, c)[0]


@given(rules, rules)
def test_what_covered_rules_allow_the_covering_ones_allow(owner, wanted):
    covered = covered_parts(owner, wanted)
    assert set(allowed_by(covered)) <= set(allowed_by(owner))


@given(rules, rules, rules)
def test_more_rules_never_cover_less(owner, more, wanted):
    assert set(covers((*owner, *more), wanted)[1]) <= set(covers(owner, wanted)[1])


@given(rules)
def test_breaking_down_and_putting_together_grants_exactly_the_same(held):
    parts = [part for rule in held for part in breakdown(rule)]
    assert allowed_by(parts) == allowed_by(held)
    assert allowed_by(compact(parts)) == allowed_by(held)
    assert covers(compact(parts), held)[0]
    assert covers(held, compact(parts))[0]


@given(rules.flatmap(lambda held: st.tuples(st.just(held), st.permutations(held))))
def test_the_order_of_rules_does_not_matter(pair):
    held, shuffled = pair
    assert allowed_by(held) == allowed_by(shuffled)
    assert covers(shuffled, held)[0]
