"""The fewest rules: as few as brute force finds, enough, and nothing more."""

import os
import subprocess
import sys
from functools import reduce
from itertools import combinations, product
from operator import or_

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacgraph.advice.rules.fewest_rules import fewest_rules, in_order
from rbacgraph.authz.bootstrap_policy import bootstrap_objects
from rbacgraph.authz.coverage import breakdown, covers
from rbacgraph.authz.match import rule_allows
from rbacgraph.model.kubernetes.rbac import ClusterRole, PolicyRule, Role
from tests.authz.strategies import ALL_REQUESTS, rules
from tests.worlds import fewer


def rule(verbs, resources, *, groups=("",), names=None):
    return PolicyRule(tuple(verbs.split()), groups, tuple(resources.split()), names)


def urls(verbs, paths):
    return PolicyRule(tuple(verbs.split()), non_resource_urls=tuple(paths.split()))


@pytest.mark.parametrize(
    ("needed", "expected"),
    [
        ([], []),
        ([rule("", "pods")], []),
        ([rule("get", "pods"), rule("list", "pods")], [rule("get list", "pods")]),
        ([rule("get", "pods"), rule("get", "secrets")], [rule("get", "pods secrets")]),
        # two groups share no rule, unless they have the resource in common
        (
            [rule("get", "pods"), rule("get", "deployments", groups=("apps",))],
            [rule("get", "pods"), rule("get", "deployments", groups=("apps",))],
        ),
        (
            [rule("get", "events"), rule("get", "events", groups=("events.k8s.io",))],
            [rule("get", "events", groups=("", "events.k8s.io"))],
        ),
        # two named Secrets are not all Secrets
        (
            [rule("get", "secrets", names=("b",)), rule("get", "secrets", names=("a",))],
            [rule("get", "secrets", names=("a", "b"))],
        ),
        # and of all of them, names need not be told
        (
            [rule("get list", "secrets"), rule("get", "secrets", names=("a",))],
            [rule("get list", "secrets")],
        ),
        (
            [rule("list create", "secrets"), rule("get", "secrets", names=("a",))],
            [rule("list create", "secrets"), rule("get", "secrets", names=("a",))],
        ),
        # wildcards stand for what they cover
        ([rule("*", "*", groups=("*",)), rule("get", "pods")], [rule("*", "*", groups=("*",))]),
        ([rule("get", "*/scale"), rule("get", "deployments/scale")], [rule("get", "*/scale")]),
        ([rule("get", "*"), rule("list", "pods")], [rule("get", "*"), rule("list", "pods")]),
        ([rule("*", "pods"), rule("get", "secrets")], [rule("*", "pods"), rule("get", "secrets")]),
        # verbs as people write them, what stays together stays together
        (
            [rule("delete watch bind list get", "pods"), rule("get", "pods/log")],
            [rule("get list watch delete bind", "pods"), rule("get", "pods/log")],
        ),
        # URLs
        ([urls("get", "/a/b"), urls("get", "/a/*")], [urls("get", "/a/*")]),
        ([urls("get", "/b"), urls("get", "/a")], [urls("get", "/a /b")]),
        ([urls("get", "/a**"), urls("get", "/a*")], [urls("get", "/a*")]),
        ([urls("get", "/a"), rule("get", "pods")], [rule("get", "pods"), urls("get", "/a")]),
    ],
)
def test_fewest_rules(needed, expected):
    answer = fewest_rules(needed)
    assert list(answer.rules) == expected
    assert answer.proven
    assert answer.bound == len(expected)


def test_overlaps_save_a_rule():
    """Three rules that overlap are enough where four that do not would be needed."""
    needed = [
        rule("get list", "a"),
        rule("get list watch", "b"),
        rule("list watch", "c"),
        rule("get", "d"),
    ]
    assert fewest_rules(needed).bound == len(fewest_rules(needed).rules) == 3


def test_greedy_is_not_enough():
    """The largest box first needs three rules, the fewest are two."""
    needed = [rule("get list", "a b c d"), rule("update", "a b"), rule("patch", "c d")]
    assert fewest_rules(needed).rules == (
        rule("get list update", "a b"),
        rule("get list patch", "c d"),
    )


def test_four_rules_where_a_search_that_gives_up_too_early_finds_five():
    """Brute force finds four too."""
    needed = [
        rule("get list update", "a"),
        rule("get patch create update", "b"),
        rule("list create", "c"),
        rule("patch update", "d"),
        rule("get list create", "e"),
    ]
    answer = fewest_rules(needed)
    assert len(answer.rules) == answer.bound == 4
    assert covers(answer.rules, needed)[0]


def test_verbs_are_in_the_usual_order():
    assert in_order(["use", "deletecollection", "delete", "patch", "get", "bind", "*"]) == (
        *("*", "get", "patch", "delete", "deletecollection"),
        *("bind", "use"),
    )


@pytest.mark.parametrize(
    "role",
    [r for r in bootstrap_objects() if isinstance(r, Role | ClusterRole) and r.rules],
    ids=lambda role: role.metadata.name,
)
def test_every_bootstrap_role_is_solved(role):
    answer = fewest_rules(role.rules)
    assert answer.proven
    assert covers(answer.rules, role.rules) == (True, ())
    assert covers(role.rules, answer.rules) == (True, ())


