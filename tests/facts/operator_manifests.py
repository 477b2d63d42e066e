"""Manifests of operators, and of what only looks like one."""

from rbacgraph.model.node import SERVICE_ACCOUNT

ACCOUNT = (SERVICE_ACCOUNT, "cd", "controller")
IMAGE = "quay.io/argoproj/argocd:v3.1"
MARKS = "{app.kubernetes.io/part-of: argocd, app.kubernetes.io/name: argocd-application-controller}"
EVERYTHING = '{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}'
SECRETS = '{apiGroups: [""], resources: [secrets], verbs: [get, list]}'


def account(labels="{}", annotations="{}", name="controller", namespace="cd"):
    return f"""
apiVersion: v1
kind: ServiceAccount
metadata: {{name: {name}, namespace: {namespace}, labels: {labels}, annotations: {annotations}}}
"""


def pod(image=IMAGE, labels="{}", runs_as="controller", namespace="cd", name="controller-0"):
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {labels}}}
spec:
  serviceAccountName: {runs_as}
  containers: [{{name: main, image: "{image}"}}]
"""


def role(name="controller", labels="{}", rule=EVERYTHING, annotations="{}"):
    return f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: {name}, labels: {labels}, annotations: {annotations}}}
rules: [{rule}]
"""


def binding(
    name="controller",
    role="controller",
    labels="{}",
    *,
    annotations="{}",
    who="{kind: ServiceAccount, name: controller, namespace: cd}",
    namespace="",
):
    place = f", namespace: {namespace}" if namespace else ""
    return f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: {"RoleBinding" if namespace else "ClusterRoleBinding"}
metadata: {{name: {name}{place}, labels: {labels}, annotations: {annotations}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}
subjects: [{who}]
"""


def definition(plural, group):
    return f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {plural}.{group}}}
spec: {{group: {group}, scope: Namespaced, names: {{kind: Thing, plural: {plural}}}}}
"""


def joined(*documents):
    """The documents as one file."""
    return "---".join(documents)
