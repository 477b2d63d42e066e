"""A path may begin with a technique that has an effort: a ServiceAccount's login at a store."""

from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.query.arrays import bucket_dijkstra
from tests.query.plain_store_clusters import store_snapshot

EDGES = Path(__file__).parents[2] / "fixtures" / "edges"
FILES = sorted((*EDGES.glob("store-login/yes*.yaml"), *EDGES.glob("store-reads/yes*.yaml")))


def agrees(cluster):
    """Hold each row of exposure to what paths answers about its secret."""
    rows = cluster.exposure()
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
    cluster = rg.load(file)
    rows = agrees(cluster)
    assert any(row.secret.startswith("vault:") for row in rows)
    for row in rows:
        paths = cluster.paths(secret=row.secret)
        likely = [path for path in paths if path.certain] or list(paths)
        assert not likely or row.cheapest in {tuple(hop.edge for hop in p.hops) for p in likely}


@pytest.mark.parametrize("seed", range(20))
def test_exposure_says_what_paths_says_in_random_clusters(seed):
    assert agrees(rg.Cluster(store_snapshot(seed)))
