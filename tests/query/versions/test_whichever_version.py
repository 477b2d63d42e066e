"""What everybody gets whichever version of each object a server holds, by another way in each."""

import json
from collections import Counter
from functools import partial

import pytest
from msgspec.structs import replace

from rbacgraph import diff, load
from rbacgraph.graph import attack_graph
from rbacgraph.graph.build import build
from rbacgraph.model.answers.policy_check import Policy
from rbacgraph.model.node import format_node
from rbacgraph.query.access.admins import admins
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import paths
from rbacgraph.query.access.reach import reach
from rbacgraph.query.access.survey import survey
from rbacgraph.query.diff.policy_check import check
from tests.query.plain.clusters.plain_clusters import (
    objects_of_all,
    objects_of_halves,
    random_objects,
)
from tests.query.plain.clusters.pod_clusters import objects_of_pods, objects_of_templates
from tests.query.plain.versions import choices, with_pod_versions, with_versions
from tests.query.test_plain_engine import LISTED, _merged, settings
from tests.worlds import worlds

RBAC = "rbac.authorization.k8s.io"
FAILED = {
    # A kubelet gets all as its user and in its group together: ``check`` left it out. The reader
    # with the least effort reads by each choice of versions: ``exposure`` named another.
    objects_of_all: (923681740, 71043985),
    # ``exposure`` named no reader where all read by each choice of versions.
    random_objects: (5, 23),
    objects_of_halves: (21,),
    # What a version of a workload gives by a new container was left out for a Pod unlisted.
    objects_of_templates: (26,),
}
"""Worlds in which an answer was wrong."""

DENY = Policy("policy.yaml", (), "deny")


def graph_of(objects, path, seed=0, *, whole=True):
    version, groups = settings(seed)
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    snapshot = load(path, kubernetes_version=version, bootstrap=False).snapshot
    listed = LISTED if whole else LISTED - {("Pod", "")}
    listed |= {one for one in snapshot.listed if one[0] != "Pod"}
    return build(replace(snapshot, listed=listed, groups=_merged(snapshot.groups, groups)))


def by_paths(graph, **limits):
    """Who has which Secret for certain, each with the least effort."""
    found = paths(graph, secret="*/*", **limits).secrets
    ways = [(way, one.secret) for one in found for way in one.paths if way.certain]
    ways.sort(key=lambda one: -one[0].effort)
    return {(way.principal, secret): way.effort for way, secret in ways}


def with_members(graph, pairs):
    """Those pairs, and what members have of their groups; all of whom only others name."""
    nodes = {format_node(node): number for number, node in enumerate(graph.nodes)}
    members = graph.membership.members
    return {*pairs} | {
        (format_node(graph.nodes[one]), secret)
        for group, secret in pairs
        for one in members.get(nodes[group], ())
    }


def everywhere(clusters, each):
    """Who has what in each cluster, also as a member; whom one does not know is left out."""
    had = [with_members(*one) for one in zip(clusters, each, strict=True)]
    known = [{format_node(node) for node in cluster.nodes} for cluster in clusters]
    return set.intersection(*had), set.intersection(*known)


@pytest.mark.parametrize(
    ("more", "make", "seeds", "least"),
    [
        (with_versions, random_objects, 10, 10),
        (with_versions, objects_of_halves, 12, 6),
        (with_versions, objects_of_all, 10, 20),
        (with_pod_versions, objects_of_pods, 14, 12),
        (with_pod_versions, objects_of_templates, 16, 8),
    ],
)
def test_all_answers_agree_on_what_each_choice_of_versions_gives(
    more, make, seeds, least, tmp_path
):
    whole, path, got = make is not objects_of_templates, tmp_path / "dump.json", 0
    for seed in worlds(partial(more, make), seeds, examples=FAILED.get(make, ())):
        objects = more(make, seed)
        clusters = [graph_of(one, path, seed, whole=whole) for one in choices(objects)]
        each = [set(by_paths(one)) for one in clusters]
        had, known = everywhere(clusters, each)
        graph = graph_of(objects, path, seed, whole=whole)
        efforts = by_paths(graph)
        told = set(efforts)
        got += len(told)
        assert set.intersection(*each) <= told, seed
        assert {pair for pair in told if pair[0] in known} <= had, seed
        assert by_paths(graph, certain=True) == efforts, seed
        counts = Counter(secret for _, secret in told)
        are = {one.principal for one in admins(graph).admins}
        readers = {pair: effort for pair, effort in efforts.items() if pair[0] not in are}
        for certain in (False, True):
            rows = exposure(graph, certain=certain).rows
            assert {row.secret: row.certain for row in rows if row.certain} == counts, seed
            assert all(row.principal and row.opening for row in rows if row.certain), seed
            assert not certain or not any(row.principal for row in rows if not row.certain), seed
            for row in rows:
                best = [effort for (_, secret), effort in readers.items() if secret == row.secret]
                assert row.readers == len(best), seed
                if best:
                    assert readers[row.reader, row.secret] == row.reader_effort == min(best), seed
                assert bool(row.reader) == bool(best or row.readers_conditional), seed
            found = check(graph, DENY, today="2026-01-01", certain=certain).findings
            pairs = {(p, s) for f in found if f.certain for p in f.principals for s in f.secrets}
            assert pairs == told, seed
            assert all(f.path.certain for f in found if f.certain)
        shown = survey(graph, max_ways=99)
        firsts = {
            (way.principal, one.secret)
            for one in shown.secrets
            for way in shown.ways[one.ways].paths
            if way.certain
        }
        assert firsts == told, seed
    assert got > least


