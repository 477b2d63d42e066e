"""``rbacgraph can-read``: own rights and logins alone, in the cluster, in Vault and elsewhere."""

import pytest

import rbacgraph as rg
from tests.cli.test_vault import dump  # noqa: F401 - a fixture

CLUSTER = """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop}}
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: lister, namespace: shop}}
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: podder, namespace: shop}}
- {apiVersion: v1, kind: Secret, metadata: {name: db, namespace: shop}}
- apiVersion: rbac.authorization.k8s.io/v1
  kind: Role
  metadata: {name: lister, namespace: shop}
  rules: [{apiGroups: [""], resources: [secrets], verbs: [list]}]
- apiVersion: rbac.authorization.k8s.io/v1
  kind: Role
  metadata: {name: podder, namespace: shop}
  rules: [{apiGroups: [""], resources: [pods], verbs: [create]}]
- apiVersion: rbac.authorization.k8s.io/v1
  kind: RoleBinding
  metadata: {name: lister, namespace: shop}
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: lister}
  subjects: [{kind: ServiceAccount, name: lister, namespace: shop}]
- apiVersion: rbac.authorization.k8s.io/v1
  kind: RoleBinding
  metadata: {name: podder, namespace: shop}
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: podder}
  subjects: [{kind: ServiceAccount, name: podder, namespace: shop}]
- apiVersion: external-secrets.io/v1
  kind: SecretStore
  metadata: {name: aws, namespace: shop}
  spec:
    provider:
      aws:
        service: SecretsManager
        region: eu-west-1
        auth: {jwt: {serviceAccountRef: {name: api}}}
- apiVersion: external-secrets.io/v1
  kind: ExternalSecret
  metadata: {name: pay, namespace: shop}
  spec:
    secretStoreRef: {kind: SecretStore, name: aws}
    target: {name: pay}
    data: [{secretKey: k, remoteRef: {key: shop/pay}}]
"""


@pytest.fixture
def cluster(tmp_path):
    file = tmp_path / "cluster.yaml"
    file.write_text(CLUSTER)
    return str(file)


@pytest.mark.parametrize(
    ("who", "secret", "answer"),
    [
        ("sa:shop/lister", "shop/db", (0, "yes")),  # list shows the values too
        ("sa:shop/api", "shop/db", (1, "no")),
        ("sa:shop/podder", "shop/db", (1, "no")),  # a Pod of its would mount it: an escalation
        ("bob", "shop/db", (1, "no")),
        ("sa:shop/api", "aws:secretsmanager/shop/pay", (3, "unknown")),
        ("sa:shop/lister", "aws:secretsmanager/shop/pay", (3, "unknown")),
    ],
)
def test_status_and_word(run, cluster, who, secret, answer):
    code, out, _ = run("can-read", secret, "--as", who, "-f", cluster)
    assert (code, out.split()[0]) == answer


def test_what_is_missing_tells_a_login_from_none(cluster):
    loaded = rg.load(cluster, bootstrap=False)
    api, lister = (
        loaded.can_read("aws:secretsmanager/shop/pay", user=f"sa:shop/{name}")
        for name in ("api", "lister")
    )
    assert any("shop/api" in str(one) for one in api.missing)
    assert len(api.missing) > len(lister.missing) > 0


@pytest.mark.parametrize(
    ("path", "status"), [("kv/data/prod/db", 0), ("kv/data/prod/payment", 1), ("kv/data/a", 1)]
)
def test_vault_answers_as_vault_can_i(run, dump, path, status):  # noqa: F811 - the fixture
    given = ("--as", "sa:shop/api", "-f", str(dump), "--vault-mount", "kubernetes=this")
    code, out, _ = run("can-read", f"vault:{path}", *given)
    assert (code, out) == run("vault", "can-i", "GET", path, *given)[:2]
    assert code == status


@pytest.mark.parametrize(
    ("secret", "who", "message"),
    [
        ("shop/*", "sa:shop/api", "shop/* is 2 secrets"),
        ("aws:secretsmanager/shop/pay", "bob", "bob is no ServiceAccount"),
        ("shop/db", "", "no principal given"),
    ],
)
def test_what_is_no_question(run, cluster, secret, who, message):
    code, out, err = run("can-read", secret, "--as", who, "-f", cluster)
    assert (code, out) == (2, "")
    assert message in err
