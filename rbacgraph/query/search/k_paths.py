"""More than the cheapest path: all simple paths that hold what ``via`` asks for."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.path_filter import PathFilter, holds
from rbacgraph.query.search.shortest_tree import ShortestTree
from rbacgraph.query.search.yen import STOP, PathSteps, SimplePaths

_LOOKED_AT = 10_000
"""Paths looked at before giving up on limits that few paths keep."""


class KSimplePaths:
    """All simple paths to the seeds but those through joins, from wherever they are asked for.

    ``tree``: the cheapest ways to the seeds, whatever ``via`` asks for.
    """

    def __init__(
        self, graph: AccessGraph, limits: PathFilter, seeds: Sequence[int], tree: ShortestTree
    ) -> None:
        self._graph = graph
        self._limits = limits
        self._seeds = frozenset(seeds)
        self._tree = tree
        self._known: dict[int, PathSteps] = {}

    def of(self, starts: Iterable[int], avoided: Iterable[int]) -> Iterator[Sequence[int]]:
        """Yield the edges of paths, the cheapest path first."""
        found = SimplePaths(self._allowed(self._tree.steps_by(starts)), self._steps, avoided)
        return filter(self._keeps, islice(found, _LOOKED_AT))

    def _steps(self, node: int) -> PathSteps:
        steps = self._known.get(node)
        if steps is None:
            stop = [STOP] if node in self._seeds else []
            steps = self._known[node] = [*stop, *self._allowed(self._tree.steps(node))]
        return steps

    def _allowed(self, steps: PathSteps) -> PathSteps:
        return [step for step in steps if self._limits.allows(self._graph, step.edge)]

    def _keeps(self, edges: Sequence[int]) -> bool:
        return holds(self._graph, edges, self._limits.via)
