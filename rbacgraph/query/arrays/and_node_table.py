"""What joins need, as columns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.edge_arrays import sorting
from rbacgraph.query.arrays.bitmap_store import runs
from rbacgraph.query.arrays.path_filter import NEEDS

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class Needs(NamedTuple):
    """Joins with their inputs, of which each has at least one.

    Parameters
    ----------
    joins:
        Numbers of the joins, sorted.
    inputs:
        Numbers of their inputs, one join's after the other's.
    starts:
        Where in these each join's begin.
    """

    joins: Integers
    inputs: Integers
    starts: Integers

    @classmethod
    def of(cls, graph: AccessGraph) -> "Needs":
        """Return those of all joins of a graph."""
        edges = np.flatnonzero(graph.kind == NEEDS)
        edges = edges[sorting(graph.target[edges])]
        joins, starts = runs(graph.target[edges])
        return cls(joins.astype(np.int64), graph.source[edges].astype(np.int64), starts)

    def within(self, nodes: Booleans) -> "Needs":
        """Return those of the joins whose inputs are all among some nodes."""
        if not len(self.joins):
            return self
        kept = np.logical_and.reduceat(nodes[self.inputs], self.starts)
        counts = np.diff(self.starts, append=len(self.inputs))
        left = counts[kept]
        return Needs(self.joins[kept], self.inputs[np.repeat(kept, counts)], np.cumsum(left) - left)

    def most(self, values: Integers) -> Integers:
        """Return for each join the greatest value that one of its inputs has."""
        if not len(self.joins):
            return self.joins
        found: Integers = np.maximum.reduceat(values[self.inputs], self.starts)
        return found
