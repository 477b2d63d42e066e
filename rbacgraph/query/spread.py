"""Everything at once: for every node, the set of principals that reach it.

Strongly connected components are condensed and sets handed down the DAG; equal unions are
made once and shared. A principal's own path does not pass through a group that it is in, so
a group hands on whoever reaches it except its members: the components are those of the
graph without the groups' edges, and each pass hands on what the groups let through in the
pass before, until nothing is new. So is who meets all needs of a join: for these, also what
somebody gets as a member counts.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.access import AccessGraph, Adjacency
from rbacgraph.graph.principals import Principals
from rbacgraph.query.cheapest import UNREACHED, Cheapest, cheapest, seeds_before
from rbacgraph.query.components import reached, strong_components
from rbacgraph.query.dag import Dag
from rbacgraph.query.gates import Group, GroupGates, JoinGates
from rbacgraph.query.joined import Joiner
from rbacgraph.query.limits import NEEDS, Limits
from rbacgraph.query.needs import Needs
from rbacgraph.query.sets import EMPTY, Sets
from rbacgraph.query.ways import Way, Ways

_NO_LIMITS = Limits()

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class Least(NamedTuple):
    """For each node an effort that nobody's way is below (UNREACHED for none); that of joins."""

    efforts: Integers
    joins: Mapping[int, int]


