"""The AND nodes of a graph as columns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.edge_arrays import sorting
from rbacgraph.query.arrays.bitmap_store import runs
from rbacgraph.query.arrays.path_filter import NEEDS

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class AndNodeTable(NamedTuple):
    """AND nodes with their tails; each tail has at least one node.

    ``joins``: the numbers of the AND nodes, sorted.
    ``inputs``: the numbers of their tail nodes, one AND node after the other.
    ``starts``: the index in these at which each tail begins.
    """

    joins: Integers
    inputs: Integers
    starts: Integers

    @classmethod
    def of(cls, graph: AccessGraph) -> "AndNodeTable":
        """Return the table of all AND nodes of a graph."""
        edges = np.flatnonzero(graph.kind == NEEDS)
        edges = edges[sorting(graph.target[edges])]
        joins, starts = runs(graph.target[edges])
        return cls(joins.astype(np.int64), graph.source[edges].astype(np.int64), starts)

    def within(self, nodes: Booleans) -> "AndNodeTable":
        """Return the table of the AND nodes whose tails lie within some nodes."""
        if not len(self.joins):
            return self
        kept = np.logical_and.reduceat(nodes[self.inputs], self.starts)
        counts = np.diff(self.starts, append=len(self.inputs))
        left = counts[kept]
        return AndNodeTable(
            self.joins[kept], self.inputs[np.repeat(kept, counts)], np.cumsum(left) - left
        )

    def most(self, values: Integers) -> Integers:
        """Return for each AND node the greatest value in its tail."""
        if not len(self.joins):
            return self.joins
        found: Integers = np.maximum.reduceat(values[self.inputs], self.starts)
        return found

    def least(self, values: Integers) -> Integers:
        """Return for each AND node the least value in its tail."""
        if not len(self.joins):
            return self.joins
        found: Integers = np.minimum.reduceat(values[self.inputs], self.starts)
        return found
