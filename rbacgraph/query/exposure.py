"""Every Secret at once: how many principals get at it, by what, and the cheapest way."""

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.edges import EDGES, KINDS
from rbacgraph.graph.access import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.node import GROUP, SECRET, format_node
from rbacgraph.model.results import ExposureResult, SecretExposure
from rbacgraph.query.basis import basis_of
from rbacgraph.query.cheapest import UNREACHED
from rbacgraph.query.search import Limits, kind_numbers
from rbacgraph.query.spread import Spread

Booleans = NDArray[np.bool_]

_LEVELS = 3  # of collections: of everything, of one kind, of one namespace


def exposure(
    graph: AccessGraph,
    *,
    certain: bool = False,
    without: Sequence[str] = (),
    system: bool = False,
) -> ExposureResult:
    """Tell for every Secret who gets at it.

    Parameters
    ----------
    graph:
        The graph.
    certain:
        Whether conditional edges are left out.
    without:
        Ids of edge kinds that paths may not hold.
    system:
        Whether the control plane's own identities on shipped bindings count.

    Returns
    -------
    ExposureResult
        One row per Secret, the most exposed first.

    Raises
    ------
    UsageError
        Where an edge kind is unknown.
    """
    limits = Limits(certain=certain, without=kind_numbers(without))
    table = _Table(graph, graph.principals_unfolded if system else graph.principals, limits)
    rows = sorted(table.rows(), key=_order)
    return ExposureResult(rows=tuple(rows), basis=basis_of(graph, limits))


def _order(row: SecretExposure) -> tuple[object, ...]:
    return -row.certain, -row.conditional, row.effort, row.secret


def _telling(graph: AccessGraph, certain: Booleans, conditional: Booleans) -> Booleans:
    """Conditional edges but those whose ends a certain one has too: they add nothing."""
    concerned = np.zeros(len(graph.nodes), dtype=bool)
    concerned[graph.source[conditional]] = True
    ends = graph.source.astype(np.int64) * len(graph.nodes) + graph.target
    telling = conditional.copy()
    telling[conditional] = ~np.isin(ends[conditional], ends[certain & concerned[graph.source]])
    return telling


class _Table:
    def __init__(self, graph: AccessGraph, principals: Principals, limits: Limits) -> None:
        self._graph = graph
        self._principals = principals
        self._kept = ~np.isin(graph.kind, list(limits.without))
        certain = self._kept & (graph.condition == 0)
        if limits.certain:
            self._kept = certain
        self._sure = self._every = Spread(graph, principals, certain)
        telling = _telling(graph, certain, self._kept & ~certain)
        if telling.any():
            self._every = Spread(graph, principals, certain | telling)
        self._ways: dict[tuple[int, bool], tuple[int, tuple[str, ...]]] = {}

    def rows(self) -> list[SecretExposure]:
        graph = self._graph
        secrets = graph.world.secrets
        numbers = [graph.index[(SECRET, *key)] for key in secrets]
        counts = self._counts(numbers)
        rows = []
        for number, secret, (certain, conditional, members) in zip(
            numbers, secrets.values(), counts, strict=True
        ):
            principal, cheapest, effort = self._cheapest(number)
            rows.append(
                SecretExposure(
                    secret=format_node(graph.nodes[number]),
                    type=secret.type if secret else "",
                    inferred=secret is None,
                    certain=certain,
                    conditional=conditional,
                    members=members,
                    opening=self._opening_ids(int(self._openings[number])),
                    principal=principal,
                    cheapest=cheapest,
                    effort=effort,
                )
            )
        return rows

    def _counts(self, numbers: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """Yield for each Secret how many get at it for certain, on a condition, as members."""
        known: dict[tuple[tuple[int, ...], ...], tuple[int, int, int]] = {}
        of_sure, of_every = self._sure.parts_of(numbers), self._every.parts_of(numbers)
        for parts in zip(of_sure, of_every, strict=True):
            counts = known.get(parts)
            if counts is None:
                sure, every = self._sure.union(parts[0]), self._every.union(parts[1])
                members = self._members_of((*(every & self._groups), *self._folded_groups))
                known[parts] = counts = (
                    len(sure),
                    len(every) - len(sure),
                    len(members) - members.intersection_cardinality(every),
                )
            yield counts

    def _members_of(self, groups: tuple[int, ...]) -> BitMap:
        known = self._members_seen.get(groups)
        if known is None:
            members = self._graph.membership.members
            known = BitMap.union(BitMap(), *(members[g] for g in groups if g in members))
            known &= self._principals.people
            self._members_seen[groups] = known
        return known

    @cached_property
    def _members_seen(self) -> dict[tuple[int, ...], BitMap]:
        return {}

    @cached_property
    def _folded_groups(self) -> tuple[int, ...]:
        """Groups that are folded: system:masters, which gets at everything."""
        if KINDS["system-masters"] not in self._graph.kind[self._kept]:
            return ()
        folded = (start.principal for start in self._principals.folded)
        return tuple(n for n in folded if self._graph.nodes[n][0] == GROUP)

    @cached_property
    def _groups(self) -> BitMap:
        nodes = self._graph.nodes
        return BitMap([n for n in self._principals.numbers if nodes[n][0] == GROUP])

    @cached_property
    def _openings(self) -> NDArray[np.uint64]:
        """For each node a bit per kind of technique that yields it, itself or by a collection."""
        graph = self._graph
        bits = np.zeros(len(graph.nodes), dtype=np.uint64)
        reached = self._every.cheapest.effort != UNREACHED
        active = self._kept & reached[graph.source]
        yields = active & (graph.efforts > 0)
        kinds = np.uint64(1) << graph.kind[yields].astype(np.uint64)
        np.bitwise_or.at(bits, graph.target[yields], kinds)
        contains = active & (graph.kind == KINDS["contains"])
        for _ in range(_LEVELS):
            np.bitwise_or.at(bits, graph.target[contains], bits[graph.source[contains]])
        return bits

    def _opening_ids(self, bits: int) -> tuple[str, ...]:
        known = self._openings_seen.get(bits)
        if known is None:
            known = tuple(edge.id for number, edge in enumerate(EDGES) if bits >> number & 1)
            self._openings_seen[bits] = known
        return known

    @cached_property
    def _openings_seen(self) -> dict[int, tuple[str, ...]]:
        return {}

    def _cheapest(self, number: int) -> tuple[str, tuple[str, ...], int]:
        for spread in (self._sure, self._every):
            effort = int(spread.cheapest.effort[number])
            if effort != UNREACHED:
                principal, ids = self._way(number, spread)
                return format_node(self._graph.nodes[principal]), ids, effort
        return "", (), 0

    def _way(self, number: int, spread: Spread) -> tuple[int, tuple[str, ...]]:
        """Follow a cheapest path back to its principal, with the ids of its techniques."""
        graph, sure = self._graph, spread is self._sure
        back: list[int] = []
        node = number
        while (node, sure) not in self._ways:
            edge = int(spread.cheapest.last[node])
            source = graph.source_of[edge]
            back.append(edge)
            if spread.cheapest.effort[node] == 0 and source in self._starters:
                self._ways[node, sure] = source, ()
                back.pop()
                break
            node = source
        for edge in reversed(back):
            principal, ids = self._ways[graph.source_of[edge], sure]
            kind = graph.kind_at(edge)
            following = ids if kind.structural else (*ids, kind.id)
            self._ways[graph.target_of[edge], sure] = principal, following
        return self._ways[number, sure]

    @cached_property
    def _starters(self) -> frozenset[int]:
        return frozenset(start.principal for start in self._principals.starts)
