"""Who is said to be left out as shipped: nobody that the input itself binds."""

import io

import pytest

import rbacgraph as rg
from rbacgraph.report.text.layout.look import Look

SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
---
"""
BINDING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: more}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [SUBJECT]
"""
MASTERS = "{kind: Group, name: 'system:masters'}"
CONTROLLER = "{kind: User, name: 'system:kube-controller-manager'}"


@pytest.mark.parametrize("subject", ["", MASTERS, CONTROLLER, f"{MASTERS}, {CONTROLLER}"])
def test_only_who_uses_shipped_bindings_alone_is_left_out(subject):
    cluster = rg.load(io.BytesIO((SECRET + BINDING.replace("SUBJECT", subject)).encode()))
    (answer,) = cluster.paths(secret="shop/db").result.secrets
    listed = {path.principal for path in answer.paths}
    assert not listed & set(answer.folded)
    assert ("user:system:kube-controller-manager" in listed) == (CONTROLLER in subject)
    text = " ".join(
        str(cluster.paths(secret="shop/db").report().render("wide", Look(width=10_000))).split()
    )
    told = text.partition("Not listed: ")[2].partition(". ")[0]
    masters, _, others = told.partition(", which needs no binding, and ")
    assert masters == "group:system:masters"
    assert "system:masters" not in others
    assert "with shipped bindings only: " in others
    bound = {"kube-controller-manager" if CONTROLLER in subject else ""} - {""}
    assert not any(f"user:system:{name}" in others for name in bound)
