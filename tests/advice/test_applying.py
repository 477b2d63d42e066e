"""What changes leave behind: objects written, made, deleted, and aggregation done again."""

from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.authz.prepare import prepare
from rbacgraph.model.changes.change import Change, key_of
from rbacgraph.model.changes.statement import NOTHING
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, LabelSelector, RbacMeta
from rbacgraph.model.kubernetes.rbac import AggregationRule, ClusterRole, PolicyRule, Role


def rule(verb):
    return PolicyRule((verb,), ("",), ("pods",))


def role(name, *verbs, namespace="shop"):
    return Role(metadata=RbacMeta(name, namespace), rules=tuple(map(rule, verbs)))


def cluster_role(name, *verbs, uid="", selects=None, **labels):
    selectors = AggregationRule((LabelSelector(match_labels=selects),)) if selects else None
    return ClusterRole(
        metadata=ClusterRoleMeta(name, "", uid, labels),
        rules=tuple(map(rule, verbs)),
        aggregation_rule=selectors,
    )


def verbs(snapshot, name):
    (found,) = (r for r in snapshot.cluster_roles if r.metadata.name == name)
    return [own.verbs[0] for own in found.rules or ()]


def change(before, after):
    return Change(before=before, after=after, why=NOTHING)


def test_an_object_is_written_where_it_stood_made_at_the_end_or_gone():
    a, b, c = role("a", "get"), role("b", "get"), role("c", "get")
    narrow, new = role("b", "list"), role("d", "watch")
    snapshot = Snapshot(roles=(a, b, c))
    after = applied(snapshot, [change(b, narrow), change(c, None), change(None, new)])
    assert after.roles == (a, narrow, new)
    assert snapshot.roles == (a, b, c)


def test_of_an_object_that_the_input_holds_twice_both_are_replaced():
    once, again, narrow = role("a", "get"), role("a", "list"), role("a", "watch")
    assert applied(Snapshot(roles=(once, again)), [change(once, narrow)]).roles == (narrow,)


def test_the_same_name_in_another_namespace_is_another_object():
    here, there = role("a", "get"), role("a", "get", namespace="other")
    assert applied(Snapshot(roles=(here, there)), [change(here, None)]).roles == (there,)


def test_aggregated_roles_follow_also_where_a_server_had_filled_them():
    view = cluster_role("view", "get", "list", uid="1", selects={"to-view": "true"})
    edit = cluster_role("edit", "get", "list", uid="2", selects={"to-edit": "true"})
    view.metadata.labels["to-edit"] = "true"
    other = cluster_role("other", "patch", uid="3", selects={"to-other": "true"})
    source = cluster_role("source", "get", "list", uid="4", **{"to-view": "true"})
    narrow = cluster_role("source", "get", uid="4", **{"to-view": "true"})
    snapshot = Snapshot(cluster_roles=(view, edit, other, source))
    after = applied(snapshot, [change(source, narrow)])
    assert verbs(after, "view") == verbs(after, "edit") == ["get"]
    assert verbs(after, "other") == ["patch"]
    assert [r.metadata.uid for r in after.cluster_roles] == ["1", "2", "3", "4"]
    gone = applied(snapshot, [change(source, None)])
    assert verbs(gone, "view") == verbs(gone, "edit") == []


NAMES = st.sampled_from("abcd")
LABELS = st.dictionaries(st.sampled_from(["x", "y"]), st.just("1"), max_size=2)


@st.composite
def roles_of_manifests(draw):
    found = {}
    for name in draw(st.lists(NAMES, unique=True)):
        selects = draw(st.sampled_from([None, {"x": "1"}, {"y": "1"}]))
        own = () if selects else draw(st.lists(st.sampled_from(["get", "list"]), unique=True))
        found[name] = cluster_role(name, *own, selects=selects, **draw(LABELS))
    return found


@given(roles_of_manifests(), roles_of_manifests())
def test_applying_gives_what_reading_the_changed_manifests_gives(before, after):
    """The law of applying: it commutes with preparing."""
    changes = [
        change(before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
    read = prepare(Snapshot(cluster_roles=tuple(before.values())), bootstrap=False)
    found = {key_of(r): set(r.rules or ()) for r in applied(read, changes).cluster_roles}
    wanted = prepare(Snapshot(cluster_roles=tuple(after.values())), bootstrap=False)
    assert found == {key_of(r): set(r.rules or ()) for r in wanted.cluster_roles}


def test_of_several_versions_none_is_left_in_an_aggregated_role():
    """The change equals the last of them."""
    versions = [cluster_role("r", *own, into="e") for own in (("get",), ())]
    every = cluster_role("e", selects={"into": "e"})
    before = prepare(Snapshot(cluster_roles=(*versions, every)), bootstrap=False)
    assert verbs(before, "e") == ["get"]
    after = applied(before, [change(versions[1], versions[1])])
    assert (verbs(after, "r"), verbs(after, "e")) == ([], [])
