"""Hyperpaths from one node: paths through AND nodes, which are reached by all of their premises.

Knuth's generalisation of Dijkstra's algorithm (1977), which makes shortest B-trees (Gallo et
al., 1993), guided by what is left (A*): of all nodes whose premises are settled, that of the
lowest cost is settled next. A hyperpath costs what its techniques cost, each counted once, or
once for each member that it uses of all that the technique yields. So each premise is reached by
the way that is cheapest for it alone; :mod:`rbacgraph.query.search.steiner_trees` adds ways that
are cheapest for all of them together.
"""

from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import chain, islice, product
from math import inf
from typing import NamedTuple

from rbacgraph.query.arrays.costs import CONTAINS, COSTS, cost_of
from rbacgraph.query.arrays.path_filter import NEEDS
from rbacgraph.query.search.shortest_tree import each_once
from rbacgraph.query.search.simple_ways import is_simple
from rbacgraph.query.search.steiner_trees import SharedWay, SteinerSearch
from rbacgraph.query.search.steps import BORROWED, LAST, LAYERS, UNMET, Steps

NOWHERE = -1
"""In place of a state: the link before leads to where an edge starts."""

_AVOIDED = -1
"""In place of a key."""

_MOST_WAYS = 16
"""Ways to a premise that are tried together with the other premises."""

_Link = tuple[int, int]
"""The state that is reached first, and an edge from there; a negative edge for none."""


class _Origin(NamedTuple):
    """A state that is not reached by one step from another: by several links, or by none.

    ``step`` is the place of the step that it stands for, if it does for one.
    """

    state: int
    links: tuple[_Link, ...] = ()
    step: int = NOWHERE


