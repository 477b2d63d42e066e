"""The flags of an API server that runs as a Pod: those that decide on encryption, no other."""

import io
import json

import pytest
import yaml

from rbacgraph.model.kubernetes.pods import ApiServerFlags
from rbacgraph.sources.load import load

ENC = "--encryption-provider-config=/enc.yaml"


def pod(*, name="kube-apiserver-a", namespace="kube-system", labels=None, **container):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "uid": "u", "labels": labels or {}},
        "spec": {"containers": [{"name": "kube-apiserver", **container}]},
    }


def open_to_all(**fields):
    """Return the flags of a server that names no authorizer."""
    return ApiServerFlags(no_authorizer=True, anonymous=False, **fields)


def flags(value, write=json.dumps):
    (found,) = load(io.BytesIO(write(value).encode())).pods
    return found.api_server


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"command": ["kube-apiserver"]}, open_to_all()),
        ({"command": ["/usr/local/bin/kube-apiserver", ENC]}, open_to_all(config="/enc.yaml")),
        ({"command": ["kube-apiserver"], "args": [ENC]}, open_to_all(config="/enc.yaml")),
        (
            {"command": ["kube-apiserver", "--encryption_provider_config", "/a", ENC]},
            open_to_all(config="/enc.yaml"),
        ),
        (
            {"command": ["/bin/sh", "-c", f"exec /x/kube-apiserver {ENC} 1>>'/a b' 2>&1"]},
            open_to_all(config="/enc.yaml"),
        ),
        (
            {"command": ["/bin/sh", "-c", f"kube-apiserver {ENC} 'x"]},
            open_to_all(config="/enc.yaml"),
        ),
        (
            {"command": ["/go-runner", "--log-file=x", "/x/kube-apiserver", ENC]},
            open_to_all(config="/enc.yaml"),
        ),
        (
            {"command": ["kube-apiserver", ENC, "--encryption-provider-config-automatic-reload"]},
            open_to_all(config="/enc.yaml", reload=True),
        ),
        (
            {"command": ["kube-apiserver", "--encryption-provider-config-automatic-reload=false"]},
            open_to_all(),
        ),
        (
            {"command": ["kube-apiserver", "--etcd-servers=https://u:p@a:1/x,http://b,c:2"]},
            open_to_all(etcd_servers=("https://a:1", "http://b", "c:2")),
        ),
        (
            {"command": ["kube-apiserver", "--feature-gates=A=true,KMSv1=true"]},
            open_to_all(kms_v1=True),
        ),
        ({"command": ["kube-apiserver", "--feature-gates=XKMSv1=true"]}, open_to_all()),
        (
            {"command": ["kube-apiserver", "--feature-gates=KMSv1=false"]},
            open_to_all(kms_v1=False),
        ),
        ({"command": ["kube-apiserver", "--encryption-provider-config"]}, open_to_all()),
        (
            {"command": ["kube-apiserver", "--authorization-mode=Node,RBAC"]},
            ApiServerFlags(authorizers=("Node", "RBAC")),
        ),
        (
            {"command": ["kube-apiserver", "--authorization-mode="]},
            open_to_all(),
        ),
        (
            {"command": ["kube-apiserver", "--authorization-mode=$(MODES)"]},
            ApiServerFlags(),
        ),
        ({"command": ["kube-apiserver", "$(FLAGS)"]}, ApiServerFlags()),
        ({"command": ["sh", "-c", 'kube-apiserver --v=2 "${FLAGS[@]}"']}, ApiServerFlags()),
        ({"command": ["sh", "-c", "kube-apiserver `cat /flags`"]}, ApiServerFlags()),
        ({"command": ["kube-apiserver", "--openshift-config=/x"]}, ApiServerFlags()),
        ({"command": ["kube-apiserver", "--advertise-address=$(IP)"]}, open_to_all()),
        ({"args": ["kube-apiserver"]}, ApiServerFlags()),
        (
            {"command": ["kube-apiserver", "--authorization-mode=RBAC", "--anonymous-auth=f"]},
            ApiServerFlags(authorizers=("RBAC",), anonymous=False),
        ),
        (
            {"command": ["kube-apiserver", "--authorization-mode=RBAC", "--anonymous-auth"]},
            ApiServerFlags(authorizers=("RBAC",)),
        ),
        (
            {"command": ["kube-apiserver", "--authorization-mode=RBAC,AlwaysAllow"]},
            ApiServerFlags(authorizers=("RBAC", "AlwaysAllow"), anonymous=False),
        ),
        (
            {"command": ["kube-apiserver", "--authentication-config=/a"]},
            ApiServerFlags(no_authorizer=True),
        ),
        ({"command": ["kubectl", "logs", "kube-apiserver"]}, None),
        ({"command": ["exporter", "--job=kube-apiserver"]}, None),
        ({"args": [ENC]}, None),
        ({"command": "kube-apiserver"}, None),
    ],
    ids=str,
)
@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump], ids=["json", "yaml"])
def test_flags(container, expected, write):
    assert flags(pod(**container), write) == expected


