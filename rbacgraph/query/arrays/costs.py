"""The costs of edges and paths: efforts first, hops second."""

from collections.abc import Iterable

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.path_filter import NEEDS
from rbacgraph.techniques.catalogue import EDGES, KINDS

CONTAINS = KINDS["contains"]

EFFORT = 1 << 32
"""The cost of one effort; a hop costs 1, so that comparisons look at efforts first."""

COSTS = tuple(edge.effort and edge.effort * EFFORT + 1 for edge in EDGES)
"""The cost of an edge of each kind."""


def cost_of(graph: AccessGraph, edges: Iterable[int]) -> int:
    """Return the cost of a path's edges: a technique counts once for each member that it gives.

    The edges are in an order in which everything comes before what needs it.
    """
    several = tuple(edges)
    kinds = [graph.kind_of[edge] for edge in several]
    total = sum([COSTS[kind] for kind in kinds])
    if kinds.count(CONTAINS) < 2:  # noqa: PLR2004 - of one nothing is done twice
        return total
    by: dict[int, int] = {}  # the cost of another member, if a technique gave the node
    narrowed: set[int] = set()
    for edge, kind in zip(several, kinds, strict=True):
        source = graph.source_of[edge]
        if kind == CONTAINS and source in by:
            total += by[source] if source in narrowed else 0
            narrowed.add(source)
            by[graph.target_of[edge]] = by[source]
        elif COSTS[kind]:
            by[graph.target_of[edge]] = COSTS[kind]
        else:
            continue
        narrowed.discard(graph.target_of[edge])  # obtained again, by a technique of its own
    return total


def has_join(graph: AccessGraph, edges: Iterable[int]) -> bool:
    """Whether a path passes an AND node."""
    return NEEDS in map(graph.kind_of.__getitem__, edges)
