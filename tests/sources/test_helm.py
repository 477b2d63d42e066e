"""Of a Helm release only names pass the door, whatever it is packed like."""

import gzip
import io
import json
import pickle
from base64 import b64encode
from itertools import pairwise

import pytest

from rbacgraph.model.kubernetes.helm import Release, ReleasedSecret
from rbacgraph.sources.load import load
from rbacgraph.sources.pods import helm

PLANT = "hunter2PLANTED"
MANIFEST = f"""\
---
# Source: shop/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata:
  name: db
stringData:
  password: {PLANT}
  empty: ""
data: {{user: {PLANT}}}
--- # another
kind: "Secret"
apiVersion: v1
metadata: {{name: tls, namespace: payments}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: secrets}}
data:
  text: |
    kind: Secret
    metadata: {{name: none}}
---
apiVersion: bitnami.com/v1alpha1
kind: Secret
metadata: {{name: other-group}}
---
apiVersion: v1
kind: SecretList
items:
- metadata: {{name: listed}}
  data: {{k: {PLANT}}}
"""
RELEASE = {
    "name": "shop",
    "namespace": "shop",
    "version": 3,
    "info": {"status": "deployed", "notes": PLANT},
    "chart": {"values": {"password": PLANT}, "templates": [{"name": "x", "data": PLANT}]},
    "config": {"password": PLANT},
    "manifest": MANIFEST,
    "hooks": [
        {"manifest": "apiVersion: v1\nkind: Secret\nmetadata: {name: hook}\ndata: {k: eA==}\n"}
    ],
}
FOUND = Release(
    "shop",
    3,
    "deployed",
    (
        ReleasedSecret("shop", "db", ("password", "user")),
        ReleasedSecret("payments", "tls", ()),
        ReleasedSecret("shop", "listed", ("k",)),
        ReleasedSecret("shop", "hook", ("k",), hook=True),
    ),
)


def packed(release, *, compress=True):
    text = json.dumps(release).encode()
    return b64encode(gzip.compress(text) if compress else text).decode()


def secret(field="data", value="", kind="Secret"):
    name = "sh.helm.release.v1.shop.v3"
    meta = {"name": name, "namespace": "shop", "labels": {"owner": "helm"}}
    obj = {"apiVersion": "v1", "kind": kind, "metadata": meta, field: {"release": value}}
    return obj | ({"type": "helm.sh/release.v1"} if kind == "Secret" else {})


def read(obj):
    return load(io.BytesIO(json.dumps(obj).encode()))


TWICE = b64encode(packed(RELEASE).encode()).decode()


@pytest.mark.parametrize("compress", [True, False])
def test_a_release_tells_its_secrets(compress):
    assert helm.read_release(packed(RELEASE, compress=compress), layers=1) == FOUND


@pytest.mark.parametrize(
    "obj",
    [
        secret(value=TWICE),
        secret("stringData", packed(RELEASE)),
        secret(value=packed(RELEASE), kind="ConfigMap"),
    ],
)
def test_only_names_pass(obj):
    snapshot = read(obj)
    (holder,) = snapshot.secrets or snapshot.config_maps
    assert holder.release == FOUND
    for written in (repr(snapshot), pickle.dumps(snapshot).decode("latin-1")):
        assert PLANT not in written
        assert TWICE[:40] not in written
        assert packed(RELEASE)[:40] not in written


def _text(manifest, **more):
    return packed(RELEASE | {"manifest": manifest, "hooks": None} | more)


BAD = {
    "nothing": "",
    "redacted": "REDACTED",
    "no base64": "é",
    "no release": b64encode(gzip.compress(b"[]")).decode(),
    "no JSON": b64encode(gzip.compress(PLANT.encode())).decode(),
    "cut off": packed(RELEASE)[:200],
    "wrong types": packed(RELEASE | {"manifest": 7}),
    "no YAML": _text(f"kind: Secret\nx: [{PLANT}\n"),
    "aliases without end": _text(
        "kind: Secret\na: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in pairwise("abcdefgh"))
    ),
    "odd name": packed(RELEASE | {"name": PLANT.upper() + "\n"}),
    "deep": _text("kind: Secret\nx: " + "[" * 5000 + "]" * 5000),
    "a bomb": b64encode(gzip.compress(b"[" + b" " * (helm.LARGEST + 1) + b"]")).decode(),
    "many Secrets": _text("kind: Secret\nx: y\n---\n" * 300_000),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_no_release(name):
    assert helm.read_release(BAD[name], layers=1) is None
    (holder,) = read(secret("stringData", BAD[name])).secrets
    assert holder.release is None


ODD = {
    "no metadata": "kind: Secret\napiVersion: v1\n",
    "no name": "kind: Secret\napiVersion: v1\nmetadata: {namespace: x}\n",
    "name of a number": "kind: Secret\napiVersion: v1\nmetadata: {name: 7}\n",
    "name of two lines": 'kind: Secret\napiVersion: v1\nmetadata: {name: "a\\nb"}\n',
    "namespace of a list": "kind: Secret\napiVersion: v1\nmetadata: {name: a, namespace: [x]}\n",
    "items of none": "kind: List\napiVersion: v1\nitems: [Secret, 7]\n",
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_secret_is_left_out(name):
    found = helm.read_release(_text(ODD[name]), layers=1)
    assert found is not None
    assert found.secrets == ()


def test_other_config_maps_are_only_counted():
    items = [
        secret(value=packed(RELEASE), kind="ConfigMap"),
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "b"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "y"}, "data": [1]},
        {"apiVersion": "v1", "kind": "ConfigMap"},
    ]
    snapshot = read({"apiVersion": "v1", "kind": "List", "items": items})
    assert [found.metadata.name for found in snapshot.config_maps] == ["sh.helm.release.v1.shop.v3"]
    assert snapshot.skipped == {"ConfigMap": 3}
    assert snapshot.diagnostics == ()
