"""Hyperpaths of random graphs and clusters, against their definition."""

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import example, given

from rbacgraph.graph.build import build
from rbacgraph.model.condition import CERTAIN
from rbacgraph.query.access.explain_path import PathExplainer
from rbacgraph.query.access.paths import paths
from rbacgraph.query.access.reach import reach
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED
from rbacgraph.query.arrays.costs import COSTS, EFFORT, cost_of
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter
from rbacgraph.query.search.from_each_source import onward
from rbacgraph.query.search.hyperpaths import HyperpathSearch
from rbacgraph.query.search.shortest_tree import ShortestTree, ViaTree
from rbacgraph.query.search.steiner_trees import SteinerSearch
from rbacgraph.query.search.steps import LAYERS, Steps
from rbacgraph.sources.load import load
from rbacgraph.techniques.catalogue import KINDS
from tests.query.clusters import random_snapshot
from tests.query.search.test_cheapest import Optimum
from tests.query.search.test_search import graph_of, questions
from tests.query.test_laws import Plain, secrets_of
from tests.worlds import law

VIA = frozenset({KINDS["read-secret"]})
ROUND = [("runs-as", 1, 0, CERTAIN), ("read-secret", 0, 1, CERTAIN)]


def bounds(graph, limits, source):
    """Costs of every node by relaxation; an AND node costs its dearest premise, or all."""
    found = []
    for together in (max, sum):
        costs, changed = {source: 0}, True
        while changed:
            changed = False
            offers = [
                (graph.target_of[edge], costs[graph.source_of[edge]] + COSTS[graph.kind_of[edge]])
                for edge in range(len(graph.source))
                if graph.source_of[edge] in costs
                and graph.kind_of[edge] != NEEDS
                and limits.allows(graph, edge)
            ]
            for join, needs in graph.joins.items():
                if all(limits.allows(graph, edge) for edge in graph.needs[join]) and all(
                    need in costs for need in needs
                ):
                    offers.append((join, together(costs[need] for need in needs)))
            for node, cost in offers:
                if node not in limits.blocked and cost < costs.get(node, cost + 1):
                    costs[node], changed = cost, True
        found.append(costs)
    return found


def is_derived(graph, source, node, edges):
    """Whether each edge starts where the ones before it lead, AND nodes at all of their needs."""
    got = {source}
    for edge in edges:
        assert graph.source_of[edge] in got
        target = graph.target_of[edge]
        if graph.kind_of[edge] != NEEDS:
            assert target not in graph.joins or graph.kind_of[edge] != NEEDS
            got.add(target)
        elif set(graph.needs[target]) <= set(edges[: edges.index(edge) + 1]):
            got.add(target)
    return node in got and len(set(edges)) == len(edges)


@given(questions())
def test_what_is_found_is_what_is_derivable_at_no_more_than_the_sum(question):
    graph, limits, _, _ = question
    for source in range(len(graph.nodes)):
        tree = onward(graph, limits)(source)
        alone = onward(graph, limits, source)(source)
        least, most = bounds(graph, limits, source)
        for node in range(len(graph.nodes)):
            assert (node in tree) == (node in alone) == (node in most)
            if node in tree:
                assert least[node] <= tree.cost(node) <= most[node]
                assert tree.cost(node) == cost_of(graph, tree.edges(node)) == alone.cost(node)
                assert is_derived(graph, source, node, tree.edges(node))


@given(questions())
def test_a_search_toward_some_nodes_finds_no_dearer_hyperpath_there(question):
    graph, limits, goals, _ = question
    goals = frozenset(goals) - limits.blocked
    needs = frozenset(edge for edges in graph.needs.values() for edge in edges)
    left = ShortestTree(graph, limits, goals, backward=True, needs=needs).every_cost
    steps = Steps(graph, limits, [left] * LAYERS)
    for source in set(range(len(graph.nodes))) - limits.blocked:
        least, most = bounds(graph, limits, source)
        for sharing in (None, SteinerSearch(graph)):
            search = HyperpathSearch(steps, sharing=sharing)
            search.start(source)
            found = search.run(goals)
            assert (found is None) == goals.isdisjoint(most)
            if found is not None:
                assert is_derived(graph, source, found, search.edges(found))
                assert cost_of(graph, search.edges(found)) <= search.cost(found)
                assert min(least[goal] for goal in goals & least.keys()) <= search.cost(found)
                assert search.cost(found) <= min(most[goal] for goal in goals & most.keys())
            at_most = search.cost(found) if found is not None else 0
            again = HyperpathSearch(steps, sharing=sharing)
            again.start(source)
            assert again.run(goals, at_most) is None


