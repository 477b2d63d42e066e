"""``diff``: who becomes effectively cluster-admin, and by which line."""

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.authz.prepare import prepare
from rbacgraph.graph.build import build
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, RbacMeta
from rbacgraph.model.kubernetes.rbac import ClusterRole, ClusterRoleBinding, RoleRef
from rbacgraph.model.node import format_node
from rbacgraph.query.access.admins import admins
from rbacgraph.query.diff.diff import diff
from tests.query.access.test_admins import (
    ACCOUNT,
    ALL,
    BINDING,
    CONTROL_PLANE,
    LOCAL,
    NEARLY,
    TWINS,
    graph_of,
    rule,
)
from tests.query.clusters import random_snapshot
from tests.query.diff.variants import variant
from tests.query.rbac_clusters import SUBJECTS, random_rbac
from tests.worlds import another, flag, law, worlds

NOTHING = build(prepare(Snapshot(), bootstrap=False))
LEVELS = {"none": 0, "conditional": 1, "certain": 2}
# Groups that the API server itself adds to each user and each account.
GIVEN_TO_EACH = ("group:system:authenticated", "group:system:serviceaccounts")


def with_role(snapshot, seed, *, bootstrap):
    """A cluster with a role of every right, or nearly, that perhaps somebody has."""
    role = ClusterRole(metadata=ClusterRoleMeta("every"), rules=(NEARLY[seed % len(NEARLY)],))
    binding = ClusterRoleBinding(
        metadata=RbacMeta("every"),
        role_ref=RoleRef("ClusterRole", "every"),
        subjects=(SUBJECTS[seed % len(SUBJECTS)],) if seed % 3 else (),
    )
    more = replace(
        snapshot,
        cluster_roles=(*snapshot.cluster_roles, role),
        cluster_role_bindings=(*snapshot.cluster_role_bindings, binding),
    )
    return build(prepare(more, bootstrap=bootstrap))


def levels(graph):
    """How each principal is it by its own path or as a member, as ``admins`` says."""
    found = admins(graph, system=True)
    own = {one.principal: "conditional" for one in found.conditional}
    own |= {one.principal: "certain" for one in found.admins}
    names = {format_node(graph.nodes[n]): n for n in graph.principals_unfolded.numbers}
    numbers = {number: name for name, number in names.items()}
    for name, number in names.items():
        groups = {numbers.get(group, "") for group in graph.membership.groups_of(number)}
        every = (own.get(one, "none") for one in (name, *groups))
        yield name, max(every, key=LEVELS.get)


def level_before(name, was, new):
    """How one principal of the new side was it; a name that is new was it as anybody is."""
    if name in was:
        return was[name]
    number = next(n for n, node in enumerate(new.nodes) if format_node(node) == name)
    groups = (format_node(new.nodes[group]) for group in new.membership.groups_of(number))
    given = (was.get(one, "none") for one in groups if one.startswith(GIVEN_TO_EACH))
    return max(given, key=LEVELS.get, default="none")


def changed(result, *, gained):
    return {
        name: (one.before, one.after)
        for one in result.admins
        if one.gained == gained
        for name in one.principals
    }


