"""A principal with a doubtful right of its own, in a group that has all that is needed for certain.

The group's members may create Secrets in namespace a and read them: they get the token of
any ServiceAccount there, and a/reader may read Secret b/s. That counts once, at the group.
What a/worker has itself, it has only if ServiceAccount b/ghost exists.
"""

import pytest
import yaml

from rbacgraph.graph.build import build
from rbacgraph.model.condition import If
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import paths
from rbacgraph.sources.load import load

CLUSTER = """
{kind: ServiceAccount, apiVersion: v1, metadata: {name: worker, namespace: a}}
---
{kind: ServiceAccount, apiVersion: v1, metadata: {name: reader, namespace: a}}
---
{kind: Secret, apiVersion: v1, metadata: {name: s, namespace: b}}
"""
GROUP = {"kind": "Group", "name": "system:serviceaccounts:a"}
WORKER = {"kind": "ServiceAccount", "name": "worker", "namespace": "a"}
READER = {"kind": "ServiceAccount", "name": "reader", "namespace": "a"}
GHOST = {"kind": "ServiceAccount", "name": "ghost", "namespace": "b"}


def _granted(name, namespace, subject, resource, *verbs, names=()):
    metadata = {"name": name, "namespace": namespace}
    rule = {"apiGroups": [""], "resources": [resource], "verbs": [*verbs]}
    group = "rbac.authorization.k8s.io"
    version = f"{group}/v1"
    yield {
        "kind": "Role",
        "apiVersion": version,
        "metadata": metadata,
        "rules": [rule | ({"resourceNames": [*names]} if names else {})],
    }
    yield {
        "kind": "RoleBinding",
        "apiVersion": version,
        "metadata": metadata,
        "roleRef": {"apiGroup": group, "kind": "Role", "name": name},
        "subjects": [subject],
    }


@pytest.fixture
def graph(tmp_path):
    granted = [
        *_granted("make", "a", GROUP, "secrets", "create"),
        *_granted("see", "a", GROUP, "secrets", "get"),
        *_granted("read", "b", READER, "secrets", "get", names=["s"]),
        *_granted("become", "b", WORKER, "serviceaccounts/token", "create", names=["ghost"]),
        *_granted("help", "a", GHOST, "secrets", "create"),
    ]
    path = tmp_path / "cluster.yaml"
    path.write_text(CLUSTER + "---\n" + yaml.safe_dump_all(granted))
    return build(load(str(path), kubernetes_version="1.36"))


def _own(graph):
    (answer,) = paths(graph, secret="b/s").secrets
    return {p.principal: p for p in answer.paths}, answer.members


def test_what_a_group_gets_is_not_told_as_a_members_own_path(graph):
    own, _ = _own(graph)
    assert {name for name, path in own.items() if path.certain} == {
        "group:system:serviceaccounts:a",
        "serviceaccount:a/reader",
    }
    assert own["group:system:serviceaccounts:a"].effort < own["serviceaccount:a/worker"].effort


def test_the_own_path_begins_with_what_is_its_own(graph):
    path = _own(graph)[0]["serviceaccount:a/worker"]
    assert [(hop.source, hop.edge) for hop in path.hops] == [
        ("serviceaccount:a/worker", "request-token"),
        ("serviceaccount:b/ghost", "create-token-secret"),
        ("serviceaccount:a/reader", "read-secret"),
    ]
    assert path.hops[0].condition == If.ACCOUNT_EXISTS("b", "ghost")
    assert path.hops[1].others == ("serviceaccount:a/worker",)


def test_exposure_counts_the_same(graph):
    (row,) = (row for row in exposure(graph).rows if row.secret == "secret:b/s")
    own, _ = _own(graph)
    certain = sum(path.certain for path in own.values())
    assert (row.certain, row.conditional) == (certain, len(own) - certain)
