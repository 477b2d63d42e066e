"""One secret of AWS, or of Key Vault, is one node by all its names, without a dump too."""

import io

import pytest

import rbacgraph as rg

HOME, OTHER = "111122223333", "444455556666"
ARN = "arn:aws:secretsmanager:eu-west-1:{}:secret:shop/db"
STORE = """
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {{name: s, namespace: shop}}
spec: {{provider: {{aws: {{service: SecretsManager, region: eu-west-1, role: "{role}"}}}}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: e, namespace: shop}}
spec: {{secretStoreRef: {{name: s}}, data: [{{secretKey: a, remoteRef: {{key: "{first}"}}}}]}}
---
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {{name: dev, namespace: shop}}
spec:
  provider: aws
  parameters:
    region: eu-west-1
    objects: '[{{objectName: "{second}", objectType: secretsmanager}}]'
"""
ROLE = f"arn:aws:iam::{HOME}:role/eso"


def nodes(first, second, role=ROLE):
    text = STORE.format(first=first, second=second, role=role)
    cluster = rg.load(io.BytesIO(text.encode()), bootstrap=False)
    return cluster, sorted(name for name in cluster.graph() if name.startswith("aws:"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("shop/db", ARN.format(HOME)),
        ("shop/db", ARN.format(HOME) + "-AbCdEf"),
        (ARN.format(HOME), ARN.format(HOME) + "-AbCdEf"),
        ("shop/db", "shop/db"),
    ],
)
def test_name_and_arn_are_one(first, second):
    cluster, found = nodes(first, second)
    assert found == ["aws:secretsmanager/shop/db"]
    called = "secretsmanager/shop/db", ARN.format(HOME)
    by_name, by_arn = (list(cluster.paths(f"aws:{name}")) for name in called)
    assert by_name == by_arn


def test_another_account_or_region_is_another_secret():
    for second in (ARN.format(OTHER), ARN.format(HOME).replace("eu-west-1", "us-east-1")):
        assert len(nodes("shop/db", second)[1]) == 2


def test_a_name_of_an_account_that_is_not_known_may_be_each():
    cluster, found = nodes("shop/db", ARN.format(OTHER), role="")
    assert found == ["aws:secretsmanager/shop/db"]
    texts = {
        str(data.get("condition"))
        for _, target, data in cluster.graph().edges(data=True)
        if target == found[0]
    }
    assert any("whose account and region the object does not name" in text for text in texts)


def test_a_name_that_ends_with_a_word_keeps_it():
    arn = f"arn:aws:secretsmanager:eu-west-1:{HOME}:secret:my-secret"
    assert nodes("my-secret", arn)[1] == ["aws:secretsmanager/my-secret"]


def test_key_vault_compares_without_case():
    text = """
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {name: dev, namespace: shop}
spec:
  provider: azure
  parameters:
    keyvaultName: Shop-KV
    objects: |
      array: ["objectName: DB\\nobjectType: secret", "objectName: db\\nobjectType: secret"]
"""
    cluster = rg.load(io.BytesIO(text.encode()), bootstrap=False)
    assert [n for n in cluster.graph() if n.startswith("azure")] == ["azure:shop-kv/db"]
    assert {one.target for one in cluster.paths("azure:Shop-KV/DB")} <= {"azure:shop-kv/db"}
