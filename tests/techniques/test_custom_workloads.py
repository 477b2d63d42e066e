"""Techniques that read the table of custom resources: what they ask about, and by which names."""

import json

import pytest

import rbacgraph as rg


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


def test_a_quota_of_the_servers_own_jobs_does_not_count_for_others(tmp_path):
    """Volcano has a resource called jobs, too: what is used up is the room for jobs.batch."""
    group = "rbac.authorization.k8s.io"
    used_up = {"hard": {"count/jobs.batch": "0"}, "used": {"count/jobs.batch": "0"}}
    items = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "no-jobs", "namespace": "shop"},
            "spec": {"hard": used_up["hard"]},
            "status": used_up,
        },
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}},
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "jobs"},
            "rules": [
                {"apiGroups": ["batch.volcano.sh"], "resources": ["jobs"], "verbs": ["create"]}
            ],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "jobs"},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "jobs"},
            "subjects": [{"kind": "User", "name": "alice", "apiGroup": group}],
        },
    ]
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    (found,) = rg.load(path, bootstrap=False).paths(secret="shop/db")
    conditions = [str(hop.condition) for hop in found.hops if hop.condition]
    assert conditions == ["Volcano runs in the cluster"]
