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


DEVS, OPS = ({"kind": "Group", "name": name} for name in ("devs", "ops"))


@pytest.fixture
def loaded(tmp_path):
    def load_with(*granted):
        """A cluster in which devs and ops together get the tokens of namespace a, and who uses one.

        User alice is in both.
        """
        path = tmp_path / "cluster.yaml"
        needed = (
            *_granted("make", "a", DEVS, "secrets", "create"),
            *_granted("see", "a", OPS, "secrets", "get"),
        )
        path.write_text(CLUSTER + "---\n" + yaml.safe_dump_all((*needed, *granted)))
        groups = {"alice": ["devs", "ops"]}
        return build(load(str(path), kubernetes_version="1.36", groups=groups))

    return load_with


READ = (*_granted("read", "b", READER, "secrets", "get", names=["s"]),)


def _counted(graph):
    (row,) = (row for row in exposure(graph).rows if row.secret == "secret:b/s")
    own, members = _own(graph)
    certain = sum(path.certain for path in own.values())
    assert (row.certain, row.conditional) == (certain, len(own) - certain)
    told = sum(one.users + one.service_accounts for one in members)
    assert row.members + row.members_conditional == told
    return {name: path.certain for name, path in own.items()}, members, row


def test_what_two_groups_join_is_an_own_path_where_none_has_all(loaded):
    own, members, _ = _counted(loaded(*READ))
    assert (own["user:alice"], members) == (True, ())
    assert "group:devs" not in own


def test_who_joins_what_two_groups_have_is_a_member_where_one_gets_all_in_two_steps(loaded):
    helper = {"kind": "ServiceAccount", "name": "helper", "namespace": "c"}
    own, members, row = _counted(
        loaded(
            *READ,
            *_granted("make", "c", DEVS, "secrets", "create"),
            *_granted("see", "c", DEVS, "secrets", "get"),
            *_granted("help", "a", helper, "secrets", "get"),
            {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": _named(helper)},
        )
    )
    assert own["group:devs"]
    assert "user:alice" not in own
    assert ([(one.group, one.users) for one in members]) == [("group:devs", 1)]
    assert (row.members, row.members_conditional) == (1, 0)


@pytest.mark.parametrize("doubtful", [False, True])
def test_who_joins_for_certain_what_a_group_has_on_a_condition(loaded, doubtful):
    """What follows for certain is an own path of the member; what does not is the group's alone."""
    other = {"kind": "ServiceAccount", "name": "other", "namespace": "c"}
    read = (
        *_granted("ask", "c", READER, "serviceaccounts/token", "create", names=["other"]),
        *_granted("read", "b", other, "secrets", "get", names=["s"]),
    )
    ghost = {**GHOST, "namespace": "c"}
    own, members, row = _counted(
        loaded(
            *(read if doubtful else READ),
            *_granted("become", "c", DEVS, "serviceaccounts/token", "create", names=["ghost"]),
            *_granted("help", "a", ghost, "secrets", "get"),
        )
    )
    assert own["group:devs"] is False
    assert own.get("user:alice") is (None if doubtful else True)
    assert [one.users for one in members] == [1] * doubtful
    assert (row.members, row.members_conditional) == (0, int(doubtful))


def _named(subject):
    return {key: subject[key] for key in ("name", "namespace")}


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
