"""The bound of what a proof costs: never above the cheapest proof, and close to it."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.query.closure.landmark_bound import Links, ProofGraph
from tests.query.test_laws import laws

NODES = 7
AND = (5, 6)
"""The nodes that need all of their premises."""
ENOUGH = 99

_edges = st.lists(
    st.tuples(st.integers(0, NODES - 1), st.integers(1, 4), st.integers(0, 3)),
    min_size=1,
    max_size=9,
)
_premises = st.tuples(
    *(st.sets(st.integers(0, 4), min_size=1, max_size=3).map(sorted) for _ in AND)
)


def proof_graph(edges, premises):
    source, target, _ = np.array(edges).T
    needed = [(one, join) for join, several in zip(AND, premises, strict=True) for one in several]
    links = Links.of(source, target)
    return ProofGraph(NODES, links, links.order, Links.of(*np.array(needed).T))


def proven(edges, premises):
    """What some edges prove, from node 0."""
    found = {0}
    while True:
        new = found | {target for source, target, _ in edges if source in found}
        new |= {
            join for join, several in zip(AND, premises, strict=True) if found.issuperset(several)
        }
        if new == found:
            return found
        found = new


def cheapest(edges, premises, goal):
    """What the cheapest set of edges costs that proves a node; ENOUGH where none does."""
    return min(
        (
            sum(cost for _, _, cost in some)
            for size in range(len(edges) + 1)
            for some in combinations(edges, size)
            if goal in proven(some, premises)
        ),
        default=ENOUGH,
    )


@laws
@given(_edges, _premises, st.integers(1, NODES - 1), st.integers(1, 12))
def test_no_proof_costs_less_than_the_bound(edges, premises, goal, enough):
    graph, costs = proof_graph(edges, premises), np.array([cost for _, _, cost in edges])
    real = cheapest(edges, premises, goal)
    assert graph.least(0, goal, costs, ENOUGH) <= real
    assert (graph.least(0, goal, costs, ENOUGH) == ENOUGH) == (real == ENOUGH)
    assert graph.least(0, goal, costs, enough) == min(graph.least(0, goal, costs, ENOUGH), enough)


def test_premises_that_share_nothing_count_each():
    edges = [(0, 1, 3), (0, 2, 2), (5, 3, 1)]
    graph, costs = proof_graph(edges, ([1, 2], [4])), np.array([3, 2, 1])
    assert graph.least(0, 5, costs, ENOUGH) == 5
    assert graph.least(0, 3, costs, ENOUGH) == 6


def test_what_premises_share_counts_once():
    edges = [(0, 4, 3), (4, 1, 1), (4, 2, 2)]
    graph, costs = proof_graph(edges, ([1, 2], [4])), np.array([3, 1, 2])
    assert graph.least(0, 5, costs, ENOUGH) == 6
