"""Each edge kind on minimal twins: one input that has the edge, one that lacks a single thing.

A row says what ``source`` gets of ``target`` in one file of ``fixtures/edges/<id>/``.
"""

from pathlib import Path
from typing import NamedTuple

import networkx as nx
import pytest

import rbacgraph as rg

EDGES = Path(__file__).parents[2] / "fixtures" / "edges"
ALICE = "user:alice"
DB = "secret:shop/db"
CI = "serviceaccount:shop/ci"
WEB = "serviceaccount:shop/web"
GHOST = "serviceaccount:shop/ghost"
CERTAIN, CONDITIONAL, NOTHING = "certain", "conditional", "nothing"


class Row(NamedTuple):
    id: str
    file: str
    source: str
    target: str
    gets: str
    version: str | None = "1.36"
    groups: str | None = None

    def __str__(self) -> str:
        version = "" if self.version == "1.36" else f"@{self.version}"
        return f"{self.id}/{self.file}{version}:{self.source}"

    def load(self) -> rg.Cluster:
        folder = EDGES / self.id
        return rg.load(
            folder / f"{self.file}.yaml",
            groups=folder / self.groups if self.groups else None,
            kubernetes_version=self.version,
        )


ROWS = [
    Row("member-of", "yes", "sa:ci/runner", DB, CERTAIN),
    Row("member-of", "no", "sa:ci/runner", DB, NOTHING),
    Row("member-of", "yes-authenticated", ALICE, DB, CERTAIN),
    Row("member-of", "no-anonymous", "user:system:anonymous", DB, NOTHING),
    Row("member-of", "yes-given", ALICE, DB, CERTAIN, groups="groups.yaml"),
    Row("member-of", "no-given", ALICE, DB, NOTHING, groups="groups.yaml"),
    Row("bound-by", "yes", ALICE, DB, CERTAIN),
    Row("bound-by", "no", ALICE, DB, NOTHING),
    Row("bound-by", "yes-alias", CI, DB, CERTAIN),
    Row("bound-by", "no-alias", CI, DB, NOTHING),
    Row("bound-by", "yes-own-namespace", CI, DB, CERTAIN),
    Row("bound-by", "no-own-namespace", CI, DB, NOTHING),
    Row("grants", "yes", ALICE, DB, CERTAIN),
    Row("grants", "no", ALICE, DB, NOTHING),
    Row("grants", "yes-cluster-role", ALICE, DB, CERTAIN),
    Row("grants", "no-other-namespace", ALICE, DB, NOTHING),
    Row("grants", "no-cluster-binding", ALICE, DB, NOTHING),
    Row("contains", "yes", ALICE, DB, CERTAIN),
    Row("contains", "no", ALICE, "secret:payments/db", NOTHING),
    Row("contains", "yes-name-everywhere", ALICE, DB, CERTAIN),
    Row("contains", "no-name-everywhere", ALICE, "secret:shop/db-2", NOTHING),
    Row("system-masters", "yes", "group:system:masters", DB, CERTAIN),
    Row("system-masters", "no", "group:system:master", DB, NOTHING),
    Row("read-secret", "yes", ALICE, DB, CERTAIN),
    Row("read-secret", "no", ALICE, DB, NOTHING),
    Row("read-secret", "yes-list-name", ALICE, DB, CERTAIN),
    Row("read-secret", "no-list-name", ALICE, DB, NOTHING),
    Row("read-secret", "yes-empty-name", ALICE, DB, CERTAIN),
    Row("read-secret", "no-empty-name", ALICE, DB, NOTHING),
    Row("read-secret", "no-star-name", ALICE, DB, NOTHING),
    Row("read-secret", "yes-stars", ALICE, DB, CERTAIN),
    Row("read-secret", "no-subresources", ALICE, DB, NOTHING),
    Row("read-secret", "no-update", ALICE, DB, NOTHING),
    Row("read-secret", "no-case", ALICE, DB, NOTHING),
    Row("patch-secret", "yes", ALICE, DB, CERTAIN),
    Row("patch-secret", "no", ALICE, DB, NOTHING),
    Row("patch-secret", "yes-any", ALICE, DB, CERTAIN),
    Row("patch-secret", "no-update", ALICE, DB, NOTHING),
    Row("patch-secret", "no-empty-name", ALICE, DB, NOTHING),
    Row("patch-secret", "no-star-name", ALICE, DB, NOTHING),
    Row("delete-secret", "yes", ALICE, DB, CERTAIN),
    Row("delete-secret", "no", ALICE, DB, NOTHING),
    Row("delete-secret", "no-empty-name", ALICE, DB, NOTHING),
    Row("delete-secrets", "yes", ALICE, DB, CERTAIN),
    Row("delete-secrets", "no", ALICE, DB, NOTHING),
    Row("delete-secrets", "yes-empty-name", ALICE, DB, CERTAIN),
    Row("delete-secrets", "yes-everywhere", ALICE, DB, CERTAIN),
    Row("delete-secrets", "no-delete", ALICE, DB, NOTHING),
    Row("mounts-secret", "yes", "pod:shop/web", DB, CERTAIN),
    Row("mounts-secret", "no", "pod:shop/web", DB, NOTHING),
    Row("mounts-secret", "yes-env", "pod:shop/web", DB, CERTAIN),
    Row("mounts-secret", "no-key", "pod:shop/web", DB, NOTHING),
    Row("mounts-secret", "yes-env-from", "pod:shop/web", DB, CERTAIN),
    Row("mounts-secret", "yes-projected", "pod:shop/web", DB, CERTAIN),
    Row("mounts-secret", "yes-init", "pod:shop/web", DB, CONDITIONAL),
    Row("mounts-secret", "no-pull", "pod:shop/web", DB, NOTHING),
    Row("mounts-secret", "no-driver", "pod:shop/web", DB, NOTHING),
    Row("mounts-secret", "yes-template", "deployment:shop/web", DB, CERTAIN),
    Row("node-reads-secret", "yes", "node:n1", DB, CERTAIN),
    Row("node-reads-secret", "yes", "node:n2", DB, NOTHING),
    Row("node-reads-secret", "no", "node:n1", DB, NOTHING),
    Row("node-reads-secret", "yes-pull", "node:n1", DB, CERTAIN),
    Row("node-reads-secret", "yes-succeeded", "node:n1", DB, CERTAIN),
    Row("node-reads-secret", "yes-volume", "node:n1", "secret:storage/array", CERTAIN),
    Row("node-reads-secret", "no-volume", "node:n1", "secret:storage/array", NOTHING),
    Row("runs-as", "yes", "deployment:shop/web", WEB, CERTAIN),
    Row("runs-as", "no", "deployment:shop/web", WEB, NOTHING),
    Row("runs-as", "yes-overridden", "deployment:shop/web", WEB, CERTAIN),
    Row("runs-as", "no-account", "deployment:shop/web", WEB, NOTHING),
    Row("runs-as", "yes-live", "pod:shop/web", WEB, CERTAIN),
    Row("runs-as", "no-live", "pod:shop/web", WEB, NOTHING),
    Row("runs-as", "yes-audience", "pod:shop/web", WEB, CONDITIONAL),
    Row("runs-as", "no-audience", "pod:shop/web", WEB, NOTHING),
    Row("token-of", "yes", ALICE, CI, CERTAIN),
    Row("token-of", "no", ALICE, CI, NOTHING),
    Row("token-of", "no-annotation", ALICE, CI, NOTHING),
    Row("token-of", "yes-uid", ALICE, CI, CERTAIN),
    Row("token-of", "no-uid", ALICE, CI, NOTHING),
    Row("hosts-pod", "yes", "node:n1", WEB, CERTAIN),
    Row("hosts-pod", "no", "node:n1", WEB, NOTHING),
    Row("node-requests-token", "yes", "node:n1", WEB, CERTAIN),
    Row("node-requests-token", "no", "node:n1", WEB, NOTHING),
    Row("node-requests-token", "no", "node:n1", WEB, CERTAIN, version="1.32"),
    Row("node-requests-token", "no", "node:n1", WEB, CONDITIONAL, version=None),
    Row("node-requests-token", "no-mirror", "node:n1", WEB, NOTHING, version="1.32"),
    Row("node-requests-token", "no-audience", "node:n1", WEB, NOTHING),
    Row("node-requests-token", "no-other-node", "node:n1", WEB, NOTHING),
    Row("create-pod", "yes", ALICE, DB, CERTAIN),
    Row("create-pod", "no", ALICE, DB, NOTHING),
    Row("create-pod", "yes-empty-name", ALICE, DB, CERTAIN),
    Row("create-pod", "no-subresources", ALICE, DB, NOTHING),
    Row("create-pod", "no-other-namespace", ALICE, DB, NOTHING),
    Row("create-pod", "yes-account", ALICE, CI, CERTAIN),
    Row("create-pod", "no-ghost", ALICE, GHOST, NOTHING),
    Row("create-workload", "yes", ALICE, DB, CERTAIN),
    Row("create-workload", "no", ALICE, DB, NOTHING),
    Row("create-workload", "yes-cron-job", ALICE, DB, CERTAIN),
    Row("create-workload", "no-group", ALICE, DB, NOTHING),
    Row("create-workload", "no-name", ALICE, DB, NOTHING),
    Row("create-workload", "no-status", ALICE, DB, NOTHING),
    Row("exec", "yes", ALICE, DB, CERTAIN),
    Row("exec", "no", ALICE, DB, NOTHING),
    Row("exec", "no", ALICE, DB, CERTAIN, version="1.34"),
    Row("exec", "no", ALICE, DB, CONDITIONAL, version=None),
    Row("exec", "no-succeeded", ALICE, DB, NOTHING),
    Row("exec", "yes-pending", ALICE, DB, CONDITIONAL),
    Row("exec", "yes-any", ALICE, DB, CERTAIN),
    Row("exec", "no-subresources", ALICE, DB, NOTHING),
    Row("exec", "no-pods", ALICE, DB, NOTHING),
    Row("exec", "yes-name", ALICE, DB, CERTAIN),
    Row("exec", "no-name", ALICE, DB, NOTHING),
    Row("exec", "yes-ordinal", ALICE, DB, CERTAIN),
    Row("exec", "no-ordinal", ALICE, DB, NOTHING),
    Row("exec", "no-ordinal-replicaset", ALICE, DB, NOTHING),
    Row("exec", "yes-ordinal-everywhere", ALICE, DB, CONDITIONAL),
    Row("attach", "yes", ALICE, DB, CONDITIONAL),
    Row("attach", "no", ALICE, DB, NOTHING),
    Row("attach", "no", ALICE, DB, CONDITIONAL, version="1.34"),
    Row("attach", "no-succeeded", ALICE, DB, NOTHING),
    Row("request-token", "yes", ALICE, CI, CERTAIN),
    Row("request-token", "no", ALICE, CI, NOTHING),
    Row("request-token", "no-name", ALICE, CI, NOTHING),
    Row("request-token", "yes-unlisted", ALICE, CI, CONDITIONAL),
    Row("request-token", "no-ghost", ALICE, GHOST, NOTHING),
    Row("impersonate-serviceaccount", "yes", ALICE, DB, CERTAIN),
    Row("impersonate-serviceaccount", "no", ALICE, DB, NOTHING),
    Row("impersonate-serviceaccount", "yes-role-binding", ALICE, DB, CERTAIN),
    Row("impersonate-serviceaccount", "no-role-binding", ALICE, DB, NOTHING),
    Row("impersonate-serviceaccount", "yes-ghost", ALICE, DB, CERTAIN),
    Row("impersonate-serviceaccount", "no-twice", ALICE, DB, NOTHING),
    Row("impersonate-serviceaccount", "yes-token-first", ALICE, DB, CERTAIN),
    Row("holds", "yes", ALICE, DB, CERTAIN),
    Row("holds", "no", ALICE, DB, NOTHING),
    Row("needs", "yes", ALICE, CI, CONDITIONAL),
    Row("needs", "no", ALICE, CI, NOTHING),
    Row("create-token-secret", "yes", ALICE, DB, CONDITIONAL),
    Row("create-token-secret", "no", ALICE, DB, NOTHING),
    Row("create-token-secret", "yes-apply", ALICE, DB, CONDITIONAL),
    Row("create-token-secret", "no-post-by-name", ALICE, DB, NOTHING),
    Row("bind-role", "yes", ALICE, DB, CERTAIN),
    Row("bind-role", "no", ALICE, DB, NOTHING),
    Row("bind-role", "yes-edit", ALICE, DB, CERTAIN),
    Row("bind-role", "no-role-ref", ALICE, DB, NOTHING),
    Row("bind-role", "yes-cluster-role-in-namespace", ALICE, DB, CERTAIN),
    Row("bind-role", "no-cluster-binding", ALICE, DB, NOTHING),
    Row("bind-role", "yes-put", ALICE, DB, CERTAIN),
    Row("bind-role", "no-post", ALICE, DB, NOTHING),
    Row("bind-role", "yes-taken", ALICE, DB, CERTAIN),
    Row("bind-role", "no-taken", ALICE, DB, NOTHING),
    Row("escalate-role", "yes", ALICE, DB, CERTAIN),
    Row("escalate-role", "no", ALICE, DB, NOTHING),
    Row("escalate-role", "no-name", ALICE, DB, NOTHING),
    Row("escalate-role", "yes-two", ALICE, DB, CERTAIN),
    Row("escalate-role", "no-two", ALICE, DB, NOTHING),
    Row("escalate-role", "yes-cluster-role", ALICE, DB, CERTAIN),
    Row("escalate-role", "no-cluster-role", ALICE, DB, NOTHING),
    Row("escalate-role", "yes-any-cluster-role", ALICE, DB, CERTAIN),
    Row("escalate-role", "yes-create", ALICE, DB, CERTAIN),
    Row("escalate-role", "no-create", ALICE, DB, NOTHING),
    Row("escalate-role", "yes-apply", ALICE, DB, CERTAIN),
    Row("escalate-role", "no-post", ALICE, DB, NOTHING),
    Row("escalate-role", "yes-impersonated", ALICE, DB, CERTAIN),
    Row("escalate-role", "no-impersonated", ALICE, DB, NOTHING),
    Row("annotate-token-secret", "yes", ALICE, CI, CERTAIN),
    Row("annotate-token-secret", "no", ALICE, CI, NOTHING),
    Row("annotate-token-secret", "yes-any", ALICE, CI, CERTAIN),
    Row("annotate-token-secret", "no-name", ALICE, CI, NOTHING),
    Row("annotate-token-secret", "no-update", ALICE, CI, NOTHING),
    Row("annotate-token-secret", "yes-unlisted", ALICE, CI, CONDITIONAL),
    Row("annotate-token-secret", "no-listed", ALICE, CI, NOTHING),
    Row("annotate-token-secret", "yes-referred", ALICE, CI, CONDITIONAL),
    Row("annotate-token-secret", "no-ghost", ALICE, GHOST, NOTHING),
    Row("annotate-token-secret", "yes-everywhere", ALICE, CI, CERTAIN),
    Row("annotate-token-secret", "no-everywhere", ALICE, CI, NOTHING),
    Row("annotate-token-secret", "yes-name-everywhere", ALICE, CI, CERTAIN),
    Row("patch-pod", "yes", ALICE, DB, CERTAIN),
    Row("patch-pod", "no", ALICE, DB, NOTHING),
    Row("patch-pod", "yes-update", ALICE, DB, CERTAIN),
    Row("patch-pod", "no-beside", ALICE, DB, NOTHING),
    Row("patch-pod", "no-succeeded", ALICE, DB, NOTHING),
    Row("patch-pod", "yes-pending", ALICE, DB, CONDITIONAL),
    Row("patch-pod", "no-static", ALICE, DB, NOTHING),
    Row("patch-pod", "no-static-name", ALICE, DB, NOTHING),
    Row("patch-pod", "yes-beside-static", ALICE, DB, CERTAIN),
    Row("patch-pod", "yes-everywhere", ALICE, DB, CERTAIN),
    Row("patch-pod", "no-static-everywhere", ALICE, DB, NOTHING),
    Row("ephemeral-container", "yes", ALICE, DB, CERTAIN),
    Row("ephemeral-container", "no", ALICE, DB, NOTHING),
    Row("ephemeral-container", "yes-update", ALICE, DB, CERTAIN),
    Row("ephemeral-container", "no-create", ALICE, DB, NOTHING),
    Row("ephemeral-container", "no-name", ALICE, DB, NOTHING),
    Row("ephemeral-container", "yes-unlisted-name", ALICE, DB, CONDITIONAL),
    Row("ephemeral-container", "no-succeeded", ALICE, DB, NOTHING),
    Row("ephemeral-container", "yes-pending", ALICE, DB, CONDITIONAL),
    Row("ephemeral-container", "no-static", ALICE, DB, NOTHING),
    Row("ephemeral-container", "yes-unlisted", ALICE, DB, CONDITIONAL),
    Row("ephemeral-container", "yes-account", ALICE, WEB, CERTAIN),
    Row("ephemeral-container", "yes-everywhere", ALICE, DB, CERTAIN),
    Row("ephemeral-container", "no-everywhere", ALICE, DB, NOTHING),
    Row("update-workload", "yes", ALICE, DB, CERTAIN),
    Row("update-workload", "no", ALICE, DB, NOTHING),
    Row("update-workload", "yes-update", ALICE, DB, CERTAIN),
    Row("update-workload", "no-status", ALICE, DB, NOTHING),
    Row("update-workload", "no-scale", ALICE, DB, NOTHING),
    Row("update-workload", "yes-account", ALICE, CI, CERTAIN),
    Row("update-workload", "yes-unlisted", ALICE, DB, CONDITIONAL),
    Row("update-workload", "yes-unlisted-name", ALICE, DB, CONDITIONAL),
    Row("update-workload", "yes-cron-job", ALICE, DB, CERTAIN),
    Row("update-workload", "no-job", ALICE, DB, NOTHING),
    Row("update-workload", "yes-everywhere", ALICE, DB, CERTAIN),
    Row("update-workload", "no-everywhere", ALICE, DB, NOTHING),
    Row("port-forward", "yes", ALICE, DB, CONDITIONAL),
    Row("port-forward", "no", ALICE, DB, NOTHING),
    Row("port-forward", "no", ALICE, DB, CONDITIONAL, version="1.34"),
    Row("port-forward", "no-succeeded", ALICE, DB, NOTHING),
    Row("pod-proxy", "yes", ALICE, DB, CONDITIONAL),
    Row("pod-proxy", "no", ALICE, DB, NOTHING),
    Row("pod-proxy", "yes-port", ALICE, DB, CONDITIONAL),
    Row("pod-proxy", "no-port", ALICE, DB, NOTHING),
    Row("pod-proxy", "no-list", ALICE, DB, NOTHING),
    Row("service-proxy", "yes", ALICE, DB, CONDITIONAL),
    Row("service-proxy", "no", ALICE, DB, NOTHING),
    Row("service-proxy", "yes-any", ALICE, DB, CONDITIONAL),
    Row("service-proxy", "no-empty-name", ALICE, DB, NOTHING),
    Row("node-proxy", "yes", ALICE, DB, CERTAIN),
    Row("node-proxy", "yes", ALICE, "node:n1", NOTHING),
    Row("node-proxy", "no", ALICE, DB, NOTHING),
    Row("node-proxy", "yes-any", ALICE, DB, CERTAIN),
    Row("node-proxy", "no-binding", ALICE, DB, NOTHING),
    Row("node-proxy", "no-nodes", ALICE, DB, NOTHING),
    Row("node-proxy", "no-update", ALICE, DB, NOTHING),
    Row("node-proxy", "yes-port", ALICE, DB, CERTAIN),
    Row("node-proxy", "no-port", ALICE, DB, NOTHING),
    Row("node-proxy", "no-succeeded", ALICE, DB, NOTHING),
    Row("create-custom-workload", "yes", ALICE, DB, CONDITIONAL),
    Row("create-custom-workload", "no", ALICE, DB, NOTHING),
    Row("create-custom-workload", "yes-account", ALICE, CI, CONDITIONAL),
    Row("create-custom-workload", "yes-undefined", ALICE, DB, CONDITIONAL),
    Row("create-custom-workload", "no-defined", ALICE, DB, NOTHING),
    Row("create-custom-workload", "no-group", ALICE, DB, NOTHING),
    Row("create-custom-workload", "no-template", ALICE, DB, NOTHING),
    Row("update-custom-workload", "yes", ALICE, DB, CONDITIONAL),
    Row("update-custom-workload", "no", ALICE, DB, NOTHING),
    Row("update-custom-workload", "yes-any", ALICE, DB, CONDITIONAL),
    Row("update-custom-workload", "no-once", ALICE, DB, NOTHING),
    Row("update-custom-workload", "no-status", ALICE, DB, NOTHING),
    Row("operator-deputy", "yes", ALICE, DB, CONDITIONAL),
    Row("operator-deputy", "no", ALICE, DB, NOTHING),
    Row("operator-deputy", "yes-update", ALICE, DB, CONDITIONAL),
    Row("operator-deputy", "no-empty-name", ALICE, DB, NOTHING),
    Row("operator-deputy", "no-defined", ALICE, DB, NOTHING),
    Row("operator-deputy", "no-deputy", ALICE, DB, NOTHING),
    Row("operator-deputy", "yes-argo", ALICE, DB, CONDITIONAL),
    Row("operator-deputy", "yes-helm-chart", ALICE, DB, CONDITIONAL),
    Row("operator-deputy", "yes-undefined", ALICE, DB, CONDITIONAL),
    Row("operator-deputy", "no-wildcard", ALICE, DB, NOTHING),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_the_source_gets(row: Row) -> None:
    found = {
        reached.target: CERTAIN if reached.certain else CONDITIONAL
        for reached in row.load().reach(source=row.source)
    }
    assert found.get(row.target, NOTHING) == row.gets


@pytest.mark.parametrize("row", [row for row in ROWS if row.gets != NOTHING], ids=str)
def test_the_edge_lies_on_a_way_there(row: Row) -> None:
    graph = row.load().graph()
    source = row.source.replace("sa:", "serviceaccount:")
    after = {source, *nx.descendants(graph, source)}
    before = {row.target, *nx.ancestors(graph, row.target)}
    ways = [
        (start, end)
        for start, end, kind in graph.edges(data="edge")
        if kind == row.id and start in after and end in before
    ]
    assert ways


def test_every_file_has_its_row() -> None:
    files = {(path.parent.name, path.stem) for path in EDGES.glob("*/*.yaml")}
    used = {(row.id, row.file) for row in ROWS}
    used |= {(row.id, Path(row.groups).stem) for row in ROWS if row.groups}
    assert files == used


def test_every_kind_has_both_twins() -> None:
    told = {(row.id, row.file, row.gets != NOTHING) for row in ROWS}
    for kind in {row.id for row in ROWS}:
        assert (kind, "yes", True) in told
        assert (kind, "no", False) in told