@pytest.mark.parametrize("make", [random_rbac, random_snapshot])
def test_who_becomes_it_is_who_is_it_now_and_was_not(make):
    seen = set()

    examples = [
        (1208, 1),  # a user whom no binding names before may be it as every user may
        (13, 3),  # somebody becomes it under a condition
        (17, 4),
        (0, 488013),  # without the line of a membership, a join of the group is out of reach
    ]
    for seed, change in worlds(make, 60, another, examples=examples):
        after = variant(seed, change) if make is random_snapshot else make(change)
        bootstrap = seed % 4 > 0
        old, new = (
            with_role(one, number, bootstrap=bootstrap)
            for one, number in ((make(seed), seed), (after, change))
        )
        result = diff(old, new, system=True)
        was, now = dict(levels(old)), dict(levels(new))
        gained = changed(result, gained=True)
        for name, (before, level) in gained.items():
            assert level_before(name, was, new) == before
            assert LEVELS[now[name]] >= LEVELS[level] > LEVELS[before]
            seen.add((before, level))
        for name in was.keys() & now.keys() - gained.keys():
            if LEVELS[now[name]] > LEVELS[was[name]]:  # it became it as a member
                number = new.index.of_kinds({"user", "group", "serviceaccount"})
                node = next(n for n in number if format_node(new.nodes[n]) == name)
                groups = new.membership.groups_of(node)
                assert {format_node(new.nodes[g]) for g in groups} & gained.keys(), name
        back = changed(diff(new, old, system=True), gained=False)
        assert back == {name: (level, before) for name, (before, level) in gained.items()}
        for one in result.admins:
            assert one.causes
            assert one.way.principal == one.principals[0]
            assert one.way.certain == ((one.after if one.gained else one.before) == "certain")

    assert {("none", "certain"), ("none", "conditional")} <= seen


# a way that is certain, found among all ways alone
@law(random_rbac, 60, flag, examples=[(445, False)])
def test_beside_nothing_somebody_becomes_it_as_admins_says(seed, system):
    new = graph_of(random_rbac, seed)
    found = {one.principal: one.certain for one in admins(new, system=system).every}
    for name, (before, after) in changed(diff(NOTHING, new, system=system), gained=True).items():
        assert before == "none"
        assert found.get(name, after == "certain") == (after == "certain")
    assert not changed(diff(new, new, system=system), gained=True)


@pytest.fixture
def compared(tmp_path):
    """Compares two texts as files, which have lines."""

    def compare(*texts):
        sides = [tmp_path / name for name in ("before.yaml", "after.yaml")]
        for side, text in zip(sides, texts, strict=True):
            side.write_text(text)
        return rg.diff(*sides).result

    return compare


@pytest.mark.parametrize("twin", TWINS)
def test_one_word_more_and_somebody_becomes_it(twin, compared):
    yes, how, no = TWINS[twin]
    (found,) = compared(no, yes).admins
    assert (found.gained, found.principals) == (True, ("user:alice",))
    assert (found.before, found.after) == ("none", "certain")
    path = found.way.path
    assert " > ".join(hop.edge for hop in path.hops) == how if path else how == ""
    assert found.causes
    (lost,) = compared(yes, no).admins
    assert (lost.gained, lost.principals, lost.before) == (False, ("user:alice",), "certain")
    assert compared(yes, yes).admins == ()
    assert compared(no, no).admins == ()


def lines(text, cause):
    return [text.splitlines()[part.line - 1].strip() for part in cause.parts]


def test_a_rule_that_becomes_every_right_is_the_cause(compared):
    """No edge of the graph is new: the role was bound in the whole cluster before."""
    before = BINDING + rule("get", "pods")
    after = BINDING + rule("get", "pods") + ALL
    (found,) = compared(before, after).admins
    assert found.way.path is None
    (cause,) = found.causes
    assert (cause.kind, cause.name, cause.change) == ("ClusterRole", "given", "changed")
    assert lines(after, cause) == [ALL.strip()]


def test_the_rule_and_the_binding_are_both_named_if_both_are_new(compared):
    (found,) = compared(CONTROL_PLANE, CONTROL_PLANE + BINDING + ALL).admins
    assert [one.kind for one in found.causes] == ["ClusterRole", "ClusterRoleBinding"]


def test_a_subject_is_the_cause_of_one_more(compared):
    bob = ", {kind: User, name: bob}]"
    after = (BINDING + ALL).replace("name: alice}]", "name: alice}" + bob)
    (found,) = compared(BINDING + ALL, after).admins
    assert found.principals == ("user:bob",)
    (cause,) = found.causes
    assert [part.text for part in cause.parts] == ["user:bob"]


