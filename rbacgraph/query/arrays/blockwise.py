"""Looks up values at many places a block at a time: numpy copies all places to wider integers."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.edge_arrays import Adjacency, Int32Array

Integers = NDArray[np.int64]
Ends = NDArray[np.integer]

_BLOCK = 1 << 18
_NODES = 1 << 15
"""The number of nodes whose edges are looked up at once."""
_T = TypeVar("_T", bound=np.generic)


def values_at(values: NDArray[_T], places: Ends) -> NDArray[_T]:
    """Return the values at some places.

    Examples
    --------
    >>> values_at(np.array([4, 5, 6]), np.array([2, 0], dtype=np.int32)).tolist()
    [6, 4]
    """
    if len(places) <= _BLOCK:
        return values[places]
    found = np.empty(len(places), dtype=values.dtype)
    for first in range(0, len(places), _BLOCK):
        some = slice(first, first + _BLOCK)
        found[some] = values[places[some]]
    return found


def differ(values: NDArray[_T], places: Ends, others: Ends) -> NDArray[np.bool_]:
    """Return whether the value at each place is another than that at the other place.

    Examples
    --------
    >>> differ(np.array([4, 4, 6]), np.array([0, 1]), np.array([1, 2])).tolist()
    [False, True]
    """
    found = np.empty(len(places), dtype=bool)
    for first in range(0, len(places), _BLOCK):
        some = slice(first, first + _BLOCK)
        np.not_equal(values[places[some]], values[others[some]], out=found[some])
    return found


def edges_of(
    adjacency: Adjacency, nodes: Ends, allowed: NDArray[np.bool_] | None = None
) -> Int32Array:
    """Return the edges of several nodes, one node's after the other's; only allowed ones."""
    found = []
    for first in range(0, len(nodes), _NODES):
        edges = adjacency.of_all(nodes[first : first + _NODES])
        found.append((edges if allowed is None else edges[allowed[edges]]).astype(np.int32))
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int32)


def count_ends(ends: Ends, counted: NDArray[np.bool_], nodes: int) -> Integers:
    """Return for each node of how many edges that are counted it is the end.

    Examples
    --------
    >>> count_ends(np.array([1, 1, 0]), np.array([True, True, False]), 3).tolist()
    [0, 2, 0]
    """
    found = np.zeros(nodes, dtype=np.int64)
    for first in range(0, len(ends), _BLOCK):
        some = slice(first, first + _BLOCK)
        found += np.bincount(ends[some][counted[some]], minlength=nodes)
    return found
