"""The table of custom resources: nothing is hidden by another of its name, all is on the page."""

import json

import pytest

import rbacgraph as rg
from rbacgraph.techniques.new_pods import known_operators
from rbacgraph.techniques.new_pods.known_operators import CHANGED, CREATED, RUN
from rbacgraph.techniques.operators import create_custom_workload, update_custom_workload


def test_no_resource_hides_another():
    told = (*known_operators._REMADE, *known_operators._MADE_ONCE)
    assert len(CREATED) == len(told)
    assert {right.resource for right in create_custom_workload.EDGE.rights} == CREATED.keys()


def test_the_pages_name_every_operator_or_resource():
    for edge, customs in (
        (create_custom_workload.EDGE, CREATED),
        (update_custom_workload.EDGE, CHANGED | RUN),
    ):
        page = " ".join(edge.page.split())
        for custom in customs.values():
            operator = custom.operator.removeprefix("the ")
            assert operator in page or custom.resource in page, custom


def test_what_is_made_anew_is_made():
    assert CHANGED.items() <= CREATED.items()


def test_what_waits_to_be_started_makes_nothing_itself():
    assert CREATED.keys().isdisjoint(RUN)
    assert len(RUN) == len(known_operators._RUN)


@pytest.mark.parametrize(
    ("verbs", "names", "condition"),
    [
        ("create", [], ""),
        ("create patch", ["x"], "there is no such object called x in the namespace and "),
        ("create", ["x"], None),
        ("patch", ["x"], None),
        ("create patch", [""], ""),
    ],
)
def test_a_custom_workload_that_is_applied_has_its_node_too(verbs, names, condition, tmp_path):
    group = "rbac.authorization.k8s.io"
    rule = {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": verbs.split()}
    user = {"kind": "User", "name": "alice", "apiGroup": group}
    items = [
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "flows"},
            "rules": [rule | ({"resourceNames": names} if names else {})],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "flows", "namespace": "shop"},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "flows"},
            "subjects": [user],
        },
    ]
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    found = rg.load(path, bootstrap=False).reach(source="user:alice")
    hosts = [one.conditional for one in found if one.target == "node:n1"]
    told = [str(hop.condition) for one in hosts if one for hop in one.hops if "node" in hop.target]
    assert told == ([] if condition is None else [f"{condition}Argo Workflows runs in the cluster"])
