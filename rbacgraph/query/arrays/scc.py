"""Finds strongly connected components, by Tarjan's algorithm on the nodes in cycles.

Most nodes in a cycle are in one giant component, because control of a node of the cluster gives
nearly everything: this component is found first, by array operations.

This is our own code, because a library that is fast enough takes longer to import than most
clusters take to answer about.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.edge_arrays import Adjacency
from rbacgraph.query.arrays.bitmap_store import distinct
from rbacgraph.query.arrays.blockwise import edges_of, values_at

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]
Ends = NDArray[np.integer]

_WORTH_PEELING = 0.95
_ROUNDS = 500


def strong_components(source: Ends, target: Ends, count: int) -> Integers:
    """Label the nodes of a graph: two nodes share a label if each reaches the other.

    ``source``, ``target``: ends of each edge: numbers of nodes, below ``count``.
    Returns a label for each node, below ``count``.

    Examples
    --------
    >>> labels = strong_components(np.array([0, 1, 2]), np.array([1, 0, 0]), 3)
    >>> bool(labels[0] == labels[1]), bool(labels[0] == labels[2])
    (True, False)
    """
    labels = np.arange(count)
    source, target = _without_ends(source, target, count)
    if source.size:
        large = _component_of_busiest(source, target, count)
        labels[large] = large.argmax()
        outside = ~(large[source] | large[target])
        source, target = _without_ends(source[outside], target[outside], count)
    core = distinct(np.concatenate([source, target]))
    place = np.zeros(count, dtype=np.int64)
    place[core] = np.arange(len(core))
    adjacency = Adjacency(place[source].astype(np.int32), len(core))
    following = place[target][adjacency.order].tolist()
    found = _tarjan(adjacency.starts.tolist(), following)
    first = np.full(len(core), count, dtype=np.int64)
    np.minimum.at(first, found, core)
    labels[core] = first[found]
    return labels


def _without_ends(source: Ends, target: Ends, count: int) -> tuple[Ends, Ends]:
    """Drop the edges of nodes without predecessors or successors: these are in no cycle."""
    peeled = True
    while peeled:
        leaving, entered = np.zeros((2, count), dtype=bool)
        leaving[source] = entered[target] = True
        inner = leaving & entered
        kept = values_at(inner, source) & values_at(inner, target)
        peeled = bool(np.count_nonzero(kept) < _WORTH_PEELING * len(kept))
        source, target = source[kept], target[kept]
    return source, target


def _component_of_busiest(source: Ends, target: Ends, count: int) -> Booleans:
    """Return the component of the node with the most paths through it.

    It is empty if its nodes are too far from each other.
    """
    incoming = Adjacency(target.astype(np.int32, copy=False), count)
    outgoing = Adjacency(source.astype(np.int32, copy=False), count)
    busiest = np.argmax(incoming.counts.astype(np.int64) * outgoing.counts)
    return component_of(int(busiest), (outgoing, target), (incoming, source))


def component_of(
    node: int,
    onward: tuple[Adjacency, Ends],
    back: tuple[Adjacency, Ends],
    allowed: Booleans | None = None,
) -> Booleans:
    """Return the component of a node; it is empty if the nodes are too far from each other.

    ``onward``, ``back``: the edges by their source with their targets, and by their target with
        their sources.
    """
    after, before = (reached(*edges, np.array([node]), allowed) for edges in (onward, back))
    if after is None or before is None:
        return np.zeros(len(onward[0].starts) - 1, dtype=bool)
    found: Booleans = after & before
    return found


def reached(
    edges: Adjacency, ends: Ends, start: Ends, allowed: Booleans | None = None
) -> Booleans | None:
    """Return the nodes reached from some nodes, including these, along edges to their ``ends``.

    If ``allowed`` is given, only those edges count. None if some nodes are too far away for array
    operations to pay off.
    """
    found = np.zeros(len(edges.starts) - 1, dtype=bool)
    frontier = distinct(start)
    for _ in range(_ROUNDS):
        found[frontier] = True
        further = values_at(ends, edges_of(edges, frontier, allowed))
        frontier = distinct(further[~values_at(found, further)])
        if not frontier.size:
            return found
    return None


def _tarjan(begin: Sequence[int], following: Sequence[int]) -> Integers:
    """Number the component of each node; node ``n`` leads to a slice of ``following``."""
    count = len(begin) - 1
    seen, low, component = [0] * count, [0] * count, [-1] * count
    following_edge = list(begin[:-1])
    waiting: list[int] = []
    time = found = 0
    for root in range(count):
        path = [] if seen[root] else [root]
        while path:
            node = path[-1]
            if not seen[node]:
                time += 1
                seen[node] = low[node] = time
                waiting.append(node)
            edge = following_edge[node]
            if edge < begin[node + 1]:
                following_edge[node] = edge + 1
                after = following[edge]
                if not seen[after]:
                    path.append(after)
                elif component[after] < 0 and low[after] < low[node]:
                    low[node] = low[after]
                continue
            path.pop()
            if low[node] == seen[node]:
                member = -1
                while member != node:
                    member = waiting.pop()
                    component[member] = found
                found += 1
            elif low[node] < low[path[-1]]:
                low[path[-1]] = low[node]
    return np.array(component, dtype=np.int64)
