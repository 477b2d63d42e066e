"""Real manifests and the dump of a real API server, where they lie beside the checkout."""

from pathlib import Path

import msgspec
import pytest

from rbacgraph.sources.checks.object_checks import check
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.load import load
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.object_kinds import KINDS
from rbacgraph.sources.yaml import values

# Everything that is wrong with the manifests of the corpora, judged one by one.
FAULTS = {
    ("argo_cd", "reposerver/repository/testdata/in-bounds-link/cm.yaml", 1, "missing-name"),
    ("argo_cd", "reposerver/repository/testdata/jsonnet-and-json/test.json", 1, "missing-name"),
    ("argo_cd", "reposerver/repository/testdata/recurse/baz.yaml", 5, "missing-name"),
    ("argo_cd", "reposerver/repository/testdata/recurse/foo/bar.yaml", 5, "missing-name"),
    ("argo_cd", "test/remote/argocd-remote-permissions.yaml", 1, "missing-name"),
    ("argo_cd", "test/remote/argocd-remote-permissions.yaml", 21, "missing-name"),
    ("aws_iam_authz_details", "", 0, "empty-input"),
    ("bjw_s_home_ops", ".taskfiles/rook/WipeDiskJob.tmpl.yaml", 13, "pod-placeholder"),
    ("bjw_s_home_ops", ".taskfiles/rook/WipeRookDataJob.tmpl.yaml", 13, "pod-placeholder"),
    ("bjw_s_home_ops", ".taskfiles/volsync/templates/list.tmpl.yaml", 6, "pod-placeholder"),
    ("bjw_s_home_ops", ".taskfiles/volsync/templates/list.tmpl.yaml", 23, "pod-placeholder"),
    ("bjw_s_home_ops", ".taskfiles/volsync/templates/unlock.tmpl.yaml", 6, "pod-placeholder"),
    ("bjw_s_home_ops", ".taskfiles/volsync/templates/unlock.tmpl.yaml", 24, "pod-placeholder"),
    ("bjw_s_home_ops", ".taskfiles/volsync/templates/unlock.tmpl.yaml", 32, "pod-placeholder"),
    ("bjw_s_home_ops", ".taskfiles/volsync/templates/wipe.tmpl.yaml", 6, "pod-placeholder"),
    (
        "external_secrets",
        "docs/snippets/1password-connect-server-deployment.yaml",
        18,
        "yaml-syntax",
    ),
    ("external_secrets", "docs/snippets/bitwarden-cli-deployment.yaml", 1, "template"),
    ("external_secrets", "docs/snippets/bitwarden-cli-secrets.yaml", 1, "template"),
    ("external_secrets", "docs/snippets/cluster-external-secret-fanout.yaml", 1, "template"),
    ("external_secrets", "docs/snippets/generator-vault.yaml", 1, "template"),
    ("external_secrets", "docs/snippets/generator-vault-get.yaml", 1, "template"),
    ("external_secrets", "docs/snippets/manifest-argocd-app.yaml", 1, "template"),
    ("external_secrets", "docs/snippets/manifest-basic-configmap.yaml", 1, "template"),
    *(
        ("external_secrets", f"tests/__snapshot__/{kind}-{version}.yaml", 1, "missing-name")
        for kind in (
            "clusterexternalsecret",
            "clustersecretstore",
            "externalsecret",
            "secretstore",
        )
        for version in ("v1", "v1beta1")
    ),
    ("external_secrets", "tests/__snapshot__/pushsecret-v1alpha1.yaml", 1, "missing-name"),
    ("external_secrets", "tests/__snapshot__/vaultdynamicsecret-v1alpha1.yaml", 1, "missing-name"),
    (
        "external_secrets",
        "docs/snippets/pushsecret-generator-rotation-example.yaml",
        33,
        "template",
    ),
    ("longhorn", "dev/scale-test/statefulset.yaml", 4, "yaml-syntax"),
    (
        "secrets_store_csi",
        "test/bats/tests/conjur/conjur_v1_secretproviderclass.yaml",
        16,
        "yaml-syntax",
    ),
    ("secrets_store_csi", "test/bats/tests/conjur/pod-conjur-rotation.yaml", 40, "yaml-syntax"),
}
NOTES = {
    "cluster-scoped-namespace",
    "default-namespace",
    "duplicate-object",
    "generated-name",
    "subject-without-namespace",
}


@pytest.fixture(scope="module")
def dump(shared) -> Path:
    return shared / "dumps" / "A"


@pytest.fixture(scope="module")
def complete(dump):
    return load(dump / "all.json")


def by_kind(snapshot):
    """Return the objects by field, without their places."""
    fields = [kind.field for kind in KINDS if kind.field != "custom_resources"]
    return {
        field: [msgspec.structs.replace(o, origin=0) for o in getattr(snapshot, field)]
        for field in fields
    }


