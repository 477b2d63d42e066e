"""Small random clusters, made from a seed, in which most is about writing roles and bindings."""

import random

from rbacgraph.authz.prepare import prepare
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, LabelSelector, RbacMeta, SecretMeta
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

RBAC = "rbac.authorization.k8s.io"
RESOURCES = ("rolebindings", "clusterrolebindings", "roles", "clusterroles")


def random_rule(rng):
    if rng.random() < 0.45:
        verbs = rng.choice(
            (("get",), ("list",), ("get", "list"), ("delete",), ("deletecollection",), ("*",))
        )
        return PolicyRule(
            verbs, ("",), ("secrets",), rng.choice((None, None, ("s",), ("t",), ("",)))
        )
    verbs = rng.choice(
        (
            ("create",),
            ("update",),
            ("patch",),
            ("create", "update"),
            ("create", "patch", "escalate"),
            ("bind",),
            ("escalate",),
            ("update", "escalate"),
            ("bind", "create"),
            ("*",),
        )
    )
    resources = tuple(rng.sample(RESOURCES, rng.choice((1, 1, 2, 4))))
    names = rng.choice((None, None, None, ("r0",), ("b0",), ("new",), ("r1", "missing"), ("",)))
    return PolicyRule(verbs, (RBAC,), resources, names)


SUBJECTS = (
    Subject("User", "alice"),
    Subject("User", "bob"),
    Subject("Group", "devs"),
    Subject("Group", "ops"),
    Subject("Group", "system:authenticated"),
    Subject("Group", "system:serviceaccounts:a"),
    Subject("ServiceAccount", "x", "a"),
)


def random_rbac(seed):
    """A small cluster in which writing roles and bindings is what most is about."""
    rng = random.Random(seed)

    def rules():
        return tuple(random_rule(rng) for _ in range(rng.randint(1, 3)))

    def binding(kind, namespace, name):
        role = rng.choice(("r0", "r1", "r2", "missing", "agg"))
        role_kind = "Role" if namespace and rng.random() < 0.5 else "ClusterRole"
        return kind(
            metadata=RbacMeta(name, namespace),
            role_ref=RoleRef(role_kind, role),
            subjects=tuple(rng.sample(SUBJECTS, rng.randint(0, 2))),
        )

    selector = LabelSelector(match_labels={"into": "agg"})
    return prepare(
        Snapshot(
            kubernetes_version=(1, 36),
            listed=frozenset({("Role", ""), ("ClusterRole", ""), ("Secret", "")}),
            groups=rng.choice(({}, {"alice": ("devs", "ops")}, {"bob": ("system:masters",)})),
            secrets=(Secret(metadata=SecretMeta("s", "a")),),
            roles=tuple(
                Role(metadata=RbacMeta(f"r{i}", "a"), rules=rules())
                for i in range(rng.randint(1, 3))
            ),
            cluster_roles=(
                *(
                    ClusterRole(metadata=ClusterRoleMeta(f"r{i}"), rules=rules())
                    for i in range(rng.randint(1, 3))
                ),
                ClusterRole(
                    metadata=ClusterRoleMeta("agg"), aggregation_rule=AggregationRule((selector,))
                ),
            ),
            role_bindings=tuple(
                binding(RoleBinding, rng.choice(("a", "a", "b")), f"b{i}")
                for i in range(rng.randint(1, 5))
            ),
            cluster_role_bindings=tuple(
                binding(ClusterRoleBinding, "", f"b{i}") for i in range(rng.randint(0, 2))
            ),
        ),
        bootstrap=False,
    )
