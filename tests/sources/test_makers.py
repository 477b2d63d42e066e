"""Secrets that operators make of custom resources: which, where, and of what that is told."""

import json

import pytest
import yaml

import rbacgraph as rg
from rbacgraph.report.answers.exposure import exposure_text
from rbacgraph.report.text.layout.look import Look

ESO, CERTS = "external-secrets.io/v1", "cert-manager.io/v1"
CSI, VSO = "secrets-store.csi.x-k8s.io/v1", "secrets.hashicorp.com/v1beta1"
SEALED, ONE = "bitnami.com/v1alpha1", "onepassword.com/v1"
SOPS, AZURE = "isindir.github.com/v1alpha3", "spv.no/v2beta1"
INFISICAL, BITWARDEN = "secrets.infisical.com", "k8s.bitwarden.com/v1"
DOPPLER = "secrets.doppler.com/v1alpha1"
GENERATOR = "secretgenerator.mittwald.de/v1alpha1"
SYNCED = [{"secretName": "a", "type": "Opaque"}, {"secretName": "b"}, {"type": "Opaque"}]
TARGET = {"target": {"name": "other"}}
LABELLED = [{"matchLabels": {"team": "a"}}]

MADE = (
    # What stands in the input, and which Secrets an operator makes of it.
    (ESO, "ExternalSecret", {"target": {"name": "db"}}, ["shop/db"]),
    (ESO, "ExternalSecret", {"target": {"creationPolicy": "Owner"}}, ["shop/own"]),
    (ESO, "ExternalSecret", {}, ["shop/own"]),
    (ESO, "ExternalSecret", None, ["shop/own"]),
    (ESO, "ExternalSecret", {"target": {"name": "db", "creationPolicy": "None"}}, []),
    (ESO, "ExternalSecret", {"target": {"name": "a", "manifest": {"kind": "ConfigMap"}}}, []),
    ("example.com/v1", "ExternalSecret", {"target": {"name": "db"}}, []),
    (ESO, "SecretStore", {"target": {"name": "db"}}, []),
    (CERTS, "Certificate", {"secretName": "tls"}, ["shop/tls"]),
    (CERTS, "Certificate", {"dnsNames": ["a"]}, []),
    ("networking.internal.knative.dev/v1alpha1", "Certificate", {"secretName": "tls"}, []),
    (
        *(CERTS, "Issuer"),
        {"acme": {"email": "a@example.com", "privateKeySecretRef": {"name": "key"}}},
        ["shop/key"],
    ),
    (
        *(CERTS, "Issuer"),
        {"acme": {"disableAccountKeyGeneration": True, "privateKeySecretRef": {"name": "key"}}},
        [],
    ),
    (CERTS, "Issuer", {"acme": {"email": "a@example.com"}}, []),
    (CERTS, "Issuer", {"ca": {"secretName": "ca"}}, []),
    (CERTS, "ClusterIssuer", {"acme": {"privateKeySecretRef": {"name": "key"}}}, []),
    (CSI, "SecretProviderClass", {"secretObjects": SYNCED}, ["shop/a", "shop/b"]),
    (CSI, "SecretProviderClass", {"provider": "vault"}, []),
    (VSO, "VaultStaticSecret", {"destination": {"name": "kv", "create": True}}, ["shop/kv"]),
    (VSO, "VaultDynamicSecret", {"destination": {"name": "kv"}}, ["shop/kv"]),
    (VSO, "VaultPKISecret", {"destination": {"name": "kv"}}, ["shop/kv"]),
    (VSO, "HCPVaultSecretsApp", {"destination": {"name": "kv"}}, ["shop/kv"]),
    (VSO, "VaultStaticSecret", {"mount": "kv"}, []),
    ("generators.external-secrets.io/v1", "VaultDynamicSecret", {"destination": {"name": "x"}}, []),
    (ONE, "OnePasswordItem", {"itemPath": "vaults/a/items/b"}, ["shop/own"]),
    (
        *(SOPS, "SopsSecret"),
        {"secretTemplates": [{"name": "a", "data": {"x": "ENC[AES256_GCM]"}}, {"name": "b"}]},
        ["shop/a", "shop/b"],
    ),
    (SOPS, "SopsSecret", {"secretTemplates": [{"name": "ENC[AES256_GCM,data:a,type:str]"}]}, []),
    (SOPS, "SopsSecret", {"secretTemplates": [{"stringData": {"name": "x"}}]}, []),
    (
        *(f"{INFISICAL}/v1alpha1", "InfisicalSecret"),
        {"managedSecretReference": {"secretName": "a", "secretNamespace": "pay"}},
        ["pay/a"],
    ),
    (
        *(f"{INFISICAL}/v1alpha1", "InfisicalSecret"),
        {
            "tokenSecretReference": {"secretName": "token", "secretNamespace": "shop"},
            "managedKubeSecretReferences": [
                {"secretName": "a", "secretNamespace": "shop"},
                {"secretName": "a", "secretNamespace": "pay", "creationPolicy": "Owner"},
            ],
        },
        ["pay/a", "shop/a"],
    ),
    (
        *(f"{INFISICAL}/v1alpha1", "InfisicalSecret"),
        {"managedKubeConfigMapReferences": [{"configMapName": "a", "configMapNamespace": "pay"}]},
        [],
    ),
    (
        *(f"{INFISICAL}/v1alpha1", "InfisicalDynamicSecret"),
        {"managedSecretReference": {"secretName": "lease", "secretNamespace": "pay"}},
        ["pay/lease"],
    ),
    (f"{INFISICAL}/v1alpha1", "InfisicalPushSecret", {"push": {"secret": SYNCED[0]}}, []),
    (
        *(f"{INFISICAL}/v1beta1", "InfisicalStaticSecret"),
        {
            "targets": [
                {"kind": "Secret", "name": "a", "namespace": "pay"},
                {"kind": "ConfigMap", "name": "b", "namespace": "pay"},
            ]
        },
        ["pay/a"],
    ),
    (DOPPLER, "DopplerSecret", {"managedSecret": {"name": "a"}}, ["shop/a"]),
    (
        *(DOPPLER, "DopplerSecret"),
        {"tokenSecret": {"name": "t"}, "managedSecret": {"name": "a", "namespace": "pay"}},
        ["pay/a"],
    ),
    (DOPPLER, "DopplerSecret", {"tokenSecret": {"name": "t"}}, []),
    (AZURE, "AzureKeyVaultSecret", {"output": {"secret": {"name": "kv"}}}, ["shop/kv"]),
    (AZURE, "AzureKeyVaultSecret", {"output": {"configMap": {"name": "kv"}}}, []),
    (AZURE, "AzureKeyVaultSecret", {"vault": {"name": "kv"}}, []),
    (
        *(BITWARDEN, "BitwardenSecret"),
        {"secretName": "bw", "authToken": {"secretName": "token"}},
        ["shop/bw"],
    ),
    (BITWARDEN, "BitwardenSecret", {"authToken": {"secretName": "token"}}, []),
    ("ricoberger.de/v1alpha1", "VaultSecret", {"path": "kv/a"}, ["shop/own"]),
    ("redhatcop.redhat.io/v1alpha1", "VaultSecret", {"output": {"name": "a"}}, []),
    (GENERATOR, "StringSecret", {"fields": [{"fieldName": "a"}]}, ["shop/own"]),
    (GENERATOR, "SSHKeyPair", {"length": "40"}, ["shop/own"]),
    (GENERATOR, "BasicAuth", {"username": "a"}, ["shop/own"]),
    (ESO, "PushSecret", {"selector": {"secret": {"selector": {}}}}, []),
    (SEALED, "SealedSecret", {"encryptedData": {"a": "b"}}, ["shop/own"]),
    (SEALED, "SealedSecret", {"template": {"metadata": {"name": "x"}}}, ["shop/own"]),
    (
        *(ESO, "ClusterExternalSecret"),
        {"namespaces": ["shop"], "externalSecretSpec": TARGET},
        ["shop/other"],
    ),
    (ESO, "ClusterExternalSecret", {"namespaceSelectors": LABELLED}, ["pay/own"]),
    (
        *(ESO, "ClusterExternalSecret"),
        {"namespaceSelector": LABELLED[0], "externalSecretName": "each"},
        ["pay/each"],
    ),
    (ESO, "ClusterExternalSecret", {"externalSecretSpec": TARGET}, []),
)


