"""Finds the new edges of a graph that depend on changed lines."""

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.diff import Cause
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.diff.find_causes import Causes, Identity, identity
from rbacgraph.techniques.catalogue import KINDS

Line = tuple[Identity, str, int]
"""An object with one of its parts; with neither field nor index if it has none."""
Named = frozenset[Line]


def lines_of(causes: Iterable[Cause]) -> Named:
    """Return the changed lines of causes."""
    found = set()
    for cause in causes:
        found |= {(identity(cause), part.field, part.index) for part in cause.parts}
        if not cause.parts:
            found.add((identity(cause), "", 0))
    return frozenset(found)


class ChangedEdges:
    """Finds the edges that a new graph has because of some changed lines.

    ``old``, ``new``: the graphs.
    ``causes``: explains why an edge is new.
    """

    def __init__(
        self, old: AccessGraph, new: AccessGraph, causes: Causes, limits: PathFilter
    ) -> None:
        self._old = old
        self._new = new
        self._causes = causes
        self._limits = limits

    def on(self, named: Named) -> frozenset[int]:
        """Return the edges that depend on any of some lines."""
        return frozenset(edge for line in named for edge in self._edges.get(line, ()))

    def beside(self, named: Named) -> frozenset[int]:
        """Return the edges that depend on any other line; an object with a named line is there."""
        named |= {(key, "", 0) for key, _, _ in named}
        return frozenset(edge for edge, lines in self._lines.items() if not lines <= named)

    def beyond(self, named: Named) -> bool:
        """Whether any new edge depends on none of some lines."""
        return len(self.on(named)) < len(self._fresh)

    @cached_property
    def _edges(self) -> Mapping[Line, list[int]]:
        found: dict[Line, list[int]] = {}
        for edge, lines in self._lines.items():
            for line in lines:
                found.setdefault(line, []).append(edge)
        return found

    @cached_property
    def _lines(self) -> Mapping[int, Named]:
        return {edge: lines_of(self._causes.of_edge(edge)) for edge in self._fresh}

    @cached_property
    def _fresh(self) -> list[int]:
        """Edges that the old graph lacks, or has only with a condition that is now gone."""
        old, new = self._old, self._new
        of = np.array([old.index.get(node, -1) for node in new.nodes], dtype=np.int64)
        size, here, there = len(old.nodes), self._limits.allowed(new), self._limits.allowed(old)
        ends = _keys(new, of[new.source], of[new.target], size)
        before = _keys(old, old.source.astype(np.int64), old.target.astype(np.int64), size)
        known = (of[new.source] >= 0) & (of[new.target] >= 0)
        sure = (new.condition == 0) & ~np.isin(ends, before[there & (old.condition == 0)])
        none = ~np.isin(ends, before[there])
        fresh: list[int] = np.flatnonzero(here & (~known | sure | none)).tolist()
        return fresh


def _keys(
    graph: AccessGraph, source: NDArray[np.int64], target: NDArray[np.int64], size: int
) -> NDArray[np.int64]:
    keys: NDArray[np.int64] = (source * size + target) * len(KINDS) + graph.kind
    return keys
