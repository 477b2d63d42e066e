"""Real projects' manifests, from end to end: skipped, saying so, where they are not here."""

from functools import cache
from pathlib import Path

import pytest

import rbacgraph

CORPORA = (
    "argo_cd",
    "aws_iam_authz_details",
    "badpods",
    "bjw_s_home_ops",
    "calico",
    "cert_manager",
    "external_secrets",
    "honeycomb_agent",
    "k8s_bootstrap",
    "k8s_pod_security",
    "knative_serving",
    "kube_prometheus",
    "kubernetes_goat",
    "longhorn",
    "secrets_store_csi",
    "vault_guides",
)
# Some of these take as long as all others together.
DEAR = {"argo_cd", "bjw_s_home_ops", "calico", "knative_serving", "secrets_store_csi"}
EACH = pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.only_in_all if name in DEAR else ()) for name in CORPORA],
)


@pytest.fixture(scope="module")
def cluster_of(shared):
    return cache(lambda name: rbacgraph.load(shared / "corpora" / name, allow_empty=True))


def test_all_folders_are_tried(shared):
    assert {path.name for path in (shared / "corpora").iterdir() if path.is_dir()} == {*CORPORA}


@EACH
def test_every_question_is_answered(cluster_of, name):
    cluster = cluster_of(name)
    exposure = cluster.exposure()
    own = [row for row in exposure if row.secret.startswith("secret:")]
    assert len(own) == len(cluster.access_graph.world.secrets)
    for row in exposure[:25]:
        answer = cluster.paths(secret=row.secret)
        certain = {path.principal for path in answer if path.certain}
        assert len(certain) == row.certain
        assert len({path.principal for path in answer}) == row.certain + row.conditional
        assert str(answer)
    for binding in cluster.snapshot.role_bindings[:25]:
        for subject in binding.subjects or ():
            if subject.kind == "ServiceAccount":
                namespace = subject.namespace or binding.metadata.namespace
                assert str(cluster.reach(source=f"sa:{namespace}/{subject.name}"))


@EACH
def test_every_diagnostic_points_into_the_input(cluster_of, name):
    for diagnostic in cluster_of(name).diagnostics:
        assert diagnostic.message
        if diagnostic.line:
            lines = Path(diagnostic.file).read_bytes().count(b"\n") + 1
            assert 1 <= diagnostic.line <= lines, diagnostic


@EACH
def test_every_hop_points_at_the_object_it_names(cluster_of, name):
    """The line of each piece of evidence begins the object of that name."""
    cluster = cluster_of(name)
    for row in [row for row in cluster.exposure() if row.certain][:10]:
        for path in cluster.paths(secret=row.secret):
            for evidence in (e for hop in path.hops for e in hop.evidence if e.file):
                text = Path(evidence.file).read_text()
                head = "\n".join(text.splitlines()[evidence.line - 1 :][:6000])
                in_typed_list = f'"kind": "{evidence.kind}List"' in text
                says_kind = f"kind: {evidence.kind}" in head or f'"{evidence.kind}"' in head
                assert says_kind or in_typed_list
                _, aggregated, source = evidence.detail.partition(", from ClusterRole ")
                assert (source.split()[0] if aggregated else evidence.name) in head


def test_aggregated_roles_are_computed(cluster_of):
    """kube-prometheus and cert-manager extend view; their rules are in it."""
    roles = {role.metadata.name: role for role in cluster_of("cert_manager").snapshot.cluster_roles}
    labelled = [
        role
        for name, role in roles.items()
        if (role.metadata.labels or {}).get("rbac.authorization.k8s.io/aggregate-to-view") == "true"
        and not role.assumed
    ]
    for role in labelled:
        assert set(role.rules or ()) <= set(roles["view"].rules or ())
    knative = {r.metadata.name: r for r in cluster_of("knative_serving").snapshot.cluster_roles}
    admin = knative["knative-serving-admin"]
    assert admin.aggregation_rule
    assert set(knative["knative-serving-core"].rules) <= set(admin.rules)
