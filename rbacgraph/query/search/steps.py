"""The steps of a search: edges between states, in growing lists."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED
from rbacgraph.query.arrays.costs import COSTS
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter

UNMET = 1
"""Bit of a layer: what ``via`` asks for is still missing."""

LAST = 2
"""Bit of a layer: the last AND node is passed."""

BORROWED = 4
"""Bit of a layer: all rights so far are those of groups."""

LAYERS = 8
"""How many layers there may be."""

_REST = 48
"""How many bits of a key hold what is left."""

_FEW = 16
"""Up to so many edges are looked at one by one in less time than as an array."""

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]

_PRICES = np.array(COSTS, dtype=np.int64)


class Steps:
    """The steps from each state, the most promising first.

    A state is a node in a layer, as one number; a layer is a set of bits, and the states of
    layer 0 are the nodes themselves. A state waits by a key: its cost with what is left at
    least, then what is left alone, so that of equal ones the nearest goes first.

    ``rests``: for each layer what is left at least from each node to where searches lead (UNREACHED
        for nodes that do not lead there); empty where they lead anywhere.
    ``base``: the same with other rests: where what is left is the same, the steps are.
    """

    def __init__(
        self,
        graph: AccessGraph,
        limits: PathFilter,
        rests: Sequence[Integers] = (),
        base: "Steps | None" = None,
    ) -> None:
        self.graph = graph
        self.limits = limits
        self.size = len(graph.nodes)
        self._rests = rests
        self._rest_of = [memoryview(rest.data) for rest in rests]
        self._allowed: Booleans = limits.allowed(graph) & (graph.kind != NEEDS)
        for node in limits.blocked:
            self._allowed[graph.incoming.array_of(node)] = False
        self._is_allowed = memoryview(self._allowed.data)
        self._base = base
        self._differs: dict[int, Sequence[bool]] = {}
        """For each layer, the nodes from which other steps may lead than in the base."""
        self.all_found = False
        self.begins: dict[int, int] | list[int] = {}
        """For each state whose steps are found, the place of the first."""
        self.ends: dict[int, int] | list[int] = {}
        """For each of these the place after the last."""
        self.edges: list[int] = []
        self.sources: list[int] = []
        self.targets: list[int] = []
        self.keys: list[int] = []
        """For each step by how much the key of its target is above that of its source."""
        self.last: list[int] = []
        """For each step the place after the last of the same source."""

    def key(self, cost: int, state: int) -> int | None:
        """Return the key of a state of some cost; None where it does not lead there."""
        if not self._rests:
            return cost
        layer, node = divmod(state, self.size)
        rest = self._rest_of[layer][node]
        return None if rest == UNREACHED else (cost + rest << _REST) + rest

    def cost(self, key: int) -> int:
        """Return the cost of a state by its key."""
        return (key >> _REST) - (key & (1 << _REST) - 1) if self._rests else key

    def total(self, key: int) -> int:
        """Return the cost of a state with what is left at least, by its key."""
        return key >> _REST if self._rests else key

    def least_key(self, total: float) -> float:
        """Return the least key of states that cost so much with what is left."""
        return total * (1 << _REST) if self._rests else total

    def rest(self, node: int) -> int | None:
        """Return what is left at least from a node in layer 0; None where it leads nowhere."""
        rest = self._rest_of[0][node] if self._rests else 0
        return None if rest == UNREACHED else rest

    def find(self, state: int) -> None:
        layer, node = divmod(state, self.size)
        if self._base is not None and not self._differs_at(layer)[node]:
            self._take(state, self._base)
            return
        graph, via, rest_of = self.graph, self.limits.via, self._rest_of
        edges = graph.outgoing.of(node)
        if len(edges) > _FEW:
            edges = self._leading(layer, node)
        rest = rest_of[layer][node] if rest_of else 0
        allowed, found = self._is_allowed, []
        for edge in edges:
            if not allowed[edge]:
                continue
            kind, target = graph.kind_of[edge], graph.target_of[edge]
            into = layer & ~UNMET if kind in via else layer
            key = COSTS[kind]
            if rest_of:
                left = rest_of[into][target]
                if left == UNREACHED:
                    continue
                key = (key + left - rest << _REST) + left - rest
            found.append((key, edge, into * self.size + target))
        found.sort()
        begin = len(self.edges)
        self.begins[state], self.ends[state] = begin, begin + len(found)
        for key, edge, target in found:
            self.edges.append(edge)
            self.targets.append(target)
            self.keys.append(key)
        self.sources += [state] * len(found)
        self.last += [begin + len(found)] * len(found)

    def _differs_at(self, layer: int) -> Sequence[bool]:
        """Return for each node whether what is left differs there, or where an edge leads."""
        known = self._differs.get(layer)
        if known is None:
            assert self._base is not None
            graph = self.graph
            found = self._rests[layer] != self._base._rests[layer]  # noqa: SLF001 - of its kind
            found[graph.source[graph.incoming.of_all(found.nonzero()[0])]] = True
            known = self._differs[layer] = memoryview(found.data)
        return known

    def _take(self, state: int, base: "Steps") -> None:
        """Take the steps from a state that another has."""
        if state not in base.begins:
            base.find(state)
        begin, first, after = len(self.edges), base.begins[state], base.ends[state]
        self.edges += base.edges[first:after]
        self.targets += base.targets[first:after]
        self.keys += base.keys[first:after]
        self.sources += base.sources[first:after]
        end = len(self.edges)
        self.begins[state], self.ends[state] = begin, end
        self.last += [end] * (end - begin)

    def _leading(self, layer: int, node: int) -> Sequence[int]:
        """Return the edges from a node of many that are allowed and lead where searches lead."""
        graph = self.graph
        edges = graph.outgoing.array_of(node)
        edges = edges[self._allowed[edges]]
        if self._rests:
            edges = edges[self._rests[layer & ~UNMET][graph.target[edges]] != UNREACHED]
        found: list[int] = edges.tolist()
        return found

    def find_all(self, among: Booleans) -> None:
        """Find at once the steps from some nodes in every layer, where searches lead anywhere."""
        graph, size = self.graph, self.size
        edges = np.flatnonzero(self._allowed & among[graph.source])
        prices = _PRICES[graph.kind[edges]]
        order = np.lexsort((edges, prices, graph.source[edges]))
        edges, prices = edges[order], prices[order]
        source, target = graph.source[edges], graph.target[edges].astype(np.int64)
        counts = np.bincount(source, minlength=size)
        wished = np.isin(graph.kind[edges], list(self.limits.via))
        begins_of, ends_of = list[int](), list[int]()
        for layer in (0, UNMET) if self.limits.via else (0,):
            ends = len(self.edges) + counts.cumsum()
            begins_of += (ends - counts).tolist()
            ends_of += ends.tolist()
            self.edges += edges.tolist()
            self.sources += _each_once(source + layer * size)
            self.targets += _each_once(target + np.where(wished, layer & ~UNMET, layer) * size)
            self.keys += _each_once(prices)
            self.last += _each_once(ends[source])
        self.begins, self.ends, self.all_found = begins_of, ends_of, True


def _each_once(values: NDArray[np.integer]) -> list[int]:
    """Return numbers as a list in which equal ones are one object: it takes less memory."""
    different, places = np.unique(values, return_inverse=True)
    known: list[int] = different.tolist()
    return list(map(known.__getitem__, places.tolist()))