@pytest.mark.only_in_all
def test_corpora(shared):
    found = set()
    for corpus in sorted(path for path in (shared / "corpora").iterdir() if path.is_dir()):
        snapshot = load(corpus)
        for d in snapshot.diagnostics:
            file = d.file.removeprefix(f"{corpus}/")
            if d.severity == "error":
                found.add((corpus.name, file, d.line, d.code))
            else:
                assert d.code in NOTES, d
        assert snapshot.listed == frozenset()
    assert found == FAULTS


@pytest.mark.only_in_all
def test_corpora_on_both_roads(shared):
    """What the fast road would make of the manifests of people, the exact road makes too."""
    compared = 0
    for path in sorted((shared / "corpora").rglob("*.y*ml")):
        for text in path.read_bytes().split(b"\n---")[:40]:
            api_version, kind = values._header(text + b"\n", 0)
            collector = Collector(Problems())
            slot = collector.slot(api_version, kind) if api_version and kind else None
            if slot is None or len(text) > 1 << 16 or values._is_tricky(text + b"\n"):
                continue
            if not slot.may_keep(text):
                continue
            fast = values.read_fast(text + b"\n", slot, (api_version, kind))
            if fast is not None:
                collector.open_file("x")
                values._read_exact(text + b"\n", 0, collector, None)
                (exact,) = slot.objects or (None,)
                if slot.kind.few and not slot.kind.few.is_kept(fast):
                    assert exact is None, path
                    continue
                if exact is not None and not fast.metadata.name:  # a generateName
                    continue
                assert exact is not None, path
                assert msgspec.structs.replace(exact, origin=0) == fast, path
                compared += 1
    assert compared > 1_000


def test_json_and_yaml_of_one_cluster_are_equal(dump, complete):
    other = load(dump / "all.yaml")
    assert by_kind(other) == by_kind(complete)
    assert sum(map(len, by_kind(other).values())) > 700
    for field in ("listed", "diagnostics", "skipped", "kubernetes_version", "custom_resources"):
        assert getattr(other, field) == getattr(complete, field)


def test_a_complete_dump_is_known_to_be_complete(complete):
    assert complete.diagnostics == ()
    assert complete.kubernetes_version == (1, 36)
    for kind in ("Secret", "Role", "ClusterRole", "RoleBinding", "Pod", "Node", "Namespace"):
        assert complete.is_listed(kind)
    assert not complete.is_listed("ReplicationController")


def test_without_secrets_none_are_known(dump, complete):
    partial = load(dump / "no-secrets.json")
    assert partial.secrets == ()
    assert not partial.is_listed("Secret")
    left_out = {"secrets": 0, "config_maps": 0}
    assert {**by_kind(partial), **left_out} == {**by_kind(complete), **left_out}


def test_a_cluster_info_dump(dump, complete):
    snapshot = load(dump / "cluster-info-dump")
    assert snapshot.diagnostics == ()
    assert set(snapshot.skipped) == {"Event"}
    pods = sorted(map(str, by_kind(complete)["pods"]))
    assert sorted(map(str, by_kind(snapshot)["pods"])) == pods
    assert snapshot.is_listed("Pod", "kube-public")
    assert not snapshot.is_listed("Pod")
    assert snapshot.is_listed("Node")
    kinds = ("DaemonSet", "Deployment", "Pod", "ReplicaSet", "ReplicationController", "Service")
    names = {namespace.metadata.name for namespace in complete.namespaces}
    listed = {("Node", "")} | {(kind, name) for kind in kinds for name in names}
    assert snapshot.listed == listed


def test_manifests(dump):
    snapshot = load(dump / "manifests")
    assert snapshot.diagnostics == ()
    assert snapshot.listed == frozenset()
    assert snapshot.kubernetes_version is None
    assert len(snapshot.secrets) == 23


def test_everything_at_once_is_one_cluster(dump, complete):
    snapshot = load(dump)
    assert {field: len(found) for field, found in by_kind(snapshot).items()} == {
        field: len(found) for field, found in by_kind(complete).items()
    }
    assert {d.code for d in snapshot.diagnostics} == {"duplicate-object"}
    # what the server says of an object is believed before what a manifest says of it
    assert by_kind(snapshot)["pods"] == by_kind(complete)["pods"]


def test_the_planted_mistakes_are_told(complete):
    lines = [f"{d.code}: {d.message}" for d in check(complete) if d.severity == "warning"]
    assert lines == [
        "rule-typo: Role payments/typo-reader rules[0] has the API group 'v1'",
        "rule-typo: Role payments/typo-reader rules[0] has the resource 'Secret'",
        (
            "dangling-role-ref: RoleBinding payments/legacy-reader refers to Role"
            " payments/legacy-reader, which does not exist"
        ),
        (
            "dangling-role-ref: ClusterRoleBinding ops-superuser refers to ClusterRole"
            " ops-superuser, which does not exist"
        ),
    ]


def test_no_value_of_a_secret_is_kept(dump, complete):
    raw = (dump / "all.json").read_text()
    assert raw.count("CANARY") + raw.count("Q0FOQVJZ") > 0
    assert not any(mark in repr(complete) for mark in ("CANARY", "Q0FOQVJZ", "BTkFSW", "DQU5BUl"))
