"""More than the cheapest path: simple paths in order of effort, by networkx."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

from rbacgraph.graph.access import AccessGraph
from rbacgraph.query.search import EFFORTS, NEEDS, Limits, Tree

_START, _END = "start", "end"
_LOOKED_AT = 10_000
"""Paths looked at before giving up on limits that few paths keep."""

_Vertex = int | str | tuple[int]
"""A node's number, an edge's number in a tuple, or one of the two ends."""


def alternatives(
    graph: AccessGraph, limits: Limits, starts: Iterable[int], seeds: Sequence[int]
) -> Iterator[Sequence[int]]:
    """Yield paths that begin with one of the start edges, the cheapest first.

    Parameters
    ----------
    graph:
        The graph.
    limits:
        What a path may be made of.
    starts:
        Edges to begin with.
    seeds:
        Nodes to end at.
    """
    import networkx as nx

    plain = limits._replace(max_hops=None, via=frozenset())
    tree = Tree(graph, plain, backward=True).grow(seeds)
    region: nx.DiGraph[_Vertex] = nx.DiGraph()
    for node in tree:
        for edge in graph.outgoing.of(node):
            if graph.target_of[edge] in tree and plain.allows(graph, edge) and _alone(graph, edge):
                _add(region, graph, edge, node)
    for edge in starts:
        if graph.target_of[edge] in tree and plain.allows(graph, edge) and _alone(graph, edge):
            region.remove_nodes_from([(edge,)])
            _add(region, graph, edge, _START)
    for node in seeds:
        region.add_edge(node, _END, effort=0)
    if _START not in region or not nx.has_path(region, _START, _END):
        return
    found = nx.shortest_simple_paths(region, _START, _END, weight="effort")
    for _, path in zip(range(_LOOKED_AT), found, strict=False):
        edges = [vertex[0] for vertex in path if isinstance(vertex, tuple)]
        if _keeps(graph, limits, edges):
            yield edges


def _alone(graph: AccessGraph, edge: int) -> bool:
    """Whether an edge by itself leads anywhere."""
    return graph.kind_of[edge] != NEEDS


def _add(region: "nx.DiGraph[_Vertex]", graph: AccessGraph, edge: int, source: _Vertex) -> None:
    # An edge is a vertex of its own, so that parallel edges are different paths.
    region.add_edge(source, (edge,), effort=EFFORTS[graph.kind_of[edge]])
    region.add_edge((edge,), graph.target_of[edge], effort=0)


def _keeps(graph: AccessGraph, limits: Limits, edges: Sequence[int]) -> bool:
    kinds = [graph.kind_of[edge] for edge in edges]
    hops = sum(EFFORTS[kind] > 0 for kind in kinds)
    if limits.max_hops is not None and hops > limits.max_hops:
        return False
    return not limits.via or not limits.via.isdisjoint(kinds)
