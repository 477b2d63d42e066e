"""No value of a Secret passes the door, whatever shape it comes in."""

import io
import json
import pickle

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.sources.load import load
from tests.worlds import fewer

VALUE = "hunter2PLANTED"
MANIFEST = f"""\
apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: shop
  uid: abc
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{{"stringData": {{"a": "{VALUE}"}}}}'
    kubernetes.io/service-account.name: web
  labels:
    tier: db
type: Opaque
data:
  password: {VALUE}
stringData:
  user: "{VALUE}"
---
apiVersion: v1
kind: Pod
metadata: {{name: web, namespace: shop}}
spec:
  containers:
  - name: c
    env:
    - name: PASSWORD
      value: {VALUE}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: cm, namespace: shop}}
data:
  password: {VALUE}
"""


def read(text):
    return load(io.BytesIO(text if isinstance(text, bytes) else text.encode()))


def assert_nothing_leaks(snapshot):
    for written in (
        repr(snapshot),
        str(snapshot),
        "\n".join(map(str, snapshot.diagnostics)),
        pickle.dumps(snapshot).decode("latin-1"),
        msgspec.json.encode(snapshot).decode(),
    ):
        assert "PLANTED" not in written


def test_keys_stay_and_values_go():
    snapshot = read(MANIFEST)
    (secret,) = snapshot.secrets
    assert secret.keys == ("password", "user")
    assert secret.metadata.annotations.service_account_name == "web"
    assert_nothing_leaks(snapshot)


@settings(max_examples=fewer(400))
@given(st.data())
def test_no_damage_makes_a_value_leak(data):
    text = bytearray(MANIFEST.encode())
    if data.draw(st.booleans()):
        objects = [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "uid": "u"}}]
        objects[0]["data"] = {"a": VALUE, "b": [VALUE], "c": {VALUE[:7]: VALUE}}
        text = bytearray(json.dumps({"kind": "List", "items": objects}, indent=4).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(text) - 1))
        noise = data.draw(
            st.sampled_from([b"", b"'", b'"', b"*", b"&", b"!", b"{", b"[", b"\t", b":"])
        )
        noise = noise or data.draw(st.binary(max_size=3))
        text[position : position + data.draw(st.integers(0, 12))] = noise
    snapshot = read(bytes(text))
    assert "PLANTED" not in "\n".join(map(str, snapshot.diagnostics))
    # where the damage moved a value into a name, a key or the type, it is one
    assume(not any("PLANTED" in str(s) for s in snapshot.secrets))
    assert_nothing_leaks(snapshot)


@pytest.mark.parametrize(
    "before", ["*", "&", "!", "!!int ", "@", "[", "{", "x: ", "'", '"\\q', "!!binary ", "- ", "|\n"]
)
def test_unquoted_values_do_not_leak_through_yaml_errors(before):
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  a: "
    text += f"{before}{VALUE}\n"
    assert_nothing_leaks(read(text))


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({}, ()),
        ({"data": None}, ()),
        ({"data": {}}, ()),
        ({"data": {"b": "", "a": None}}, ("a", "b")),
        ({"data": {"a": ""}, "stringData": {"a": "", "c": ""}}, ("a", "c")),
        ({"stringData": {"a": ""}}, ("a",)),
        # what a server lists as metadata only has no type, which every whole Secret has
        ({"metadata": {"name": "s", "uid": "u"}, "type": None}, None),
        ({"metadata": {"name": "s", "uid": "u"}}, ()),
        # types that cannot be without data: somebody took it out
        ({"metadata": {"name": "s", "uid": "u"}, "type": "kubernetes.io/tls"}, None),
        ({"metadata": {"name": "s", "uid": "u"}, "type": "helm.sh/release.v1"}, None),
        ({"metadata": {"name": "s", "uid": "u"}, "type": "kubernetes.io/tls", "data": {}}, ()),
    ],
)
@pytest.mark.parametrize("form", ["%s", "[%s]", "---\n%s\n"])
def test_which_keys_are_known(form, fields, keys):
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": "Opaque"}
    (secret,) = read(form % json.dumps({**manifest, **fields})).secrets
    assert isinstance(secret, Secret)
    assert secret.keys == keys
    assert secret.type == (fields.get("type") or "Opaque")


def test_other_things_that_are_called_secret():
    snapshot = read(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\n---\n"
        "apiVersion: vault.example.com/v1\nkind: Secret\nmetadata: {name: a}\n---\n"
        "apiVersion: v1\nkind: Secret\nmetadata: {name: sops}\n"
        f"stringData: {{a: 'ENC[{VALUE}]'}}\nsops: {{mac: {VALUE}}}\n"
    )
    assert [secret.metadata.name for secret in snapshot.secrets] == ["sops"]
    assert [sealed.metadata.name for sealed in snapshot.sealed_secrets] == ["a"]
    assert snapshot.skipped == {"Secret.vault.example.com": 1}
    assert_nothing_leaks(snapshot)
