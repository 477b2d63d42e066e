"""``exposure``: readers beside operators and admins, held to ``paths`` and ``admins``."""

import json

import pytest

import rbacgraph as rg
from rbacgraph.facts.entry.entries import Entries
from rbacgraph.facts.operators.operators import Operators
from rbacgraph.facts.value.secret_values import SecretValues
from rbacgraph.model.answers.risk.risk_scale import severity_of
from rbacgraph.model.answers.risk.severities import RISK_SEVERITIES
from rbacgraph.model.node import SERVICE_ACCOUNT, format_node, named_node
from rbacgraph.query.access.admins import admins
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.full_control import full_control
from rbacgraph.query.access.paths import PathsQuestion, paths
from rbacgraph.query.arrays.path_filter import PathFilter
from tests.query.access.test_admins import graph_of
from tests.query.clusters import random_snapshot
from tests.query.rbac_clusters import random_rbac
from tests.worlds import worlds

NAMES = ("readers", "operators", "admins")


def levels(graph, secret):
    """Each principal with a path of its own to a Secret, and whether a certain one."""
    (found,) = paths(graph, secret=secret.removeprefix("secret:")).secrets
    by = {path.principal: False for path in found.paths}
    return by | {path.principal: True for path in found.paths if path.certain}


def standings(graph):
    """The printed operators; and those with full control, for certain (``True``) and at all."""
    are = admins(graph)
    every = {True: {one.principal for one in are.admins}}
    # Also members of a group that is it, whom `admins` does not list once more.
    ways, _ = PathsQuestion(graph, graph.principals, PathFilter()).ways_to(full_control(graph))
    every[False] = every[True] | {format_node(graph.nodes[way.principal]) for way, _ in ways}
    design = graph.world.part(Operators).is_by_design
    nodes = (graph.nodes[number] for number in graph.principals.numbers)
    return {
        format_node(one) for one in nodes if one[0] == SERVICE_ACCOUNT and design(named_node(one))
    }, every


def level_of(graph, node):
    found = graph.world.part(Entries).of(node)
    sure = [one.level for one in found if not one.condition]
    return max(sure, default=found[0].level).name.lower().replace("_", "-")


@pytest.mark.parametrize("make", [random_rbac, random_snapshot])
def test_the_three_counts_are_those_of_paths_and_admins(make):
    seen = dict.fromkeys(NAMES, 0)

    examples = [
        6555,  # a member of an admin group has a conditional way of its own
        1327,  # a reader meets a need as a member of an admin group
        # a reader's cheapest way passes an admin group that the reader itself is in
        *(20, 170438990, 260607908, 711216788),
        415491453,  # and the needs of its AND node share a part of their ways
        575348958,  # a reader has only what its groups join
        393902018,  # and so had somebody until one of its groups got there too
    ]
    for seed in worlds(make, 60, examples=examples):
        graph = graph_of(make, seed)
        operators, every = standings(graph)
        nodes = {
            format_node(graph.nodes[n]): named_node(graph.nodes[n])
            for n in graph.principals.numbers
        }
        sure = {nodes[name] for name in every[True] if name in nodes}
        rows = exposure(graph).rows
        for row in rows:
            found = levels(graph, row.secret)
            readers = {}
            for certain, ending in ((True, ""), (False, "_conditional")):
                mine = {name for name, is_sure in found.items() if is_sure == certain}
                groups = mine & operators, (mine & every[certain]) - operators
                readers[certain] = mine - groups[0] - groups[1]
                for name, some in zip(NAMES, (readers[certain], *groups), strict=True):
                    assert getattr(row, name + ending) == len(some), (row.secret, name)
                    seen[name] += len(some)
            values = graph.world.part(SecretValues)
            kind, _, rest = row.secret.partition(":")
            value = values.of((kind, *rest.split("/")), sure).level.name.lower()
            assert row.value == value
            severities = [
                severity_of(value, level_of(graph, nodes[name]), int(not certain))
                for certain in (True, False)
                for name in readers[certain]
            ]
            assert row.severity == min(severities, key=RISK_SEVERITIES.index, default="")
            if readers[True] or readers[False]:
                assert row.reader in readers[bool(readers[True])]
                (one,) = paths(graph, secret=row.secret.removeprefix("secret:")).secrets
                own = [p for p in one.paths if p.principal == row.reader]
                best = min(p.effort for p in own if p.certain or not readers[True])
                assert row.reader_effort == best
            else:
                assert (row.reader, row.reader_techniques, row.entry) == ("", (), "")
        ranks = [(*RISK_SEVERITIES, "").index(row.severity) for row in rows]
        assert ranks == sorted(ranks)

    assert seen["readers"] > 5
    assert seen["admins"] > 5


ALL = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
SECRETS = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}


