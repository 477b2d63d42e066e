"""Converts the whole graph into rows for other tools."""

from collections.abc import Iterator

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.graph_tables import EdgeRow, NodeRow, Tables
from rbacgraph.model.node import format_node, printed_name


def tables(graph: AccessGraph) -> Tables:
    """Return the rows of all nodes and edges, in the graph's order."""
    return Tables(_nodes(graph), _edges(graph))


def _nodes(graph: AccessGraph) -> Iterator[NodeRow]:
    for number, node in enumerate(graph.nodes):
        kind, namespace, name = node
        printed = format_node(node)
        yield NodeRow(printed, kind, str(namespace), printed_name(name), number in graph.joins)


def _edges(graph: AccessGraph) -> Iterator[EdgeRow]:
    conditions = list(map(str, graph.conditions))
    names = [format_node(node) for node in graph.nodes]
    for edge in range(len(graph.source)):
        kind = graph.kind_at(edge)
        words, evidence = graph.explain(edge)
        yield EdgeRow(
            names[graph.source_of[edge]],
            names[graph.target_of[edge]],
            kind.id,
            kind.effort,
            conditions[graph.condition_of[edge]],
            words,
            tuple(map(str, evidence)),
        )
