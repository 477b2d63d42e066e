"""What a path may be made of, as a person wishes it."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.errors import UsageError
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.did_you_mean import edge_advice
from rbacgraph.techniques.catalogue import EDGES, KINDS

NEEDS = KINDS["needs"]
"""Number of the edges that lead to joins: one of them alone leads nowhere."""


class Limits(NamedTuple):
    """What a path may be made of.

    Parameters
    ----------
    certain:
        Whether conditional edges are left out.
    via:
        Numbers of edge kinds of which a path must hold one; empty for no such wish.
    without:
        Numbers of edge kinds that a path may not hold.
    blocked:
        Nodes that a path may not pass through.
    shut:
        Edges that a path may not hold.
    """

    certain: bool = False
    via: frozenset[int] = frozenset()
    without: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    shut: frozenset[int] = frozenset()

    def without_via(self) -> "Limits":
        """Return the limits that each edge keeps or breaks alone."""
        return self._replace(via=frozenset())

    def allows(self, graph: AccessGraph, edge: int) -> bool:
        """Whether a path may hold an edge."""
        if self.certain and graph.condition_of[edge]:
            return False
        return graph.kind_of[edge] not in self.without and edge not in self.shut

    def allowed(self, graph: AccessGraph) -> NDArray[np.bool_]:
        """Tell for each edge whether a path may hold it."""
        allowed: NDArray[np.bool_] = ~np.isin(graph.kind, list(self.without))
        allowed[list(self.shut)] = False
        if self.certain:
            allowed &= graph.condition == 0
        return allowed


def holds(graph: AccessGraph, edges: Iterable[int], via: Collection[int]) -> bool:
    """Whether a path holds one of some kinds of edges; true where there are none to hold."""
    return not via or any(graph.kind_of[edge] in via for edge in edges)


def kind_numbers(ids: Iterable[str]) -> frozenset[int]:
    """Translate edge ids into numbers of kinds.

    Raises
    ------
    UsageError
        Where an id is not one of the catalogue's techniques.
    """
    wanted = tuple(ids)
    for name in wanted:
        if name not in KINDS or EDGES[KINDS[name]].structural:
            techniques = [edge.id for edge in EDGES if not edge.structural]
            advice = edge_advice(name, techniques)
            raise UsageError(f"there is no edge kind {name!r}", advice=advice)
    return frozenset(KINDS[name] for name in wanted)


def limits_of(*, certain: bool, via: Sequence[str], without: Sequence[str]) -> Limits:
    """Make limits of what a person asks for.

    Raises
    ------
    UsageError
        Where an edge kind is unknown, or is wished for and excluded at once.
    """
    wanted, excluded = kind_numbers(via), kind_numbers(without)
    for number in sorted(wanted & excluded):
        raise UsageError(f"via and without exclude each other: both name {EDGES[number].id}")
    return Limits(certain=certain, via=wanted, without=excluded)
