"""A path may begin with a technique that has an effort: a ServiceAccount's login at a store."""

from itertools import product
from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.model.node import format_node
from rbacgraph.query.arrays import bucket_dijkstra
from tests.query.plain.clusters.store_clusters import store_snapshot
from tests.worlds import law

EDGES = Path(__file__).parents[2] / "fixtures" / "edges"
FILES = [
    file
    for file in sorted((*EDGES.glob("store-login/yes*.yaml"), *EDGES.glob("store-reads/yes*.yaml")))
    if "own-cluster" not in file.name  # no store outside
    and not {"aws", "azure", "gcp"} & {*file.stem.split("-")}  # in a dump beside it
]


def agrees(cluster, asked=lambda _: True):
    """Hold each row of exposure that is ``asked`` about to what paths answers about its secret."""
    rows = [row for row in cluster.exposure() if asked(row.secret)]
    for row in rows:
        paths = cluster.paths(secret=row.secret)
        certain = {path.principal for path in paths if path.certain}
        assert len(certain) == row.certain, row
        assert len({path.principal for path in paths}) == row.certain + row.conditional, row
        likely = [path for path in paths if path.certain] or list(paths)
        assert row.effort == min((path.effort for path in likely), default=0), row
        last = {path.hops[-1].edge for path in paths}
        assert last <= {*row.opening, "contains"}, row
    return rows


@pytest.mark.parametrize("few", [None, 0], ids=["edge by edge", "by arrays"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_exposure_says_of_it_what_paths_says(file, few, monkeypatch):
    if few is not None:
        monkeypatch.setattr(bucket_dijkstra, "FEW_EDGES", few)
    cluster = rg.load(file, bootstrap=False)
    rows = agrees(cluster)
    assert any(row.secret.startswith(("vault:", "external:")) for row in rows)
    for row in rows:
        paths = cluster.paths(secret=row.secret)
        likely = [path for path in paths if path.certain] or list(paths)
        assert not likely or row.cheapest in {tuple(hop.edge for hop in p.hops) for p in likely}


@law(store_snapshot, 20)
def test_exposure_says_what_paths_says_in_random_clusters(seed):
    assert agrees(rg.Cluster(store_snapshot(seed)))


@law(
    store_snapshot,
    20,
    examples=[628161682],  # a way that goes on by a group of the ServiceAccount counts there
)
@pytest.mark.parametrize("via", [(), ("store-login",), ("store-reads",)], ids=" ".join)
def test_a_path_that_begins_so_is_found_for_all_as_for_one(seed, via):
    """A ServiceAccount that logs in itself has no more effort among all principals."""
    cluster = rg.Cluster(store_snapshot(seed))
    rows = cluster.exposure()
    accounts = {row.principal for row in rows if row.principal.startswith("serviceaccount:")}
    for row, account in product(rows, sorted(accounts)):
        alone = cluster.paths(secret=row.secret, via=via, source=account, max_paths=5)
        groups = groups_of(cluster.access_graph, account)
        own = [
            path.effort
            for path in alone
            if path.hops[0].edge == "store-login"
            and groups.isdisjoint(evidence_of(path.hops[1:], "Group"))
        ]
        if own:
            every = cluster.paths(secret=row.secret, via=via)
            assert min(p.effort for p in every if p.principal == account) <= min(own)


def groups_of(graph, account):
    (number,) = (n for n in graph.principals.numbers if format_node(graph.nodes[n]) == account)
    return {graph.nodes[group][2] for group in graph.membership.groups_of(number)}


def evidence_of(hops, kind):
    return {one.name for hop in hops for one in hop.evidence if one.kind == kind}
