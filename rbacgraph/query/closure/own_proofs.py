"""The proofs of one principal that it reaches AND nodes by paths of its own, as one graph.

A node is in it twice: as reached by any path, and as reached by an own path. An AND node is
reached by an own path if all of its premises are reached by any, and one by an own path.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.and_node_table import AndNodeTable
from rbacgraph.query.closure.landmark_bound import Links, ProofGraph

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class OwnEdges(NamedTuple):
    """Where the paths of a principal may lead.

    Parameters
    ----------
    principal:
        The principal.
    every:
        For each edge, whether paths may use it; none into AND nodes.
    first:
        For each edge, whether an own path may start by it.
    groups:
        The groups of the principal, through which no own path passes.
    of_none:
        For each AND node, whether the principal meets all its needs, and none of its groups does.
    """

    principal: int
    every: Booleans
    first: Booleans
    groups: tuple[int, ...]
    of_none: Booleans

    def own(self, graph: AccessGraph) -> Booleans:
        """Return for each edge whether an own path may use it."""
        own: Booleans = self.every & (self.first | (graph.source != self.principal))
        for group in self.groups:
            own[graph.incoming.array_of(group)] = False
        return own


class OwnProofs(NamedTuple):
    """The proofs over some nodes.

    Parameters
    ----------
    proofs:
        The graph.
    numbers:
        For each of its nodes, by which it is found: sorted.
    start:
        The node that is given.
    efforts:
        The efforts of its edges.
    size:
        What the number of a node as reached by an own path is above that of the node.
    """

    proofs: ProofGraph
    numbers: Integers
    start: int
    efforts: Integers
    size: int

    @classmethod
    def over(
        cls, graph: AccessGraph, needs: AndNodeTable, edges: OwnEdges, kept: Booleans
    ) -> "OwnProofs":
        """Return the proofs of a principal over some nodes."""
        size, principal = len(graph.nodes), edges.principal
        inside = kept[graph.source] & kept[graph.target]
        every = np.flatnonzero(edges.every & inside)
        own = np.flatnonzero(edges.own(graph) & inside)
        of_none = edges.of_none[np.logical_and.reduceat(kept[needs.inputs], needs.starts)]
        needs = needs.within(kept)
        joins = needs.joins
        counts = np.diff(needs.starts, append=len(needs.inputs))
        held = 2 * size + np.arange(len(joins))
        """For each AND node, that a premise is reached by an own path."""
        start = 2 * size + len(joins)
        free = [
            (needs.inputs + size, held.repeat(counts)),
            (joins[of_none], held[of_none]),
            (np.array([start, start]), np.array([principal, principal + size])),
        ]
        source = [graph.source[every], graph.source[own] + size, *(one for one, _ in free)]
        target = [graph.target[every], graph.target[own] + size, *(other for _, other in free)]
        needed = [needs.inputs, joins, held]
        needing = [joins.repeat(counts), joins + size, joins + size]
        parts = [
            np.concatenate(part).astype(np.int64) for part in (source, target, needed, needing)
        ]
        numbers, places = np.unique(np.concatenate(parts), return_inverse=True)
        ends = np.split(places.reshape(-1), np.cumsum([len(part) for part in parts[:-1]]))
        links = Links.of(ends[0], ends[1])
        unpaid = np.full(sum(len(one) for one, _ in free), len(every))
        payers = np.concatenate([np.arange(len(every)), np.searchsorted(every, own), unpaid])
        proofs = ProofGraph(len(numbers), links, payers[links.order], Links.of(ends[2], ends[3]))
        efforts = np.append(graph.efforts[every], 0).astype(np.int64)
        return cls(proofs, numbers, int(np.searchsorted(numbers, start)), efforts, size)

    def least(self, join: int, enough: int) -> int:
        """Return what effort an own path to an AND node takes at least, or that it takes enough."""
        place = int(np.searchsorted(self.numbers, join + self.size))
        if place == len(self.numbers) or self.numbers[place] != join + self.size:
            return enough
        return self.proofs.least(self.start, place, self.efforts, enough)
