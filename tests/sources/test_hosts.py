"""Of a Secret that logs in somewhere only the hosts pass the door, and only with a credential."""

import io
import json
import pickle
from base64 import b64encode

import pytest

from rbacgraph.sources.load import load
from rbacgraph.sources.pods import login_hosts

PLANT = "hunter2PLANTED"
AUTH = b64encode(f"robot:{PLANT}".encode()).decode()


@pytest.mark.parametrize(
    ("auths", "found"),
    [
        ({"ghcr.io": {"auth": AUTH}}, ("ghcr.io",)),
        (
            {"https://index.docker.io/v1/": {"username": "x", "password": PLANT}},
            ("index.docker.io",),
        ),
        ({"a.example.com:5000/team": {"identitytoken": PLANT}}, ("a.example.com:5000",)),
        ({"B.example.com": {"auth": AUTH}, "a.b": {"auth": AUTH}}, ("a.b", "b.example.com")),
        ({"ghcr.io": {"auth": ""}, "quay.io": {}}, ()),
        ({f"https://robot:{PLANT}@ghcr.io": {"auth": AUTH}}, ("ghcr.io",)),
        ({f"{PLANT} {PLANT}": {"auth": AUTH}}, ()),
        ({"ghcr.io": PLANT}, None),
        ([PLANT], None),
    ],
)
def test_registries(auths, found):
    assert login_hosts.registries(json.dumps({"auths": auths}), old=False) == found
    assert login_hosts.registries(json.dumps(auths), old=True) == found


@pytest.mark.parametrize(
    ("server", "config", "found"),
    [
        ("https://10.0.0.1:6443/", {"bearerToken": PLANT}, ("10.0.0.1:6443",)),
        ("https://a.b", {"username": "x", "password": PLANT}, ("a.b",)),
        ("https://a.b", {"tlsClientConfig": {"keyData": PLANT}}, ("a.b",)),
        ("https://a.b", {"tlsClientConfig": {"caData": PLANT}}, ()),
        ("https://a.b", {"execProviderConfig": {"command": "x"}}, ()),
        ("", {"bearerToken": PLANT}, None),
        ("https://a.b", PLANT, None),
    ],
)
def test_clusters_of_argo_cd(server, config, found):
    assert login_hosts.argo_cluster(server, json.dumps(config)) == found


def kubeconfig(user, **more):
    return json.dumps(
        {
            "clusters": [
                {"name": "c", "cluster": {"server": "https://a.b:6443"}},
                {"name": "d", "cluster": {"server": "https://c.d"}},
            ],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        }
        | more
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (kubeconfig({"token": PLANT}), ("a.b:6443",)),
        (kubeconfig({"client-certificate-data": "x", "client-key-data": PLANT}), ("a.b:6443",)),
        (kubeconfig({"exec": {"command": "aws"}}), ()),
        (kubeconfig({"token": PLANT}, contexts=[{"name": "x"}, PLANT]), ()),
        (kubeconfig({"token": PLANT}, users=None), ()),
        (kubeconfig({"token": PLANT}, clusters=PLANT), None),
        (f"kind: Config\nclusters: [{PLANT}\n", None),
        (PLANT, None),
        ("", None),
    ],
)
def test_kubeconfigs(text, found):
    assert login_hosts.kubeconfig(text) == found


@pytest.mark.parametrize(
    "fields",
    [
        {
            "type": "kubernetes.io/dockerconfigjson",
            "stringData": {".dockerconfigjson": json.dumps({"auths": {"a.b": {"auth": AUTH}}})},
        },
        {
            "type": "kubernetes.io/dockerconfigjson",
            "data": {".dockerconfigjson": f"{PLANT}é"},
        },
        {"data": {"kubeconfig": b64encode(kubeconfig({"token": PLANT}).encode()).decode()}},
    ],
)
def test_nothing_else_passes(fields):
    obj = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, **fields}
    snapshot = load(io.BytesIO(json.dumps(obj).encode()))
    for written in (repr(snapshot), pickle.dumps(snapshot).decode("latin-1")):
        assert PLANT not in written
        assert AUTH not in written
