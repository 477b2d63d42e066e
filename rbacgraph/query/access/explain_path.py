"""Turns the edges of a path into hops with evidence."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import islice, pairwise
from operator import eq
from typing import NamedTuple

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.added_words import Adding
from rbacgraph.model.answers.paths import Hop, Path, UsedRight
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.memory.method_cache import method_cache
from rbacgraph.model.node import format_node
from rbacgraph.query.arrays.costs import CONTAINS, COSTS, has_join
from rbacgraph.query.search.tails import Tail, WayByTail
from rbacgraph.techniques.spec.technique import Explanation

_KEPT = 1 << 10
"""The number of path beginnings to cache: consecutive paths begin alike."""

_HOPS_KEPT = 1 << 15
"""The number of hops to cache: paths share most of theirs."""


class PathExplainer:
    """Turns the edges of paths into hops with evidence.

    A hop is one technique. Memberships and bindings before it are its evidence; the collections
    after it, down to the member from which the path continues, are its target. If a technique needs
    several things, the hops that lead to each come before it.
    """

    def __init__(self, graph: AccessGraph) -> None:
        self._graph = graph
        self.name = cache(partial(_name, graph))
        """Returns a node's name as it is printed."""
        self.explain = cache(graph.explain)
        """Returns an edge in words, with its evidence."""
        self._right = cache(partial(_used_right, graph))
        self._begun = method_cache(self._begin, _KEPT)
        self._after = method_cache(self._hops_after, _KEPT)
        self._of_tails: dict[Tail, tuple[Hop, ...]] = {}
        """The hops of the last few tails that go on from the target of a hop."""
        self._hop = method_cache(self._make_hop, _HOPS_KEPT)

    def path_of(self, edges: Sequence[int]) -> Path:
        """Return one path with its hops.

        ``edges``: edges in an order in which everything comes before what needs it; the first one
            starts at the principal, the last one ends at the target, and at least one is a
            technique.
        """
        if isinstance(edges, WayByTail):
            first, hops = edges.first, self._by_tail(edges)
        else:
            first = edges[0]
            hops = self._chain(edges) if self._is_chain(edges) else self._joined(edges)
        principal = self.name(self._graph.source_of[first])
        return Path(principal, hops[-1].target, hops)

    def _by_tail(self, way: WayByTail) -> tuple[Hop, ...]:
        """Return the hops of a way by a tail: many ways share all after the first hop."""
        edges, after = self._first_hop(way.first, way.tail)
        hop, known, passed = self._hop(edges), self._of_tails, list[tuple[Tail, Hop]]()
        while after is not None and after not in known:
            edges, rest = self._first_hop(after.edge, after.rest)
            if not edges:
                after = None
                break
            passed.append((after, self._hop(edges)))
            after = rest
        hops = () if after is None else known[after]
        for tail, one in reversed(passed):
            hops = known[tail] = (one, *hops)
            if len(known) > _KEPT:
                del known[next(iter(known))]
        return (hop, *hops)

    def _first_hop(self, edge: int, rest: Tail | None) -> tuple[tuple[int, ...], Tail | None]:
        """Return the edges of the first hop of a way, none without one, and the tail after it."""
        kind_of, edges = self._graph.kind_of, [edge]
        while not COSTS[kind_of[edges[-1]]]:
            if rest is None:
                return (), None
            edges.append(rest.edge)
            rest = rest.rest
        while rest is not None and kind_of[rest.edge] == CONTAINS:
            edges.append(rest.edge)
            rest = rest.rest
        return tuple(edges), rest

    def _is_chain(self, edges: Sequence[int]) -> bool:
        """Whether each edge goes on from the one before: no AND node, and nothing left out."""
        following = map(self._graph.source_of.__getitem__, islice(edges, 1, None))
        reached = map(self._graph.target_of.__getitem__, edges)
        return not has_join(self._graph, edges) and all(map(eq, following, reached))

    def _joined(self, edges: Sequence[int]) -> tuple[Hop, ...]:
        *first, last = edges
        hops_so_far = self._begun(self._graph.source_of[edges[0]], tuple(first)).copy()
        hops_so_far.add(last)
        return tuple(hops_so_far.hops)

    def _chain(self, edges: Sequence[int]) -> tuple[Hop, ...]:
        """Return a path without AND nodes: many paths share everything after the first hop."""
        after = next(self._ends(edges))
        return self._hop(tuple(edges[:after])), *self._after(tuple(edges[after:]))

    def _hops_after(self, edges: tuple[int, ...]) -> tuple[Hop, ...]:
        """Return the hops of a path that continues from the target of a hop."""
        ends = [0, *self._ends(edges)]
        return tuple([self._hop(edges[start:end]) for start, end in pairwise(ends)])

    def _ends(self, edges: Sequence[int]) -> Iterator[int]:
        """Yield where each hop ends: behind a technique, and behind the members after it."""
        kind_of, found = self._graph.kind_of, False
        for place, edge in enumerate(edges):
            kind = kind_of[edge]
            if found and kind != CONTAINS:
                yield place
                found = False
            found = found or bool(COSTS[kind])
        if found:
            yield len(edges)

    def _make_hop(self, edges: tuple[int, ...]) -> Hop:
        """Return the hop of a technique, the structural edges before it and the members after."""
        graph, basis, condition = self._graph, list[Evidence](), CERTAIN
        place, technique = next(
            (place, edge) for place, edge in enumerate(edges) if COSTS[graph.kind_of[edge]]
        )
        for edge in edges:
            condition = both(condition, graph.condition_at(edge))
        for edge in edges[: place + 1]:
            words, evidence = self.explain(edge)
            basis += evidence
        kind = graph.kind_at(technique)
        return Hop(
            edge=kind.id,
            source=self.name(graph.source_of[edges[0]]),
            target=self.name(graph.target_of[edges[-1]]),
            text=words,
            effort=kind.effort,
            evidence=tuple(basis),
            condition=condition,
            right=self._right(technique),
        )

    def _begin(self, start: int, edges: Sequence[int]) -> "_Hops":
        hops_so_far = _Hops(self._graph, self.explain, self._right, {start: _Place(start)}, [])
        for edge in edges:
            hops_so_far.add(edge)
        return hops_so_far


