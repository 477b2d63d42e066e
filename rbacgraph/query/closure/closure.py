"""The closure: for every node, the set of principals that reach it, for all of them at once.

1. :attr:`Spread.least` tells which edges count at all: as if different principals together might
   meet the premises of an AND node.
2. :attr:`Spread.component` condenses the graph of these edges, without those of groups, to its
   strongly connected components; the largest is the giant component.
3. Principals are put where their own paths start, or what was found over fewer edges is.
4. Sets go down the condensation, rank by rank; equal unions are made once and shared, and what
   follows the giant component shares its set.
5. Gates open: a group hands on what reaches it except its members, since a principal's own path
   does not pass through a group that it is in; an AND node hands on who meets all of its
   premises, by groups too. Then step 4 again, until nothing is new.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.query.arrays.and_node_table import Needs
from rbacgraph.query.arrays.bitmap_store import EMPTY, Sets, distinct
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, Cheapest, cheapest, seeds_before
from rbacgraph.query.arrays.path_filter import NEEDS, Limits
from rbacgraph.query.arrays.scc import Ends, reached, strong_components
from rbacgraph.query.arrays.witnesses import Way, Ways
from rbacgraph.query.closure.and_node_costs import Joiner
from rbacgraph.query.closure.group_and_and_gates import Group, GroupGates, JoinGates
from rbacgraph.query.closure.propagation import Handing

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
        if self._joined is None or self._joined[0] != efforts:  # often the same is asked again
            found = cheapest(self._graph, self._single, self._starts, efforts)
            self._joined = dict(efforts), found
        return self._joined[1]

    def able(self, node: int) -> BitMap:
        """Return the principals that reach a node by a way of their own."""
        return self._sets[int(self.numbers[self.component[node]])]

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
        """For each node a label: two have the same where the same principals reach both.

        That is so where each reaches the other over ``inner`` edges.
        """
        graph, base, anew = self._graph, self._base, self._within(self._region)
        source, target = graph.source[anew].astype(np.int64), graph.target[anew].astype(np.int64)
        if base is None:
            return strong_components(source, target, len(graph.nodes))
        known = base.component
        source, target = known[source], known[target]
        # What edges outside of the region lead to from the giant component is known by its set.
        ends = distinct(np.concatenate([source, target]))
        beyond = ends[self._sets.holding_base(base.numbers[ends])]
        source = np.concatenate([source, np.full(len(beyond), base.giant)])
        target = np.concatenate([target, beyond])
        between = source != target
        return strong_components(source[between], target[between], len(graph.nodes))[known]

    @cached_property
    def giant(self) -> int:
        """The label of the component that most is in, or was over fewer edges."""
        if self._base is not None:
            return int(self.component[self._base.giant])
        return int(np.argmax(np.bincount(self.component)))

    @cached_property
    def _fresh(self) -> Booleans:
        """The inner edges that the base does not have."""
        return self.inner if self._base is None else self.inner & ~self._base.inner

    @cached_property
    def _new_starts(self) -> Integers:
        """The edges that own paths start with, but for those of the base."""
        starts = self._starts
        return starts if self._base is None else starts[~self._base.allowed[starts]]

    @cached_property
    def _region(self) -> Booleans:
        """Nodes that others may reach than in the base, as far as inner edges tell.

        Nodes beyond the giant component are not among them, since they have whatever it has.
        """
        base = self._base
        if base is None or base.numbers[base.giant] == EMPTY:
            return np.ones(len(self._graph.nodes), dtype=bool)
        first = self._graph.target[np.append(np.flatnonzero(self._fresh), self._new_starts)]
        return self._after(first, base.component == base.giant)

    def _after(self, nodes: Ends, giant: Booleans) -> Booleans:
        """Return what some nodes lead to, themselves too, not through the giant component."""
        graph = self._graph
        allowed = self.inner & ~giant[graph.source]
        found = reached(graph.outgoing, graph.target, nodes, allowed)
        return np.ones(len(graph.nodes), dtype=bool) if found is None else found

    def _within(self, region: Booleans) -> Booleans:
        """Return the inner edges that hand on to a region what it does not have in the base."""
        graph = self._graph
        within: Booleans = self.inner & region[graph.target]
        within &= region[graph.source] | self._fresh
        return within

    @cached_property
    def numbers(self) -> Integers:
        """For each component, the number of the set of who reaches it."""
        component, region = self.component, self._region  # steps 1 and 2
        handing = Handing(len(component), self.giant, self._sets)
        self._go_over(handing, region)
        self._take_over(handing)  # step 3
        self._start(handing)
        gates = self._groups, JoinGates(self._graph, self._needs, component)
        while True:
            handing.hand_down()  # step 4
            for (
                gate
            ) in gates:  # step 5: they may open onto what the base has, even if nothing changed
                for to, new in gate.hand_on(handing.numbers, self._sets):
                    handing.give(to, new)
            if handing.settled:
                return handing.numbers
            beyond = np.flatnonzero(handing.changed[component] & ~region)
            if beyond.size:
                region = region | self._after(beyond, component == self.giant)
                self._go_over(handing, region)

    def _go_over(self, handing: Handing, region: Booleans) -> None:
        graph, component, within = self._graph, self.component, self._within(region)
        handing.go_over(component[graph.source[within]], component[graph.target[within]])

    def _take_over(self, handing: Handing) -> None:
        """Begin with the sets of the base; changed is where they have further to go."""
        graph, component, base = self._graph, self.component, self._base
        if base is None:
            return
        before = np.flatnonzero(base.numbers != EMPTY)
        numbers = base.numbers[before]
        giant = int(base.numbers[base.giant])
        if giant != EMPTY:
            handing.give(self.giant, self._sets.add(self._sets[giant]))
            numbers = self._sets.with_base(numbers, int(handing.numbers[self.giant]))
        handing.give_all(component[before], numbers)
        # Whatever became one component, and whatever more edges lead on from.
        joined = np.flatnonzero(component != base.component)
        handing.changed[component[joined]] = True
        handing.changed[component[graph.source[self._fresh]]] = True

    def _start(self, handing: Handing) -> None:
        """Put principals where their own paths start, but for where the base has them."""
        graph, starts = self._graph, self._new_starts
        before = self._before_giant(starts)
        if before:
            handing.give(self.giant, self._sets.add(before))
        places = self.component[graph.target[starts]]
        singles = self._sets.singles(graph.source[starts].tolist())
        handing.changed[handing.give_all(places, singles)] = True

    def _before_giant(self, starts: Integers) -> BitMap:
        """Return who reaches the giant component by some first edges, over inner edges."""
        graph = self._graph
        giant = np.flatnonzero(self.component == self.giant)
        before = reached(graph.incoming, graph.source, giant, self.inner)
        if before is None:
            return BitMap()
        return BitMap(graph.source[starts[before[graph.target[starts]]]])

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
