"""Roles and bindings in several versions: what each rests on, and what holds whatever is chosen."""

import json
from functools import partial
from itertools import product

import pytest

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import Request
from rbacgraph.authz.prepare import prepare
from rbacgraph.query.rights.who_can import who_can
from rbacgraph.sources.load import load
from tests.query.plain.cluster import Cluster
from tests.query.plain.clusters.plain_clusters import objects_of_all, random_objects
from tests.query.plain.identities import named
from tests.query.plain.versions import choices, with_versions
from tests.worlds import worlds

RBAC = "rbac.authorization.k8s.io"


def written(kind, name, **fields):
    metadata = {"name": name, **fields.pop("metadata", {})}
    if kind in {"Role", "RoleBinding"}:
        metadata["namespace"] = "shop"
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata, **fields}


def rule(*verbs, resource="secrets"):
    return {"apiGroups": [""], "resources": [resource], "verbs": [*verbs]}


def role(*rules, kind="Role", name="r", **fields):
    return written(kind, name, rules=[*rules], **fields)


def binding(*users, ref=("Role", "r"), name="b", **fields):
    subjects = [{"kind": "User", "name": user, "apiGroup": RBAC} for user in users]
    reference = {"apiGroup": RBAC, "kind": ref[0], "name": ref[1]}
    return written("RoleBinding", name, roleRef=reference, subjects=subjects, **fields)


def read(folder, *files):
    """Return what files with one object a line hold."""
    for number, objects in enumerate(files):
        text = "\n".join(map(json.dumps, objects))
        (folder / f"{number}.json").write_text(text)
    return Authorizer(prepare(load(folder), bootstrap=False))


def holds(authorizer, user, verb, resource="secrets"):
    """Return whether some choice of versions allows it, and whether every one does."""
    request = Request(verb, "", resource, "", "shop", "db")
    some = authorizer.allows(request, user, ()) is not None
    return some, authorizer.surely_allows(request, user, ())


SOME, EVERY, NONE = (True, False), (True, True), (False, False)
GET, LIST, BOTH = role(rule("get")), role(rule("list")), role(rule("get", "list"))
CASES = {
    "in every version": ([GET, BOTH], [binding("amy")], EVERY),
    "in one version of the role": ([GET, LIST], [binding("amy")], SOME),
    "in no version of the role": ([LIST, role(rule("watch"))], [binding("amy")], NONE),
    "in one version of the binding": ([GET], [binding("amy"), binding("bob")], SOME),
    "by each version of the binding": ([GET], [binding("amy"), binding("bob", "amy")], EVERY),
    "by a roleRef of one version": (
        [GET],
        [binding("amy"), binding("amy", ref=("Role", "q"))],
        SOME,
    ),
    "by the roleRefs of both": (
        [GET, role(rule("get"), name="q")],
        [binding("amy"), binding("amy", ref=("Role", "q"))],
        EVERY,
    ),
    "by another's roleRef": (
        [GET, role(rule("list"), name="q")],
        [binding("bob"), binding("amy", ref=("Role", "q"))],
        NONE,
    ),
    "by another binding": (
        [GET],
        [binding("bob"), binding("eve"), binding("amy", name="c")],
        EVERY,
    ),
}


@pytest.mark.parametrize(("roles", "bindings", "expected"), CASES.values(), ids=CASES)
def test_what_is_allowed_by_some_versions_and_what_by_all(roles, bindings, expected, tmp_path):
    assert holds(read(tmp_path, *([one] for one in (*roles, *bindings))), "amy", "get") == expected


@pytest.mark.parametrize("make", [random_objects, objects_of_all])
def test_requests_are_allowed_as_trying_every_choice_says(make, tmp_path):
    for seed in worlds(partial(with_versions, make), 12):
        is_allowed_as_every_choice_says(with_versions(make, seed), tmp_path)


def is_allowed_as_every_choice_says(objects, tmp_path):
    (tmp_path / "all.json").write_text("\n".join(map(json.dumps, objects)))
    authorizer = Authorizer(prepare(load(tmp_path), bootstrap=False))
    clusters = [Cluster(chosen) for chosen in choices(objects)]
    users = ("alice", "bob", "system:serviceaccount:a:x", "system:serviceaccount:b:y")
    requests = product(users, ("get", "create", "patch"), ("secrets", "pods"), ("a", ""), ("s", ""))
    for user, verb, resource, namespace, name in requests:
        who = named(user)
        each = [one.allow(one.roles_of(who, namespace), verb, resource, name) for one in clusters]
        request = Request(verb, "", resource, "", namespace, name)
        some = authorizer.allows(request, user, who.groups) is not None
        sure = authorizer.surely_allows(request, user, who.groups)
        assert (some, sure) == (any(each), all(each)), (user, request)


def aggregated(**fields):
    selector = {"clusterRoleSelectors": [{"matchLabels": {"to": "all"}}]}
    return written("ClusterRole", "all", aggregationRule=selector, rules=[], **fields)


def part(*rules, label="all"):
    return role(*rules, kind="ClusterRole", name="part", metadata={"labels": {"to": label}})


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ((part(rule("get")), part(rule("get"), rule("list"))), EVERY),
        ((part(rule("get")), part(rule("list"))), SOME),
        ((part(rule("get")), part(rule("get"), label="none")), SOME),
        ((part(rule("get"), label="x"), part(rule("get"), label="y")), NONE),
    ],
)
def test_rules_that_another_role_takes_over_rest_on_its_versions(versions, expected, tmp_path):
    bound = binding("amy", ref=("ClusterRole", "all"))
    authorizer = read(tmp_path, [aggregated(), bound], *([one] for one in versions))
    assert holds(authorizer, "amy", "get") == expected


@pytest.mark.parametrize("uid", ["", "u"])
def test_a_rule_is_shown_where_it_stands(uid, tmp_path):
    pods = role(rule("get", resource="pods"), rule("get", resource="pods"), rule("list"))
    second = role(rule("watch"), rule("list"))
    bound = binding("amy", ref=("ClusterRole", "all"))
    taken = aggregated(metadata={"uid": uid})
    own = rule("get", resource="pods")
    filled = {**taken, "rules": [own, own, rule("get", resource="nodes")] if uid else []}
    authorizer = read(
        tmp_path, [pods, binding("bob")], [second], [bound, filled], [part(rule("get"))]
    )
    _, found = who_can(authorizer, "watch", "secrets", namespace="shop")
    assert [(e.file[-6:], e.line, e.rule) for e in found.evidence] == [
        ("0.json", 2, None),
        ("1.json", 1, 0),
    ]
    _, found = who_can(authorizer, "get", "secrets", namespace="shop")
    _, taken_over = found.evidence
    assert (taken_over.file[-6:], taken_over.line) == ("3.json", 1)
    assert taken_over.detail.endswith("from ClusterRole part rules[0]")