def as_certain(path: Path) -> Path:
    """Tell as certain what a path gives if a server holds some versions, and others if not."""
    hops = (
        replace(
            hop,
            text=str(Adding.ELSE_THE_SAME(hop.text, hop.condition)),
            condition=CERTAIN,
        )
        if hop.condition
        else hop
        for hop in path.hops
    )
    return replace(path, hops=tuple(hops))


class _Place(NamedTuple):
    """How a node was reached: its owner, the evidence, and the hop that gave it.

    ``condition`` is that of the structural edges before it; ``others`` are the other owners if
    several things are needed; ``hop`` is the hop so far up to the node, at its number, or None if
    no technique gave the node.
    """

    owner: int
    evidence: tuple[Evidence, ...] = ()
    condition: Condition = CERTAIN
    others: tuple[int, ...] = ()
    hop: Hop | None = None
    number: int = -1


def _name(graph: AccessGraph, number: int) -> str:
    return format_node(graph.nodes[number])


def _used_right(graph: AccessGraph, edge: int) -> UsedRight | UnsetType:
    return graph.used_right(edge) or UNSET


class _Hops:
    """The hops of a path so far."""

    def __init__(
        self,
        graph: AccessGraph,
        explain: Callable[[int], Explanation],
        right: Callable[[int], UsedRight | UnsetType],
        places: dict[int, _Place],
        hops: list[Hop],
    ) -> None:
        self._graph = graph
        self._explain = explain
        self._right = right
        self._places = places
        self.hops = hops

    def copy(self) -> "_Hops":
        return _Hops(self._graph, self._explain, self._right, self._places.copy(), self.hops.copy())

    def add(self, edge: int) -> None:
        graph = self._graph
        source, target = graph.source_of[edge], graph.target_of[edge]
        kind = graph.kind_at(edge)
        place = self._places[source]
        if kind.id == "contains" and place.hop is not None:
            self._places[target] = self._narrowed(place.hop, place.number, edge)
            return
        words, evidence = self._explain(edge)
        if kind.structural:
            reached = place._replace(
                evidence=(*place.evidence, *evidence),
                condition=both(place.condition, graph.condition_at(edge)),
                hop=None,
            )
            self._places[target] = self._merged(target, reached)
            return
        others = [format_node(graph.nodes[other]) for other in place.others]
        hop = Hop(
            edge=kind.id,
            source=format_node(graph.nodes[place.owner]),
            target=format_node(graph.nodes[target]),
            text=words,
            effort=kind.effort,
            evidence=(*place.evidence, *evidence),
            condition=both(place.condition, graph.condition_at(edge)),
            others=tuple(others),
            right=self._right(edge),
        )
        self._places[target] = self._append(hop, target)

    def _append(self, hop: Hop, target: int) -> _Place:
        self.hops.append(hop)
        return _Place(target, hop=hop, number=len(self.hops) - 1)

    def _narrowed(self, hop: Hop, number: int, edge: int) -> _Place:
        """Narrow the target of a hop to a member; repeat the hop for another member."""
        graph, target = self._graph, self._graph.target_of[edge]
        narrowed = replace(
            hop,
            target=format_node(graph.nodes[target]),
            condition=both(hop.condition, graph.condition_at(edge)),
        )
        if self.hops[number] is not hop:
            return self._append(narrowed, target)
        self.hops[number] = narrowed
        return _Place(target, hop=narrowed, number=number)

    def _merged(self, target: int, place: _Place) -> _Place:
        """Combine a new way of reaching a node with the earlier one."""
        before = self._places.get(target)
        if before is None:
            return place
        owner, *others = dict.fromkeys((before.owner, *before.others, place.owner, *place.others))
        evidence = tuple(dict.fromkeys((*before.evidence, *place.evidence)))
        return _Place(owner, evidence, both(before.condition, place.condition), tuple(others))