class HyperpathSearch:
    """Searches the cheapest hyperpaths to one state after the other.

    What waits by equal keys is taken in the order in which it was found; of the steps from a
    state, each waits once the one before it is taken.

    ``sharing``: finds ways that are cheapest for several premises together, where that is wanted.
    """

    def __init__(self, steps: Steps, *, sharing: SteinerSearch | None = None) -> None:
        self._steps = steps
        self._graph = steps.graph
        self._sharing = sharing
        self._layers = [0]
        self._waiting: dict[int, deque[int]] = {}
        """By key: places of steps, and of origins, inverted."""
        self._order: list[int] = []
        self._keys: dict[int, int] = {}
        """Of each state that is settled; _AVOIDED for those to avoid."""
        # Where all may be reached a list takes half the time.
        self._by: dict[int, int] | list[int] = [0] * len(steps.begins) if steps.all_found else {}
        """For each settled state, the place of the step to it, or of its origin, inverted."""
        self._origins: list[_Origin] = []
        self._proofs: dict[int, dict[int, None]] = {}
        """The edges that lead to origins."""
        self._first: dict[int, Container[int]] = {}
        self._shared: dict[int, list[tuple[SharedWay, tuple[_Link, ...]]]] = {}
        """Ways to all premises of an AND node, by where they start, with the links after that."""

    def __contains__(self, state: int) -> bool:
        return self._keys.get(state, _AVOIDED) != _AVOIDED

    def avoid(self, states: Iterable[int]) -> None:
        """Never reach some states."""
        self._keys.update(dict.fromkeys(states, _AVOIDED))

    def start(self, node: int, first: Container[int] | None = None, layer: int = 0) -> None:
        """Start from a node in a layer, by some edges or by all."""
        steps, state = self._steps, layer * self._steps.size + node
        if layer & UNMET:  # no way comes back
            self.avoid(n * steps.size + node for n in range(LAYERS) if not n & UNMET)
        key = steps.key(0, state)
        self._layers = sorted({*self._layers, layer, layer & ~UNMET})
        if key is None:
            return
        if first is None:
            self._wait(_Origin(state), key)
            return
        self._first[node] = first
        self._keys[state] = key
        self._by[state] = self._number(_Origin(state))
        if not steps.all_found and state not in steps.begins:
            steps.find(state)
        for place in range(steps.begins[state], steps.ends[state]):
            if steps.edges[place] in first:
                self._wait(_Origin(steps.targets[place], step=place), key + steps.keys[place])
        self._reach_and_nodes(state, first)

    def run(  # noqa: C901, PLR0912 - calls would take half the time
        self, goals: Container[int] = (), below: float = inf
    ) -> int | None:
        """Settle states until one of some goals is, and return it.

        None where no hyperpath to a goal costs less than ``below``.
        """
        steps, keys, by = self._steps, self._keys, self._by
        waiting, order, shared = self._waiting, self._order, self._shared
        targets, further, last = steps.targets, steps.keys, steps.last
        begins, ends, size = steps.begins, steps.ends, steps.size
        premises, joins = self._graph.needs_of, self._graph.joins
        most, found = steps.least_key(below), steps.all_found
        while order and (now := order[0]) < most:
            items = waiting[now]
            while items:
                item = items.popleft()
                if item >= 0:
                    state = targets[item]
                    for place in range(item + 1, last[item]):
                        if targets[place] not in keys:
                            if further[place] == further[item]:
                                items.append(place)
                            else:
                                self._let_wait(place, now - further[item] + further[place])
                            break
                else:
                    state = self._origins[~item].state
                if state in keys:
                    continue
                keys[state] = now
                by[state] = item
                if not found and state not in begins:
                    steps.find(state)
                for place in range(begins[state], ends[state]):
                    if targets[place] not in keys:
                        if further[place]:
                            self._let_wait(place, now + further[place])
                        else:
                            items.append(place)
                        break
                node = state % size
                if node in premises:
                    self._reach_and_nodes(state)
                if state in shared:
                    for way, links in shared[state]:
                        self._go_together(state, way, links)
                if node in joins:
                    self._pass_on(state)
                if state in goals:
                    return state
                if order[0] < now:  # of what costs the same with all that is left, less is left
                    break
            else:
                del waiting[heappop(order)]
        return None

    def _pass_on(self, state: int) -> None:
        """Go on from the state of an AND node to others at no cost: to none here."""

    def _go_on(self, state: int, layer: int) -> None:
        """Go on from a state to its node in another layer."""
        following = layer * self._steps.size + state % self._steps.size
        key = self._steps.key(self.cost(state), following)
        if following not in self._keys and key is not None:
            self._wait(_Origin(following, ((state, NOWHERE),)), key)

    def _let_wait(self, item: int, key: int) -> None:
        if key in self._waiting:
            self._waiting[key].append(item)
        else:
            self._waiting[key] = deque((item,))
            heappush(self._order, key)

    def _number(self, origin: _Origin) -> int:
        self._origins.append(origin)
        return ~(len(self._origins) - 1)

    def _wait(self, origin: _Origin, key: int) -> None:
        self._let_wait(self._number(origin), key)

    # AND nodes

    def _reach_and_nodes(self, state: int, by: Container[int] | None = None) -> None:
        """Go on to the AND nodes whose last premise to be settled was a state."""
        graph, size, limits = self._graph, self._steps.size, self._steps.limits
        layer, node = divmod(state, size)
        if layer & LAST:
            return
        for edge in graph.needs_of.get(node, ()):
            join = graph.target_of[edge]
            if by is not None and edge not in by:
                continue
            if join in limits.blocked or not limits.allows(graph, edge):
                continue
            if len(self._layers) == 1:
                if all(premise in self for premise in graph.joins[join]):
                    self._join(join, graph.joins[join])
                continue
            choices = [
                [state] if premise == node else self._states_of(premise)
                for premise in graph.joins[join]
            ]
            for states in product(*choices):
                self._join(join, states)

    def _states_of(self, node: int) -> list[int]:
        """Return the settled states of a node that may be a premise."""
        size = self._steps.size
        return [state for n in self._layers if (state := n * size + node) in self]

    def _join(self, join: int, states: Sequence[int]) -> None:
        """Go on to an AND node by its premises, each in some state; it lacks what all lack."""
        steps = self._steps
        layer = UNMET | BORROWED
        for state in states:
            layer &= state // steps.size
        following = layer * steps.size + join
        if following in self._keys:
            return
        links: Sequence[_Link] = tuple(zip(states, self._graph.needs[join], strict=True))
        if steps.limits.via:
            edges = list(self._by_links(links))
            if not is_simple(self._graph, edges):
                return
            cost = cost_of(self._graph, edges)
        else:
            cost = self._cost_together(states, links)
        if len(self._layers) == 1 and any(map(self._has_and_node, states)):
            links, cost = self._cheaper_together(links, cost)
        key = steps.key(cost, following)
        if key is None:
            return
        self._wait(_Origin(following, tuple(links)), key)
        if self._sharing is not None and sum(self.cost(state) > 0 for state in states) > 1:
            self._share(join, cost, self._sharing)

    def _cost_together(self, states: Sequence[int], links: Sequence[_Link]) -> int:
        """Return what several states cost: what hyperpaths to them share counts once."""
        if len(states) == 2 and len(self._layers) == 1:  # noqa: PLR2004 - nearly all
            cost = self._cost_of_both(*states)
            if cost is not None:
                return cost
        return cost_of(self._graph, self._by_links(links))

    def _has_and_node(self, state: int) -> bool:
        """Whether the hyperpath to a settled state passes an AND node."""
        while (place := self._step_to(state)) >= 0:
            state = self._steps.sources[place]
        return bool(self._origins[~self._by[state]].links)

    def _cheaper_together(self, links: Sequence[_Link], cost: int) -> tuple[Sequence[_Link], int]:
        """Reach each premise by a way that costs least together with the other premises.

        Of ways that cost the same alone, the search found one; another may share more.
        """
        parts: list[tuple[_Link, ...]] = [(link,) for link in links]
        for number, (state, needed) in enumerate(links):
            others = [*chain(*parts[:number], *parts[number + 1 :])]
            for way in islice(self._other_ways(state), _MOST_WAYS):
                part = *way, (NOWHERE, needed)
                edges = self._by_links([*others, *part])
                if self._reaches_once(edges) and (total := cost_of(self._graph, edges)) < cost:
                    parts[number], cost = part, total
        return tuple(chain(*parts)), cost

    def _other_ways(self, state: int) -> Iterator[tuple[_Link, ...]]:
        """Yield ways to a settled state that leave the one found, and join it further on."""
        after: tuple[_Link, ...] = ()
        while True:
            for edge in self._incoming(state):
                source = self._graph.source_of[edge]
                if source in self:
                    yield (source, edge), *after
            place = self._step_to(state)
            if place < 0:
                return
            after = (NOWHERE, self._steps.edges[place]), *after
            state = self._steps.sources[place]

    def _reaches_once(self, edges: Iterable[int]) -> bool:
        """Whether edges reach no node in two ways."""
        kind_of, target_of = self._graph.kind_of, self._graph.target_of
        reached = [target_of[edge] for edge in edges if kind_of[edge] != NEEDS]
        return len(set(reached)) == len(reached)

    def _cost_of_both(self, one: int, other: int) -> int | None:
        """Return what two nodes cost together; None where a way to them has an AND node."""
        by, steps, kind_of = self._by, self._steps, self._graph.kind_of
        way, at = {one: NOWHERE}, one
        while (place := self._step_to(at)) >= 0:
            at = steps.sources[place]
            way[at] = place
        if self._origins[~by[at]].links:
            return None
        last, at = NOWHERE, other
        while at not in way:
            last = self._step_to(at)
            if last < 0:
                return None
            at = steps.sources[last]
        cost = self.cost(one) + self.cost(other) - self.cost(at)
        places = last, way[at]
        if min(places) < 0 or any(kind_of[steps.edges[place]] != CONTAINS for place in places):
            return cost
        # Both narrow what one technique yields: it is done twice.
        while (place := self._step_to(at)) >= 0 and kind_of[steps.edges[place]] == CONTAINS:
            at = steps.sources[place]
        return cost + COSTS[kind_of[steps.edges[place]]] if place >= 0 else cost

    def _share(self, join: int, below: int, sharing: SteinerSearch) -> None:
        """Go on to an AND node by cheaper ways to all of its premises together.

        Some may follow later, once where they start is settled.
        """
        links = tuple((NOWHERE, edge) for edge in self._graph.needs[join])
        key = self._steps.limits, tuple(self._first)
        ways = sharing.ways(
            self._graph.joins[join],
            key=key,
            incoming=self._incoming,
            least=self._at_least,
            below=below,
        )
        for way in ways:
            if way.start in self:
                self._go_together(way.start, way, links)
            else:
                self._shared.setdefault(way.start, []).append((way, links))

    def _go_together(self, state: int, way: SharedWay, links: tuple[_Link, ...]) -> None:
        """Go on to an AND node by a way from a state to all of its premises."""
        join = self._graph.target_of[links[0][1]]
        key = self._steps.key(self.cost(state) + way.cost, join)
        if join not in self._keys and key is not None:
            first, *rest = way.edges
            after = ((NOWHERE, edge) for edge in rest)
            self._wait(_Origin(join, ((state, first), *after, *links)), key)

    def _at_least(self, node: int) -> float:
        """Return what it costs to reach a node, at least."""
        if node in self:
            return self.cost(node)
        steps, rest = self._steps, self._steps.rest(node)
        total = steps.total(self._order[0]) if self._order else 0
        return inf if rest is None else max(0, total - rest)

    def _incoming(self, node: int) -> Iterator[int]:
        """Yield the edges by which a node may be reached, but for what AND nodes need."""
        graph, limits = self._graph, self._steps.limits
        for edge in graph.incoming.of(node):
            source = graph.source_of[edge]
            if graph.kind_of[edge] == NEEDS or source in limits.blocked:
                continue
            if source in self._first and edge not in self._first[source]:
                continue
            if limits.allows(graph, edge):
                yield edge

    # What is found

    def cost(self, state: int) -> int:
        """Return what the hyperpath to a settled state costs."""
        return self._steps.cost(self._keys[state])

    def edges(self, state: int) -> Sequence[int]:
        """Return the edges of the hyperpath to a settled state, each after all that it needs."""
        sources, by, places = self._steps.sources, self._by, list[int]()
        while (place := by[state]) >= 0 or (place := self._origins[~place].step) >= 0:
            places.append(place)
            state = sources[place]
        after = map(self._steps.edges.__getitem__, reversed(places))
        edges = [*self._proof(~by[state]), *after]
        # A node may be passed in one layer after the other.
        return edges if len(self._layers) == 1 else each_once(edges)

    def last_technique(self, state: int) -> int:
        """Return the edge of the last technique on the hyperpath to a settled state."""
        steps, kind_of = self._steps, self._graph.kind_of
        while (place := self._step_to(state)) >= 0:
            edge = steps.edges[place]
            if COSTS[kind_of[edge]]:
                return edge
            state = steps.sources[place]
        return next(edge for edge in reversed(self.edges(state)) if COSTS[kind_of[edge]])

    def _step_to(self, state: int) -> int:
        """Return the place of the step to a state; a negative number where it has an origin."""
        item = self._by[state]
        return item if item >= 0 else self._origins[~item].step

    def _proof(self, number: int) -> dict[int, None]:
        """Return the edges that lead to an origin, each once, and after all that it needs."""
        if number not in self._proofs:
            self._proofs[number] = self._by_links(self._origins[number].links)
        return self._proofs[number]

    def _by_links(self, links: Iterable[_Link]) -> dict[int, None]:
        found: dict[int, None] = {}
        for state, edge in links:
            if state != NOWHERE:
                found |= dict.fromkeys(self.edges(state))
            if edge >= 0:
                found[edge] = None
        return found
