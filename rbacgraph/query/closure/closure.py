"""Computes the closure: for every node, the set of principals that reach it.

1. :attr:`Closure.least` finds the edges that count at all: as if different principals together
   might meet the premises of an AND node.
2. :attr:`Closure.component` condenses these edges, without those of groups, to strongly connected
   components; the largest is the giant component.
3. Each principal enters where its own paths start; results over fewer edges are reused.
4. Bitmaps propagate along the condensation; equal unions are computed once and shared, and what
   follows the giant component shares its bitmap.
5. Gates open: a group passes on everyone who reaches it except its members, since a principal's own
   path does not pass through a group of the principal; an AND node passes on everyone who meets all
   of its premises, where rights as a member count too. Back to step 4, until nothing is new.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, partial
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.edge_arrays import Int32Array
from rbacgraph.graph.principals import Principals
from rbacgraph.query.arrays.and_node_table import AndNodeTable
from rbacgraph.query.arrays.bitmap_store import EMPTY, BitmapStore, distinct
from rbacgraph.query.arrays.blockwise import count_ends, differ, values_at
from rbacgraph.query.arrays.bucket_dijkstra import UNREACHED, Cheapest, cheapest, seeds_before
from rbacgraph.query.arrays.path_filter import NEEDS, PathFilter
from rbacgraph.query.arrays.scc import Ends, component_of, reached, strong_components
from rbacgraph.query.arrays.witnesses import CheapestWay, CheapestWays
from rbacgraph.query.closure.and_node_costs import AndNodeCosts
from rbacgraph.query.closure.group_and_and_gates import AndNodeGates, GroupGate, GroupGates
from rbacgraph.query.closure.propagation import Propagation

_NO_LIMITS = PathFilter()
_NOBODY = BitMap()

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


class LowestEfforts(NamedTuple):
    """For each node a lower bound of the effort to it (UNREACHED for none); that of AND nodes."""

    efforts: Integers
    joins: Mapping[int, int]


class Closure:
    """Who reaches what over some of the edges.

    Sets hold the numbers of the principals' nodes.

    ``principals``: the principals that count, with the first edges of their own paths.
    ``limits``: the filter of paths; ``allowed`` respects it.
    ``base``: the closure over fewer edges, to start from.
    """

    def __init__(
        self,
        graph: AccessGraph,
        principals: Principals,
        allowed: Booleans,
        sets: BitmapStore,
        *,
        limits: PathFilter = _NO_LIMITS,
        base: "Closure | None" = None,
    ) -> None:
        self._graph = graph
        self._limits = limits
        self.allowed = allowed
        self._sets = sets
        self._base = base
        self.begun_anew = False
        """Whether what is given lacks some own paths of the base."""
        self._principals = principals
        self._starts = principals.start_edges[allowed[principals.start_edges]]
        self._is_group = np.zeros(len(graph.nodes), dtype=bool)
        self._is_group[list(principals.groups)] = True
        self._joined: tuple[dict[int, int], Cheapest] | None = None

    def ways_to(self, nodes: Sequence[int], without: BitMap = _NOBODY) -> list[CheapestWay | None]:
        """Return the cheapest path of any principal to each of some nodes; None if there is none.

        ``without``: principals whose own paths do not count; their members have what they reach.
        """
        if not without:
            return self._ways(nodes).to(nodes)
        # # Who has only what its groups have may still join it at an AND node.
        joining = distinct(self.numbers[self.component[self._needs.joins]]).tolist()
        people = BitMap(self._graph.source[self._starts]).union(
            *map(self._sets.__getitem__, joining)
        )
        people -= without
        several: list[tuple[BitMap, list[int]]] = [(people, [])]
        for group in without:
            members = self._graph.membership.members.get(group, _NOBODY) & people
            if members:  # their own paths do not pass it, although its own do not count
                if self.able(group) & people <= members:  # nobody else gets there
                    members = people
                several = [
                    (part, closed)
                    for some, shut in several
                    for part, closed in ((some & members, [*shut, group]), (some - members, shut))
                    if part
                ]
        found = [self._ways(nodes, some, shut).to(nodes) for some, shut in several]
        return [
            min(filter(None, ways), key=attrgetter("effort"), default=None)
            for ways in zip(*found, strict=True)
        ]

    def own_ways(self, principal: int, nodes: Sequence[int]) -> list[CheapestWay | None]:
        """Return the cheapest path of a principal's own to each of some nodes."""
        groups = self._graph.membership.groups_of(principal)
        return self._ways(nodes, BitMap([principal]), groups).to(nodes)

    def _ways(
        self, nodes: Sequence[int], people: BitMap | None = None, shut: Iterable[int] = ()
    ) -> CheapestWays:
        """Return the cheapest paths of some principals, or of all, that do not pass some groups.

        The cost of an AND node is computed only if a path leads through it even at its lower bound.
        """
        find, efforts = self._with_joins, dict(self._meetable)
        if people is not None:
            starts, single = self._starts, self._single.copy()
            starts = starts[np.isin(self._graph.source[starts], np.array(people))]
            for group in shut:
                single[self._graph.outgoing.array_of(group)] = False
            find = partial(cheapest, self._graph, single, starts)
            efforts = {join: one for join, one in efforts.items() if self.able(join) & people}
        joiner = AndNodeCosts(self._graph, self._limits, self.allowed, self.least.efforts)
        joined, found = dict[int, CheapestWay](), find(efforts)
        while True:
            new = seeds_before(self._graph, found, nodes) - joined.keys()
            if not new:
                return CheapestWays(self._graph, found, joined)
            for join in sorted(new):
                able = self.able(join)
                joined[join] = joiner.cheapest(join, able if people is None else able & people)
            efforts |= {join: joined[join].effort for join in new}
            found = find(efforts)

    def forget_propagation(self) -> None:
        """Forget what only propagation needs, that of a closure from here too; it can come back."""
        for name in ("inner", "_fresh", "_region"):
            self.__dict__.pop(name, None)

    def forget_searches(self) -> None:
        """Forget what only the search of cheapest paths needs; it can come back."""
        self._joined = None
        self.__dict__.pop("least", None)

    @cached_property
    def reached(self) -> Booleans:
        """For each node except AND nodes, whether some principal reaches it."""
        # As if every AND node that somebody reaches cost only its lower bound.
        reached: Booleans = self._with_joins(self._meetable).effort != UNREACHED
        return reached

    @property
    def used(self) -> Booleans:
        """For each edge, whether the path of some principal leads to it or begins with it."""
        used = values_at(self.reached, self._graph.source)
        used[self._starts] = True
        return used

    @cached_property
    def _meetable(self) -> Mapping[int, int]:
        """The AND nodes that some principal reaches, each with a lower bound of the effort."""
        joins = self._needs.joins
        met = self.numbers[self.component[joins]] != EMPTY
        efforts = self._needs.most(self.least.efforts)
        return dict(zip(joins[met].tolist(), efforts[met].tolist(), strict=True))

    def _with_joins(self, efforts: Mapping[int, int]) -> Cheapest:
        """Return the cheapest paths if some AND nodes are reached at the given efforts."""
        if self._joined is None or self._joined[0] != efforts:  # the same question often repeats
            found = cheapest(self._graph, self._single, self._starts, efforts)
            self._joined = dict(efforts), found
        return self._joined[1]

    def able(self, node: int) -> BitMap:
        """Return the principals that reach a node by a path of their own."""
        return self._sets[int(self.numbers[self.component[node]])]

    def is_of_none(self, join: int, principal: int, groups: Collection[int]) -> bool:
        """Whether a principal meets all needs of an AND node, and none of its groups does."""
        able = self.able(join)
        return principal in able and not any(group in able for group in groups)

    @cached_property
    def _single(self) -> Booleans:
        """The edges into nodes that need only one of them."""
        single: Booleans = self.allowed & (self._graph.kind != NEEDS)
        return single

    @cached_property
    def active(self) -> Booleans:
        """For each edge, whether some principal's path may use it."""
        active: Booleans = values_at(self._open, self._graph.source)
        active &= self.allowed
        return active

    @cached_property
    def least(self) -> LowestEfforts:
        """Lower bounds of all efforts, as if different principals might reach a tail together."""
        graph = self._graph
        needs = AndNodeTable.of(graph)
        # # A bound over fewer edges is no lower than one over these.
        joins = self._base.least.joins if self._base is not None else {}
        efforts = cheapest(graph, self._single, self._starts, joins).effort
        while True:
            met = needs.within(efforts != UNREACHED)
            exact = dict(zip(met.joins.tolist(), met.most(efforts).tolist(), strict=True))
            if exact == joins:
                return LowestEfforts(efforts, joins)
            joins = exact
            efforts = cheapest(graph, self._single, self._starts, joins, known=efforts).effort

    @cached_property
    def _open(self) -> Booleans:
        """For each node, whether some principal may reach it: exact except beyond AND nodes."""
        reached: Booleans = self.least.efforts != UNREACHED
        return reached

    @cached_property
    def _needs(self) -> AndNodeTable:
        """The AND nodes that some principal may reach."""
        return AndNodeTable.of(self._graph).within(self._open)

    def reaching(self, nodes: Integers) -> Integers:
        """Return the set numbers of distinct nodes, none of them an AND node."""
        graph = self._graph
        edges = graph.incoming.of_all(nodes)
        edges = edges[self.active[edges] & self._single[edges]]
        numbers = self.numbers[self.component[graph.source[edges]]]
        owners, united = self._sets.gather(graph.target[edges], numbers)
        found = np.full(len(graph.nodes), EMPTY)
        found[owners] = united
        # The first edge of a principal's own path may be the last one, too.
        own = self.numbers[self.component[nodes]]
        first = np.flatnonzero((own != EMPTY) & np.isin(nodes, graph.target[self._starts]))
        for place in first.tolist():
            found[nodes[place]] = self._sets.unite(int(found[nodes[place]]), int(own[place]))
        return found[nodes]

    def reaching_over(self, edges: Integers, starts: Integers) -> Integers:
        """Return for each node the set of those who reach it by one of some last edges.

        ``edges``: the last edges, of techniques; the closure may lack those that add nothing to it.
        """
        graph = self._graph
        first = edges[np.isin(edges, starts)]
        owners = graph.target[np.concatenate([edges, first])].astype(np.int64)
        numbers = self.numbers[self.component[graph.source[edges]]]
        singles = self._sets.singles(graph.source[first].tolist())
        owners, united = self._sets.gather(owners, np.concatenate([numbers, singles]))
        found = np.full(len(graph.nodes), EMPTY)
        found[owners] = united
        return found

    def all_reaching(self, nodes: Integers) -> BitMap:
        """Return the principals that reach any of some distinct nodes, none of them an AND node."""
        sets = (self._sets[number] for number in self.reaching(nodes).tolist())
        return BitMap.union(BitMap(), *sets)

    @cached_property
    def inner(self) -> Booleans:
        """The edges of propagation: not a group's own, nor those to a dead end."""
        graph = self._graph
        leads_on = graph.outgoing.counts > 0
        inner: Booleans = values_at(leads_on, graph.target)
        inner &= self.active
        inner &= values_at(~self._is_group, graph.source)
        inner &= graph.kind != NEEDS
        return inner

    @cached_property
    def component(self) -> Int32Array:
        """For each node a label: two nodes share it if the same principals reach both.

        That holds if each reaches the other over ``inner`` edges.
        """
        graph, base, count = self._graph, self._base, len(self._graph.nodes)
        if base is None:
            return self._components()
        new_edges = self._within(self._region)
        source, target = graph.source[new_edges], graph.target[new_edges]
        known = base.component
        source, target = known[source], known[target]
        # # Edges outside the region lead from the giant component to nodes that share its set.
        ends = distinct(np.concatenate([source, target]))
        beyond = ends[self._sets.holding_base(base.numbers[ends])]
        source = np.concatenate([source, np.full_like(beyond, base.giant)])
        target = np.concatenate([target, beyond])
        between = source != target
        found = strong_components(source[between], target[between], count)
        return found.astype(np.int32)[known]

    def _components(self) -> Int32Array:
        """Label the nodes over all inner edges.

        That of the busiest node is the giant component, unless few edges lead on from there.
        """
        graph, inner, count = self._graph, self.inner, len(self._graph.nodes)
        passing = count_ends(graph.source, inner, count)
        passing *= count_ends(graph.target, inner, count)
        onward, back = (graph.outgoing, graph.target), (graph.incoming, graph.source)
        giant = component_of(int(passing.argmax()), onward, back, inner)
        outside = inner & values_at(~giant, graph.source)
        outside &= values_at(~giant, graph.target)
        found = strong_components(graph.source[outside], graph.target[outside], count)
        found[giant] = giant.argmax()
        return found.astype(np.int32)

    @cached_property
    def giant(self) -> int:
        """The label of the giant component, or of the giant component over fewer edges."""
        if self._base is not None:
            return int(self.component[self._base.giant])
        return int(np.argmax(np.bincount(self.component)))

    @cached_property
    def _fresh(self) -> Booleans:
        """The inner edges that the base lacks."""
        return self.inner if self._base is None else self.inner & ~self._base.inner

    @cached_property
    def _new_starts(self) -> Integers:
        """The first edges of own paths that the base lacks."""
        starts = self._starts
        return starts if self._base is None else starts[~self._base.allowed[starts]]

    @cached_property
    def _region(self) -> Booleans:
        """Nodes whose set may differ from that in the base, as far as inner edges show.

        Nodes after the giant component are left out, since they have its whole set.
        """
        base = self._base
        if base is None or base.numbers[base.giant] == EMPTY:
            return np.ones(len(self._graph.nodes), dtype=bool)
        first = self._graph.target[np.append(np.flatnonzero(self._fresh), self._new_starts)]
        return self._after(first, base.component == base.giant)

    def _after(self, nodes: Ends, giant: Booleans) -> Booleans:
        """Return the successors of some nodes, with these, but not through the giant component."""
        graph = self._graph
        allowed = self.inner & values_at(~giant, graph.source)
        found = reached(graph.outgoing, graph.target, nodes, allowed)
        return np.ones(len(graph.nodes), dtype=bool) if found is None else found

    def _within(self, region: Booleans) -> Booleans:
        """Return the inner edges that bring to a region what it lacks in the base."""
        graph = self._graph
        within: Booleans = values_at(region, graph.source)
        within |= self._fresh
        within &= values_at(region, graph.target)
        within &= self.inner
        return within

    @cached_property
    def numbers(self) -> Integers:
        """For each component, the number of its set of principals.

        A group may reach an AND node only after its members did, or over more edges than the base
        has: then it is no way of their own, nor what follows, and nothing found so is kept.
        """
        found = self._propagated()
        if found is None:
            self._base, self.begun_anew = None, True
            for name in ("component", "giant", "_fresh", "_new_starts", "_region"):
                self.__dict__.pop(name, None)
            found = self._propagated()
            assert found is not None, "all in turn"
        return found

    def _propagated(self) -> Integers | None:
        """Return what :attr:`numbers` is; None if somebody is let pass an AND node too soon."""
        component, region, base = self.component, self._region, self._base
        handing = Propagation(len(component), self.giant, self._sets)  # after steps 1 and 2
        self._go_over(handing, region)
        self._take_over(handing)  # step 3
        self._start(handing)
        # The edges given may leave out memberships that paths may use, but lead nowhere.
        members = self._graph.membership.members_over(self._limits.allowed(self._graph))
        groups = self._groups
        joins = AndNodeGates(members, self._needs, component, self._everybody)
        for _ in joins.turns() if self.begun_anew else (None,):
            while True:
                handing.hand_down()  # step 4
                # Step 5: gates may lead to what the base has, even if nothing changed.
                for gate in (groups, joins):
                    for to, new in gate.hand_on(handing.numbers, self._sets):
                        handing.give(to, new)
                if handing.settled:
                    break
                beyond = np.flatnonzero(handing.changed[component] & ~region)
                if beyond.size:
                    region = region | self._after(beyond, component == self.giant)
                    self._go_over(handing, region)
        if base is None:
            return None if joins.hasty else handing.numbers
        before = base.numbers[base.component[self._needs.joins]]
        less = joins.hasty or joins.keeps_back(before, self._sets)
        return None if less else handing.numbers

    def _go_over(self, handing: Propagation, region: Booleans) -> None:
        graph, component, within = self._graph, self.component, self._within(region)
        within &= differ(component, graph.source, graph.target)
        source, target = graph.source[within], graph.target[within]
        del within
        source, target = values_at(component, source), values_at(component, target)
        handing.go_over(source, target)

    def _take_over(self, handing: Propagation) -> None:
        """Start with the sets of the base; changed are the components where they go further."""
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
        # # A component that grew, or has more edges.
        joined = np.flatnonzero(component != base.component)
        handing.changed[component[joined]] = True
        handing.changed[component[graph.source[self._fresh]]] = True

    def _start(self, handing: Propagation) -> None:
        """Add principals at the starts of their own paths, unless the base has them there."""
        graph, starts = self._graph, self._new_starts
        before = self._reaching_giant(starts)
        if before:
            handing.give(self.giant, self._sets.add(before))
        places = self.component[graph.target[starts]]
        singles = self._sets.singles(graph.source[starts].tolist())
        handing.changed[handing.give_all(places, singles)] = True

    def _reaching_giant(self, starts: Integers) -> BitMap:
        """Return who reaches the giant component by some first edges, along inner edges."""
        graph = self._graph
        giant = np.flatnonzero(self.component == self.giant)
        before = reached(graph.incoming, graph.source, giant, self.inner)
        if before is None:
            return BitMap()
        return BitMap(graph.source[starts[before[graph.target[starts]]]])

    @property
    def _everybody(self) -> BitMap:
        """Those who have paths of their own: principals, or what stands in their place."""
        return BitMap(self._principals.numbers) | BitMap(self._graph.source[self._starts])

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
            GroupGate(
                int(component[group]), members.get(group, BitMap()) | BitMap([group]), targets
            )
            for group, targets in beyond.items()
        )
