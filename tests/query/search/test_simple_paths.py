"""Paths in order of cost, against all of them by brute force."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rbacgraph.query.search.yen import STOP, PathStep, SimplePaths
from tests.worlds import fewer

SIZE = 6
node = st.integers(0, SIZE - 1)
edges = st.lists(st.tuples(node, node, st.integers(0, 3)), max_size=16)
nodes = st.sets(node, max_size=2)
laws = settings(max_examples=fewer(400))


class Small:
    """A multigraph; the numbers of its edges are their places in the list."""

    def __init__(self, edges, ends):
        self.edges, self.ends = edges, ends
        self.rest = dict.fromkeys(ends, 0)
        for _ in range(SIZE):
            for source, target, cost in edges:
                if target in self.rest:
                    through = cost + self.rest[target]
                    self.rest[source] = min(through, self.rest.get(source, through))

    def steps(self, source):
        stop = [STOP] if source in self.ends else []
        return stop + sorted(
            PathStep(cost + self.rest[target], number, target, cost)
            for number, (start, target, cost) in enumerate(self.edges)
            if start == source and target in self.rest
        )

    def paths_from(self, source, passed, path=()):
        if source in self.ends and path:
            yield path
        for number, (start, target, _) in enumerate(self.edges):
            if start == source and target not in passed:
                yield from self.paths_from(target, passed | {target}, (*path, number))

    def cost(self, path):
        return sum(self.edges[number][2] for number in path)


@laws
@given(edges, nodes, nodes)
def test_all_simple_paths_once_and_in_order(edges, ends, avoided):
    """From node 0, which may be no end, as no principal is a Secret."""
    graph = Small(edges, ends - {0})
    avoided = avoided | {0}
    found = list(SimplePaths(graph.steps(0), graph.steps, avoided))
    assert sorted(found) == sorted(graph.paths_from(0, avoided))
    costs = list(map(graph.cost, found))
    assert costs == sorted(costs)


def test_a_set_without_a_path_ends_the_search():
    """Its bound promises one, but the only way leads back to where the path came from."""
    graph = Small([(0, 1, 1), (1, 2, 0), (2, 1, 0), (1, 3, 9)], {3})
    assert list(SimplePaths(graph.steps(0), graph.steps, {0})) == [(0, 3)]
    assert list(SimplePaths(graph.steps(0), graph.steps, {0, 3})) == []
