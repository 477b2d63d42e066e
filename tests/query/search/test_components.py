import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.query.arrays.scc import strong_components

nodes = st.integers(0, 11)


@given(st.lists(st.tuples(nodes, nodes), max_size=40))
def test_components_are_networkxs(edges):
    source = np.array([edge[0] for edge in edges], dtype=np.int64)
    target = np.array([edge[1] for edge in edges], dtype=np.int64)
    labels = strong_components(source, target, 12)
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(range(12))
    found = {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}
    assert found == set(map(frozenset, nx.strongly_connected_components(graph)))
    assert labels.min() >= 0
    assert labels.max() < 12


def test_a_long_way_round_is_one_component():
    count = 200_000
    ring = np.arange(count)
    assert set(strong_components(ring, (ring + 1) % count, count).tolist()) == {0}
