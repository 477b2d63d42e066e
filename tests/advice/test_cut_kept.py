"""What must stay keeps edits out of a cut, and out of what it offers instead."""

import pytest

import rbacgraph as rg
from rbacgraph.advice.cut.cut import cut
from rbacgraph.model.inputs.required_requests import Needed, Needing, Needs
from rbacgraph.model.request import Request
from tests.advice.cuts import LOGGED, READ, SECRETS, binding, role


@pytest.fixture
def cluster(tmp_path):
    def made(text, **groups):
        path = tmp_path / "cluster.yaml"
        path.write_text(text)
        return rg.load(path, groups=groups, bootstrap=False)

    return made


def test_edits_that_deny_what_must_stay_are_not_offered(cluster):
    """To narrow the rule would cut off alice too, but bob needs it."""
    text = SECRETS + role("reader", READ)
    text += binding("a", "Role/reader", "user:alice") + binding("b", "Role/reader", "user:bob")
    answer = cluster(text).cut(secret="shop/db", keep=["user:bob"]).result
    (forcing,) = answer.forcing
    assert [*map(str, forcing.edits)] == ["RoleBinding shop/a: take out user:alice"]


RUNS_AS_OPS = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: ops, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: ops, containers: [{name: web, image: web}]}
---
"""
EXEC = "[{apiGroups: [''], resources: [pods/exec], verbs: [create], resourceNames: [web]}]"


def test_a_path_of_the_kept_through_another_stays(cluster):
    """No request of bob's own reads the Secret: only the cluster after the edits shows his loss."""
    text = SECRETS + RUNS_AS_OPS
    text += role("reader", READ) + binding("a", "Role/reader", "sa:shop/ops")
    text += role("runner", EXEC) + binding("b", "Role/runner", "user:bob")
    answer = cluster(text).cut(secret="shop/db", keep=["user:bob"]).result
    assert not answer.edits
    (uncut,) = answer.uncut
    assert uncut.principal == "serviceaccount:shop/ops"
    assert {str(one.why) for one in uncut.refused} == {
        "user:bob, which is kept, would lose its path"
    }


ACT = """
- {apiGroups: [''], resources: [groups], verbs: [impersonate], resourceNames: [devs]}
- {apiGroups: [''], resources: [users], verbs: [impersonate], resourceNames: [bob]}
"""


@pytest.mark.parametrize("needed", [True, False])
def test_a_member_of_a_group_that_reaches_it_anyway_is_left_alone(cluster, needed):
    """Alice acts as her own group: of use only while the group, but not she, is cut off."""
    text = SECRETS + role("reader", READ) + binding("a", "Role/reader", "group:devs")
    text += role("actor", ACT, "ClusterRole")
    text += binding("b", "ClusterRole/actor", "user:alice", namespace="")
    read = Request("get", resource="secrets", namespace="shop", name="db")
    needs = (Needed(request=read, evidence=LOGGED),) if needed else ()
    needing = Needing(user="carol", groups=("devs",), needs=needs)
    source = cluster(text, alice=("devs",)).access_graph
    answer = cut(source, secret="shop/db", needs=Needs(needing=(needing,)))
    assert [one.principal for one in answer.uncut] == (["group:devs"] if needed else [])
    assert [one.name for one in answer.edits] == ([] if needed else ["reader"])
