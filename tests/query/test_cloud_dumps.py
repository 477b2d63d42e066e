"""The dumps of Azure and Google Cloud in the graph: each pair by paths and by can-read."""

import json
import shutil
from pathlib import Path

import pytest

import rbacgraph as rg

STORES = Path(__file__).parents[2] / "fixtures" / "stores"
SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module", params=["azure", "gcp"])
def estate(request):
    folder = STORES / request.param / "estate"
    pairs = json.loads((folder / "truth.json").read_text())["pairs"]
    return rg.load(folder / "cluster.yaml", folder / request.param, bootstrap=False), pairs


def test_can_read_gives_the_truth(estate):
    cluster, pairs = estate
    for pair, truth in pairs.items():
        account, secret = pair.split()
        decision = cluster.can_read(secret, user=account)
        word = "yes" if decision else "maybe" if decision.unknown else "no"
        assert word == truth, pair
        assert bool(decision.evidence) is (truth != "no")


def test_paths_give_the_truth(estate):
    cluster, pairs = estate
    found = {}
    for secret in sorted({pair.split()[1] for pair in pairs}):
        for path in cluster.paths(secret):
            pair = f"{path.principal.replace('serviceaccount:', 'sa:')} {secret}"
            found[pair] = found.get(pair, False) or path.certain
    assert {pair: certain for pair, certain in found.items() if pair in pairs} == {
        pair: True for pair, truth in pairs.items() if truth == "yes"
    }


def loaded(tmp_path, kind, text, name="more.yaml", **options):
    """The estate of a cloud with more objects."""
    (tmp_path / name).write_text(text)
    folder = STORES / kind / "estate"
    return rg.load(folder / "cluster.yaml", folder / kind, tmp_path / name, **options)


SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}}


@pytest.mark.parametrize(
    "name",
    [
        "gcp/prod/clusters.json",
        "gcp/prod/secrets/db.json",
        f"azure/{SUBSCRIPTION}/aks/c1.json",
        "azure/prod/secret.json",
    ],
)
@pytest.mark.parametrize("form", ["one", "list", "lines"])
def test_a_manifest_in_a_folder_of_a_cloud_stays_a_manifest(tmp_path, name, form):
    whole = {"apiVersion": "v1", "kind": "List", "items": [SECRET]}
    text = {
        "one": json.dumps(SECRET),
        "list": json.dumps(whole),
        "lines": f"{json.dumps(SECRET)}\n{json.dumps(SECRET)}",
    }
    file = tmp_path / name
    file.parent.mkdir(parents=True)
    file.write_text(text[form])
    snapshot = rg.load(tmp_path, bootstrap=False).snapshot
    assert [one.metadata.name for one in snapshot.secrets] == ["db"]
    assert not snapshot.dumps


def test_a_saved_snapshot_answers_the_same(estate, tmp_path):
    cluster, pairs = estate
    file = tmp_path / "saved.json"
    cluster.save(file)
    again = rg.load(file, bootstrap=False)
    for pair in pairs:
        account, secret = pair.split()
        assert again.can_read(secret, user=account) == cluster.can_read(secret, user=account)
    assert again.snapshot.dumps == cluster.snapshot.dumps


def test_a_value_file_is_named_and_the_rest_answers(tmp_path):
    for kind, name, secret, account in (
        (
            "azure",
            f"{SUBSCRIPTION}/keyvault/shop-kv/secrets/db.json",
            "azure:shop-kv/db",
            "shop/api",
        ),
        ("gcp", "shop-prod/secrets/db/latest.json", "gcp:shop-prod/db", "shop/api"),
    ):
        file = tmp_path / kind / name
        file.parent.mkdir(parents=True)
        file.write_text('{"value": "hunter2"}')
        folder = STORES / kind / "estate"
        cluster = rg.load(folder / "cluster.yaml", folder / kind, tmp_path / kind, bootstrap=False)
        assert cluster.can_read(secret, user=f"sa:{account}")
        (said,) = [one for one in cluster.snapshot.diagnostics if one.code == f"{kind}-secret"]
        assert said.file == str(file)
        assert "hunter2" not in str((cluster.snapshot.diagnostics, cluster.snapshot.dumps))


OPEN = [
    ("azure", "role-assignments.json", "shop/api", "azure:shop-kv/db"),
    ("azure", "identity/api/federated-credentials.json", "shop/web", "azure:shop-kv/db"),
    ("gcp", "ancestors.json", "batch/view", "gcp:shop-prod/db"),
    ("gcp", "secrets/db.json", "batch/view", "gcp:shop-prod/db"),
]


