"""The cheapest path of anybody to every node, over whole arrays at a time.

Dijkstra with buckets: efforts are small integers, so all nodes at one effort are settled
together. Of equally cheap edges the first one wins.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.graph.access import AccessGraph

UNREACHED = int(np.iinfo(np.int64).max)

Integers = NDArray[np.int64]


class Cheapest(NamedTuple):
    """For each node the effort of the cheapest path (UNREACHED for none) and its last edge."""

    effort: Integers
    last: Integers


def cheapest(
    graph: AccessGraph,
    allowed: NDArray[np.bool_],
    starts: Integers,
    seeds: Mapping[int, int] = {},
) -> Cheapest:
    """Settle every node that paths from the start edges and the seeds reach.

    Parameters
    ----------
    graph:
        The graph.
    allowed:
        For each edge, whether paths may hold it.
    starts:
        Numbers of the edges, all without effort, that paths begin with.
    seeds:
        Nodes that are reached otherwise, with the effort of that.
    """
    effort = np.full(len(graph.nodes), UNREACHED, dtype=np.int64)
    last = np.full(len(graph.nodes), -1, dtype=np.int64)
    buckets: defaultdict[int, list[Integers]] = defaultdict(list)
    buckets[0].append(starts)
    waiting: defaultdict[int, list[int]] = defaultdict(list)
    for node, cost in seeds.items():
        waiting[cost].append(node)
        _ = buckets[cost]

    def leave(targets: Integers, now: int) -> Integers:
        """Put the edges of settled nodes into their buckets; return those without effort."""
        edges = graph.outgoing.of_all(targets)
        edges = edges[allowed[edges]]
        costs = graph.efforts[edges]
        for cost in np.unique(costs[costs > 0]):
            buckets[now + int(cost)].append(edges[costs == cost])
        free: Integers = edges[costs == 0]
        return free

    while buckets:
        now = min(buckets)
        new = np.array(waiting.pop(now, []), dtype=np.int64)
        effort[new] = now
        candidates = np.concatenate([*buckets.pop(now), leave(new, now)])
        while candidates.size:
            candidates.sort()
            targets, first = np.unique(graph.target[candidates], return_index=True)
            unsettled = effort[targets] == UNREACHED
            targets = targets[unsettled]
            effort[targets] = now
            last[targets] = candidates[first[unsettled]]
            candidates = leave(targets, now)
    return Cheapest(effort, last)
