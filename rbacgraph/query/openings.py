"""By which techniques something is got at, itself or as a member of a collection."""

import numpy as np
from numpy.typing import NDArray

from rbacgraph.edges import EDGES, KINDS
from rbacgraph.graph.access import AccessGraph
from rbacgraph.query.sets import EMPTY, Sets

_LEVELS = 3  # of collections: of everything, of one kind, of one namespace


def opening_kinds(
    graph: AccessGraph, active: NDArray[np.bool_], nodes: NDArray[np.int64]
) -> tuple[Sets, NDArray[np.int64]]:
    """Find the kinds of technique that yield nodes, or collections that they are in.

    Parameters
    ----------
    graph:
        The graph.
    active:
        For each edge, whether it counts.
    nodes:
        The nodes.

    Returns
    -------
    tuple
        Sets of edge kinds, and for each of the nodes the number of its set.
    """
    contains = np.flatnonzero(active & (graph.kind == KINDS["contains"]))
    concerned = np.zeros(len(graph.nodes), dtype=bool)
    concerned[nodes] = True
    for _ in range(_LEVELS):
        concerned[graph.source[contains[concerned[graph.target[contains]]]]] = True
    contains = contains[concerned[graph.target[contains]]]
    yields = np.flatnonzero(active & concerned[graph.target] & (graph.efforts > 0))
    sets = Sets()
    numbers = np.full(len(graph.nodes), EMPTY)
    owners, united = sets.gather(
        graph.target[yields].astype(np.int64), sets.singles(range(len(EDGES)))[graph.kind[yields]]
    )
    numbers[owners] = united
    source, target = graph.source[contains], graph.target[contains].astype(np.int64)
    for _ in range(_LEVELS):
        owners, united = sets.gather(
            np.concatenate([target, target]), np.concatenate([numbers[target], numbers[source]])
        )
        numbers[owners] = united
    return sets, numbers[nodes]
