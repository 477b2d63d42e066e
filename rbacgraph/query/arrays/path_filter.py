"""The filter of paths: which edges and kinds they may use."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.errors import UsageError
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.did_you_mean import edge_advice
from rbacgraph.query.arrays.blockwise import values_at
from rbacgraph.techniques.catalogue import EDGES, KINDS

NEEDS = KINDS["needs"]
"""The number of the kind of edges into AND nodes: one such edge alone leads nowhere."""


class PathFilter(NamedTuple):
    """The filter of paths.

    ``certain``: whether to leave out conditional edges.
    ``via``: numbers of edge kinds: a path must use one of them; empty for no such filter.
    ``without``: numbers of edge kinds that a path may not use.
    ``blocked``: Nodes that a path may not pass.
    ``shut``: edges that a path may not use.
    ``given``: numbers of conditions that count as certain.
    """

    certain: bool = False
    via: frozenset[int] = frozenset()
    without: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    shut: frozenset[int] = frozenset()
    given: frozenset[int] = frozenset()

    def without_via(self) -> "PathFilter":
        """Return the part of the filter that applies to each edge alone."""
        return self._replace(via=frozenset())

    def allows(self, graph: AccessGraph, edge: int) -> bool:
        """Whether a path may use an edge."""
        if self.certain and (on := graph.condition_of[edge]) and on not in self.given:
            return False
        return graph.kind_of[edge] not in self.without and edge not in self.shut

    def allowed(self, graph: AccessGraph) -> NDArray[np.bool_]:
        """Return for each edge whether a path may use it."""
        of_kind = np.ones(len(EDGES), dtype=bool)
        of_kind[list(self.without)] = False
        allowed = values_at(of_kind, graph.kind)
        allowed[list(self.shut)] = False
        if self.certain:
            certain = graph.condition == 0
            if self.given:
                certain |= np.isin(graph.condition, list(self.given))
            allowed &= certain
        return allowed

    def in_each_choice(self, graph: AccessGraph) -> list[list["PathFilter"]]:
        """Return the limits of certain paths if a server holds one choice of versions.

        For each list of choices: what is so in all of them is certain.
        """
        return [
            [self._replace(certain=True, given=choice) for choice in together]
            for together in graph.version_choices.together
        ]


def holds(graph: AccessGraph, edges: Iterable[int], via: Collection[int]) -> bool:
    """Whether a path holds one of some kinds of edges; true where there are none to hold."""
    return not via or any(graph.kind_of[edge] in via for edge in edges)


def kind_numbers(ids: Iterable[str]) -> frozenset[int]:
    """Return the numbers of edge kinds by their ids."""
    wanted = tuple(ids)
    for name in wanted:
        if name not in KINDS or EDGES[KINDS[name]].structural:
            techniques = [edge.id for edge in EDGES if not edge.structural]
            advice = edge_advice(name, techniques)
            raise UsageError(f"there is no edge kind {name!r}", advice=advice)
    return frozenset(KINDS[name] for name in wanted)


def limits_of(*, certain: bool, via: Sequence[str], without: Sequence[str]) -> PathFilter:
    """Return the filter that a caller asks for.

    Raises UsageError if an edge kind is unknown, or is both required and excluded.
    """
    wanted, excluded = kind_numbers(via), kind_numbers(without)
    for number in sorted(wanted & excluded):
        raise UsageError(f"via and without exclude each other: both name {EDGES[number].id}")
    return PathFilter(certain=certain, via=wanted, without=excluded)