# node 1 has the goal before it comes to what is asked for
@example((graph_of(ROUND), PathFilter(), {0: 0}, frozenset()))
@given(questions())
def test_paths_that_hold_a_kind_are_found_wherever_there_are_some(question):
    graph, limits, goals, _ = question
    limits = limits._replace(via=VIA)
    tree = ViaTree(graph, limits, goals)
    plain = nx.MultiDiGraph()
    plain.add_nodes_from((node, layer) for node in range(len(graph.nodes)) for layer in (0, 1))
    for edge, kind in enumerate(graph.kind_of):
        source, target = graph.source_of[edge], graph.target_of[edge]
        if kind != NEEDS and limits.allows(graph, edge) and source not in limits.blocked:
            for layer in (0, 1):
                into = 1 if kind in VIA else layer
                plain.add_edge((source, layer), (target, into), weight=COSTS[kind])
    ends = {(goal, 1) for goal in set(goals) - limits.blocked}
    costs = nx.multi_source_dijkstra_path_length(plain.reverse(), ends) if ends else {}
    for node in range(len(graph.nodes)):
        assert tree.cost(node) == costs.get((node, 0))
        assert (tree.every_cost[node] != UNREACHED) == (node in tree)
        if node in tree:
            edges = tree.edges(node)
            assert any(graph.kind_of[edge] in VIA for edge in edges)
            assert cost_of(graph, edges) <= tree.cost(node)
            assert graph.target_of[edges[-1]] in goals
            once = list(dict.fromkeys(edges))  # a goal is passed if there are edges to take again
            assert once == edges or graph.target_of[once[-1]] not in goals
            assert is_derived(graph, node, graph.target_of[edges[-1]], once)


@law(random_snapshot, 120)
def test_a_way_costs_what_is_told_of_it(seed):
    graph = build(random_snapshot(seed))
    path_of = PathExplainer(graph).path_of
    for limits in (PathFilter(), PathFilter(certain=True)):
        search = onward(graph, limits)
        for source in graph.principals.numbers[::3]:
            tree = search(source)
            for node in filter(tree.__contains__, range(len(graph.nodes))):
                cost, edges = tree.cost(node), tree.edges(node)
                assert cost == cost_of(graph, edges)
                if cost and node not in graph.joins:
                    path = path_of(edges)
                    assert (path.effort, path.hops[-1].text) == (
                        cost // EFFORT,
                        graph.explain(tree.opening(node))[0],
                    )


@law(random_snapshot, 30)
def test_reach_holds_what_via_asks_for_and_costs_no_more_than_what_holds_it_anyhow(seed):
    graph = build(random_snapshot(seed))
    names = [graph.nodes[number] for number in graph.principals.numbers[::4]]
    sources = [
        f"{'sa' if kind == 'serviceaccount' else kind}:{ns}/{name}".replace(":/", ":")
        for kind, ns, name in names
    ]
    for source in sources:
        whole = reach(graph, source=source).reached
        kinds = sorted({h.edge for one in whole for p in told(one) for h in p.hops})
        for kind in kinds[:2]:
            found = {one.target: one for one in reach(graph, source=source, via=[kind]).reached}
            for one in found.values():
                assert all(kind in {hop.edge for hop in path.hops} for path in told(one))
            for one in whole:
                for path in told(one):
                    if kind in {hop.edge for hop in path.hops} and one.target in found:
                        assert any(
                            other.effort <= path.effort and other.certain >= path.certain
                            for other in told(found[one.target])
                        )


def told(one):
    """The paths to what is reached."""
    return [path for path in (one.certain, one.conditional) if path is not None]


@law(random_snapshot, 40)
def test_no_path_is_told_cheaper_than_any_is_or_dearer_than_premise_by_premise(seed):
    graph = build(random_snapshot(seed))
    plain = Plain(graph, certain=False)
    tried = 0
    for source in plain.principals:
        lower, upper = plain.reached_from(source)
        for secret in secrets_of(graph):
            if lower.get(secret) != upper.get(secret) and tried < 3:
                (answer,) = paths(graph, secret=secret, source=source).secrets
                effort = min(path.effort for path in answer.paths)
                assert Optimum(plain, source, secret).effort() <= effort <= upper[secret]
                tried += 1


def test_where_one_node_alone_is_asked_about_only_what_it_may_reach_is_read(root):
    graph = build(load(root / "fixtures" / "clusters" / "shop"))
    plain = nx.DiGraph(zip(graph.source.tolist(), graph.target.tolist(), strict=True))
    for source in graph.principals.numbers:
        near = {source, *nx.descendants(plain, source)} if source in plain else {source}
        steps = onward(graph, PathFilter(), source)(source)._found._steps
        assert {graph.source_of[edge] for edge in steps.edges} <= near


@pytest.mark.parametrize("size", [1_200])
def test_hyperpaths_may_be_long(size):
    """Each AND node needs the one before: no search goes down the stack."""
    from rbacgraph.facts.bindings.index import Index
    from rbacgraph.facts.world import Facts
    from rbacgraph.graph.attack_graph import AccessGraph
    from rbacgraph.graph.grounding.columns import Columns
    from rbacgraph.model.inputs.snapshot import Snapshot

    columns = Columns(Index())
    nodes = [columns.index.number(("pod", "shop", str(n))) for n in range(2 * size + 2)]
    chain, right = nodes[: size + 1], nodes[size + 1 :]
    columns.add(KINDS["runs-as"], [(chain[0], other, None, "") for other in right[:-1]])
    ends = [(n, join) for join in range(1, size + 1) for n in (chain[join - 1], right[join - 1])]
    columns.add(KINDS["needs"], [(n, chain[join], None, "") for n, join in ends])
    graph = AccessGraph(Facts(Snapshot()), columns)
    tree = onward(graph, PathFilter())(chain[0])
    assert tree.cost(chain[-1]) == size * COSTS[KINDS["runs-as"]]
    assert len(tree.edges(chain[-1])) == 3 * size
    assert all(one != other for one, other in pairwise(tree.edges(chain[-1])))