def role(name, *secrets, namespace="shop"):
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "Role",
        "metadata": {"name": name, "namespace": namespace},
        "rules": [{**rule, "resourceNames": list(secrets)}],
    }


def binding(role_name, *subjects, name="b"):
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": "shop"},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": role_name},
        "subjects": [subject(one) for one in subjects],
    }


def subject(name):
    kind, _, name = name.rpartition(":")
    return {"kind": kind or "User", "name": name, "apiGroup": RBAC}


SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}}
BASE = [SECRET, role("one", "db"), role("two", "db", "other"), role("none", "other")]


def written(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, objects in {"base": BASE, **files}.items():
        items = {"apiVersion": "v1", "kind": "List", "items": objects}
        (folder / f"{name}.json").write_text(json.dumps(items))
    return folder


def told_of(cluster, principal="user:amy", **limits):
    return told_of_all(cluster, **limits).get(principal, [])


def told_of_all(cluster, **limits):
    """The paths to the Secret by whose they are: whether certain, and the first hop."""
    found = {}
    for one in paths(cluster.access_graph, secret="shop/db", **limits).secrets[0].paths:
        found.setdefault(one.principal, []).append((one.certain, one.hops[0].text))
    return found


def test_a_path_by_one_version_says_that_there_is_another_by_the_others(tmp_path):
    cluster = load(written(tmp_path / "in", a=[binding("one", "amy")], b=[binding("two", "amy")]))
    ((certain, text),) = told_of(cluster)
    assert certain
    assert "(if RoleBinding shop/b is as in " in text
    assert text.endswith("; else another path gives the same)")
    (row,) = (row for row in exposure(cluster.access_graph).rows if row.secret == "secret:shop/db")
    assert (row.certain, row.conditional) == (1, 0)
    assert (row.reader, row.reader_techniques) == ("user:amy", ("read-secret",))
    (one,) = reach(cluster.access_graph, source="user:amy", certain=True).reached
    assert one.certain is not None
    assert one.certain.hops[0].text == text


@pytest.mark.parametrize("certain", [False, True])
@pytest.mark.parametrize("second", ["two", "none"])
def test_the_reader_with_the_least_effort_may_read_by_each_version(certain, second, tmp_path):
    pods = role("pods")
    pods["rules"] = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}]
    more = [pods, binding("pods", "eve", name="c")]
    files = written(tmp_path / "in", a=[binding("one", "amy")], b=[binding(second, "amy")], c=more)
    cluster = load(files, bootstrap=False)
    rows = exposure(cluster.access_graph, certain=certain).rows
    (row,) = (row for row in rows if row.secret == "secret:shop/db")
    told = row.readers, row.reader, row.reader_techniques
    if second == "two":
        assert told == (2, "user:amy", ("read-secret",))
    else:
        assert told == (1, "user:eve", ("create-pod",))
    assert row.reader_effort == next(
        one.effort
        for one in paths(cluster.access_graph, secret="shop/db").secrets[0].paths
        if one.principal == row.reader
    )


@pytest.mark.parametrize("limits", [{"via": ["read-secret"]}, {"max_paths": 3}])
def test_limits_of_paths_hold_in_each_version(limits, tmp_path):
    cluster = load(written(tmp_path / "in", a=[binding("one", "amy")], b=[binding("two", "amy")]))
    assert told_of(cluster, **limits)[0][0]
    assert reach(cluster.access_graph, source="user:amy").reached[0].certain
    source = paths(cluster.access_graph, secret="shop/db", source="user:amy")
    assert [one.certain for one in source.secrets[0].paths] == [True]


def test_a_way_by_one_version_and_that_of_a_group_by_the_other_are_certain(tmp_path):
    files = written(tmp_path / "in", a=[binding("one", "amy")], b=[binding("two", "Group:dev")])
    cluster = load(files, groups={"amy": ["dev"]})
    assert [certain for certain, _ in told_of(cluster)] == [True]
    assert [certain for certain, _ in told_of(cluster, "group:dev")] == [False]
    assert {(one.principals, one.certain) for one in findings(cluster)} == {
        (("user:amy",), True),
        (("group:dev",), False),
    }


