"""Two ways to settle the cheapest paths: over arrays, and edge by edge in a small graph."""

import random

import numpy as np
import pytest

from rbacgraph.graph.build import build
from rbacgraph.query.arrays import bucket_dijkstra
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, cheapest
from tests.query.clusters import random_snapshot
from tests.worlds import flag, law


def any_costs(rng):
    return rng.choice(({}, {"hops": True}, {"count": True}))


@law(random_snapshot, 60, flag, any_costs)
def test_both_settle_the_same_nodes_by_the_same_edges(seed, backward, costs):
    rng = random.Random(seed)
    graph = build(random_snapshot(seed))
    edges, nodes = len(graph.target), len(graph.nodes)
    allowed = np.array([rng.random() < 0.9 for _ in range(edges)], dtype=np.bool_)
    starts = np.array(rng.sample(range(edges), rng.randint(0, 5)), dtype=np.int64)
    seeds = {node: rng.choice((0, 0, 1, 3)) for node in rng.sample(range(nodes), rng.randint(0, 4))}
    options = {"backward": backward, **costs}
    if rng.random() < 0.3:
        first = {node: rng.randint(1, 4) for node in rng.sample(range(nodes), 2)}
        nothing = np.array([], dtype=np.int64)
        options["known"] = cheapest(graph, allowed, nothing, first, **options).effort
    one = cheapest(graph, allowed, starts, seeds, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucket_dijkstra, "FEW_EDGES", -1)
        other = cheapest(graph, allowed, starts, seeds, **options)
    assert one.effort.tolist() == other.effort.tolist()
    assert one.last.tolist() == other.last.tolist()
    assert (one.effort.dtype, one.last.dtype) == (other.effort.dtype, other.last.dtype)
    assert all(one.effort[node] <= at for node, at in seeds.items())
    assert (one.last[one.effort == UNREACHED] == -1).all()
