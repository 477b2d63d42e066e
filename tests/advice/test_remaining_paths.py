"""Paths that remain after edits: a technique of several rights needs them all."""

import io

import rbacgraph as rg
from rbacgraph.advice.cut.remaining_paths import RemainingPaths
from rbacgraph.query.arrays.path_filter import PathFilter

TOKENS = """
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: bot, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reads, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [db]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: creates, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tokens, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [token]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reads, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reads}
subjects: [{kind: ServiceAccount, name: bot}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: creates, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: creates}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: carol}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tokens, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tokens}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: carol}]
"""
"""Carol makes a token Secret and reads it; alice makes one, and reads none."""


def test_who_has_one_of_two_rights_has_no_path():
    graph = rg.load(io.BytesIO(TOKENS.encode())).access_graph
    ways = RemainingPaths(graph, PathFilter(), [graph.index["secret", "shop", "db"]])
    starts = {graph.nodes[start.principal][2]: start for start in graph.principals.starts}
    assert ways.of(starts["alice"]) is None
    found = ways.of(starts["carol"])
    assert found is not None
    assert "create-token-secret" in {graph.kind_at(edge).id for edge in found.edges}