def findings(cluster):
    found = check(cluster.access_graph, DENY, today="2026-01-01").findings
    return [one for one in found if "secret:shop/db" in one.secrets]


def test_nothing_is_certain_that_one_version_lacks(tmp_path):
    files = written(tmp_path / "in", a=[binding("one", "amy")], b=[binding("none", "amy")])
    assert [certain for certain, _ in told_of(load(files))] == [False]
    files = written(
        tmp_path / "three", a=[binding("one", "amy")], b=[binding("two", "amy")], c=[binding("one")]
    )
    assert [certain for certain, _ in told_of(load(files))] == [False]


def test_a_gate_sees_what_becomes_certain_by_another_way(tmp_path):
    before = written(tmp_path / "old", a=[binding("one", "amy")], b=[binding("none", "amy")])
    after = written(tmp_path / "new", a=[binding("one", "amy")], b=[binding("two", "amy")])
    (change,) = (one for one in diff(before, after).result.changes if one.gained)
    ((name, before_, after_),) = ((way.principals, way.before, way.after) for way in change.ways)
    assert (name, before_, after_) == (("user:amy",), "conditional", "certain")
    assert [cause.file.rsplit("/")[-1] for cause in change.causes] == ["b.json"]


@pytest.mark.parametrize("name", ["a and b.json", "a or b.json", "x is as in y.json"])
def test_whatever_files_are_called_nothing_is_certain_by_mistake(name, tmp_path):
    folder = written(tmp_path / "in", b=[binding("none", "amy")])
    items = {"apiVersion": "v1", "kind": "List", "items": [binding("one", "amy")]}
    (folder / name).write_text(json.dumps(items))
    assert [certain for certain, _ in told_of(load(folder))] == [False]


def many(number, **kept):
    """Bindings, each in two versions that give the same Secret by other roles."""
    names = [f"b{place}" for place in range(number)]
    return {
        "a": [binding("one", f"user{name}", name=name) for name in names],
        "b": [binding("two", f"user{name}", name=name) for name in names],
        **kept,
    }


def test_many_objects_are_tried_by_a_few_at_a_time(tmp_path):
    cluster = load(written(tmp_path / "in", **many(9)))
    together = cluster.access_graph.version_choices.together
    assert [len(one) for one in together] == [16, 16, 2]
    told = told_of_all(cluster)
    assert all(told[f"user:userb{n}"][0][0] for n in range(9))


def test_the_number_of_choices_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(attack_graph, "MOST_CHOICES", 20)
    cluster = load(written(tmp_path / "in", **many(9)))
    assert sum(map(len, cluster.access_graph.version_choices.together)) <= 20
    told = told_of_all(cluster)
    assert [told[f"user:userb{n}"][0][0] for n in range(9)] == [True] * 4 + [False] * 4 + [True]


def test_versions_that_add_nothing_alone_are_not_tried(tmp_path):
    more = [binding("one", "amy"), binding("one", "eve", name="c")]
    files = written(
        tmp_path / "in", a=more, b=[binding("two", "amy")], c=[binding("two", "amy", "eve")]
    )
    ((first, second),) = load(files).access_graph.version_choices.together
    assert first
    assert second


def test_a_version_that_adds_nothing_is_no_node(tmp_path):
    pods = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"automountServiceAccountToken": True, "containers": [{"name": "c"} | more]},
        }
        for more in ({"image": "i"}, {"image": "i", "envFrom": [{"secretRef": {"name": "db"}}]})
    ]
    graph = load(written(tmp_path / "in", a=pods)).access_graph
    assert [name for kind, _, name in graph.nodes if kind == "pod"] == ["web", "web (2)"]


def test_one_object_at_a_time_finds_nearly_all(tmp_path, monkeypatch):
    """As where there are too many choices: sound, and what is missed is little."""
    monkeypatch.setattr(attack_graph, "MOST_TOGETHER", 1)
    monkeypatch.setattr(attack_graph, "MOST_OF_SOME", 1)
    path, got, missed = tmp_path / "dump.json", 0, 0
    for seed in worlds(partial(with_versions, random_objects), 40):
        objects = with_versions(random_objects, seed)
        if len(several := choices(objects)) < 4:
            continue
        clusters = [graph_of(one, path, seed) for one in several]
        each = [set(by_paths(one)) for one in clusters]
        had, known = everywhere(clusters, each)
        told = set(by_paths(graph_of(objects, path, seed)))
        assert {pair for pair in told if pair[0] in known} <= had, seed
        got += len(told)
        missed += len(set.intersection(*each) - told)
    assert got > 5
    assert missed <= 0.1 * got
