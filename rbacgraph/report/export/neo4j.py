"""Writes CSV for ``neo4j-admin database import`` and ``apoc.import.csv``.

Source: "Import: CSV file header format" of the Neo4j operations manual.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from rbacgraph.model.answers.graph_tables import Tables
from rbacgraph.report.export.labels import label

_ARRAY = ";"
_NODES = ("id:ID", "kind", "namespace", "name", "all_of:boolean", ":LABEL")
_EDGES = (
    ":START_ID",
    ":END_ID",
    "edge",
    "effort:int",
    "certain:boolean",
    "condition",
    "words",
    "evidence:string[]",
    ":TYPE",
)


def write_neo4j(tables: Tables, target: Path) -> None:
    """Write ``nodes.csv`` and ``relationships.csv`` into a folder, each with its header.

    A node's label is its kind (``ServiceAccount``), a relationship's type that of the edge
    (``READ_SECRET``).
    """
    nodes = ((n.id, n.kind, n.namespace, n.name, _bool(n.all_of), label(n.kind)) for n in tables[0])
    _write(target / "nodes.csv", _NODES, nodes)
    edges = (
        (
            e.source,
            e.target,
            e.edge,
            str(e.effort),
            _bool(not e.condition),
            e.condition,
            e.words,
            _ARRAY.join(one.replace(_ARRAY, ",") for one in e.evidence),
            e.edge.replace("-", "_").upper(),
        )
        for e in tables[1]
    )
    _write(target / "relationships.csv", _EDGES, edges)


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _bool(value: object) -> str:
    return "true" if value else "false"
