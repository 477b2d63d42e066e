"""Finds the cheapest path from, or to, every node, by array operations.

Dijkstra with buckets: efforts are small integers, so all nodes of one effort are settled together.
Of equally cheap edges the first one wins. In a small graph array operations cost more than they
save: there rbacgraph takes edge by edge.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.edge_arrays import Adjacency, Int32Array
from rbacgraph.query.arrays.bitmap_store import distinct
from rbacgraph.query.arrays.blockwise import edges_of, values_at
from rbacgraph.query.arrays.costs import EFFORT

UNREACHED = int(np.iinfo(np.int64).max)
FEW_EDGES = 4096
"""Up to so many edges a graph is small."""

Integers = NDArray[np.int64]


class Cheapest(NamedTuple):
    """For each node the effort of the cheapest path (UNREACHED for none) and its edge there.

    If hops count, the cost stands for the effort.
    """

    effort: Integers
    last: Int32Array


def cheapest(
    graph: AccessGraph,
    allowed: NDArray[np.bool_],
    starts: Integers,
    seeds: Mapping[int, int] = {},
    *,
    backward: bool = False,
    hops: bool = False,
    count: bool = False,
    known: Integers | None = None,
) -> Cheapest:
    """Settle every node that paths from the start edges and the seeds reach.

    ``seeds``: further start nodes, with their effort.
    ``backward``: whether to follow edges backward: to the seeds, not from them.
    ``hops``: whether fewer hops decide between paths of equal effort.
    ``count``: whether the cost of a path is its number of hops alone.
    ``known``: for each node the effort of a known path, already followed to its end: only cheaper
        nodes are settled.
    """
    efforts = (graph.efforts > 0).astype(np.uint8) if count else graph.efforts
    leaving, ends = graph.outgoing, graph.target
    if backward:
        leaving, ends = graph.incoming, graph.source
    effort = np.full(len(graph.nodes), UNREACHED) if known is None else known.copy()
    if len(ends) <= FEW_EDGES:
        costs = (
            [cost and cost * EFFORT + 1 for cost in efforts.tolist()] if hops else efforts.tolist()
        )
        return _edge_by_edge(
            leaving,
            ends.tolist(),
            costs,
            allowed=allowed.tolist(),
            starts=starts.tolist(),
            seeds=seeds,
            effort=effort.tolist(),
        )
    last = np.full(len(graph.nodes), -1, dtype=np.int32)
    buckets: defaultdict[int, list[Int32Array]] = defaultdict(list)
    waiting: defaultdict[int, list[int]] = defaultdict(list)
    for node, at in seeds.items():
        waiting[at].append(node)
        _ = buckets[at]

    def leave(nodes: NDArray[np.integer], now: int) -> Int32Array:
        """Put the edges of settled nodes into their buckets; return those without effort."""
        return put(edges_of(leaving, nodes, allowed), now)

    def put(edges: Int32Array, now: int) -> Int32Array:
        """Put edges into their buckets; return those without effort."""
        costs = values_at(efforts, edges)
        for cost in np.bincount(costs).nonzero()[0].tolist():
            if cost:
                further = now + (cost * EFFORT + 1 if hops else cost)
                buckets[further].append(edges[costs == cost])
        free: Int32Array = edges[costs == 0]
        return free

    buckets[0].append(put(starts.astype(np.int32), 0))
    while buckets:
        now = min(buckets)
        reached = np.array(waiting.pop(now, []), dtype=np.int64)
        reached = reached[effort[reached] > now]
        effort[reached] = now
        candidates = np.concatenate([*buckets.pop(now), leave(reached, now)])
        while candidates.size:
            targets = values_at(ends, candidates)
            candidates = candidates[values_at(effort, targets) > now]
            candidates.sort(kind="stable")
            targets = values_at(ends, candidates)
            # Of several writes to one place, the last one stays.
            last[targets[::-1]] = candidates[::-1]
            targets = targets[values_at(last, targets) == candidates]
            effort[targets] = now
            candidates = leave(targets, now)
    return Cheapest(effort, last)


def _by_cost(edges: Sequence[int], costs: Sequence[int]) -> defaultdict[int, list[int]]:
    buckets: defaultdict[int, list[int]] = defaultdict(list)
    for edge in edges:
        buckets[costs[edge]].append(edge)
    return buckets


def _edge_by_edge(
    leaving: Adjacency,
    ends: Sequence[int],
    costs: Sequence[int],
    *,
    allowed: Sequence[bool],
    starts: list[int],
    seeds: Mapping[int, int],
    effort: list[int],
) -> Cheapest:
    """Settle what :func:`cheapest` settles, by the same edges."""
    last = [-1] * len(effort)
    buckets = _by_cost(starts, costs)
    waiting: defaultdict[int, list[int]] = defaultdict(list)
    for node, at in seeds.items():
        waiting[at].append(node)
        _ = buckets[at]
    while buckets:
        now = min(buckets)
        candidates = buckets.pop(now)
        settled = [node for node in waiting.pop(now, ()) if effort[node] > now]
        for node in settled:
            effort[node] = now
        while settled or candidates:
            free: list[int] = []
            for node in settled:
                for edge in leaving.of(node):
                    if allowed[edge]:
                        cost = costs[edge]
                        (buckets[now + cost] if cost else free).append(edge)
            settled = []
            for edge in sorted([*candidates, *free]):
                node = ends[edge]
                if effort[node] > now:
                    effort[node], last[node] = now, edge
                    settled.append(node)
            candidates = []
    return Cheapest(np.array(effort, dtype=np.int64), np.array(last, dtype=np.int32))


def seeds_before(graph: AccessGraph, found: Cheapest, nodes: Sequence[int]) -> set[int]:
    """Return the seeds at which the cheapest paths to some nodes begin."""
    effort, last = found
    seeds: set[int] = set()
    at = np.array(nodes, dtype=np.int64)
    at = distinct(at[effort[at] != UNREACHED])
    while at.size:
        is_seed = last[at] < 0
        seeds.update(at[is_seed].tolist())
        at = at[~is_seed]
        source = graph.source[last[at]].astype(np.int64)
        # A path starts with an edge if its cost alone is the effort, unless its source is free.
        at = distinct(source[(effort[at] > graph.efforts[last[at]]) | (effort[source] == 0)])
    return seeds
