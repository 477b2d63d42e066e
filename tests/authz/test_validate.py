"""What a server answers with 422, and with which words."""

import pytest

from rbacgraph.authz.questions.escalation_check import invalid_message, validate
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, LabelSelector, RbacMeta
from rbacgraph.model.kubernetes.rbac import (
    AggregationRule,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)

GET = PolicyRule(("get",), ("",), ("pods",))
URL = PolicyRule(("get",), non_resource_urls=("/a",))
ALICE = Subject("User", "alice")


def role(*rules, name="r"):
    return Role(metadata=RbacMeta(name, "ns"), rules=rules)


def cluster_role(*rules, aggregation_rule=None):
    metadata = ClusterRoleMeta("r")
    return ClusterRole(metadata=metadata, rules=rules, aggregation_rule=aggregation_rule)


def binding(*subjects, ref=RoleRef("Role", "r"), name="b"):  # noqa: B008 - frozen
    return RoleBinding(metadata=RbacMeta(name, "ns"), role_ref=ref, subjects=subjects)


def cluster_binding(*subjects, ref=RoleRef("ClusterRole", "r")):  # noqa: B008 - frozen
    return ClusterRoleBinding(metadata=RbacMeta("b"), role_ref=ref, subjects=subjects)


@pytest.mark.parametrize(
    "obj",
    [
        role(),
        role(GET),
        role(GET, name="system:any:Name@x"),
        cluster_role(GET, URL),
        cluster_role(aggregation_rule=AggregationRule((LabelSelector(),))),
        binding(),
        binding(ALICE, Subject("Group", "Ops", api_group="rbac.authorization.k8s.io")),
        binding(Subject("ServiceAccount", "x")),
        binding(Subject("ServiceAccount", "x.y-z", "other")),
        binding(ref=RoleRef("ClusterRole", "r", "")),
        cluster_binding(Subject("ServiceAccount", "x", "ns")),
    ],
)
def test_valid(obj):
    assert validate(obj) == ()


@pytest.mark.parametrize(
    ("obj", "error"),
    [
        (
            role(PolicyRule((), ("",), ("pods",))),
            "rules[0].verbs: Required value: verbs must contain at least one value",
        ),
        (
            role(GET, PolicyRule(("get",), None, ("pods",))),
            "rules[1].apiGroups: Required value: resource rules must supply at least one api group",
        ),
        (
            role(PolicyRule(("get",), ("",))),
            "rules[0].resources: Required value: resource rules must supply at least one resource",
        ),
        (
            role(URL),
            (
                'rules[0].nonResourceURLs: Invalid value: ["/a"]:'
                " namespaced rules cannot apply to non-resource URLs"
            ),
        ),
        (
            cluster_role(PolicyRule(("get",), ("",), ("pods",), None, ("/a", "/b"))),
            (
                'rules[0].nonResourceURLs: Invalid value: ["/a","/b"]:'
                " rules cannot apply to both regular resources and non-resource URLs"
            ),
        ),
        (
            cluster_role(aggregation_rule=AggregationRule()),
            (
                "aggregationRule.clusterRoleSelectors: Required value:"
                " at least one clusterRoleSelector required if aggregationRule is non-nil"
            ),
        ),
        (role(name=""), "metadata.name: Required value"),
        (role(name="a/b"), "metadata.name: Invalid value: \"a/b\": may not contain '/'"),
        (role(name="a%b"), "metadata.name: Invalid value: \"a%b\": may not contain '%'"),
        (role(name=".."), "metadata.name: Invalid value: \"..\": may not be '..'"),
        (
            cluster_binding(ref=RoleRef("Role", "r")),
            'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
        ),
        (
            binding(ref=RoleRef("Rolle", "r")),
            'roleRef.kind: Unsupported value: "Rolle": supported values: "Role", "ClusterRole"',
        ),
        (
            binding(ref=RoleRef("Role", "r", "apps")),
            (
                'roleRef.apiGroup: Unsupported value: "apps":'
                ' supported values: "rbac.authorization.k8s.io"'
            ),
        ),
        (binding(ref=RoleRef("Role", "")), "roleRef.name: Required value"),
        (cluster_binding(Subject("ServiceAccount", "x")), "subjects[0].namespace: Required value"),
        (binding(ALICE, Subject("User", "")), "subjects[1].name: Required value"),
        (
            binding(Subject("Robot", "x")),
            (
                'subjects[0].kind: Unsupported value: "Robot":'
                ' supported values: "ServiceAccount", "User", "Group"'
            ),
        ),
        (
            binding(Subject("User", "x", api_group="apps")),
            (
                'subjects[0].apiGroup: Unsupported value: "apps":'
                ' supported values: "rbac.authorization.k8s.io"'
            ),
        ),
        (
            binding(Subject("ServiceAccount", "x", api_group="rbac.authorization.k8s.io")),
            (
                'subjects[0].apiGroup: Unsupported value: "rbac.authorization.k8s.io":'
                ' supported values: ""'
            ),
        ),
        (
            binding(Subject("ServiceAccount", "No.Capitals")),
            'subjects[0].name: Invalid value: "No.Capitals": not the name of a ServiceAccount',
        ),
        (
            binding(Subject("ServiceAccount", "a..b")),
            'subjects[0].name: Invalid value: "a..b": not the name of a ServiceAccount',
        ),
    ],
)
def test_invalid(obj, error):
    assert validate(obj) == (error,)


def test_the_message_is_the_servers():
    one = cluster_binding(Subject("ServiceAccount", "x"))
    assert invalid_message(one, validate(one)) == (
        'ClusterRoleBinding.rbac.authorization.k8s.io "b" is invalid:'
        " subjects[0].namespace: Required value"
    )
    two = role(PolicyRule())
    assert invalid_message(two, ("a: x", "b: y")) == (
        'Role.rbac.authorization.k8s.io "r" is invalid: [a: x, b: y]'
    )
