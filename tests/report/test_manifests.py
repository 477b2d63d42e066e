"""Manifests: what is applied is what was meant, and takes no label away."""

import io

from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.model.changes.change import Change, key_of
from rbacgraph.model.changes.statement import NOTHING
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.kubernetes.meta import AnnotatedMeta
from rbacgraph.report.advice.manifests import manifests_text, patches
from rbacgraph.sources.load import load as load_sources

TEXT = b"""
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
  namespace: shop
  uid: 1-2
  labels: {app.kubernetes.io/managed-by: Helm, "on": "yes"}
  annotations:
    meta.helm.sh/release-name: shop
    kubectl.kubernetes.io/last-applied-configuration: '{"no": "thing"}'
rules:
- {apiGroups: [""], resources: [secrets], resourceNames: ["1e3", "null"], verbs: [get]}
- {nonResourceURLs: ["/metrics*"], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all, labels: {a: b}}
aggregationRule:
  clusterRoleSelectors:
  - matchExpressions: [{key: a, operator: In, values: [c]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: ServiceAccount, name: web}
- {kind: User, name: "yes", apiGroup: rbac.authorization.k8s.io}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: nobody}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}
subjects: null
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
automountServiceAccountToken: false
"""


def objects(text):
    read = load_sources(io.BytesIO(text))
    assert not read.diagnostics
    return [obj for _, found in read.objects() for obj in found]


def bare(obj):
    metadata = replace(obj.metadata, uid="")
    obj = replace(obj, metadata=metadata, origin=0)
    return replace(obj, subjects=obj.subjects or ()) if hasattr(obj, "subjects") else obj


def test_what_is_written_is_read_as_the_same():
    found = objects(TEXT)
    assert len(found) == 5
    text = manifests_text(Change(before=obj, after=obj, why=NOTHING) for obj in found)
    again = objects(text.encode())
    found = [obj for obj in found if not isinstance(obj, ServiceAccount)]
    for obj in again:
        if hasattr(obj, "rules") and not obj.rules:
            assert "rules: []" in text
    assert {
        key_of(o): bare(replace(o, rules=o.rules or None) if hasattr(o, "rules") else o)
        for o in again
    } == {key_of(o): bare(o) for o in found}
    assert "last-applied" not in text
    assert "uid" not in text


def test_a_service_account_is_patched():
    """To apply it would take away its image pull Secrets, and who it is in a cloud."""
    account = ServiceAccount(
        metadata=AnnotatedMeta("a b", "shop"), automount_service_account_token=False
    )
    changes = [Change(before=account, after=account, why=NOTHING)]
    assert manifests_text(changes) == ""
    patch = """'{"automountServiceAccountToken":false}'"""
    assert list(patches(changes)) == [f"kubectl patch serviceaccount 'a b' -n shop -p {patch}"]
    others = [obj for obj in objects(TEXT) if not isinstance(obj, ServiceAccount)]
    assert not list(patches(Change(before=obj, after=obj, why=NOTHING) for obj in others))


def test_a_deletion_is_no_manifest():
    (role, *_) = objects(TEXT)
    assert manifests_text([Change(before=role, after=None, why=NOTHING)]) == ""


def test_it_loads_as_a_cluster():
    changes = [Change(before=None, after=obj, why=NOTHING) for obj in objects(TEXT)]
    cluster = rg.load(io.BytesIO(manifests_text(changes).encode()))
    assert cluster.can_i("get", "secrets", namespace="shop", name="null", user="sa:shop/web")
