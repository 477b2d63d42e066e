"""What an input lacks is said, above all where its lack would look like "nobody"."""

import json

import pytest
from msgspec.structs import replace

import rbacgraph
from rbacgraph.authz.bootstrap_policy import lacking

SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}}
ROLE = {"kind": "Role", "metadata": {"name": "r", "namespace": "shop"}, "rules": []}
BINDING = {
    "kind": "RoleBinding",
    "metadata": {"name": "b", "namespace": "shop"},
    "roleRef": {"kind": "Role", "name": "r"},
    "subjects": [{"kind": "User", "name": "alice"}],
}
RBAC = {"apiVersion": "rbac.authorization.k8s.io/v1"}

CASES = {
    "no RBAC at all": (
        [],
        ["any RoleBindings or ClusterRoleBindings: nobody's rights can be seen"],
    ),
    "no cluster-wide bindings": (
        [ROLE, BINDING],
        [
            "any ClusterRoleBindings: rights in the whole cluster cannot be seen",
            "any ClusterRoles: what many bindings grant cannot be seen",
        ],
    ),
    "no roles": (
        [BINDING],
        [
            "any ClusterRoleBindings: rights in the whole cluster cannot be seen",
            "any Roles: what many RoleBindings grant cannot be seen",
            "any ClusterRoles: what many bindings grant cannot be seen",
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_absent_kinds_are_named(tmp_path, case):
    objects, expected = CASES[case]
    path = tmp_path / "input.jsonl"
    path.write_text("\n".join(json.dumps(o) for o in (SECRET, *({**RBAC, **o} for o in objects))))
    cluster = rbacgraph.load(path)
    missing = map(str, cluster.exposure().basis.missing)
    assert [
        text for text in missing if "cannot be seen" in text or "can be seen" in text
    ] == expected
    codes = [d.code for d in cluster.diagnostics]
    assert ("no-bindings" in codes) == (not objects)


def test_a_bootstrap_policy_that_is_left_out_is_said(root):
    """Not where nothing was left out: where it was assumed, or is all there."""
    shop = root / "fixtures" / "clusters" / "shop"
    lacks = "69 roles and 50 bindings that every API server creates and the input lacks"
    assumed = rbacgraph.load(shop)
    assert lacks in map(str, assumed.exposure().basis.assumptions)
    without = rbacgraph.load(shop, bootstrap=False)
    assert f"none of the {lacks}" in map(str, without.exposure().basis.assumptions)
    whole = {
        field: tuple(replace(obj, assumed=False) for obj in getattr(assumed.snapshot, field))
        for field in ("roles", "cluster_roles", "role_bindings", "cluster_role_bindings")
    }
    assert lacking(replace(assumed.snapshot, **whole)) == ()


def test_what_was_left_out_is_counted(tmp_path):
    path = tmp_path / "input.yaml"
    path.write_text("kind: Role\n bad: [\n---\n" + json.dumps(SECRET))
    missing = map(str, rbacgraph.load(path).exposure().basis.missing)
    assert "what 1 error in the input left out" in missing


def test_a_kubelet_reads_what_the_node_authorizer_lets_it(root):
    cluster = rbacgraph.load(root / "fixtures" / "clusters" / "shop")
    (secret,) = [
        one.target.removeprefix("secret:")
        for one in cluster.reach(source=f"kubelet:{cluster.access_graph.world.running.nodes[0]}")
        if one.certain and len(one.certain.hops) == 1 and one.certain.opening == "node-reads-secret"
    ][:1]
    namespace, name = secret.split("/")
    user = f"system:node:{cluster.access_graph.world.running.nodes[0]}"
    asked = {"namespace": namespace, "name": name, "user": user}
    assert cluster.can_i("get", "secrets", **asked, groups=["system:nodes"])
    assert not cluster.can_i("get", "secrets", **asked, groups=[])
    assert not cluster.can_i("patch", "secrets", **asked, groups=["system:nodes"])
    assert not cluster.can_i(
        "get", "secrets", namespace=namespace, user=user, groups=["system:nodes"]
    )
    asked_by_user = cluster.paths(secret=secret, source=f"user:{user}")
    assert len(asked_by_user) == 0
    node = user.removeprefix("system:node:")
    meant = f"did you mean kubelet:{node}?"
    assert asked_by_user.basis.notes == (
        f"user:{user} is a kubelet only in group system:nodes; {meant}",
    )


def test_who_has_no_credentials_may_be_asked_about_where_nothing_binds_them(tmp_path):
    role = {**RBAC, "kind": "ClusterRole", "metadata": {"name": "r", "uid": "1"}, "rules": []}
    binding = {**RBAC, **BINDING, "kind": "ClusterRoleBinding", "metadata": {"name": "b"}}
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": [role, binding]}))
    cluster = rbacgraph.load(path, bootstrap=False)
    assert not cluster.reach(source="user:system:anonymous")


ADMISSION = {"apiVersion": "admissionregistration.k8s.io/v1"}


def _rules(resource, operation="CREATE"):
    return [
        {"apiGroups": [""], "apiVersions": ["v1"], "resources": [resource]}
        | {"operations": [operation]}
    ]


def _guard(kind, name, **fields):
    return {**ADMISSION, "kind": kind, "metadata": {"name": name}, **fields}


def _policy(name, resource):
    rules = {"matchConstraints": {"resourceRules": _rules(resource)}}
    return _guard("ValidatingAdmissionPolicy", name, spec=rules)


GUARDS = {
    "a webhook": (
        [_guard("ValidatingWebhookConfiguration", "w", webhooks=[{"rules": _rules("pods")}])],
        ", though 1 of the input looks at Pods and may refuse some",
    ),
    "a mutating webhook, and a policy that is bound": (
        [
            _guard("MutatingWebhookConfiguration", "w", webhooks=[{"rules": _rules("*", "*")}]),
            _policy("p", "pods"),
            _guard("ValidatingAdmissionPolicyBinding", "b", spec={"policyName": "p"}),
        ],
        ", though 2 of the input look at Pods and may refuse some",
    ),
    "a policy without a binding": ([_policy("p", "pods")], ""),
    "webhooks for other things": (
        [
            _guard(
                "ValidatingWebhookConfiguration",
                "w",
                webhooks=[{"rules": _rules("secrets")}, {"rules": _rules("pods", "DELETE")}, {}],
            )
        ],
        "",
    ),
}


MODES = {
    "--authorization-mode=Node,RBAC": "",
    "--authorization-mode=RBAC,Node,Webhook": ", though an API server is started with Webhook",
    "--authorization-mode=AlwaysAllow": ", though an API server is started without Node or RBAC",
    "--authorization-mode=AlwaysAllow,AlwaysDeny,Node,RBAC": (
        ", though an API server is started with AlwaysDeny"
    ),
    "--authorization-mode=RBAC": ", though an API server is started without Node",
    "--authorization-config=/etc/kubernetes/authorizers.yaml": (
        ", though an API server is started with an --authorization-config"
    ),
    "--authorization-mode=Strange,Node,RBAC": "",
    "--secure-port=6443": ", though an API server is started without Node or RBAC",
}


@pytest.mark.parametrize("flag", MODES)
def test_what_an_api_server_says_of_its_authorizers_is_told(tmp_path, flag):
    container = {"name": "kube-apiserver", "command": ["kube-apiserver", flag]}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "kube-apiserver-cp", "namespace": "kube-system"},
        "spec": {"containers": [container]},
    }
    path = tmp_path / "input.jsonl"
    path.write_text("\n".join(json.dumps(o) for o in (SECRET, pod)))
    opens = "AlwaysAllow" in flag or "port" in flag
    told = f"the authorizers {'Node, RBAC and AlwaysAllow' if opens else 'Node and RBAC'} alone"
    (found,) = [a for a in map(str, rbacgraph.load(path).exposure().basis.assumptions) if told in a]
    assert found == f"{told}{MODES[flag]}, and no admission policy beyond the built-in ones"


@pytest.mark.parametrize("case", GUARDS)
def test_what_may_refuse_pods_is_counted(tmp_path, case):
    objects, expected = GUARDS[case]
    path = tmp_path / "input.jsonl"
    path.write_text("\n".join(json.dumps(o) for o in (SECRET, *objects)))
    told = "no admission policy beyond the built-in ones"
    (found,) = [a for a in map(str, rbacgraph.load(path).exposure().basis.assumptions) if told in a]
    assert found.partition(told)[2] == expected


CONSTRAINTS = {
    "apiVersion": "security.openshift.io/v1",
    "kind": "SecurityContextConstraints",
    "metadata": {"name": "ours"},
}
NO_GROUPS = {
    "apiVersion": "user.openshift.io/v1",
    "kind": "GroupList",
    "metadata": {"resourceVersion": "7"},
    "items": [],
}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ([], "pass --groups FILE"),
        ([CONSTRAINTS], "dump groups.user.openshift.io"),
        ([CONSTRAINTS, NO_GROUPS], "pass --groups FILE"),
    ],
)
def test_who_tells_the_groups_is_named(tmp_path, more, told):
    path = tmp_path / "input.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in (SECRET, *more)))
    missing = map(str, rbacgraph.load(path).exposure().basis.missing)
    assert f"group members: {told}" in missing
