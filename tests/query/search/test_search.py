"""Cheapest ways of random graphs, against edges taken one after the other."""

from heapq import heappop, heappush

from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.facts.bindings.index import Index
from rbacgraph.facts.world import Facts
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.grounding.columns import Columns
from rbacgraph.model.condition import CERTAIN, If
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.query.arrays.costs import COSTS
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter
from rbacgraph.query.search.shortest_tree import ShortestTree
from rbacgraph.query.search.steps import Steps
from rbacgraph.query.search.tails import WayByTail, is_certain, passes
from rbacgraph.techniques.catalogue import KINDS

_NODES = st.integers(0, 9)
_IDS = (
    "contains",
    "bound-by",
    "member-of",
    "needs",
    "read-secret",
    "runs-as",
    "patch-secret",
    "request-token",
)


def graph_of(edges):
    columns = Columns(Index())
    for node in range(10):
        columns.index.number(("pod", "shop", str(node)))
    for name, source, target, condition in edges:
        columns.add(KINDS[name], [(source, target, None, condition)])
    return AccessGraph(Facts(Snapshot()), columns)


@st.composite
def questions(draw):
    """Draw a graph, limits, seeds with their costs, and needs that are enough alone."""
    conditions = st.sampled_from([CERTAIN, CERTAIN, If.POD_STARTS()])
    edges = st.tuples(st.sampled_from(_IDS), _NODES, _NODES, conditions)
    graph = graph_of(draw(st.lists(edges, max_size=40)))
    limits = PathFilter(
        certain=draw(st.booleans()),
        without=draw(st.frozensets(st.sampled_from([KINDS["runs-as"]]))),
        blocked=draw(st.frozensets(_NODES, max_size=2)),
    )
    costs = st.sampled_from([0, COSTS[KINDS["runs-as"]], COSTS[KINDS["patch-secret"]]])
    seeds = draw(st.dictionaries(_NODES, costs, max_size=4))
    needed = [edge for edge, kind in enumerate(graph.kind_of) if kind == NEEDS]
    needs = draw(st.frozensets(st.sampled_from(needed))) if needed else frozenset()
    return graph, limits, seeds, needs


def one_by_one(graph, limits, seeds, needs, *, backward):
    """Of the edges that are next at the least cost, take that of the lowest number, and again."""
    near, far = graph.source_of, graph.target_of
    if backward:
        near, far = far, near
    heap = [(seeds[seed], place - len(seeds)) for place, seed in enumerate(sorted(seeds))]
    heap.sort()
    found, ways = {}, {}
    while heap:
        cost, edge = heappop(heap)
        node = sorted(seeds)[edge] if edge < 0 else far[edge]
        if node in found or node in limits.blocked:
            continue
        found[node] = cost
        ways[node] = [] if edge < 0 else [*ways[near[edge]], edge]
        for after in range(len(graph.source)):
            kind = graph.kind_of[after]
            if near[after] != node or (kind == NEEDS and after not in needs):
                continue
            if limits.allows(graph, after):
                heappush(heap, (cost + COSTS[kind], after))
    return found, ways


@given(questions(), st.booleans())
def test_ways_and_costs_are_those_of_edges_taken_one_by_one(question, backward):
    graph, limits, seeds, needs = question
    tree = ShortestTree(graph, limits, seeds, backward=backward, costs=seeds, needs=needs)
    found, ways = one_by_one(graph, limits, seeds, needs, backward=backward)
    assert sorted(tree) == sorted(found)
    for node in range(len(graph.nodes)):
        assert tree.cost(node) == found.get(node)
        assert (node in tree) == (node in found)
    for node, way in ways.items():
        assert list(tree.edges(node)) == (way[::-1] if backward else way)


@given(questions(), st.frozensets(_NODES, max_size=3), st.booleans())
def test_ways_are_the_same_from_a_base(question, others, backward):
    graph, limits, seeds, needs = question
    alone = ShortestTree(graph, limits, seeds, backward=backward, costs=seeds, needs=needs)
    dearer = {node: alone.cost(node) for node in others - limits.blocked if node in alone}
    base = ShortestTree(graph, limits, dearer, backward=backward, costs=dearer, needs=needs)
    found = ShortestTree(
        graph, limits, seeds, backward=backward, costs=seeds, needs=needs, base=base
    )
    assert found.every_cost.tolist() == alone.every_cost.tolist()
    for node in reversed(list(alone)):
        assert list(found.edges(node)) == list(alone.edges(node))


@given(questions(), st.frozensets(_NODES, max_size=3))
def test_steps_are_the_same_from_a_base(question, others):
    graph, limits, seeds, _ = question
    rests = [
        ShortestTree(graph, limits, ends, backward=True).every_cost for ends in (seeds, others)
    ]
    alone, base = (Steps(graph, limits, [rest]) for rest in rests)
    found = Steps(graph, limits, rests[:1], base)

    def steps(of, node):
        of.find(node)
        places = range(of.begins[node], of.ends[node])
        return [(of.sources[n], of.edges[n], of.targets[n], of.keys[n]) for n in places]

    for node in range(len(graph.nodes)):
        assert steps(found, node) == steps(alone, node)
        assert set(found.last[found.begins[node] :]) <= {found.ends[node]}


@given(questions())
def test_a_way_by_a_tail_is_the_list_of_its_edges(question):
    graph, limits, seeds, needs = question
    tree = ShortestTree(graph, limits, seeds, backward=True, costs=seeds, needs=needs)
    for edge in range(len(graph.source)):
        target = graph.target_of[edge]
        if target not in tree:
            continue
        way, edges = tree.way_by(edge), [edge, *tree.edges(target)]
        assert isinstance(way, WayByTail)
        assert (list(way), len(way), way[0], way[1:]) == (edges, len(edges), edge, edges[1:])
        assert is_certain(graph, way) == is_certain(graph, edges)
        for group in graph.membership.members:
            assert passes(graph, way, {group}) == passes(graph, edges, {group})