def test_the_image_may_say_what_runs():
    assert flags(pod(labels={"component": "kube-apiserver"}, args=[ENC])).config == "/enc.yaml"


def test_pods_elsewhere_are_not_the_clusters_own():
    command = ["kube-apiserver", ENC]
    assert flags(pod(namespace="tenant", command=command)) is None
    assert flags(pod(name="proxy", command=command)) is None


def test_a_mirror_pod_may_have_any_name():
    value = pod(name="control-plane", command=["kube-apiserver", ENC])
    value["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    assert flags(value).config == "/enc.yaml"
    assert flags(value, yaml.safe_dump).config == "/enc.yaml"


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump], ids=["json", "yaml"])
def test_no_other_flag_is_kept(write):
    value = pod(
        command=["kube-apiserver", "--token-auth-file=/CANARY", "--etcd-servers=http://x:CANARY@e"],
        args=["--service-account-signing-key-file", "CANARY"],
        env=[{"name": "CANARY", "value": "CANARY"}],
    )
    assert "CANARY" not in repr(load(io.BytesIO(write(value).encode())))


def test_typed_lists_are_looked_at_too():
    item = pod(command=["kube-apiserver", ENC])
    del item["kind"], item["apiVersion"]
    value = {"apiVersion": "v1", "kind": "PodList", "items": [item]}
    for text in (json.dumps(value), json.dumps(value, indent=4), yaml.safe_dump(value)):
        (found,) = load(io.BytesIO(text.encode())).pods
        assert found.api_server == open_to_all(config="/enc.yaml")


OWN, OLD = "https://oidc.example/a", "https://oidc.example/old"


@pytest.mark.parametrize(
    ("words", "issuers"),
    [
        ([f"--service-account-issuer={OWN}"], (OWN,)),
        (["--service_account_issuer", OWN, f"--service-account-issuer={OLD}"], (OWN, OLD)),
        (["--service-account-issuer=$(ISSUER)"], ()),
        ([f"--service-account-issuer={OWN}", "--openshift-config=/c.yaml"], ()),
        (["--service-account-issuer="], ()),
        ([], ()),
    ],
)
def test_the_issuers_of_tokens(words, issuers):
    assert flags(pod(command=["kube-apiserver", *words])).issuers == issuers


def test_issuers_of_an_image_that_may_add_others_are_not_known():
    container = {"args": [f"--service-account-issuer={OWN}"]}
    found = flags(pod(labels={"component": "kube-apiserver"}, **container))
    assert found is not None
    assert found.issuers == ()


def test_the_issuers_of_a_cluster(tmp_path):
    def servers(*issuers):
        pods = [
            pod(name=f"kube-apiserver-{n}", command=["kube-apiserver", *([flag] if flag else [])])
            for n, flag in enumerate(issuers)
        ]
        (tmp_path / "pods.json").write_text(json.dumps({"kind": "List", "items": pods}))
        return load(tmp_path / "pods.json", oidc_issuers=["https://said.example"]).issuers

    own, old = (f"--service-account-issuer={one}" for one in (OWN, OLD))
    assert servers(own, old) == ("https://said.example", OWN, OLD)
    assert servers(own, "") == ("https://said.example",)  # one server's issuer is not known