def objects(version, kind, spec):
    place = {} if kind.startswith("Cluster") else {"namespace": "shop"}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "pay", "labels": {"team": "a"}},
        },
        {"apiVersion": version, "kind": kind, "metadata": {"name": "own", **place}, "spec": spec},
    ]


def loaded(folder, found, form):
    path = folder / f"input.{form}"
    if form == "yaml":
        path.write_text(yaml.safe_dump_all(found))
    else:
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": found}))
    return rg.load(path, bootstrap=False)


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("row", MADE)
def test_what_an_operator_makes_is_a_secret_of_the_cluster(row, form, tmp_path):
    version, kind, spec, made = row
    cluster = loaded(tmp_path, objects(version, kind, spec), form)
    place = "" if kind.startswith("Cluster") else "shop/"
    rows = {row.secret.removeprefix("secret:"): row for row in cluster.exposure()}
    assert sorted(rows) == made
    assert {row.made_by for row in rows.values()} <= {f"{kind} {place}own"}
    assert all(row.inferred for row in rows.values())
    text = "".join(exposure_text(cluster.exposure().result, Look()))
    for secret in made:
        assert f"{secret} (made by {kind} {place}own)" in text
        (paths,) = cluster.paths(secret=secret).result.secrets
        assert str(paths.inferred) == f"made by {kind} {place}own"
    assert ("No Secrets: the input neither holds nor names any." in text) == (not made)


def test_what_the_input_holds_is_not_said_to_be_made(tmp_path):
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "own", "namespace": "shop"},
    }
    found = [*objects(ESO, "ExternalSecret", {}), secret]
    (row,) = loaded(tmp_path, found, "json").exposure()
    assert (row.inferred, row.made_by) == (False, "")


def test_a_name_that_is_nearly_that_of_a_made_secret_is_asked_back(tmp_path):
    cluster = loaded(
        tmp_path, objects(ESO, "ExternalSecret", {"target": {"name": "db-login"}}), "json"
    )
    (paths,) = cluster.paths(secret="shop/db-logn").result.secrets
    assert str(paths.inferred).endswith("did you mean shop/db-login")


def test_of_a_spec_names_alone_are_kept(tmp_path):
    template = {"data": {"password": "CANARY"}, "metadata": {"labels": {"a": "CANARY"}}}
    spec = {"target": {"name": "db", "template": template}}
    cluster = loaded(tmp_path, objects(ESO, "ExternalSecret", spec), "json")
    assert "CANARY" not in repr(cluster.snapshot)
