"""Finds the techniques that give a node, directly or as a member of a collection."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.edge_arrays import Int32Array
from rbacgraph.query.arrays.bitmap_store import runs
from rbacgraph.query.arrays.blockwise import values_at
from rbacgraph.techniques.catalogue import EDGES, KINDS

_LEVELS = 3  # of collections: everything, one kind, one namespace
_WORD = 64

Integers = NDArray[np.int64]
_Words = NDArray[np.uint64]


def opening_kinds(
    graph: AccessGraph, active: NDArray[np.bool_], nodes: Integers
) -> tuple[Sequence[tuple[int, ...]], Integers]:
    """Return the kinds of technique that give nodes, or collections that hold them.

    ``active``: for each edge, whether it counts.
    The sets are in order; for each of the nodes it returns the index of its set.
    """
    contains = np.flatnonzero(active & (graph.kind == KINDS["contains"]))
    concerned = np.zeros(len(graph.nodes), dtype=bool)
    concerned[nodes] = True
    for _ in range(_LEVELS):
        concerned[graph.source[contains[concerned[graph.target[contains]]]]] = True
    every = graph.incoming.of_all(np.flatnonzero(concerned))
    edges = every[active[every]].astype(np.int32)
    del every
    inner = edges[values_at(graph.kind, edges) == KINDS["contains"]]
    yields = edges[values_at(graph.efforts, edges) > 0]
    del edges
    words = [_word(graph, yields, inner, first)[nodes] for first in range(0, len(EDGES), _WORD)]
    return _different(words)


def _word(graph: AccessGraph, yields: Int32Array, inner: Int32Array, first: int) -> _Words:
    """Return for each node which of 64 kinds give it, as bits.

    Edges are sorted by their targets: those of techniques, and those of collections.
    """
    bits = np.zeros(len(graph.nodes), dtype=np.uint64)
    kinds = values_at(graph.kind, yields)
    within = (kinds >= first) & (kinds < first + _WORD)
    ends, starts = runs(values_at(graph.target, yields[within]))
    flags = np.uint64(1) << (kinds[within] - np.uint8(first)).astype(np.uint64)
    bits[ends] = np.bitwise_or.reduceat(flags, starts) if len(starts) else 0
    ends, starts = runs(graph.target[inner])
    for _ in range(_LEVELS if len(starts) else 0):
        bits[ends] |= np.bitwise_or.reduceat(bits[graph.source[inner]], starts)
    return bits


def _different(words: Sequence[_Words]) -> tuple[list[tuple[int, ...]], Integers]:
    """Return the different sets as lists of their bits, and the index of each node's set."""
    places = np.zeros(len(words[0]), dtype=np.int64)
    for word in words:
        values, inverse = np.unique(word, return_inverse=True)
        places = places * len(values) + inverse.reshape(-1)
    _, first, places = np.unique(places, return_index=True, return_inverse=True)
    found = [sum(int(word[one]) << _WORD * n for n, word in enumerate(words)) for one in first]
    return [_bits_of(one) for one in found], places.reshape(-1)


def _bits_of(number: int) -> tuple[int, ...]:
    return tuple(bit for bit in range(number.bit_length()) if number >> bit & 1)