def test_a_way_is_by_techniques_to_the_holder_of_the_rights(compared):
    before = ACCOUNT + LOCAL + rule("get", "secrets", "", "other")
    gives = [rule(verb, "secrets", "", "token") for verb in ("get", "watch")]
    after = ACCOUNT + LOCAL + rule("get", "pods").join(gives)
    (found,) = compared(before, after).admins
    assert found.way.path.target == "serviceaccount:shop/root"
    assert [one.kind for one in found.way.rights] == ["ClusterRoleBinding", "ClusterRole"]
    (cause,) = found.causes
    assert (cause.kind, cause.name) == ("ClusterRole", "given")
    assert lines(after, cause) == [one.strip() for one in gives]


def test_versions_that_lead_to_different_ends_make_it_certain(compared):
    """One version of a role gives an admin's token, the other one Pods on the control plane."""
    token, pods = rule("get", "secrets", "", "token"), rule("create", "pods")
    bound = CONTROL_PLANE + ACCOUNT + LOCAL + token
    other = "---" + LOCAL.split("---")[2] + pods
    (found,) = compared(CONTROL_PLANE + ACCOUNT, bound + other).admins
    assert (found.principals, found.after) == (("user:alice",), "certain")
    neither = "---" + LOCAL.split("---")[2] + rule("get", "pods")
    (found,) = compared(CONTROL_PLANE + ACCOUNT, bound + neither).admins
    assert (found.principals, found.after) == (("user:alice",), "conditional")
    (surer,) = compared(bound + neither, bound + other).admins
    assert (surer.before, surer.after) == ("conditional", "certain")
    sure = ("---" + BINDING.split("---")[1]).replace("name: given", "name: sure", 1)
    sure = sure.replace("name: given", "name: cluster-admin").replace("alice}", "alice}, NEW")
    after = bound + neither + sure.replace("NEW", "{kind: User, name: bob}")
    assert {
        one.principals: [part.text for cause in one.causes for part in cause.parts]
        for one in compared(bound + neither, after).admins
    } == {(name,): [name] for name in ("user:alice", "user:bob")}


def test_members_gain_nothing_that_their_group_had(tmp_path):
    group = (BINDING + ALL).replace("User, name: alice", "Group, name: ops")
    both = group.replace("name: ops}]", "name: ops}, {kind: User, name: zoe}]")
    sides = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for side, text in zip(sides, (group, both), strict=True):
        side.write_text(text)
    clusters = [rg.load(side, groups={"zoe": ["ops"]}) for side in sides]
    assert rg.diff(*clusters).result.admins == ()
    plain = [rg.load(side) for side in sides]
    assert changed(rg.diff(*plain).result, gained=True) == {"user:zoe": ("none", "certain")}


def test_who_joins_a_group_of_admins_becomes_it(tmp_path):
    group = (BINDING + ALL).replace("User, name: alice", "Group, name: ops")
    (tmp_path / "a.yaml").write_text(group)
    before, after = (
        rg.load(tmp_path / "a.yaml", groups=groups) for groups in ({"zoe": []}, {"zoe": ["ops"]})
    )
    (found,) = rg.diff(before, after).result.admins
    assert found.principals == ("user:zoe",)
    assert [one.kind for one in found.causes] == ["Group"]


@pytest.mark.parametrize("there", [True, False])
def test_a_group_whose_path_needs_a_right_of_a_group_that_it_is_in(there):
    """The closure counts such a path; among those of its own rights alone there is none."""
    graphs = [with_role(random_rbac(seed), seed, bootstrap=True) for seed in (2277, 48059)]
    old, new = graphs if there else reversed(graphs)
    result = diff(old, new, system=True)
    ways = [(change, way) for change in result.changes for way in change.ways]
    assert ways
    for change, way in ways:
        assert change.causes
        assert way.path.hops[-1].target == way.path.target
        assert way.path.principal in way.principals
