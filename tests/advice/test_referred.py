"""What a ServiceAccount's own Pods refer to, and by what."""

import io

import pytest

from rbacgraph.advice.notes.notes import referred_by_pods
from rbacgraph.sources.load import load

TEXT = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: api, namespace: shop}
imagePullSecrets: [{name: registry}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      serviceAccountName: api
      containers:
      - name: web
        env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: p}}}]
        envFrom: [{secretRef: {name: settings}}]
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop}
spec:
  serviceAccountName: api
  imagePullSecrets: [{name: mirror}]
  containers: [{name: web, volumeMounts: [{name: tls, mountPath: /tls}]}]
  volumes:
  - {name: tls, secret: {secretName: tls}}
  - {name: idle, secret: {secretName: idle}}
  - {name: data, persistentVolumeClaim: {claimName: data}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv}
spec:
  claimRef: {namespace: shop, name: data}
  csi: {driver: d, volumeHandle: v, nodePublishSecretRef: {name: disk, namespace: storage}}
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop}
spec:
  containers: [{name: c, envFrom: [{secretRef: {name: not-ours}}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: pay}
spec:
  serviceAccountName: api
  containers: [{name: c, envFrom: [{secretRef: {name: not-here}}]}]
"""


@pytest.fixture(scope="module")
def snapshot():
    return load(io.BytesIO(TEXT.encode()))


def test_every_way_of_referring_is_found(snapshot):
    found = {(r.namespace, r.name, r.by) for r in referred_by_pods(snapshot, "shop", "api")}
    assert found == {
        ("shop", "db", "Deployment shop/web"),
        ("shop", "settings", "Deployment shop/web"),
        ("shop", "registry", "ServiceAccount shop/api"),
        ("shop", "mirror", "Pod shop/web-1"),
        ("shop", "tls", "Pod shop/web-1"),
        ("shop", "idle", "Pod shop/web-1"),
        ("storage", "disk", "Pod shop/web-1"),
    }


def test_it_says_how(snapshot):
    how = {r.name: r.how for r in referred_by_pods(snapshot, "shop", "api")}
    assert how["db"] == "container web: env from key p"
    assert how["registry"] == "imagePullSecrets"
    assert how["disk"] == "PersistentVolume pv: csi.nodePublishSecretRef"


def test_the_default_account_is_one_too(snapshot):
    assert [r.name for r in referred_by_pods(snapshot, "shop", "default")] == ["not-ours"]
    assert referred_by_pods(snapshot, "shop", "nobody") == ()