class Spread:
    """Who reaches what over some of the edges.

    Sets hold the numbers of the principals' nodes.

    Parameters
    ----------
    graph:
        The graph.
    principals:
        Who counts, and where their own paths start.
    allowed:
        For each edge, whether paths may hold it.
    sets:
        Where the sets are kept.
    limits:
        What paths may be made of; ``allowed`` is within them.
    base:
        The same over fewer edges, to go on from.
    """

    def __init__(
        self,
        graph: AccessGraph,
        principals: Principals,
        allowed: Booleans,
        sets: Sets,
        *,
        limits: Limits = _NO_LIMITS,
        base: "Spread | None" = None,
    ) -> None:
        self._graph = graph
        self._limits = limits
        self.allowed = allowed
        self._sets = sets
        self._base = base
        self._starts = principals.start_edges[allowed[principals.start_edges]]
        self._is_group = np.zeros(len(graph.nodes), dtype=bool)
        self._is_group[list(principals.groups)] = True
        self._joined: tuple[dict[int, int], Cheapest] | None = None

    def ways_to(self, nodes: Sequence[int]) -> list[Way | None]:
        """Return the cheapest way of anybody to each of some nodes; None where there is none.

        How the needs of a join are met is looked into only where a way leads through it even
        if that costs no more than it must.
        """
        efforts, joined = dict(self._meetable), dict[int, Way]()
        joiner = Joiner(self._graph, self._limits, self.allowed, self.least.efforts)
        found = self._as_if_met
        while True:
            new = seeds_before(self._graph, found, nodes) - joined.keys()
            if not new:
                return Ways(self._graph, found, joined).to(nodes)
            joined |= {join: joiner.cheapest(join, self.able(join)) for join in sorted(new)}
            efforts |= {join: joined[join].effort for join in new}
            found = self._with_joins(efforts)

    @cached_property
    def reached(self) -> Booleans:
        """For each node but joins, whether somebody reaches it."""
        reached: Booleans = self._as_if_met.effort != UNREACHED
        return reached

    @cached_property
    def _as_if_met(self) -> Cheapest:
        """The cheapest ways if no join that can be met at all cost more than it must."""
        return self._with_joins(self._meetable)

    @cached_property
    def _meetable(self) -> Mapping[int, int]:
        """The joins that somebody meets the needs of, with an effort that nobody's is below."""
        joins = self._needs.joins
        met = self.numbers[self.component[joins]] != EMPTY
        efforts = self._needs.most(self.least.efforts)
        return dict(zip(joins[met].tolist(), efforts[met].tolist(), strict=True))

    def _with_joins(self, efforts: Mapping[int, int]) -> Cheapest:
        """Return the cheapest ways where joins are reached at some effort, those that are told."""
        if not efforts:
            return self._without_joins
        if self._joined is None or self._joined[0] != efforts:  # often the same is asked again
            found = cheapest(self._graph, self._single, self._starts, efforts)
            self._joined = dict(efforts), found
        return self._joined[1]

    def able(self, node: int) -> BitMap:
        """Return the principals that reach a node by a way of their own."""
        return self._sets[int(self.numbers[self.component[node]])]

    @cached_property
    def _without_joins(self) -> Cheapest:
        return cheapest(self._graph, self._single, self._starts)

    @cached_property
    def _single(self) -> Booleans:
        """The edges that one is enough of."""
        single: Booleans = self.allowed & (self._graph.kind != NEEDS)
        return single

    @cached_property
    def active(self) -> Booleans:
        """For each edge, whether somebody's path may hold it."""
        active: Booleans = self.allowed & self._open[self._graph.source]
        return active

    @cached_property
    def least(self) -> Least:
        """What everything costs at least, as if different principals might meet a join's needs."""
        graph = self._graph
        needs = Needs.of(graph)
        # What is so over fewer edges is no less than over these.
        joins = self._base.least.joins if self._base is not None else {}
        efforts = self._with_joins(joins).effort
        while True:
            met = needs.within(efforts != UNREACHED)
            told = dict(zip(met.joins.tolist(), met.most(efforts).tolist(), strict=True))
            if told == joins:
                return Least(efforts, joins)
            joins = told
            efforts = cheapest(graph, self._single, self._starts, joins, known=efforts).effort

    @cached_property
    def _open(self) -> Booleans:
        """For each node, whether somebody may reach it: certainly so but beyond joins."""
        reached: Booleans = self.least.efforts != UNREACHED
        return reached

    @cached_property
    def _needs(self) -> Needs:
        """The joins that somebody may meet the needs of."""
        return Needs.of(self._graph).within(self._open)

    def reaching(self, nodes: Integers) -> Integers:
        """Return for each of some nodes, no joins and none twice, the number of who reaches it."""
        graph = self._graph
        edges = graph.incoming.of_all(nodes)
        edges = edges[self.active[edges] & self._single[edges]]
        numbers = self.numbers[self.component[graph.source[edges]]]
        owners, united = self._sets.gather(graph.target[edges].astype(np.int64), numbers)
        found = np.full(len(graph.nodes), EMPTY)
        found[owners] = united
        return found[nodes]

    def all_reaching(self, nodes: Integers) -> BitMap:
        """Return the principals that reach any of some nodes, no joins and none twice."""
        sets = (self._sets[number] for number in self.reaching(nodes).tolist())
        return BitMap.union(BitMap(), *sets)

    @cached_property
    def inner(self) -> Booleans:
        """Edges over which sets are handed down: not a group's own, nor those to a dead end."""
        graph = self._graph
        leads_on = np.bincount(graph.source, minlength=len(graph.nodes)) > 0
        inner: Booleans = self.active & ~self._is_group[graph.source] & leads_on[graph.target]
        inner &= graph.kind != NEEDS
        return inner

    @cached_property
    def component(self) -> Integers:
        """For each node a label: two have the same where each reaches the other within."""
        graph, inner, base = self._graph, self.inner, self._base
        source, target = graph.source[inner].astype(np.int64), graph.target[inner].astype(np.int64)
        if base is None:
            return strong_components(source, target, len(graph.nodes))
        known = base.component
        source, target = known[source], known[target]
        between = source != target
        return strong_components(source[between], target[between], len(graph.nodes))[known]

    @cached_property
    def numbers(self) -> Integers:
        """For each component, the number of the set of who reaches it."""
        graph, component, inner = self._graph, self.component, self.inner
        source, target = component[graph.source[inner]], component[graph.target[inner]]
        if self._base is None:
            self._sets.expect(self._before_largest(source, target))
        dag = Dag(source, target, len(graph.nodes))
        numbers = np.full(len(graph.nodes), EMPTY)
        changed = np.zeros(len(graph.nodes), dtype=bool)
        self._take_over(numbers, changed)
        self._start(numbers, changed)
        gates = self._groups, JoinGates(self._graph, self._needs, component)
        while True:
            dag.hand_down(numbers, changed, self._sets)
            changed[:] = False
            for gate in gates:  # they may open onto what the base has, even if nothing changed
                changed |= gate.hand_on(numbers, self._sets)
            if not changed.any():
                return numbers

    def _before_largest(self, source: Integers, target: Integers) -> BitMap:
        """Return who reaches the largest component, as far as edges between components tell."""
        graph, component = self._graph, self.component
        largest = int(np.argmax(np.bincount(component)))
        before = reached(Adjacency(target.astype(np.int32), len(graph.nodes)), source, largest)
        if before is None:
            return BitMap()
        leading = self._starts[before[component[graph.target[self._starts]]]]
        return BitMap(graph.source[leading])

    def _take_over(self, numbers: Integers, changed: Booleans) -> None:
        """Begin with the sets of the base; changed is where they have further to go."""
        graph, component, base = self._graph, self.component, self._base
        if base is None:
            return
        before = np.flatnonzero(base.numbers != EMPTY)
        owners, united = self._sets.gather(component[before], base.numbers[before])
        numbers[owners] = united
        # Whatever became one component, and whatever more edges lead on from.
        joined = np.flatnonzero(component != base.component)
        changed[component[joined]] = True
        changed[component[graph.source[self.inner & ~base.inner]]] = True

    def _start(self, numbers: Integers, changed: Booleans) -> None:
        """Put principals where their own paths start, but for where the base has them."""
        graph, starts = self._graph, self._starts
        if self._base is not None:
            starts = starts[~self._base.allowed[starts]]
        places = self.component[graph.target[starts]]
        singles = self._sets.singles(graph.source[starts].tolist())
        owners, united = self._sets.gather(
            np.concatenate([places, places]), np.concatenate([singles, numbers[places]])
        )
        numbers[owners] = united
        changed[owners] = True

    @property
    def _groups(self) -> GroupGates:
        graph, component = self._graph, self.component
        edges = np.flatnonzero(self.active & self._is_group[graph.source])
        beyond: dict[int, list[int]] = {}
        targets = component[graph.target[edges]].tolist()
        for group, target in zip(graph.source[edges].tolist(), targets, strict=True):
            beyond.setdefault(group, []).append(target)
        members = graph.membership.members
        return GroupGates(
            Group(int(component[group]), members.get(group, BitMap()) | BitMap([group]), targets)
            for group, targets in beyond.items()
        )