def cluster(tmp_path, *, image):
    """An admin, a reader of one Secret, and a Deployment of cert-manager or of something else."""
    labels = {"app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/instance": "cm"}
    labels |= {"app.kubernetes.io/component": "controller"}
    meta = {"name": "cert-manager", "namespace": "cm", "labels": labels}
    rbac = "rbac.authorization.k8s.io"

    def bound(name, rule, subject, **more):
        role = {"kind": "ClusterRole", "apiVersion": f"{rbac}/v1", "rules": [rule]}
        ref = {"apiGroup": rbac, "kind": "ClusterRole", "name": name}
        binding = {"kind": "ClusterRoleBinding", "apiVersion": f"{rbac}/v1", "roleRef": ref}
        named = {"metadata": {"name": name, **more}}
        return [role | named, binding | named | {"subjects": [subject]}]

    account = {"kind": "ServiceAccount", "name": "cert-manager", "namespace": "cm"}
    pod = {"serviceAccountName": "cert-manager", "containers": [{"name": "c", "image": image}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    items = [
        *bound("root", ALL, {"kind": "User", "name": "root", "apiGroup": rbac}),
        *bound("dev", SECRETS, {"kind": "User", "name": "dev", "apiGroup": rbac}),
        *bound("cert-manager-secrets", SECRETS, account, labels=labels),
        {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": meta},
        {
            "kind": "Deployment",
            "apiVersion": "apps/v1",
            "metadata": meta,
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        },
        {
            "kind": "Secret",
            "apiVersion": "v1",
            "metadata": {"name": "db", "namespace": "shop"},
            "type": "Opaque",
        },
    ]
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": items}))
    return rg.load(path, bootstrap=False)


@pytest.mark.parametrize(
    ("image", "counts"),
    [
        ("quay.io/jetstack/cert-manager-controller:v1.18.2", (1, 1, 1)),
        ("registry.example.org/shop/tool:1", (2, 0, 1)),
    ],
)
def test_an_operator_by_design_is_no_reader(tmp_path, image, counts):
    (row,) = cluster(tmp_path, image=image).exposure()
    assert (row.readers, row.operators, row.admins) == counts
    assert row.certain == sum(counts)


PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}


def loaded(path, rights, *more, groups=None):
    """Load a Secret with roles, each bound to a subject; no namespace for the whole cluster."""
    rbac = "rbac.authorization.k8s.io"
    meta = {"name": "s", "namespace": "c"}
    items = [{"kind": "Secret", "apiVersion": "v1", "metadata": meta}, *more]
    for number, (subject, rule, namespace) in enumerate(rights):
        prefix, place = ("", {"namespace": namespace}) if namespace else ("Cluster", {})
        named = {"apiVersion": f"{rbac}/v1", "metadata": {"name": f"r{number}", **place}}
        ref = {"apiGroup": rbac, "kind": f"{prefix}Role", "name": f"r{number}"}
        items.append({"kind": f"{prefix}Role", "rules": [rule], **named})
        items.append(
            {"kind": f"{prefix}RoleBinding", "roleRef": ref, "subjects": [subject], **named}
        )
    path.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": items}))
    return rg.load(path, groups=groups, bootstrap=False)


def test_a_reader_passes_a_group_that_is_admin_by_the_readers_own_group(tmp_path):
    reader, other = ({"kind": "ServiceAccount", "name": "x", "namespace": name} for name in "ab")
    a, b = ({"kind": "Group", "name": f"system:serviceaccounts:{name}"} for name in "ab")
    accounts = (
        {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": "x", "namespace": name}}
        for name in "ab"
    )
    rights = (
        *((a, ALL, ""), (b, PODS, "a"), (b, SECRETS, "c")),
        *((reader, PODS, "b"), (other, PODS, "d")),
    )
    found = loaded(tmp_path / "cluster.json", rights, *accounts)
    assert {one.principal for one in found.admins()} == {f"group:{one['name']}" for one in (a, b)}
    (row,) = found.exposure()
    (way,) = (one for one in found.paths("c/s") if one.principal == "serviceaccount:a/x")
    assert (row.reader, row.readers) == (way.principal, 1)
    assert row.reader_effort == way.effort


@pytest.mark.parametrize(
    ("joined", "admin", "own"),
    [
        (True, "root", True),
        (False, "root", False),
        (True, "ops", False),  # who gets all that ops joins with devs, as an admin
    ],
)
def test_a_reader_joins_what_two_groups_have_unless_one_is_admin(tmp_path, joined, admin, own):
    root, ops, devs = ({"kind": "Group", "name": name} for name in (admin, "ops", "devs"))
    edit = {"apiGroups": ["rbac.authorization.k8s.io"], "verbs": ["patch", "escalate"]}
    roles = {**edit, "resources": ["clusterroles"], "resourceNames": ["r0"]}
    more = {**edit, "resources": ["roles"], "resourceNames": ["r1"]}
    none = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}
    # An admin group is it by its own role; members of ops and devs change the role that devs has.
    rights = ((root, roles, ""), (devs, none, "c"), (ops, more, "c"))
    groups = {"alice": ["ops", *(["devs"] if joined else [])]}
    found = loaded(tmp_path / "cluster.json", rights, groups=groups)
    assert [one.principal for one in found.admins()] == [f"group:{admin}"]
    (row,) = found.exposure()
    ways = [one for one in found.paths("c/s") if one.principal == "user:alice"]
    assert row.reader == ("user:alice" if own else "")
    assert row.readers == len(ways) == own
    assert row.reader_effort == sum(one.effort for one in ways)
    assert row.members == (admin == "ops")
