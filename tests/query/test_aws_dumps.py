"""The dump of AWS in the graph: each pair of the estate by paths and by can-read."""

import io
import json
import shutil
from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.errors import NotFoundError, UsageError

ESTATE = Path(__file__).parents[2] / "fixtures" / "stores" / "aws" / "estate"
ADMIN = "user:arn:aws:sts::111122223333:assumed-role/admin/{{SessionName}} "
PAIRS = json.loads((ESTATE / "truth.json").read_text())["pairs"]
ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/dev-j1K2l3"


@pytest.fixture(scope="module")
def cluster():
    return rg.load(ESTATE / "cluster.yaml", ESTATE / "aws", bootstrap=False)


def test_can_read_gives_the_truth(cluster):
    for pair, truth in PAIRS.items():
        account, secret = pair.split()
        decision = cluster.can_read(secret, user=account)
        word = "yes" if decision else "maybe" if decision.unknown else "no"
        assert word == truth, pair
        assert bool(decision.evidence) is (truth != "no")
        if truth == "maybe":
            assert "aws:SourceVpce" in str(decision.missing[0])


def test_paths_give_the_truth(cluster):
    found = {}
    for secret in sorted({pair.split()[1] for pair in PAIRS}):
        for path in cluster.paths(secret):
            pair = f"{path.principal.replace('serviceaccount:', 'sa:')} {secret}"
            found[pair] = found.get(pair, False) or path.certain
            if not path.certain and pair in PAIRS:
                assert ["aws:SourceVpce" in str(one) for one in path.conditions] == [True]
    words = {True: "yes", False: "maybe"}
    assert {pair: words[certain] for pair, certain in found.items() if pair in PAIRS} == {
        pair: truth for pair, truth in PAIRS.items() if truth != "no"
    }
    others = {pair for pair in found.keys() - PAIRS if not pair.startswith(ADMIN)}
    for pair in others:  # one role trusts every ServiceAccount, unlisted ones too
        account, secret = pair.split()
        assert cluster.can_read(secret, user=account)
    # An access entry makes a role the cluster's administrator, who becomes each ServiceAccount.
    assert {pair for pair in found if pair.startswith(ADMIN)}


@pytest.mark.parametrize("name", [ARN, ARN[:-7], "secretsmanager/shop/dev"])
def test_a_secret_has_one_node_by_all_its_names(cluster, name):
    assert cluster.can_read(f"aws:{name}", user="sa:batch/hop")
    found = {path.target for path in cluster.paths(f"aws:{name}")}
    assert found == {"aws:secretsmanager/shop/dev"}


def test_an_object_of_the_cluster_names_the_secret_of_the_dump(tmp_path):
    shutil.copytree(ESTATE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "class.yaml").write_text(f"""\
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {{name: dev, namespace: shop}}
spec:
  provider: aws
  parameters:
    objects: |
      - objectName: {ARN[:-7]}
""")
    cluster = rg.load(
        tmp_path / "cluster.yaml", tmp_path / "class.yaml", tmp_path / "aws", bootstrap=False
    )
    names = {node for node in cluster.graph() if node.startswith("aws:")}
    assert "aws:secretsmanager/shop/dev" in names
    assert not [name for name in names if "arn:" in name]


def test_a_manifest_in_a_folder_called_aws_stays_a_manifest(tmp_path):
    folder = tmp_path / "aws" / "111122223333" / "iam"
    folder.mkdir(parents=True)
    text = json.dumps(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}}
    )
    (folder / "account-authorization-details.json").write_text(text)
    (tmp_path / "aws" / "secret.json").write_text(text.replace('"db"', '"other"'))
    snapshot = rg.load(tmp_path, bootstrap=False).snapshot
    assert sorted(one.metadata.name for one in snapshot.secrets) == ["db", "other"]
    assert not snapshot.dumps


def test_without_the_organisation_yes_stays_yes_with_a_line(tmp_path):
    shutil.copytree(ESTATE, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "aws" / "111122223333" / "organizations")
    cluster = rg.load(tmp_path / "cluster.yaml", tmp_path / "aws", bootstrap=False)
    decision = cluster.can_read("aws:secretsmanager/shop/dev", user="sa:batch/hop")
    line = "SCPs and RCPs of account 111122223333, which may take away"
    assert decision
    assert [str(one) for one in decision.missing] == [line]
    assert line in map(str, cluster.paths("aws:secretsmanager/shop/dev").basis.missing)