@pytest.mark.parametrize(("kind", "file", "account", "secret"), OPEN)
def test_a_no_is_open_where_the_dump_lacks_what_may_say_yes(tmp_path, kind, file, account, secret):
    shutil.copytree(STORES / kind / "estate", tmp_path, dirs_exist_ok=True)
    for lost in [*tmp_path.glob(f"{kind}/*/{file}"), *tmp_path.glob("gcp/*/asset-*")]:
        lost.unlink()
    cluster = rg.load(tmp_path / "cluster.yaml", tmp_path / kind, bootstrap=False)
    decision = cluster.can_read(secret, user=f"sa:{account}")
    assert decision.unknown
    assert file in str(decision.missing[0])
    assert any(file in str(one) for one in cluster.paths(secret).basis.missing)


@pytest.mark.parametrize(
    ("kind", "file", "account", "secret"),
    [
        ("azure", "deny-assignments.json", "shop/api", "azure:shop-kv/db"),
        ("gcp", "deny-policies/d1.json", "shop/api", "gcp:shop-prod/db"),
    ],
)
def test_a_yes_stays_yes_without_denials_and_says_so(tmp_path, kind, file, account, secret):
    shutil.copytree(STORES / kind / "estate", tmp_path, dirs_exist_ok=True)
    (lost,) = tmp_path.glob(f"{kind}/*/{file}")
    lost.unlink()
    cluster = rg.load(tmp_path / "cluster.yaml", tmp_path / kind, bootstrap=False)
    decision = cluster.can_read(secret, user=f"sa:{account}")
    assert decision
    assert "which may take away" in str(decision.missing[0])
    assert str(decision.missing[0]) in map(str, cluster.paths(secret).basis.missing)


def test_another_issuer_trusts_nobody_here():
    for kind, secret in (("azure", "azure:shop-kv/db"), ("gcp", "gcp:shop-prod/db")):
        folder = STORES / kind / "estate"
        cluster = rg.load(
            folder / "cluster.yaml",
            folder / kind,
            oidc_issuers=["https://other.example"],
            bootstrap=False,
        )
        assert not cluster.can_read(secret, user="sa:shop/api")
        assert not cluster.can_read(secret, user="sa:shop/api").unknown
        principals = {path.principal for path in cluster.paths(secret)}
        assert not [one for one in principals if one.startswith("serviceaccount:")]


def store(provider, account, body, key, kind="SecretStore"):
    return f"""\
apiVersion: external-secrets.io/v1
kind: {kind}
metadata: {{name: s, namespace: {account[0]}}}
spec: {{provider: {{{provider}: {body}}}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: e, namespace: {account[0]}}}
spec:
  secretStoreRef: {{name: s, kind: {kind}}}
  target: {{name: made}}
  data: [{{secretKey: x, remoteRef: {{key: {key}}}}}]
"""


AZURE_STORE = (
    "{vaultUrl: 'https://SHOP-kv.vault.azure.net', authType: WorkloadIdentity,"
    " serviceAccountRef: {name: %s}}"
)
GCP_STORE = (
    "{projectID: '%s', auth: {workloadIdentity: {clusterLocation: e, clusterName: c1,"
    " serviceAccountRef: {name: %s}}}}"
)


@pytest.mark.parametrize(
    ("kind", "text", "secret", "gets"),
    [
        ("azure", store("azurekv", ("shop", ""), AZURE_STORE % "api", "DB"), "shop-kv/db", True),
        ("azure", store("azurekv", ("shop", ""), AZURE_STORE % "api", "WEB"), "shop-kv/web", None),
        # No annotation says as which identity: the store's own object may.
        ("azure", store("azurekv", ("shop", ""), AZURE_STORE % "grp", "DB"), "shop-kv/db", False),
        (
            "gcp",
            store("gcpsm", ("shop", ""), GCP_STORE % ("123456789012", "api"), "db"),
            "shop-prod/db",
            True,
        ),
        (
            "gcp",
            store("gcpsm", ("shop", ""), GCP_STORE % ("shop-prod", "api"), "root"),
            "shop-prod/root",
            None,
        ),
        (
            "gcp",
            store("gcpsm", ("batch", ""), GCP_STORE % ("shop-prod", "imp"), "root"),
            "shop-prod/root",
            True,
        ),
        (
            "gcp",
            store("gcpsm", ("shop", ""), GCP_STORE % ("shop-prod", "web"), "web"),
            "shop-prod/web",
            None,
        ),
    ],
)
def test_a_store_reads_as_the_identity_of_its_account(tmp_path, kind, text, secret, gets):
    """What objects name is the dump's secret; True certain, False conditional, None refused."""
    cluster = loaded(tmp_path, kind, text)
    nodes = {one for one in cluster.graph() if one.startswith(f"{kind}:")}
    assert f"{kind}:{secret}" in nodes
    assert len({one.lower() for one in nodes}) == len(nodes)
    assert not [one for one in nodes if "1234" in one]
    login = f"secretstore.external-secrets.io:{'batch' if 'batch' in text else 'shop'}/s"
    edges = {
        (start, end): not data["condition"]
        for start, end, data in cluster.graph().edges(data=True)
        if start == login and end == f"{kind}:{secret}"
    }
    assert list(edges.values()) == ([] if gets is None else [gets])


