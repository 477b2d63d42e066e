"""Who has no credentials is nobody where no API server lets such requests in."""

import json

import pytest

import rbacgraph

NOBODY = ["group:system:unauthenticated", "user:system:anonymous"]
RBAC = {"apiVersion": "rbac.authorization.k8s.io/v1"}
OFF = ["--authorization-mode=Node,RBAC", "--anonymous-auth=false"]


def rights(*subjects):
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "delete"]}
    meta = {"name": "reader", "namespace": "shop"}
    writes = {**rule, "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["rolebindings"]}
    writes = {**writes, "verbs": ["create"]}
    return [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}},
        {**RBAC, "kind": "Role", "metadata": meta, "rules": [rule, writes]},
        {
            **RBAC,
            "kind": "RoleBinding",
            "metadata": meta,
            "roleRef": {"kind": "Role", "name": "reader"},
            "subjects": [{"kind": kind, "name": name} for kind, name in subjects],
        },
    ]


ANYBODY = rights(("User", "system:anonymous"), ("Group", "system:unauthenticated"))


def server(*flags, node="a", mirror=True):
    note = {"kubernetes.io/config.mirror": "0123"} if mirror else {}
    meta = {"name": f"kube-apiserver-{node}", "namespace": "kube-system", "annotations": note}
    container = {"name": "kube-apiserver", "command": ["kube-apiserver", *flags]}
    spec = {"containers": [container], "nodeName": node}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def load(folder, *objects, **options):
    path = folder / "input.jsonl"
    path.write_text("\n".join(map(json.dumps, objects)))
    return rbacgraph.load(path, **options)


def sources(cluster):
    return [path.principal for path in cluster.paths(secret="shop/db")]


REFUSING = {
    "by its flag": [server(*OFF)],
    "each of two": [server(*OFF), server(*OFF, node="b")],
    "a file beside the flag": [server(*OFF, "--authentication-config=/a")],
    "AlwaysAllow turns it off": [server("--authorization-mode=Webhook,AlwaysAllow")],
}
TAKING = {
    "no API server is seen": [],
    "by default": [server("--authorization-mode=RBAC")],
    "by its flag": [server("--authorization-mode=RBAC", "--anonymous-auth=true")],
    "one of two": [server(*OFF), server("--authorization-mode=RBAC", node="b")],
    "a file may say so": [
        server("--authorization-mode=RBAC,AlwaysAllow", "--authentication-config=/a")
    ],
    "whose Pod mirrors none": [server(*OFF, mirror=False)],
}


def says(cluster):
    return [a for a in map(str, cluster.exposure().basis.assumptions) if "without credentials" in a]


@pytest.mark.parametrize("case", REFUSING)
def test_they_are_no_principals_where_every_api_server_refuses_them(tmp_path, case):
    cluster = load(tmp_path, *ANYBODY, *REFUSING[case])
    (told,) = cluster.paths(secret="shop/db").secrets
    beside = (*told.paths, *told.changers)
    assert not {*NOBODY} & {one.principal for one in beside}
    assert says(cluster)


@pytest.mark.parametrize("case", TAKING)
def test_they_are_some_where_one_may_let_them_in(tmp_path, case):
    cluster = load(tmp_path, *ANYBODY, *TAKING[case])
    (told,) = cluster.paths(secret="shop/db").secrets
    for what in (told.paths, told.changers):
        assert {*NOBODY} <= {one.principal for one in what}
    assert not says(cluster)


def test_whoever_may_impersonate_them_has_their_rights(tmp_path):
    rule = {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]}
    rule["resourceNames"] = ["system:anonymous"]
    role = {**RBAC, "kind": "ClusterRole", "metadata": {"name": "i"}, "rules": [rule]}
    binding = {
        **RBAC,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "i"},
        "roleRef": {"kind": "ClusterRole", "name": "i"},
        "subjects": [{"kind": "User", "name": "alice"}],
    }
    cluster = load(tmp_path, *ANYBODY, role, binding, server(*OFF))
    assert "user:alice" in sources(cluster)


def test_a_member_that_a_mapping_names_keeps_the_group(tmp_path):
    cluster = load(tmp_path, *ANYBODY, server(*OFF), groups={"bob": [NOBODY[0][6:]]})
    assert NOBODY[0] in sources(cluster)
    assert NOBODY[1] not in sources(cluster)