IMPERSONATOR = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: becomes}
rules: [{apiGroups: [""], resources: [RESOURCE], verbs: [VERB], resourceNames: [NAME]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: becomes}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: becomes}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
"""


@pytest.mark.parametrize(
    ("resource", "verb", "reads"),
    [("serviceaccounts", "impersonate", False), ("serviceaccounts/token", "create", True)],
)
@pytest.mark.parametrize("name", ["web", "pod", "api"])
def test_headers_bring_no_token_for_aws(resource, verb, reads, name):
    """By a trust of any account, an association, an annotation."""
    objects = IMPERSONATOR.replace("RESOURCE", resource).replace("VERB", verb)
    right = io.BytesIO(objects.replace("NAME", name).encode())
    cluster = rg.load(ESTATE / "cluster.yaml", ESTATE / "aws", right, bootstrap=False)
    principals = {str(path.principal) for path in cluster.paths("aws:secretsmanager/shop/dev")}
    assert f"serviceaccount:shop/{name}" in principals
    assert ("user:alice" in principals) is reads


def test_another_issuer_trusts_nobody_here():
    cluster = rg.load(
        ESTATE / "cluster.yaml",
        ESTATE / "aws",
        oidc_issuers=["https://other.example"],
        bootstrap=False,
    )
    assert not cluster.can_read("aws:secretsmanager/shop/dev", user="sa:shop/api")
    assert not list(cluster.paths("aws:secretsmanager/shop/stripe"))


def test_what_cannot_be_answered_is_said(cluster):
    with pytest.raises(NotFoundError):
        cluster.can_read("aws:secretsmanager/none", user="sa:shop/api")
    with pytest.raises(UsageError):
        cluster.can_read("aws:secretsmanager/shop/dev", user="user:alice")
    with pytest.raises(NotFoundError):
        rg.load(ESTATE / "cluster.yaml", bootstrap=False).can_read(
            "aws:secretsmanager/x", user="sa:shop/api"
        )


def test_a_saved_snapshot_answers_the_same(cluster, tmp_path):
    file = tmp_path / "saved.json"
    cluster.save(file)
    again = rg.load(file, bootstrap=False)
    for pair in PAIRS:
        account, secret = pair.split()
        assert again.can_read(secret, user=account) == cluster.can_read(secret, user=account)


STORE = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {account}
  namespace: shop
  annotations: {{eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/{account}"}}
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {{name: s, namespace: shop}}
spec:
  provider:
    aws:
      service: SecretsManager
      region: eu-west-1
      {roles}
      auth: {{jwt: {{serviceAccountRef: {{name: {account}}}}}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: e, namespace: shop}}
spec:
  secretStoreRef: {{name: s}}
  data: [{{secretKey: a, remoteRef: {{key: shop/db}}}}]
"""
ROLE = "arn:aws:iam::111122223333:role"


@pytest.mark.parametrize(
    ("account", "roles", "condition"),
    [
        ("api", "", ""),
        ("hop", "", None),  # its own role reads nothing
        ("hop", f"role: {ROLE}/reader", ""),
        ("hop", f"additionalRoles: [{ROLE}/reader]", ""),
        ("hop", f"additionalRoles: [{ROLE}/reader]\n      role: {ROLE}/api", None),
        ("api", f"role: {ROLE}/reader", None),  # reads it itself, but may not take that role
        ("office", "", "aws:SourceIp"),
    ],
)
def test_external_secrets_takes_the_roles_that_a_store_names(tmp_path, account, roles, condition):
    (tmp_path / "store.yaml").write_text(STORE.format(account=account, roles=roles))
    edges = Path(__file__).parents[2] / "fixtures" / "edges" / "store-identity" / "aws"
    graph = rg.load(tmp_path / "store.yaml", edges, bootstrap=False).graph()
    store, secret = "secretstore.external-secrets.io:shop/s", "aws:secretsmanager/shop/db"
    found = graph.get_edge_data(store, secret)
    assert (found is not None) == (condition is not None)
    if condition is not None:
        texts = [one["condition"] for one in found.values()]
        assert all(condition in text if condition else not text for text in texts)
