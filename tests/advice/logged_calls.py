"""Calls of one ServiceAccount, their log, and a cluster that allows them."""

import io
import json

import rbacgraph as rg
from rbacgraph.model.kubernetes.rbac import PolicyRule


def call(verb, resource, namespace="", name="", *, user="ci", code=200, path="", **ref):
    where = f"namespaces/{namespace}/" if namespace else ""
    place = path or f"/api/v1/{where}{resource}/{name}"
    account = f"system:serviceaccount:shop:{user}"
    found = {
        "stage": "ResponseComplete",
        "requestURI": place,
        "verb": verb,
        "user": {"username": account if ":" not in user else user.partition(":")[2]},
        "responseStatus": {"code": code},
    }
    if not path:
        found["objectRef"] = {"resource": resource, "namespace": namespace, "name": name, **ref}
    return found


def log(*events):
    lines = [json.dumps({"auditID": str(number), **event}) for number, event in enumerate(events)]
    return io.BytesIO("\n".join(lines).encode())


def cluster_of(text, *, bootstrap=False):
    return rg.load(io.BytesIO(text.encode()), bootstrap=bootstrap)


ADMIN = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: everything}
rules:
- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
- {nonResourceURLs: ["*"], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ci}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everything}
subjects: [{kind: ServiceAccount, name: ci, namespace: shop}]
"""


def roles(answer):
    """The rules that are written, by kind and place."""
    return {
        (change.key[0], change.key[1]): change.after.rules
        for change in answer.changes
        if change.key[0].endswith("Role") and change.after is not None
    }


BIND = PolicyRule(("bind",), ("rbac.authorization.k8s.io",), ("roles",))
SHARED = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop, labels: {LABEL}}
rules:
- {apiGroups: [""], resources: [pods, configmaps], verbs: [get, list]}
- {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: ci}, {kind: ServiceAccount, name: web}]
"""


def shared(label="", *, bootstrap=False):
    return cluster_of(SHARED.replace("LABEL", label), bootstrap=bootstrap)
