"""Mistakes that were planted in a real cluster: what follows from each is found, and no more.

``planted.json`` beside the dump tells them in words; its ids are those of the rows here.
"""

from collections.abc import Mapping

import pytest

import rbacgraph
from rbacgraph.model.node import format_node
from rbacgraph.query.access.by_design import operators_by_design

ALL = "all"
STOREFRONT = {"storefront": ALL}
PAYMENTS = {"payments": ALL}
EVERYTHING = {"": ALL}
PUSH = {"ci": {"registry-push"}}  # A11: every ServiceAccount reads it
NOT_BANK = {
    "ledger-db",
    "gateway-mtls",
    "gateway-signing",
    "ledger-db-replication",
    "psp-api-key",
}
PLANTED = (
    ("A01", "group:dev-storefront", STOREFRONT | PAYMENTS | PUSH),
    ("A02", "sa:ci/runner", EVERYTHING),
    ("A03", "group:oncall", {"payments": NOT_BANK} | PUSH),
    ("A04", "sa:data-platform/headlamp", EVERYTHING),
    ("A05", "user:auditor@example.com", {}),
    ("A06", "group:ops", {}),
    ("A07", "sa:storefront/api", PAYMENTS | PUSH),
    ("A08", "sa:data-platform/airflow", EVERYTHING),
    ("A09", "sa:data-platform/default", EVERYTHING),
    ("A09", "pod:data-platform/warehouse-0", EVERYTHING),
    ("A10", "sa:data-platform/spark", EVERYTHING),
    ("A11", "group:system:serviceaccounts", PUSH),
    ("A12", "user:jane@example.com", {"storefront": {"web-session"}}),
    ("A13", "sa:storefront/old-worker", {"storefront": {"redis-auth", "regcred"}} | PUSH),
    ("A14", "sa:storefront/image-updater", STOREFRONT | PAYMENTS | PUSH),
    ("A15", "group:Dev-Payments", {}),
    ("A16", "user:vault-sync@example.com", {"payments": {"ledger-db", "psp-api-key"}} | PUSH),
    ("A17", "sa:ci/tenant-operator", EVERYTHING),
    ("A18", "group:support-l2", EVERYTHING),
    ("A19", "sa:data-platform/log-agent", EVERYTHING),
    ("A20", "sa:ci/deployer", PUSH),
    ("A21", "sa:kube-system/argocd-manager", EVERYTHING),
    ("A23", "pod:data-platform/node-backup", EVERYTHING),
    ("A24", "pod:ci/buildkitd-0", EVERYTHING),
)


@pytest.fixture(scope="module")
def cluster(shared):
    folder = shared / "dumps" / "A"
    if not folder.is_dir():
        pytest.skip("no folder shared/dumps/A beside the checkout")
    return rbacgraph.load(folder / "all.json")


def _expected(cluster, holds: Mapping[str, object]):
    """The Secrets that are meant: all of some namespaces (of every one for ""), or some."""
    found = set()
    for secret in cluster.exposure():
        if not secret.secret.startswith("secret:"):
            continue  # of a store outside, whose own policies decide
        namespace, _, name = secret.secret.removeprefix("secret:").partition("/")
        names = holds.get(namespace, holds.get("", ()))
        if names == ALL or name in names:
            found.add(f"secret:{namespace}/{name}")
    return found


@pytest.mark.parametrize(("number", "source", "holds"), PLANTED)
def test_what_a_mistake_gives_is_found_and_no_more(cluster, number, source, holds):
    found = {one.target for one in cluster.reach(source=source, certain=True)}
    secrets = {target for target in found if target.startswith("secret:")}
    assert secrets == _expected(cluster, holds), number


def test_who_is_effectively_cluster_admin_by_a_mistake(cluster):
    """Those who reach every Secret are it here; of the others one may be, by what logs show."""
    found = {one.principal for one in cluster.admins() if one.certain}
    possible = {one.principal for one in cluster.admins(without=["pods-log"])}
    sources = {source.replace("sa:", "serviceaccount:"): holds for _, source, holds in PLANTED}
    principals = {one for one in sources if not one.startswith("pod:")}
    assert {one for one in principals if sources[one] == EVERYTHING} == principals & found
    assert principals & possible == principals & found


def test_no_mistake_is_by_design_and_what_runs_there_is(cluster):
    graph = cluster.access_graph
    found = {format_node(graph.nodes[n]): name for n, name in operators_by_design(graph).items()}
    sources = {source.replace("sa:", "serviceaccount:") for _, source, _ in PLANTED}
    assert sources.isdisjoint(found)
    assert "serviceaccount:kube-system/superadmin" not in found
    assert {one.principal for one in cluster.admins().operators} <= set(found)
    assert {
        "Argo CD",
        "cert-manager",
        "External Secrets",
        "ingress-nginx",
        "Knative",
        "Longhorn",
        "the Prometheus Operator",
        "the Secrets Store CSI driver",
    } <= set(found.values())


@pytest.mark.only_in_all
def test_a_cut_that_keeps_operators_takes_nothing_by_design(cluster):
    secret, keep = "storefront/redis-auth", ["sa:storefront/api"]
    touching = [one for one in cluster.cut(secret, keep=keep) if one.operators]
    kept = cluster.cut(secret, keep=keep, keep_operators=True)
    assert touching
    assert not [one for one in kept if one.operators]
    assert kept.possible
    assert len(kept) < len(touching)
