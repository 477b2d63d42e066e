"""Every Secret at once: how many principals get at it, by what, and the cheapest way."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.edges import EDGES, KINDS
from rbacgraph.graph.access import AccessGraph
from rbacgraph.model.node import GROUP, SECRET, SERVICE_ACCOUNT, USER, format_node
from rbacgraph.model.results import ExposureResult, SecretExposure
from rbacgraph.query.basis import basis_of
from rbacgraph.query.cheapest import UNREACHED
from rbacgraph.query.principals import Principals
from rbacgraph.query.search import Limits, kind_numbers
from rbacgraph.query.spread import Spread

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
    table = _Table(graph, Principals(graph, system=system), limits)
    rows = sorted(table.rows(), key=_order)
    return ExposureResult(rows=tuple(rows), basis=basis_of(graph, limits))


def _order(row: SecretExposure) -> tuple[object, ...]:
    return -row.certain, -row.conditional, row.effort, row.secret


class _Table:
    def __init__(self, graph: AccessGraph, principals: Principals, limits: Limits) -> None:
        self._graph = graph
        self._principals = principals
        kept = ~np.isin(graph.kind, list(limits.without))
        sure = Spread(graph, principals, kept & (graph.condition == 0))
        self._sure = sure
        self._every = sure if limits.certain else Spread(graph, principals, kept)
        self._counts: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[int, int, int]] = {}
        self._ways: dict[tuple[int, bool], tuple[int, tuple[str, ...]]] = {}

    def rows(self) -> list[SecretExposure]:
        graph = self._graph
        rows = []
        for key, secret in graph.world.secrets.items():
            number = graph.index[(SECRET, *key)]
            certain, conditional, members = self._count(number)
            principal, cheapest, effort = self._cheapest(number)
            rows.append(
                SecretExposure(
                    secret=format_node((SECRET, *key)),
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

    def _count(self, number: int) -> tuple[int, int, int]:
        key = self._sure.parts(number), self._every.parts(number)
        known = self._counts.get(key)
        if known is None:
            sure, every = self._sure.union(key[0]), self._every.union(key[1])
            groups = [g for g in every & self._groups if g in self._members]
            members = BitMap.union(BitMap(), *(self._members[group] for group in groups))
            known = len(sure), len(every) - len(sure), len(members - every)
            self._counts[key] = known
        return known

    @cached_property
    def _groups(self) -> BitMap:
        starts, nodes = self._principals.starts, self._graph.nodes
        return BitMap([s.principal for s in starts if nodes[s.principal][0] == GROUP])

    @cached_property
    def _members(self) -> dict[int, BitMap]:
        """Users and ServiceAccounts of every group."""
        found: dict[int, list[int]] = {}
        for number, node in enumerate(self._graph.nodes):
            if node[0] in {SERVICE_ACCOUNT, USER}:
                for group in self._principals.membership.of(number):
                    found.setdefault(group, []).append(number)
        return {group: BitMap(numbers) for group, numbers in found.items()}

    @cached_property
    def _openings(self) -> NDArray[np.uint64]:
        """For each node a bit per kind of technique that yields it, itself or by a collection."""
        graph = self._graph
        bits = np.zeros(len(graph.nodes), dtype=np.uint64)
        active = self._every.active
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
