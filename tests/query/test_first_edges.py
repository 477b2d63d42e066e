"""A path may begin with a technique that has an effort: a ServiceAccount's login at a store."""

from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.query.arrays import bucket_dijkstra

EDGES = Path(__file__).parents[2] / "fixtures" / "edges"
FILES = sorted((*EDGES.glob("store-login/yes*.yaml"), *EDGES.glob("store-reads/yes*.yaml")))


@pytest.mark.parametrize("few", [None, 0], ids=["edge by edge", "by arrays"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_exposure_says_of_it_what_paths_says(file, few, monkeypatch):
    if few is not None:
        monkeypatch.setattr(bucket_dijkstra, "FEW_EDGES", few)
    cluster = rg.load(file)
    rows = cluster.exposure()
    assert any(row.secret.startswith("vault:") for row in rows)
    for row in rows:
        paths = cluster.paths(secret=row.secret)
        certain = {path.principal for path in paths if path.certain}
        assert len(certain) == row.certain
        assert len({path.principal for path in paths}) == row.certain + row.conditional
        likely = [path for path in paths if path.certain] or list(paths)
        assert row.effort == min((path.effort for path in likely), default=0)
        ways = {tuple(hop.edge for hop in path.hops) for path in likely}
        assert not likely or row.cheapest in ways
        last = {path.hops[-1].edge for path in paths}
        assert last <= {*row.opening, "contains"}
