"""Searching from one node after the other finds what a search of proofs finds from each."""

import networkx as nx
import pytest
from hypothesis import given

from rbacgraph.graph.build import build
from rbacgraph.query.access.explain_path import Teller
from rbacgraph.query.arrays.costs import EFFORT, cost_of
from rbacgraph.query.arrays.path_filter import Limits
from rbacgraph.query.search.from_each_source import Onward, OnwardTree, onward
from rbacgraph.query.search.hyperpaths import ProofTree
from rbacgraph.sources.load import load
from tests.query.clusters import random_snapshot
from tests.query.test_laws import laws, seeds
from tests.query.test_search import questions


def agrees(graph, limits, sources):
    """Of every node, from some: what it costs, and by which of equally cheap ways."""
    search = Onward(graph, limits).tree
    for source in sources:
        expected = ProofTree(graph, limits).grow(source)
        for found in (Onward(graph, limits, source).tree(source), search(source)):
            assert sorted(found) == sorted(expected)
            for node in range(len(graph.nodes)):
                assert (node in found) == (node in expected)
                assert found.cost(node) == expected.cost(node)
                if node in expected:
                    assert found.edges(node) == expected.edges(node)
                    assert [*found.edges(node)] == [*reversed(found._from_far(node))]
        yield source, found


@laws
@given(questions())
def test_any_graph(question):
    graph, limits, _, _ = question
    everywhere = range(len(graph.nodes))
    assert [source for source, _ in agrees(graph, limits, everywhere)] == [*everywhere]


@laws
@given(seeds)
def test_a_way_costs_what_is_told_of_it(seed):
    graph = build(random_snapshot(seed))
    path_of = Teller(graph).path_of
    for limits in (Limits(), Limits(certain=True)):
        for _, tree in agrees(graph, limits, graph.principals.numbers[::3]):
            for node in tree:
                cost, edges = tree.cost(node), tree.edges(node)
                assert cost == cost_of(graph, edges)
                if cost and node not in graph.joins:
                    path = path_of(edges)
                    assert (path.effort, path.hops[-1].text) == (
                        cost // EFFORT,
                        graph.explain(tree.opening(node))[0],
                    )


def test_where_one_node_alone_is_asked_about_only_what_it_may_reach_is_read(root):
    graph = build(load(root / "fixtures" / "clusters" / "shop"))
    plain = nx.DiGraph(zip(graph.source.tolist(), graph.target.tolist(), strict=True))
    for source in graph.principals.numbers:
        near = {source, *nx.descendants(plain, source)} if source in plain else {source}
        edges = set(Onward(graph, Limits(), source).edges)
        assert edges == {e for e in Onward(graph, Limits()).edges if graph.source_of[e] in near}


@pytest.mark.parametrize("limits", [Limits(max_hops=3), Limits(via=frozenset([1]))], ids=str)
def test_where_it_matters_what_a_path_held_so_far(root, limits):
    graph = build(load(root / "fixtures" / "clusters" / "shop"))
    assert graph.joins
    search = onward(graph, limits)
    for source in graph.principals.numbers:
        found, expected = search(source), ProofTree(graph, limits).grow(source)
        assert isinstance(found, ProofTree)
        assert {n: found.edges(n) for n in found} == {n: expected.edges(n) for n in expected}
    assert isinstance(onward(graph, Limits())(0), OnwardTree)
