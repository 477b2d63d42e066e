"""Aggregated ClusterRoles: selectors, fixpoint laws, and what servers and manifests say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.authz.aggregate import aggregate, selector_matches
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, LabelSelector, LabelSelectorRequirement
from rbacgraph.model.kubernetes.rbac import AggregationRule, ClusterRole, PolicyRule


def rule(word):
    return PolicyRule((word,), ("",), ("pods",))


def plain(name, *words, uid="", assumed=False, **labels):
    rules = tuple(rule(word) for word in words)
    return ClusterRole(
        metadata=ClusterRoleMeta(name, "", uid, labels), rules=rules, assumed=assumed
    )


def aggregated(name, *selectors, words=(), uid="", **labels):
    chosen = tuple(LabelSelector(match_labels=s) if isinstance(s, dict) else s for s in selectors)
    return ClusterRole(
        metadata=ClusterRoleMeta(name, "", uid, labels),
        rules=tuple(rule(word) for word in words),
        aggregation_rule=AggregationRule(chosen),
    )


def verbs(roles, name):
    (role,) = (r for r in roles if r.metadata.name == name)
    return [r.verbs[0] for r in role.rules or ()]


def requirement(operator, *values, key="a"):
    return LabelSelector(
        match_expressions=(LabelSelectorRequirement(key, operator, values or None),)
    )


@pytest.mark.parametrize(
    ("selector", "labels", "expected"),
    [
        (LabelSelector(), {}, True),
        (LabelSelector(match_labels={}), {"a": "1"}, True),
        (LabelSelector(match_labels={"a": "1"}), {"a": "1", "b": "2"}, True),
        (LabelSelector(match_labels={"a": "1"}), {"a": "2"}, False),
        (LabelSelector(match_labels={"a": "1", "b": "2"}), {"a": "1"}, False),
        (LabelSelector(match_labels={"a": ""}), {}, False),
        (requirement("In", "1", "2"), {"a": "2"}, True),
        (requirement("In", "1", "2"), {"a": "3"}, False),
        (requirement("In", "1", "2"), {}, False),
        (requirement("NotIn", "1"), {"a": "2"}, True),
        (requirement("NotIn", "1"), {"a": "1"}, False),
        (requirement("NotIn", "1"), {}, True),
        (requirement("Exists"), {"a": ""}, True),
        (requirement("Exists"), {"b": ""}, False),
        (requirement("DoesNotExist"), {}, True),
        (requirement("DoesNotExist"), {"a": "1"}, False),
        # what LabelSelectorAsSelector refuses matches nothing
        (requirement("in", "1"), {"a": "1"}, False),
        (requirement("In"), {"a": "1"}, False),
        (requirement("NotIn"), {"a": "1"}, False),
        (requirement("Exists", "1"), {"a": "1"}, False),
        (requirement("DoesNotExist", "1"), {}, False),
        (
            LabelSelector({"b": "1"}, requirement("Exists").match_expressions),
            {"a": "x", "b": "1"},
            True,
        ),
        (
            LabelSelector({"b": "1"}, requirement("Exists").match_expressions),
            {"b": "1"},
            False,
        ),
    ],
)
def test_selectors(selector, labels, expected):
    assert selector_matches(selector, labels) is expected


def test_union_over_selectors_in_order_then_by_name_without_duplicates():
    roles, diagnostics = aggregate(
        [
            plain("z", "get", "list", x="1"),
            plain("b", "watch", "get", x="1"),
            plain("a", "patch", y="1"),
            plain("unlabelled", "delete"),
            aggregated("all", {"x": "1"}, {"y": "1"}, {"x": "1"}),
        ]
    )
    assert verbs(roles, "all") == ["watch", "get", "list", "patch"]
    assert [r.metadata.name for r in roles] == ["z", "b", "a", "unlabelled", "all"]
    assert diagnostics == ()


def test_absent_and_empty_lists_make_duplicates():
    one = PolicyRule(("get",), ("",), ("pods",), None)
    other = PolicyRule(("get",), ("",), ("pods",), (), ())
    roles, _ = aggregate(
        [
            ClusterRole(metadata=ClusterRoleMeta("a", labels={"x": "1"}), rules=(one, other)),
            aggregated("all", {"x": "1"}),
        ]
    )
    assert roles[1].rules == (one,)


def test_literal_rules_of_a_manifest_are_ignored_and_it_is_said():
    roles, diagnostics = aggregate(
        [plain("a", "get", x="1"), aggregated("all", {"x": "1"}, words=("get", "delete"))],
        where=lambda _: ("roles.yaml", 12),
    )
    assert verbs(roles, "all") == ["get"]
    (diagnostic,) = diagnostics
    assert str(diagnostic) == (
        "roles.yaml:12: warning: ClusterRole all is aggregated, so that its rules are"
        " overwritten: 1 of the rights written there come from no role that it selects"
        " (its rules were computed from labels; put such rules into a labelled ClusterRole)"
        " [aggregated-rules-ignored]"
    )


def test_a_role_never_selects_itself():
    roles, _ = aggregate([aggregated("all", LabelSelector(), words=("delete",), x="1")])
    assert roles[0].rules is None


def test_an_empty_selector_selects_every_clusterrole():
    roles, _ = aggregate([plain("a", "get"), plain("b", "list"), aggregated("all", {})])
    assert verbs(roles, "all") == ["get", "list"]


def test_no_selector_selects_nothing_and_an_invalid_one_neither():
    bare = ClusterRole(metadata=ClusterRoleMeta("bare"), aggregation_rule=AggregationRule())
    roles, diagnostics = aggregate([plain("a", "get"), bare, aggregated("bad", requirement("Is"))])
    assert verbs(roles, "bare") == verbs(roles, "bad") == []
    assert [d.code for d in diagnostics] == ["invalid-selector"]


def test_aggregation_nests_like_view_edit_admin():
    roles, _ = aggregate(
        [
            aggregated("admin", {"to-admin": "1"}),
            aggregated("edit", {"to-edit": "1"}, **{"to-admin": "1"}),
            aggregated("view", {"to-view": "1"}, **{"to-edit": "1"}),
            plain("piece-admin", "bind", **{"to-admin": "1"}),
            plain("piece-edit", "patch", **{"to-edit": "1"}),
            plain("piece-view", "get", **{"to-view": "1"}),
        ]
    )
    assert verbs(roles, "view") == ["get"]
    assert verbs(roles, "edit") == ["patch", "get"]
    assert verbs(roles, "admin") == ["patch", "get", "bind"]


def test_roles_that_select_each_other_converge_to_the_same_rules():
    roles, _ = aggregate(
        [
            aggregated("a", {"x": "1"}, y="1"),
            aggregated("b", {"y": "1"}, x="1"),
            plain("one", "get", x="1"),
            plain("two", "list", y="1"),
        ]
    )
    assert sorted(verbs(roles, "a")) == sorted(verbs(roles, "b")) == ["get", "list"]


def test_a_servers_rules_are_believed_and_a_difference_is_said():
    cluster_roles = [
        plain("a", "get", "list", uid="u1", x="1"),
        aggregated("all", {"x": "1"}, words=("get", "delete"), uid="u2"),
    ]
    roles, diagnostics = aggregate(cluster_roles, complete=True)
    assert roles == tuple(cluster_roles)
    (diagnostic,) = diagnostics
    assert diagnostic.code == "aggregation-differs"
    assert "1 missing, 1 more" in diagnostic.message
    assert aggregate(cluster_roles)[1] == ()


def test_the_order_of_a_servers_rules_is_no_difference():
    cluster_roles = [
        plain("a", "get", "list", uid="u1", x="1"),
        aggregated("all", {"x": "1"}, words=("list", "get"), uid="u2"),
    ]
    assert aggregate(cluster_roles, complete=True)[1] == ()


def test_a_manifest_beside_a_dump_widens_the_servers_roles():
    roles, _ = aggregate(
        [
            plain("piece", "get", uid="u1", **{"to-view": "1"}),
            aggregated("view", {"to-view": "1"}, words=("get",), uid="u2", **{"to-edit": "1"}),
            aggregated("edit", {"to-edit": "1"}, words=("get", "patch"), uid="u3"),
            plain("new", "list", **{"to-view": "1"}),
            plain("guess", "watch", assumed=True, **{"to-view": "1"}),
        ]
    )
    # An assumed role is no news to a server, which filled in its own.
    assert verbs(roles, "view") == ["get", "list"]
    assert verbs(roles, "edit") == ["get", "patch", "list"]


LABELS = st.dictionaries(st.sampled_from("xyz"), st.just("1"), max_size=3)
SELECTORS = st.lists(
    st.dictionaries(st.sampled_from("xyz"), st.just("1"), max_size=2), min_size=1, max_size=2
)
ROLES = st.lists(
    st.tuples(st.booleans(), LABELS, SELECTORS, st.sets(st.sampled_from("pqrs"), max_size=2)),
    max_size=6,
).map(
    lambda drawn: [
        aggregated(f"r{i}", *selectors, **labels)
        if is_aggregated
        else plain(f"r{i}", *sorted(words), **labels)
        for i, (is_aggregated, labels, selectors, words) in enumerate(drawn)
    ]
)


def as_sets(roles):
    return {r.metadata.name: frozenset(r.rules or ()) for r in roles}


@given(ROLES)
def test_the_result_is_a_fixpoint(cluster_roles):
    """Every aggregated role holds exactly what the roles that it selects hold in the end."""
    roles, _ = aggregate(cluster_roles)
    rules = as_sets(roles)
    for role in roles:
        if role.aggregation_rule is None:
            assert role in cluster_roles
            continue
        expected = frozenset().union(
            *(
                rules[other.metadata.name]
                for other in roles
                for selector in role.aggregation_rule.cluster_role_selectors
                if other is not role and selector_matches(selector, other.metadata.labels or {})
            )
        )
        assert rules[role.metadata.name] == expected
        assert len(role.rules or ()) == len(expected)


@given(ROLES)
def test_it_is_the_least_one(cluster_roles):
    """No aggregated role holds a rule that no plain one holds."""
    plain_rules = {r for c in cluster_roles if c.aggregation_rule is None for r in c.rules or ()}
    for role in aggregate(cluster_roles)[0]:
        assert set(role.rules or ()) <= plain_rules


@given(ROLES)
def test_aggregating_twice_changes_nothing(cluster_roles):
    once, _ = aggregate(cluster_roles)
    assert as_sets(aggregate(once)[0]) == as_sets(once)


@given(ROLES.flatmap(lambda roles: st.tuples(st.just(roles), st.permutations(roles))))
def test_the_order_of_the_input_changes_nothing(pair):
    one, other = (aggregate(roles)[0] for roles in pair)
    assert {r.metadata.name: r for r in one} == {r.metadata.name: r for r in other}
