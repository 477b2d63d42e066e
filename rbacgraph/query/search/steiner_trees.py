"""The cheapest way from somewhere to several nodes at once, where their ways have a part in common.

Ways that are cheapest each by itself need not be so together: a dearer one may share more with
another. Every cheapest way to several nodes is a tree: it is looked for backward, from the nodes
and from what leads to some of them together (Dreyfus and Wagner's dynamic programme).
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import islice
from typing import NamedTuple

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.costs import CONTAINS, COSTS

_LOOKED_AT = 5_000
"""Edges looked at before giving up: in large graphs nearly everything leads nearly everywhere."""

_Part = tuple[int, int]
"""A node, and which of the nodes to reach, as bits."""


_KEPT = 256
"""Searches whose outcome is kept: those for one join from one principal, Secret for Secret."""


class SharedWay(NamedTuple):
    """A way from one node to all that are to be reached.

    ``edges`` are in an order in which everything stands before what needs it.
    """

    start: int
    cost: int
    edges: Sequence[int]


class _Outcome(NamedTuple):
    """What was found, and within which bounds what it costs at least to get to nodes matters."""

    ways: Sequence[SharedWay]
    least: Mapping[int, float]
    below: Mapping[int, float]

    def holds(self, least: Callable[[int], float]) -> bool:
        """Whether the same is found where other costs are known."""
        return all(least(node) < most for node, most in self.below.items()) and all(
            least(node) >= fewest for node, fewest in self.least.items()
        )


class SteinerSearch:
    """Finds ways to several nodes, and remembers what it found lately."""

    def __init__(self, graph: AccessGraph) -> None:
        self._graph = graph
        self._known: dict[Hashable, _Outcome] = {}

    def ways(
        self,
        nodes: Sequence[int],
        *,
        key: Hashable,
        incoming: Callable[[int], Iterable[int]],
        least: Callable[[int], float],
        below: int,
    ) -> Sequence[SharedWay]:
        """Return from where ways lead to all of some nodes, with the cheapest from there.

        ``nodes``, ``incoming``, ``least``, ``below``: the nodes, from a node to the edges by which
            it may be reached, from a node to what it costs to get there at least, and what costs so
            much that it is of no interest.
        ``key``: what is the same where ``incoming`` is.
        """
        key = key, tuple(nodes), tuple(map(least, nodes)), below
        known = self._known.pop(key, None)
        if known is None or not known.holds(least):
            known = self._found(nodes, incoming, least, below)
        self._known[key] = known
        if len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]
        return known.ways

    def _found(
        self,
        nodes: Sequence[int],
        incoming: Callable[[int], Iterable[int]],
        least: Callable[[int], float],
        below: int,
    ) -> _Outcome:
        over: dict[int, float] = {}
        under: dict[int, float] = {}

        def is_less(node: int, limit: int) -> bool:
            is_less = least(node) < limit
            if is_less:
                under[node] = min(limit, under.get(node, limit))
            else:
                over[node] = max(limit, over.get(node, limit))
            return is_less

        alone = [least(node) for node in nodes]
        ways = shared_ways(
            self._graph, nodes, incoming=incoming, alone=alone, is_less=is_less, below=below
        )
        return _Outcome(tuple(ways), over, under)


def shared_ways(
    graph: AccessGraph,
    nodes: Sequence[int],
    *,
    incoming: Callable[[int], Iterable[int]],
    alone: Sequence[float],
    is_less: Callable[[int, int], bool],
    below: int,
) -> Iterator[SharedWay]:
    """Yield from where ways lead to all of some nodes, with the cheapest such way from there.

    Not from everywhere where more than :data:`_LOOKED_AT` edges lead there.

    ``incoming``: from a node to the edges by which it may be reached.
    ``alone``: what it costs to get to each of the nodes, at least.
    ``is_less``: whether it may cost less than something to get to a node.
    """
    whole = (1 << len(nodes)) - 1
    # What is reached from somewhere is reached from the start through there.
    others = [
        max((cost for n, cost in enumerate(alone) if not reached >> n & 1), default=0)
        for reached in range(whole + 1)
    ]
    best: dict[_Part, int] = {(node, 1 << n): 0 for n, node in enumerate(nodes)}
    by: dict[_Part, tuple[int, int]] = {}  # by an edge and -1, or of two sets of nodes
    done: dict[int, dict[int, int]] = {}
    heap = [(0, part) for part in best]
    left = _LOOKED_AT
    while heap and left > 0:
        cost, (node, reached) = heappop(heap)
        masks = done.setdefault(node, {})
        if reached in masks:
            continue
        masks[reached] = cost
        if reached == whole:
            # What leads to here leads to all, and no better from farther away.
            yield SharedWay(node, cost, list(_edges(graph, by, (node, reached))))
            continue
        following = [
            (cost + more, (node, reached | other), (reached, other))
            for other, more in masks.items()
            if not reached & other
            and not any(_narrows(graph, by.get((node, part))) for part in (reached, other))
        ]
        edges = list(islice(incoming(node), left))
        left -= len(edges)
        following += [
            (cost + COSTS[graph.kind_of[edge]], (graph.source_of[edge], reached), (edge, -1))
            for edge in edges
        ]
        for total, part, made in following:
            if total + others[part[1]] >= below or total >= best.get(part, below):
                continue
            if is_less(part[0], below - total):
                best[part], by[part] = total, made
                heappush(heap, (total, part))


def _narrows(graph: AccessGraph, made: tuple[int, int] | None) -> bool:
    """Whether a way goes on to a member: what yields several is done once for each."""
    return made is not None and made[1] == -1 and graph.kind_of[made[0]] == CONTAINS


def _edges(graph: AccessGraph, by: dict[_Part, tuple[int, int]], part: _Part) -> Iterator[int]:
    while part in by:
        node, reached = part
        first, second = by[part]
        if second == -1:
            yield first
            part = graph.target_of[first], reached
        else:
            yield from _edges(graph, by, (node, first))
            part = node, second
