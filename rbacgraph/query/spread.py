"""Everything at once: for every node, the set of principals that reach it.

Strongly connected components are condensed and sets handed down the DAG; equal unions are
made once and shared. A principal's own path does not pass through a group that it is in, so
a group hands on whoever reaches it except its members: the components are those of the
graph without the groups' edges, and each pass hands on what the groups let through in the
pass before, until nothing is new. So is who meets all needs of a join: for these, also what
somebody gets as a member counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.access import AccessGraph, Adjacency
from rbacgraph.graph.principals import Principals
from rbacgraph.model.node import GROUP
from rbacgraph.query.cheapest import UNREACHED, Cheapest, cheapest
from rbacgraph.query.components import strong_components
from rbacgraph.query.joined import Joiner
from rbacgraph.query.search import NEEDS, Limits
from rbacgraph.query.ways import Way, Ways

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class Spread:
    """Who reaches what over some of the edges.

    Sets hold the numbers of the principals' nodes.

    Parameters
    ----------
    graph:
        The graph.
    principals:
        Who counts, and where their own paths start.
    limits:
        What paths may be made of.
    allowed:
        For each edge, whether paths may hold it; within the limits.
    """

    def __init__(
        self, graph: AccessGraph, principals: Principals, limits: Limits, allowed: Booleans
    ) -> None:
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._allowed = allowed

    @cached_property
    def cheapest(self) -> Cheapest:
        """Cheapest path of anybody to every node."""
        if not self.joined:
            return self._without_joins
        seeds = {join: way.effort for join, way in self.joined.items()}
        return cheapest(self._graph, self._single, self._start_edges, seeds)

    @cached_property
    def ways(self) -> Ways:
        """The cheapest paths, told."""
        return Ways(self._graph, self.cheapest, self.joined)

    @cached_property
    def _single(self) -> Booleans:
        """The edges that one is enough of."""
        single: Booleans = self._allowed & (self._graph.kind != NEEDS)
        return single

    @cached_property
    def joined(self) -> dict[int, Way]:
        """The cheapest way to meet the needs of each join that somebody can meet."""
        joiner = Joiner(self._graph, self._limits)
        efforts = self._without_joins.effort
        return {
            join: joiner.cheapest(join, able, int(np.where(e == UNREACHED, 0, e).max()))
            for join, inputs in self._joins.items()
            if (able := self.reaching(join)) and len(e := efforts[list(inputs)])
        }

    @cached_property
    def _without_joins(self) -> Cheapest:
        return cheapest(self._graph, self._single, self._start_edges)

    @cached_property
    def active(self) -> Booleans:
        """For each edge, whether somebody's path may hold it."""
        active: Booleans = self._allowed & self._open[self._graph.source]
        return active

    @cached_property
    def _open(self) -> Booleans:
        """For each node, whether somebody may reach it: certainly so but beyond joins."""
        effort = cheapest(self._graph, self._allowed, self._start_edges).effort
        reached: Booleans = effort != UNREACHED
        return reached

    @cached_property
    def _start_edges(self) -> Integers:
        edges = np.array(
            [edge for start in self._principals.starts for edge in start.edges], dtype=np.int64
        )
        return edges[self._allowed[edges]]

    def parts_of(self, nodes: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """Yield for each node which sets, united by :meth:`union`, are its principals.

        Nodes reached in the same ways have equal parts, so that a union serves them all.
        """
        graph = self._graph
        numbers = np.asarray(nodes, dtype=np.int64)
        counts = graph.incoming.starts[numbers + 1] - graph.incoming.starts[numbers]
        edges = graph.incoming.of_all(numbers)
        place = np.repeat(np.arange(len(numbers)), counts)[self.active[edges]]
        edges = edges[self.active[edges]]
        size = len(graph.nodes)
        pairs = np.unique(place * size + self._component[graph.source[edges]])
        parts = (pairs % size).tolist()
        ends = np.searchsorted(pairs, (np.arange(len(numbers)) + 1) * size).tolist()
        begin = 0
        for end in ends:
            yield tuple(parts[begin:end])
            begin = end

    def union(self, parts: Iterable[int]) -> BitMap:
        """Unite sets of principals."""
        sets = self._sets
        return BitMap.union(BitMap(), *(sets[part] for part in parts if part in sets))

    @cached_property
    def _is_group(self) -> Booleans:
        return np.array([node[0] == GROUP for node in self._graph.nodes], dtype=bool)

    @cached_property
    def _inner(self) -> Booleans:
        """Edges over which sets are handed down: not a group's own, nor those to a dead end."""
        graph = self._graph
        leads_on = np.bincount(graph.source, minlength=len(graph.nodes)) > 0
        inner: Booleans = self.active & ~self._is_group[graph.source] & leads_on[graph.target]
        inner &= graph.kind != NEEDS
        return inner

    @cached_property
    def _component(self) -> Integers:
        graph, inner = self._graph, self._inner
        source = graph.source[inner].astype(np.int64)
        return strong_components(source, graph.target[inner].astype(np.int64), len(graph.nodes))

    @cached_property
    def _sets(self) -> dict[int, BitMap]:
        dag = _Dag(self._graph, self._component, self._inner)
        starts: dict[int, list[int]] = {}
        for start in self._principals.starts:
            for edge in start.edges:
                if self._allowed[edge]:
                    component = int(self._component[self._graph.target_of[edge]])
                    starts.setdefault(component, []).append(start.principal)
        unions = _Unions()
        sets: dict[int, BitMap] = {}
        news = {component: BitMap(numbers) for component, numbers in starts.items()}
        while news:
            for component, numbers in news.items():
                known = sets.get(component)
                sets[component] = numbers if known is None else unions.of(known, numbers)
            dag.hand_down(sets, set(news), unions)
            news = self._through_groups(sets)
            for component, numbers in self._through_joins(sets).items():
                news[component] = news.get(component, BitMap()) | numbers
        return sets

    def reaching(self, node: int) -> BitMap:
        """Return the principals that reach a node by a way of their own."""
        return self._sets.get(int(self._component[node]), BitMap())

    def _through_groups(self, sets: dict[int, BitMap]) -> dict[int, BitMap]:
        """Return what groups hand on and their edges' targets do not have yet."""
        graph, found = self._graph, dict[int, BitMap]()
        members = graph.membership.members
        for group in np.flatnonzero(self._is_group).tolist():
            into = sets.get(int(self._component[group]))
            if into is None:
                continue
            through = into - members.get(group, BitMap()) - BitMap([group])
            for edge in graph.outgoing.of(group):
                if through and self.active[edge]:
                    component = int(self._component[graph.target_of[edge]])
                    new = through - sets.get(component, BitMap())
                    if new:
                        found[component] = found.get(component, BitMap()) | new
        return found

    @cached_property
    def _joins(self) -> dict[int, tuple[int, ...]]:
        """Joins that somebody may meet the needs of, by their inputs."""
        return {
            join: inputs
            for join, inputs in self._graph.joins.items()
            if self._open[list(inputs)].all()
        }

    def _through_joins(self, sets: dict[int, BitMap]) -> dict[int, BitMap]:
        """Return who meets the needs of joins and is not known to yet."""
        found: dict[int, BitMap] = {}
        whole: dict[int, BitMap] = {}
        for join, inputs in self._joins.items():
            own = [sets.get(int(self._component[node]), BitMap()) for node in inputs]
            for numbers in own:
                if id(numbers) not in whole:
                    whole[id(numbers)] = numbers | self._members_of(numbers)
            able = BitMap.intersection(*(whole[id(numbers)] for numbers in own))
            if able:
                # What a group meets the needs of by itself is the group's.
                only_member = (able - BitMap.union(*own)) & self._members_of(able)
                component = int(self._component[join])
                new = able - only_member - sets.get(component, BitMap())
                if new:
                    found[component] = new
        return found

    def _members_of(self, numbers: BitMap) -> BitMap:
        members = self._graph.membership.members
        return BitMap.union(BitMap(), *(members[n] for n in numbers if n in members))


class _Unions:
    """Unites sets, each pair once: many nodes get the same sets in the same ways."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[BitMap, BitMap, BitMap]] = {}

    def of(self, first: BitMap, second: BitMap) -> BitMap:
        """Return the union; one of the two themselves where it holds the other."""
        key = id(first), id(second)
        known = self._known.get(key)
        if known is None:
            union = first | second
            for one in (first, second):
                if len(union) == len(one):
                    union = one
                    break
            # The two are kept with their union, lest their ids be used again.
            known = self._known[key] = first, second, union
        return known[2]


class _Dag:
    """The components of a graph, in topological order."""

    def __init__(self, graph: AccessGraph, component: Integers, edges: Booleans) -> None:
        count = int(component.max()) + 1 if component.size else 0
        source, target = component[graph.source[edges]], component[graph.target[edges]]
        outside = source != target
        pairs = np.unique(source[outside] * count + target[outside])
        source, target = np.divmod(pairs, count) if count else (pairs, pairs)
        out = Adjacency(source.astype(np.int32), count)
        order = _topological(out, target, count)
        self._rank = np.empty(count, dtype=np.int64)
        self._rank[order] = np.arange(count)
        self._order = order.tolist()
        self._following = target[out.order].tolist()
        self._begin = out.starts.tolist()

    def hand_down(self, sets: dict[int, BitMap], changed: set[int], unions: _Unions) -> None:
        """Hand on the sets of changed components to all that follow."""
        following, begin = self._following, self._begin
        first = min(int(self._rank[component]) for component in changed)
        for component in islice(self._order, first, None):
            if component in changed:
                into = sets[component]
                for after in following[begin[component] : begin[component + 1]]:
                    known = sets.get(after)
                    union = into if known is None else unions.of(known, into)
                    if union is not known:
                        sets[after] = union
                        changed.add(after)


def _topological(out: Adjacency, target: Integers, count: int) -> Integers:
    waiting = np.bincount(target, minlength=count)
    frontier = np.flatnonzero(waiting == 0)
    order = [frontier]
    while frontier.size:
        following, arrived = np.unique(target[out.of_all(frontier)], return_counts=True)
        waiting[following] -= arrived
        frontier = following[waiting[following] == 0]
        order.append(frontier)
    return np.concatenate(order)