def allowed_by(held):
    return [r for r in ALL_REQUESTS if any(rule_allows(rule, r) for rule in held)]


@given(rules)
def test_the_same_is_allowed(needed):
    answer = fewest_rules(needed)
    assert allowed_by(answer.rules) == allowed_by(needed)
    assert covers(answer.rules, needed)[0]
    assert covers(needed, answer.rules)[0]
    assert answer.proven
    assert len(answer.rules) <= len([r for r in needed if list(breakdown(r))]) * 2


@given(rules.flatmap(lambda held: st.tuples(st.just(held), st.permutations(held))))
def test_the_order_of_what_is_needed_does_not_matter(pair):
    held, shuffled = pair
    answer = fewest_rules(held)
    assert answer == fewest_rules(shuffled)
    assert answer == fewest_rules(answer.rules)


@given(rules, rules)
def test_no_entry_can_be_left_out(needed, more):
    """Every entry of every rule is needed for something that no other rule allows."""
    answer = fewest_rules((*needed, *more)).rules
    for number, one in enumerate(answer):
        others = answer[:number] + answer[number + 1 :]
        for smaller in without_one_entry(one):
            assert not covers((*others, *smaller), answer)[0]


def without_one_entry(one):
    """Yield the rule without each of its entries; without its last name it is none at all."""
    for field in ("verbs", "api_groups", "resources", "resource_names", "non_resource_urls"):
        entries = getattr(one, field) or ()
        for entry in entries:
            fields = {name: getattr(one, name) for name in one.__struct_fields__}
            rest = tuple(e for e in entries if e != entry)
            yield [PolicyRule(**{**fields, field: rest})] if rest else []


def test_the_same_bytes_in_every_process():
    code = (
        "from rbacgraph.advice.rules.fewest_rules import fewest_rules\n"
        "from rbacgraph.authz.bootstrap_policy import bootstrap_objects\n"
        "for obj in bootstrap_objects():\n"
        "    print(fewest_rules(getattr(obj, 'rules', None) or ()))\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in "12"
    }
    assert len(said) == 1


small_rules = st.lists(
    st.builds(
        PolicyRule,
        verbs=st.sampled_from([("get",), ("list",), ("*",), ("get", "list")]),
        api_groups=st.sampled_from([("",), ("apps",), ("", "apps"), ("*",)]),
        resources=st.lists(
            st.sampled_from(["pods", "pods/exec", "deployments", "*/exec", "*"]),
            min_size=1,
            max_size=2,
            unique=True,
        ).map(tuple),
        resource_names=st.sampled_from([None, None, ("a",), ("b",), ("a", "b")]),
    ),
    max_size=5,
)


def subsets(entries):
    return [c for size in range(1, len(entries) + 1) for c in combinations(entries, size)]


def smallest(needed):
    """Try all rules that can be made of the entries, and all sets of them, smallest first."""
    parts = [part for one in needed for part in breakdown(one)]
    lists = [
        sorted({entry for one in needed for entry in getattr(one, field) or ()})
        for field in ("verbs", "api_groups", "resources", "resource_names")
    ]
    safe = {
        PolicyRule((verb,), (group,), (resource,), name and (name,))
        for verb, group, resource, name in product(*lists[:3], [None, *lists[3]])
        for part in [PolicyRule((verb,), (group,), (resource,), name and (name,))]
        if covers(needed, [part])[0]
    }
    masks = set()
    for verbs, groups, resources, names in product(
        *map(subsets, lists[:3]), [None, *subsets(lists[3])]
    ):
        made = PolicyRule(verbs, groups, resources, names)
        if all(part in safe for part in breakdown(made)):
            covered = [covers([made], [part])[0] for part in parts]
            masks.add(sum(1 << i for i, yes in enumerate(covered) if yes))
    largest = [m for m in masks if m and not any(m & ~o == 0 and m != o for o in masks)]
    every = (1 << len(parts)) - 1
    return next(
        size
        for size in range(len(parts) + 1)
        if any(reduce(or_, some, 0) == every for some in combinations(largest, size))
    )


@settings(max_examples=fewer(60))
@given(small_rules)
def test_no_fewer_rules_are_found_by_brute_force(needed):
    best = smallest(needed)
    answer = fewest_rules(needed)
    assert len(answer.rules) == answer.bound == best
    greedy = fewest_rules(needed, budget=0)
    assert greedy.bound <= best <= len(greedy.rules)
    assert allowed_by(greedy.rules) == allowed_by(needed)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("12345678")), unique=True))
@settings(max_examples=fewer(200))
def test_what_is_not_solved_is_bounded(pairs):
    needed = [rule(verb, resource) for verb, resource in pairs]
    best, greedy = fewest_rules(needed), fewest_rules(needed, budget=0)
    assert best.proven
    assert greedy.bound <= best.bound <= len(greedy.rules)
    for answer in (best, greedy):
        assert covers(answer.rules, needed)[0]
        assert covers(needed, answer.rules)[0]
