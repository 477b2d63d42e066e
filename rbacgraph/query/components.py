"""Strongly connected components: Tarjan's algorithm on what cycles can be in at all.

Our own rather than a library's, because a library that is fast enough takes longer to
import than most clusters take to answer about.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.access import Adjacency

Integers = NDArray[np.int64]

_WORTH_PEELING = 0.95


def strong_components(source: Integers, target: Integers, count: int) -> Integers:
    """Label the nodes of a graph: two have the same label where each reaches the other.

    Parameters
    ----------
    source, target:
        Ends of each edge: numbers of nodes, below ``count``.
    count:
        How many nodes there are.

    Returns
    -------
    numpy.ndarray
        A label for each node, below ``count``.

    Examples
    --------
    >>> labels = strong_components(np.array([0, 1, 2]), np.array([1, 0, 0]), 3)
    >>> bool(labels[0] == labels[1]), bool(labels[0] == labels[2])
    (True, False)
    """
    labels = np.arange(count)
    peeled = True
    while peeled:
        # Whoever has no way in, or no way out, is in no cycle; nor are its edges.
        inner = np.bincount(source, minlength=count) > 0
        inner &= np.bincount(target, minlength=count) > 0
        kept = inner[source] & inner[target]
        peeled = bool(np.count_nonzero(kept) < _WORTH_PEELING * len(kept))
        source, target = source[kept], target[kept]
    core = np.flatnonzero(inner)
    place = np.zeros(count, dtype=np.int64)
    place[core] = np.arange(len(core))
    adjacency = Adjacency(place[source].astype(np.int32), len(core))
    following = place[target][adjacency.order].tolist()
    found = _tarjan(adjacency.starts.tolist(), following)
    first = np.full(len(core), count, dtype=np.int64)
    np.minimum.at(first, found, core)
    labels[core] = first[found]
    return labels


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
