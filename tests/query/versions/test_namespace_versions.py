"""Namespaces that the input holds in several versions, whose labels differ."""

import json
from functools import cache
from itertools import combinations_with_replacement, permutations

import pytest

from rbacgraph import load
from rbacgraph.authz.versions.object_versions import whichever_holds
from rbacgraph.model.condition import CERTAIN, If

RBAC = "rbac.authorization.k8s.io"
LEVEL = "pod-security.kubernetes.io/enforce"
LEVELS = (None, "privileged", "baseline", "restricted")
SAYS = "Namespace shop is as in"


def named(kind, name, namespace="", api="v1", **fields):
    place = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api, "kind": kind, "metadata": place, **fields}


def rights(resource, *verbs):
    rbac = f"{RBAC}/v1"
    rule = {"apiGroups": ["", "apps"], "resources": [resource], "verbs": list(verbs)}
    ref = {"apiGroup": RBAC, "kind": "Role", "name": resource}
    subject = {"kind": "User", "name": "amy", "apiGroup": RBAC}
    return [
        named("Role", resource, "shop", rbac, rules=[rule]),
        named("RoleBinding", resource, "shop", rbac, roleRef=ref, subjects=[subject]),
    ]


def pod(name, namespace, **spec):
    found = named(
        "Pod", name, namespace, spec={"containers": [{"name": "c", "image": "i"}], **spec}
    )
    found["metadata"]["uid"] = name
    return {**found, "status": {"phase": "Running"}}


def on_node(name, namespace, secret):
    volume = {"name": "v", "secret": {"secretName": secret}}
    return pod(name, namespace, nodeName="one", volumes=[volume])


BASE = [
    named("Namespace", "bank"),
    named("Secret", "key", "bank", type="Opaque"),
    named("Node", "one"),
    on_node("safe", "bank", "key"),
]


def level(value, uid=""):
    found = named("Namespace", "shop")
    found["metadata"] |= {"labels": {LEVEL: value}} if value else {}
    found["metadata"] |= {"uid": uid} if uid else {}
    return found


def read(folder, *files):
    folder.mkdir(exist_ok=True)
    for number, objects in enumerate(files):
        items = {"apiVersion": "v1", "kind": "List", "items": objects}
        (folder / f"{'abcdefg'[number]}.json").write_text(json.dumps(items))
    return load(folder, bootstrap=False)


def told(cluster, secret="bank/key"):
    """Whether the paths of amy are certain, with conditions that name files without a folder."""
    folder = cluster.snapshot.files[0].removesuffix("a.json")
    found = cluster.paths(secret=secret).result.secrets[0].paths
    return [
        (one.certain, [str(text).replace(folder, "") for text in one.conditions])
        for one in found
        if one.principal == "user:amy"
    ]


CREATE = rights("pods", "create", "get")


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (["privileged"], [(True, [])]),
        (["restricted"], []),
        (["restricted", "privileged"], [(False, [f"{SAYS} b.json"])]),
        (["privileged", "restricted"], [(False, [f"{SAYS} a.json"])]),
        (["restricted", None, "baseline"], [(False, [f"{SAYS} b.json"])]),
        (["restricted", "baseline"], []),
    ],
)
def test_what_the_level_of_one_version_lets_in_is_conditional(versions, expected, tmp_path):
    cluster = read(tmp_path, *([level(one)] for one in versions), [*BASE, *CREATE])
    assert [(certain, [t for t in texts if SAYS in t]) for certain, texts in told(cluster)] == [
        (certain, conditions) for certain, conditions in expected
    ]
    cluster.save(tmp_path / "saved.json.gz")
    assert told(load(tmp_path / "saved.json.gz", bootstrap=False)) == told(cluster)


def runs():
    """A Deployment whose Pods read a Secret; amy may exec into them."""
    container = {"name": "c", "image": "i"}
    volume = {"name": "v", "secret": {"secretName": "key"}}
    pods = {"containers": [container], "volumes": [volume], "hostPID": True}
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": pods}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    yield named("Secret", "key", "shop")
    yield named("Deployment", "web", "shop", "apps/v1", spec=spec)
    yield from rights("pods/exec", "create", "get")


REST = {
    "pods": ([*BASE, *CREATE], "bank/key"),
    "deployments": ([*BASE, *rights("deployments", "create", "patch")], "bank/key"),
    "template": ([*runs()], "shop/key"),
}


@pytest.fixture(scope="module")
def told_of(tmp_path_factory):
    """What is told of some versions beside the rest: several tests ask about each one alone."""

    @cache
    def of(name, *levels):
        rest, secret = REST[name]
        folder = tmp_path_factory.mktemp(name)
        return told(read(folder, *([level(one)] for one in levels), rest), secret)

    return of


@pytest.mark.parametrize("name", ["pods", "deployments"])
@pytest.mark.parametrize("several", [*permutations(LEVELS, 2), LEVELS[1:]])
def test_certain_is_what_each_version_alone_makes_certain(several, name, told_of):
    alone = [told_of(name, one) for one in several]
    both = told_of(name, *several)
    sure = [any(certain for certain, _ in one) for one in alone]
    assert any(certain for certain, _ in both) == all(sure)
    assert bool(both) == any(alone)


def test_the_namespace_of_a_server_wins_over_a_manifest(tmp_path):
    for number, (uid, other) in enumerate((("1", ""), ("", "1"))):
        versions = [[level("restricted", uid)], [level("privileged", other)]]
        cluster = read(tmp_path / str(number), *versions, [*BASE, *CREATE])
        assert told(cluster) == ([] if uid else [(True, [])])


@pytest.mark.parametrize(("one", "other"), list(combinations_with_replacement(LEVELS, 2)))
def test_a_template_that_one_version_refuses_runs_on_that_condition(one, other, told_of):
    def certain(*levels):
        return {sure for sure, _ in told_of("template", *levels)}

    each = certain(one), certain(other)
    assert all(True in found for found in each) == (True in certain(one, other))
    assert any(each) == bool(certain(one, other))


def test_what_a_version_gives_for_certain_rests_on_that_version_alone(tmp_path):
    snapshot = read(tmp_path, [level(None)], [level("privileged")]).snapshot
    doubt = If.OBJECT_IS_THERE("x")
    (rests,) = whichever_holds(snapshot, "shop", (CERTAIN, doubt)) or ()
    assert str(rests).endswith("a.json")
    assert whichever_holds(snapshot, "shop", (doubt, doubt)) == [doubt, doubt]
