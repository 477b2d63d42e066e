"""From edges to hops: each technique with all that it rests on."""

from collections.abc import Sequence

from rbacgraph.graph.access import AccessGraph
from rbacgraph.graph.rules import both
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.node import format_node
from rbacgraph.model.results import Hop, Path


def path_of(graph: AccessGraph, edges: Sequence[int]) -> Path:
    """Tell a path's edges as hops.

    A hop is one technique. Memberships and bindings before it are its evidence; the
    collections after it, down to the member that the path goes on from, are its target.

    Parameters
    ----------
    graph:
        The graph.
    edges:
        Consecutive edges, at least one of them a technique.
    """
    hops: list[Hop] = []
    before: list[Evidence] = []
    source = graph.source_of[edges[0]]
    principal = source
    for edge in edges:
        kind = graph.kind_at(edge)
        target = graph.target_of[edge]
        if kind.id == "contains":
            hops[-1] = _extended(graph, hops[-1], edge)
            source = target
            continue
        words, evidence = graph.explain(edge)
        if kind.structural:
            before.extend(evidence)
            continue
        hops.append(
            Hop(
                edge=kind.id,
                source=format_node(graph.nodes[source]),
                target=format_node(graph.nodes[target]),
                text=words,
                effort=kind.effort,
                evidence=(*before, *evidence),
                condition=graph.condition_at(edge),
            )
        )
        before = []
        source = target
    return Path(format_node(graph.nodes[principal]), hops[-1].target, tuple(hops))


def _extended(graph: AccessGraph, hop: Hop, edge: int) -> Hop:
    return Hop(
        edge=hop.edge,
        source=hop.source,
        target=format_node(graph.nodes[graph.target_of[edge]]),
        text=hop.text,
        effort=hop.effort,
        evidence=hop.evidence,
        condition=both(hop.condition, graph.condition_at(edge)),
    )
