"""Writes GraphML (yEd, Cytoscape, igraph) and GEXF (Gephi) by networkx."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from rbacgraph.model.answers.graph_tables import Tables

if TYPE_CHECKING:
    import networkx as nx

_META = re.compile(r"<meta .*?</meta>", re.DOTALL)
_CREATOR = "<meta><creator>rbacgraph</creator></meta>"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'


def write_graphml(tables: Tables, target: Path) -> None:
    """Write GraphML 1.0, a directed multigraph."""
    import networkx as nx

    nx.write_graphml_xml(_graph(tables), str(target))


def write_gexf(tables: Tables, target: Path) -> None:
    """Write GEXF 1.2, a directed multigraph, without the date that networkx adds."""
    import networkx as nx

    text = "\n".join(nx.generate_gexf(_graph(tables)))
    target.write_text(f"{_HEAD}\n{_META.sub(_CREATOR, text, count=1)}\n", encoding="utf-8")


def _graph(tables: Tables) -> "nx.MultiDiGraph[str]":
    """Build the graph; attributes have the names of the rows' fields."""
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in tables.nodes:
        attributes = node._asdict()
        graph.add_node(attributes.pop("id"), **attributes)
    for number, edge in enumerate(tables.edges):
        attributes = edge._asdict()
        source, target = attributes.pop("source"), attributes.pop("target")
        attributes["evidence"] = "\n".join(edge.evidence)
        graph.add_edge(source, target, key=str(number), **attributes)
    return graph
