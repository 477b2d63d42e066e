"""Propagates bitmaps along a DAG of components, a whole rank at a time."""

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.edge_arrays import Adjacency, Int32Array, sorting
from rbacgraph.query.arrays.bitmap_store import BitmapStore, begins, distinct

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]
Ends = NDArray[np.integer]

_HALF = 32
_SECOND = (1 << _HALF) - 1


class Condensation:
    """An acyclic graph, with its edges by the rank of their targets.

    ``source``, ``target``: ends of each edge: numbers of nodes, below ``count``. Loops do not
        count.
    ``count``: the number of nodes.
    """

    def __init__(self, source: Ends, target: Ends, count: int) -> None:
        # Sorted by target, so that all inputs of a node are together.
        edges = target.astype(np.int64)
        edges <<= _HALF
        edges |= source
        edges = edges[source != target]
        edges.sort(kind="stable")
        edges = edges[begins(edges)]
        first, second = (edges & _SECOND).astype(np.int32), (edges >> _HALF).astype(np.int32)
        del edges
        rank = _ranks(first, second, count)[second]
        order = sorting(rank)
        bounds = np.flatnonzero(np.diff(rank[order])) + 1
        self._ranks = list(
            zip(np.split(first[order], bounds), np.split(second[order], bounds), strict=True)
        )

    def hand_down(self, numbers: Integers, changed: Booleans, sets: BitmapStore) -> None:
        """Propagate the sets of changed nodes to all successors.

        ``numbers``: for each node the number of its set; updated.
        ``changed``: for each node whether it changed; updated with the nodes that change here.
        """
        for source, target in self._ranks:
            moved = changed[source]
            if not moved.any():
                continue
            after = distinct(target[moved])
            owners, united = sets.gather(
                np.concatenate([after, target[moved]]),
                np.concatenate([numbers[after], numbers[source[moved]]]),
            )
            changed[owners] |= numbers[owners] != united
            numbers[owners] = united


def _ranks(source: Int32Array, target: Int32Array, count: int) -> Int32Array:
    """Return the rank of each node: one more than the highest rank of its predecessors."""
    out = Adjacency(source, count)
    waiting = np.bincount(target, minlength=count)
    ranks = np.zeros(count, dtype=np.int32)
    frontier = np.flatnonzero((waiting == 0) & (np.diff(out.starts) > 0))
    rank = 0
    while frontier.size:
        rank += 1
        further = target[out.of_all(frontier)]
        waiting -= np.bincount(further, minlength=count)
        frontier = distinct(further[waiting[further] == 0])
        ranks[frontier] = rank
    return ranks
