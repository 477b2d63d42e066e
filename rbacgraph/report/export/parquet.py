"""Writes Parquet, for data frames at scale; needs the extra ``parquet``."""

from importlib.util import find_spec
from pathlib import Path

from rbacgraph.errors import RbacGraphError
from rbacgraph.model.answers.graph_tables import EdgeRow, NodeRow, Tables
from rbacgraph.report.formats.frame import frame
from rbacgraph.report.formats.rows import Cell, Rows

_KINDS = frozenset({"kind", "namespace", "edge", "condition", "source", "target"})
"""Columns with few different words: categoricals."""


def write_parquet(tables: Tables, target: Path) -> None:
    """Write ``nodes.parquet`` and ``edges.parquet`` into a folder; columns are the fields."""
    if find_spec("pyarrow") is None:
        raise RbacGraphError(
            "parquet needs the package pyarrow", advice="pip install 'rbacgraph[parquet]'"
        )
    nodes = frame(Rows(NodeRow._fields, _KINDS, list(tables.nodes), {"all_of": bool}))
    nodes.to_parquet(target / "nodes.parquet", index=False)
    lines: list[tuple[Cell, ...]] = [
        (*edge[:-1], "\n".join(edge.evidence)) for edge in tables.edges
    ]
    edges = frame(Rows(EdgeRow._fields, _KINDS, lines, {"effort": int}))
    edges.to_parquet(target / "edges.parquet", index=False)
