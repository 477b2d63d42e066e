"""``encryption``: what it prints where, and its exit status."""

import json

import pytest

import rbacgraph as rg
from rbacgraph.errors import InputError, UsageError


@pytest.fixture(scope="module")
def folder(root):
    """The files of an EncryptionConfiguration, and API servers."""
    return root / "fixtures" / "encryption"


def ids(out):
    return [finding["id"] for finding in json.loads(out)["findings"]]


def test_a_file_that_loads(run, folder):
    path = folder / "good" / "aescbc.yaml"
    status, out, err = run("encryption", str(path))
    assert (status, err) == (0, "")
    assert out.startswith(f"{path}: the API server loads this file.")
    assert f"{path}:8:9" in out
    assert "kubectl get secrets -A -o json | kubectl replace -f -" in out


def test_a_file_that_the_server_refuses_is_still_answered_about(run, folder):
    status, out, err = run("encryption", str(folder / "bad" / "masked.yaml"), "-o", "json")
    assert (status, err) == (2, "")
    answer = json.loads(out)
    assert answer["loads"] is False
    assert answer["resources"][0]["writes"] == "secretbox key1"
    assert ids(out).count("masked-resource") == 5


def test_standard_input(run, folder):
    text = (folder / "good" / "aescbc.yaml").read_text()
    status, out, _ = run("encryption", "-", stdin=text)
    assert status == 0
    assert "<stdin>:8:9" in out


def test_json_and_yaml_are_told_alike(run, folder):
    status, out, _ = run("encryption", str(folder / "good" / "config.json"), "-o", "json")
    assert status == 0
    assert json.loads(out)["resources"][0]["prefix"] == "k8s:enc:secretbox:v1:key1:"


def test_api_servers_alone(run, folder):
    status, out, _ = run("encryption", "-f", str(folder / "servers" / "plain.yaml"), "-o", "json")
    assert status == 0
    assert ids(out) == ["no-encryption-config", "etcd-without-tls"]
    assert json.loads(out)["servers"][0]["etcd_servers"] == [
        "http://etcd-0:2379",
        "http://etcd-1:2379",
    ]
    assert json.loads(out)["loads"] is None


def test_an_api_server_that_encrypts(run, folder):
    dump = str(folder / "servers" / "encrypting.yaml")
    status, out, _ = run("encryption", "-f", dump, "-o", "json")
    assert (status, ids(out)) == (0, [])
    assert json.loads(out)["servers"][0]["config"] == "/etc/kubernetes/enc.yaml"


def test_api_servers_that_differ(run, folder):
    _, out, _ = run("encryption", "-f", str(folder / "servers"), "-o", "json")
    assert ids(out) == ["api-servers-differ", "etcd-without-tls"]


def test_no_api_server_in_sight(run, shop):
    status, out, _ = run("encryption", "-f", shop, "-o", "json")
    assert (status, ids(out)) == (0, ["api-server-unseen"])


def test_flags_decide_on_what_the_file_may_say(run, folder, tmp_path):
    """With automatic reload KMS v1 names must be unique; with the feature gate v1 is on."""
    file = str(folder / "good" / "kms-v1.yaml")
    reloading = str(folder / "servers" / "encrypting.yaml")
    status, out, _ = run("encryption", file, "-f", reloading, "-o", "json")
    assert status == 2
    assert ids(out)[:3] == ["kms-name-duplicate", "kms-v1", "kms-v1"]
    bare = tmp_path / "bare.yaml"
    text = (folder / "servers" / "encrypting.yaml").read_text()
    kept = [line for line in text.splitlines() if "KMSv1" not in line and "reload" not in line]
    bare.write_text("\n".join(kept))
    arguments = ("encryption", file, "-f", str(bare), "-o", "json", "--kubernetes-version")
    status, out, _ = run(*arguments, "1.29")
    assert status == 2
    assert ids(out)[:2] == ["kms-v1-disabled", "kms-v1-disabled"]
    status, out, _ = run(*arguments, "1.28")
    assert status == 0
    assert "kms-v1-disabled" not in ids(out)


def test_strict_decoding_is_of_1_31(run, tmp_path):
    path = tmp_path / "enc.yaml"
    path.write_text(
        "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
        "resources: [{resources: [secrets], providers: [{identity: {}}], typo: 1}]\n"
    )
    assert run("encryption", str(path), "--kubernetes-version", "1.30")[0] == 0
    assert run("encryption", str(path), "--kubernetes-version", "1.31")[0] == 2
    assert run("encryption", str(path))[0] == 2


def test_custom_resources_of_the_cluster(run, folder, tmp_path):
    crds = tmp_path / "crds.yaml"
    names = ("pandas", "koalas")
    crds.write_text(
        "\n---\n".join(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
            f"metadata: {{name: {name}.awesome.bears.example}}\n"
            f"spec: {{group: awesome.bears.example, names: {{plural: {name}}}}}"
            for name in names
        )
        + "\n---\n{apiVersion: v1, kind: Namespace, metadata: {name: x}}\n"
    )
    file = str(folder / "good" / "secretbox.yaml")
    _, out, _ = run("encryption", file, "-f", str(crds), "-o", "json")
    (finding,) = [f for f in json.loads(out)["findings"] if f["id"].startswith("custom")]
    assert finding["resources"] == ["koalas.awesome.bears.example"]


def test_other_resources_can_be_asked_about(run, folder):
    file = str(folder / "good" / "wildcards.yaml")
    _, out, _ = run("encryption", file, "--resource", "statefulsets.apps", "-o", "json")
    rows = {row["resource"]: row["rule"] for row in json.loads(out)["resources"]}
    assert rows["statefulsets.apps"] == "*.apps"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-", "-f", "-"),
        ("nonesuch.yaml",),
        ("FILE", "-o", "svg"),
        ("FILE", "--kubernetes-version", "new"),
        ("FILE", "-f", "nonesuch.yaml"),
    ],
)
def test_bad_usage(run, folder, arguments):
    file = str(folder / "good" / "aescbc.yaml")
    words = [file if word == "FILE" else word for word in arguments]
    status, out, err = run("encryption", *words)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")


def test_in_python(folder):
    answer = rg.encryption(folder / "good" / "aescbc.yaml")
    assert answer.loads
    assert answer[0].id == "weak-aescbc"
    assert answer.resources[0].plaintext == "may-remain"
    assert list(answer.to_frame()["id"]) == [finding.id for finding in answer]
    assert ("resource:secrets", "provider:aescbc key1") in answer.to_networkx().edges()
    assert repr(answer) == "<Encryption: 5 findings>"
    assert rg.encryption(folder / "bad" / "empty.yaml").loads is False
    with pytest.raises(InputError):
        rg.encryption(folder / "nonesuch.yaml")
    with pytest.raises(UsageError):
        rg.encryption(folder / "good" / "aescbc.yaml", kubernetes_version="new")


def test_of_a_cluster_in_python(folder):
    cluster = rg.load(folder / "servers")
    assert [server.reload for server in cluster.encryption().servers] == [True, False]
    assert cluster.encryption().loads is None
    assert cluster.encryption(folder / "good" / "aescbc.yaml").loads
