"""Nothing that a rule gives is passed over for the resources that it names."""

from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.graph.conjunctions.compound_rights import _ABILITIES
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.techniques.catalogue import EDGES, RuleEdge
from rbacgraph.techniques.spec.technique import RightIndex

RIGHTS = sorted(
    {right for ability in _ABILITIES for right in ability.rights}
    | {right for edge in EDGES if isinstance(edge, RuleEdge) for right in edge.rights}
)
FOUND = RightIndex((right, (right,)) for right in RIGHTS)
GROUPS = sorted({right.group for right in RIGHTS} | {"*"})
RESOURCES = sorted(
    {name for right in RIGHTS for name in right.named_by}
    | {right.resource for right in RIGHTS}
    | {"*", "*/*", "pods/*", "widgets", "*/widgets", ""}
)
VERBS = sorted({verb for right in RIGHTS for verb in right.verbs} | {"*"})


def some(values):
    return st.none() | st.lists(st.sampled_from(values), max_size=3).map(tuple)


@given(some(VERBS), some(GROUPS), some(RESOURCES))
def test_all_that_a_rule_gives_is_found_in_order(verbs, groups, resources):
    rule = PolicyRule(verbs=verbs, api_groups=groups, resources=resources)
    given = [right for right in RIGHTS if right.verbs_in(rule)]
    assert [right for right in FOUND.of(rule) if right.verbs_in(rule)] == given


def test_each_right_is_found_by_each_of_its_names():
    for right, resource in ((r, name) for r in RIGHTS for name in {*r.named_by, "*"}):
        rule = PolicyRule(verbs=("*",), api_groups=("*",), resources=(resource,))
        assert right in FOUND.of(rule)
        assert right.verbs_in(rule)


def test_few_are_found_where_a_rule_names_few():
    rule = PolicyRule(verbs=("get",), api_groups=("",), resources=("secrets",))
    assert 0 < len(FOUND.of(rule)) < len(RIGHTS) / 4
    assert not FOUND.of(PolicyRule(verbs=("get",), non_resource_urls=("/metrics",)))
