"""Traces the paths by which principals reach the shared node of a gain."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, dropwhile

import numpy as np
from pyroaring import BitMap

from rbacgraph.graph.principals import MEMBER_OF
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.node import format_node
from rbacgraph.query.access.explain_path import PathExplainer, as_certain
from rbacgraph.query.access.reachers import ReachingPrincipals
from rbacgraph.query.arrays.costs import EFFORT, cost_of
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.diff.gained_pairs import Joined, Side, with_joined
from rbacgraph.query.diff.shared_collections import Lead, chains_to, entries, past

_LEAST = 1  # no technique takes less effort


class Tracer:
    """Finds cheapest paths in one cluster.

    ``joined``: who has what a group has, without a path of its own.
    """

    def __init__(self, side: Side, joined: Joined) -> None:
        self._side = side
        self._joined = joined
        self._path_of = PathExplainer(side.graph).path_of
        self._names: dict[bytes, tuple[int, tuple[str, ...]]] = {}

    def ways(self, lead: Lead, wanted: Iterable[int]) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield the cheapest path of each wanted principal to a shared node, ordered by name."""
        side, people = self._side, sorted(wanted, key=self._side.people.nodes.__getitem__)
        groups = [
            group for group, inside in self._joined.items() if not inside.isdisjoint(BitMap(people))
        ]
        asked = {*map(side.node_of, (*people, *groups))}
        others = {n: 0 for n in side.principals.numbers if n not in asked}
        spread = side.spread(certain=lead.certain)
        limits = self.limits(lead)
        reachers = ReachingPrincipals(
            side.graph, side.principals, limits, lead.seeds, spread=spread
        )
        found = {way.principal: way.edges for way in reachers.ways(others)}
        if lead.certain:
            below = others | dict.fromkeys(found, 0)
            found |= {who: way for who, (way, _) in self._whichever(lead, below).items()}
        for person in people:
            node = side.node_of(person)
            assert node is not None
            way = found.get(node) or self._through_group(node, person, found)
            yield person, way or self._with_groups(node, reachers)

    def nearer(
        self, lead: Lead, ways: Mapping[int, Sequence[int]]
    ) -> Iterator[tuple[Lead, Mapping[int, Sequence[int]]]]:
        """Yield Secrets of a collection with shorter ways to them than to the whole of it.

        Yields alike Secrets, and the ways of principals to the first of them.
        """
        if lead.seed in lead.secrets:
            return
        side, graph = self._side, self._side.graph
        efforts = {person: cost_of(graph, way) // EFFORT for person, way in ways.items()}
        dear = BitMap(person for person, effort in efforts.items() if effort > _LEAST)
        alike: dict[tuple[object, ...], dict[int, BitMap]] = {}
        for secret, people in lead.secrets.items() if dear else ():
            found = past(side, secret, lead.seed, certain=lead.certain)
            if found and (left := people & dear & self._reaching(found, lead)):
                own = entries(side, secret, certain=lead.certain)
                key = own, graph.nodes[secret][1], left.serialize()
                alike.setdefault(key, {})[secret] = left
        for secrets in alike.values():
            seed, people = next(iter(secrets.items()))
            one = lead._replace(seed=seed, secrets=secrets)
            nearer = {
                person: way
                for person, way in self.ways(one, people)
                if cost_of(graph, way) // EFFORT < efforts[person]
            }
            if nearer:
                yield one._replace(secrets=dict.fromkeys(secrets, BitMap(nearer))), nearer

    def _reaching(self, sources: Iterable[int], lead: Lead) -> BitMap:
        nodes = np.array(sorted(sources), dtype=np.int64)
        number = self._side.reaching_any(nodes, certain=lead.certain)
        return with_joined(self._side.own(number), self._joined)

    def _whichever(
        self, lead: Lead, below: Mapping[int, int]
    ) -> Mapping[int, tuple[Sequence[int], int]]:
        """Return the dearest ways of those that get there whichever versions a server holds.

        With what they cost.
        """
        side = self._side
        found: dict[int, tuple[Sequence[int], int]] = {}
        for limits in chain.from_iterable(self.limits(lead).in_each_choice(side.graph)):
            reachers = ReachingPrincipals(side.graph, side.principals, limits, lead.seeds)
            for way, cost in reachers.priced(below):
                if cost > found.get(way.principal, ((), -1))[1]:
                    found[way.principal] = way.edges, cost
        return found

    def _through_group(
        self, node: int, person: int, found: Mapping[int, Sequence[int]]
    ) -> Sequence[int]:
        """Return the cheapest path of a principal through a group that it newly joined.

        Nothing if there is none.
        """
        graph = self._side.graph
        groups = map(
            self._side.node_of, (g for g, people in self._joined.items() if person in people)
        )
        ways = {group: found[group] for group in groups if group is not None and group in found}
        if not ways:
            return ()
        group = min(ways, key=lambda group: (cost_of(graph, ways[group]), group))
        return (self._membership(node, group), *ways[group])

    def _with_groups(self, node: int, reachers: ReachingPrincipals) -> Sequence[int]:
        """Return the cheapest path that needs a right of its own and one of a group."""
        found = reachers.way_from(node)
        assert found is not None, "the closure says that there is a path"
        return found.edges

    def _membership(self, person: int, group: int) -> int:
        graph = self._side.graph
        return next(
            edge
            for edge in graph.outgoing.of(person)
            if graph.kind_of[edge] == MEMBER_OF and graph.target_of[edge] == group
        )

    def limits(self, lead: Lead) -> PathFilter:
        """Return the filter of paths to a shared node."""
        limits = self._side.limits
        return limits._replace(certain=lead.certain or limits.certain)

    def to(self, lead: Lead, way: Sequence[int], secret: int) -> Sequence[int]:
        """Extend a path to one of the Secrets."""
        if secret == lead.seed:
            return way
        graph = self._side.graph
        if lead.seed in lead.secrets:  # it stands for alike Secrets, whose last edges are alike too
            last = way[-1]
            alike = graph.source_of[last], graph.kind_of[last], graph.condition_of[last]
            other = next(
                edge
                for edge in graph.incoming.of(secret)
                if (graph.source_of[edge], graph.kind_of[edge], graph.condition_of[edge]) == alike
            )
            return (*way[:-1], other)
        chains = chains_to(self._side, secret, certain=lead.certain)
        return (*way, *next(chain for node, chain in chains if node == lead.seed))

    def _is_structural(self, edge: int) -> bool:
        return self._side.graph.kind_at(edge).structural

    def tail(self, way: Sequence[int]) -> tuple[int, ...]:
        """Return a path from its first technique on, which many principals share."""
        return tuple(dropwhile(self._is_structural, way))

    def path(self, lead: Lead, way: Sequence[int], secrets: BitMap) -> tuple[tuple[str, ...], Path]:
        """Return the Secrets' names, and the path to the first of them."""
        first, names = self._named(secrets)
        path = self._path_of(self.to(lead, way, first))
        return names, as_certain(path) if lead.certain else path

    def _named(self, secrets: BitMap) -> tuple[int, tuple[str, ...]]:
        """Return the first of some Secrets, and all their names, which many findings share."""
        key = secrets.serialize()
        known = self._names.get(key)
        if known is None:
            nodes = self._side.graph.nodes
            names = {format_node(nodes[number]): number for number in secrets}
            ordered = tuple(sorted(names))
            known = self._names[key] = names[ordered[0]], ordered
        return known
