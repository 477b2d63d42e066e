"""Every Secret at once: how many principals get at it, by what, and the cheapest way."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import repeat

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
from rbacgraph.query.limits import Limits, kind_numbers
from rbacgraph.query.spread import Spread
from rbacgraph.query.ways import Way, Ways

Booleans = NDArray[np.bool_]

_NO_WAY = Way("", (), 0)
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

    def rows(self) -> list[SecretExposure]:
        graph, secrets = self._graph, self._graph.world.secrets
        numbers = [graph.index[(SECRET, *key)] for key in secrets]
        openings = self._openings[numbers].tolist()
        told = zip(numbers, secrets.values(), self._counts(numbers), openings, strict=True)
        sure = Ways(graph, self._sure.cheapest)
        every = sure if self._every is self._sure else Ways(graph, self._every.cheapest)
        rows = []
        for number, secret, (certain, conditional, members), bits in told:
            way = sure.to(number) or every.to(number) or _NO_WAY
            rows.append(
                SecretExposure(
                    secret=format_node(graph.nodes[number]),
                    type=secret.type if secret else "",
                    inferred=secret is None,
                    certain=certain,
                    conditional=conditional,
                    members=members,
                    opening=self._opening_ids(bits),
                    principal=way.principal,
                    cheapest=way.techniques,
                    effort=way.effort,
                )
            )
        return rows

    def _counts(self, numbers: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """Yield for each Secret how many get at it for certain, on a condition, as members."""
        known: dict[object, tuple[int, int, int]] = {}
        of_sure = self._sure.parts_of(numbers)
        same = self._every is self._sure
        of_every = repeat(()) if same else self._every.parts_of(numbers)
        for parts in zip(of_sure, of_every, strict=False):
            counts = known.get(parts)
            if counts is None:
                sure = self._sure.union(parts[0])
                every = sure if same else self._every.union(parts[1])
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
