"""Ways that hold what ``via`` asks for pass no node twice, against all ways by brute force."""

import random

from hypothesis import example, given, settings

from rbacgraph.graph.build import build
from rbacgraph.model.condition import CERTAIN
from rbacgraph.query.access.reach import reach
from rbacgraph.query.access.reachers import ReachingPrincipals
from rbacgraph.query.arrays.costs import cost_of
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter
from rbacgraph.query.search.from_each_source import onward
from rbacgraph.query.search.simple_ways import SimpleWays, is_simple
from rbacgraph.techniques.catalogue import KINDS
from tests.query.clusters import random_snapshot
from tests.query.search.test_hyperpaths import VIA, is_derived, told
from tests.query.search.test_search import graph_of, questions
from tests.query.test_laws import _all_paths
from tests.worlds import fewer, law

# the cheapest way to what is asked for comes back to node 0
BACK = [
    ("runs-as", 0, 1, CERTAIN),
    ("read-secret", 1, 0, CERTAIN),
    ("runs-as", 0, 2, CERTAIN),
    ("read-secret", 1, 3, CERTAIN),
    ("create-pod", 3, 2, CERTAIN),
]
# a dearer way to node 1 leaves node 2 for after what is asked for
AROUND = [
    ("runs-as", 0, 2, CERTAIN),
    ("runs-as", 2, 1, CERTAIN),
    ("create-pod", 0, 1, CERTAIN),
    ("read-secret", 1, 2, CERTAIN),
    ("runs-as", 2, 4, CERTAIN),
]


def all_ways(graph, limits, node, passed, way=()):
    """Yield all ways from a node that pass no node twice, none through AND nodes."""
    if way:
        yield node, way
    for edge in graph.outgoing.of(node):
        target = graph.target_of[edge]
        if (
            target not in passed
            and graph.kind_of[edge] != NEEDS
            and target not in limits.blocked
            and limits.allows(graph, edge)
        ):
            yield from all_ways(graph, limits, target, passed | {target}, (*way, edge))


def least(graph, limits, source):
    """For each node what the cheapest way there costs that holds what is asked for."""
    found = {}
    for node, way in all_ways(graph, limits, source, {source}):
        if any(graph.kind_of[edge] in limits.via for edge in way):
            found[node] = min(cost_of(graph, way), found.get(node, cost_of(graph, way)))
    return found


def few_edges(question):
    return len(question[0].source) <= 24


@settings(max_examples=fewer(150))
@example((graph_of(BACK), PathFilter(), {2: 0}, frozenset()))
@example((graph_of(AROUND), PathFilter(), {4: 0}, frozenset()))
@given(questions().filter(few_edges))
def test_the_cheapest_way_that_passes_no_node_twice_is_found(question):
    graph, limits, _, _ = question
    limits = limits._replace(via=VIA)
    simple = SimpleWays(graph, limits)
    for source in set(range(len(graph.nodes))) - limits.blocked:
        known = least(graph, limits, source)
        ways = simple.from_node(source)
        assert {node: cost_of(graph, way) for node, way in ways.items()} == known
        tree = onward(graph, limits)(source)
        for goal in range(len(graph.nodes)):
            starts = graph.outgoing.of(source)
            alone = simple.to({goal}, starts, {source}) if goal != source else ()
            assert (cost_of(graph, alone) if alone else None) == known.get(goal)
            if goal in known:
                assert goal in tree
                assert tree.cost(goal) <= known[goal]
            for way in ([alone] if alone else []) + ([tree.edges(goal)] if goal in tree else []):
                assert is_simple(graph, way)
                assert is_derived(graph, source, goal, way)
                assert any(graph.kind_of[edge] in VIA for edge in way)


def names_once(path):
    reached = [path.principal, *(hop.target for hop in path.hops)]
    return len(set(reached)) == len(reached)


# in both what a principal and its group have together passes a node twice whatever is asked for
@law(random_snapshot, 60, examples=[389342928, 269132006])
def test_no_path_that_holds_what_is_asked_for_names_a_node_twice(seed):
    graph = build(random_snapshot(seed))
    whole = _all_paths(graph)
    anyhow = [path for found in whole for path in found]
    kinds = sorted({hop.edge for path in anyhow for hop in path.hops})
    for kind in random.Random(seed).sample(kinds, min(2, len(kinds))):
        for most in (None, 2):
            for found in _all_paths(graph, via=[kind], max_paths=most):
                assert all(names_once(path) or path in anyhow for path in found)
        limits = PathFilter(via=frozenset({KINDS[kind]}))
        for secret in graph.world.secret_block:
            reachers = ReachingPrincipals(graph, graph.principals, limits, [secret])
            plain = ReachingPrincipals(graph, graph.principals, PathFilter(), [secret])
            known = {(way.principal, *way.edges) for way in plain.ways()}
            for way in reachers.ways():
                assert is_simple(graph, way.edges) or (way.principal, *way.edges) in known
        for number in graph.principals.numbers[::6]:
            sort, namespace, name = graph.nodes[number]
            sort = "sa" if sort == "serviceaccount" else sort
            source = f"{sort}:{namespace}/{name}".replace(":/", ":")
            for one in reach(graph, source=source, via=[kind]).reached:
                assert all(names_once(path) for path in told(one))