def test_a_store_opens_whatever_its_account_reads_there(tmp_path):
    """A resource may name another secret of the store's own project or vault, not of others."""
    text = store("gcpsm", ("shop", ""), GCP_STORE % ("123456789012", "api"), "db")
    for project, read in (("123456789012", ["db", "web"]), ("other", [])):
        graph = loaded(tmp_path, "gcp", text.replace("123456789012", project)).graph()
        found = {
            end
            for start, end, data in graph.edges(data=True)
            if start.startswith("secretstore.") and not data["condition"]
        }
        assert found == {f"gcp:shop-prod/{name}" for name in read}


def test_a_provider_class_of_google_reads_as_its_pod(tmp_path):
    text = """\
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {name: c, namespace: shop}
spec:
  provider: gcp
  parameters:
    secrets: |
      - resourceName: projects/123456789012/secrets/db/versions/latest
        path: db
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop}
spec:
  serviceAccountName: %s
  containers: [{name: c, image: i, volumeMounts: [{name: v, mountPath: /s}]}]
  volumes:
  - name: v
    csi: {driver: secrets-store.csi.k8s.io, volumeAttributes: {secretProviderClass: c}}
"""
    for account, certain in (("api", True), ("web", None)):
        graph = loaded(tmp_path, "gcp", text % account).graph()
        found = [
            not data["condition"]
            for start, end, data in graph.edges(data=True)
            if end == "gcp:shop-prod/db" and start.startswith("secretproviderclass.")
        ]
        assert found == ([] if certain is None else [certain])


def test_names_of_a_question_are_those_of_the_store(estate):
    cluster, pairs = estate
    if any(pair.endswith("azure:shop-kv/db") for pair in pairs):
        names = ["azure:SHOP-KV/Db", "azure:https://shop-kv.vault.azure.net/secrets/db/0123"]
    else:
        names = ["gcp:123456789012/db", "gcp:projects/shop-prod/secrets/db/versions/latest"]
    for name in names:
        assert cluster.can_read(name, user="sa:shop/api")
        assert len({path.target for path in cluster.paths(name)}) == 1


def test_a_project_by_number_and_by_id_is_one_or_may_be_one(tmp_path):
    """With the dump one secret; without it each may be the other, so that no reader is missing."""
    by_number = store("gcpsm", ("shop", ""), GCP_STORE % ("123456789012", "api"), "db")
    by_id = store("gcpsm", ("batch", ""), GCP_STORE % ("shop-prod", "job"), "db")
    text = f"{by_number}---\n{by_id}"
    whole = loaded(tmp_path, "gcp", text)
    assert "gcp:123456789012/db" not in whole.graph()
    cluster = rg.load(
        STORES / "gcp" / "estate" / "cluster.yaml", tmp_path / "more.yaml", bootstrap=False
    )
    words = "123456789012 is the number of the project shop-prod"
    for secret, account in (
        ("gcp:123456789012/db", "serviceaccount:batch/job"),
        ("gcp:shop-prod/db", "serviceaccount:shop/api"),
    ):
        found = [path for path in cluster.paths(secret) if path.principal == account]
        assert found
        assert all(words in map(str, path.conditions) for path in found)
    alone = text.replace("projectID: '123456789012'", "projectID: 'other-prod'")
    (tmp_path / "more.yaml").write_text(alone)
    other = rg.load(
        STORES / "gcp" / "estate" / "cluster.yaml", tmp_path / "more.yaml", bootstrap=False
    )
    principals = {path.principal for path in other.paths("gcp:shop-prod/db")}
    assert "serviceaccount:shop/api" not in principals
