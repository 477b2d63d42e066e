"""Writes the graph in the formats of other tools.

Anyone who may write objects chooses their names: characters that cannot be printed are escaped, so
that every reader accepts the file.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from rbacgraph.errors import RbacGraphError, UsageError
from rbacgraph.model.answers.graph_tables import EdgeRow, NodeRow, Tables
from rbacgraph.model.printable import without_controls as shown
from rbacgraph.report.export.bloodhound import write_bloodhound
from rbacgraph.report.export.neo4j import write_neo4j
from rbacgraph.report.export.parquet import write_parquet
from rbacgraph.report.export.xml import write_gexf, write_graphml
from rbacgraph.report.text.format_names import EXPORTS, FOLDERS

_WRITERS: dict[str, Callable[[Tables, Path], None]] = {
    "graphml": write_graphml,
    "gexf": write_gexf,
    "neo4j-csv": write_neo4j,
    "bloodhound-opengraph": write_bloodhound,
    "parquet": write_parquet,
}


def export(tables: Tables, name: str, target: Path) -> None:
    """Write the graph.

    ``name``: one of :data:`rbacgraph.report.text.format_names.EXPORTS`.
    ``target``: a file, or for ``neo4j-csv`` and ``parquet`` a folder, which is created.
    Raises UsageError if there is no such format, or a file exists in the place of the folder;
        RbacGraphError if it cannot be written.
    """
    if name not in _WRITERS:
        raise UsageError(f"there is no export {name!r}", advice=f"choose {', '.join(EXPORTS)}")
    folder = name in FOLDERS
    if target.exists() and target.is_dir() != folder:
        wanted = "a folder of files" if folder else "one file"
        raise UsageError(f"{target} is there, and {name} is {wanted}", advice="name another place")
    try:
        if folder:
            target.mkdir(exist_ok=True)
        _WRITERS[name](Tables(_nodes(tables), _edges(tables)), target)
    except OSError as error:
        raise RbacGraphError(f"cannot write {target}: {error.strerror}") from None


def _nodes(tables: Tables) -> Iterator[NodeRow]:
    for row in tables.nodes:
        yield NodeRow(
            shown(row.id),
            row.kind,
            shown(row.namespace),
            shown(row.name),
            row.all_of,
        )


def _edges(tables: Tables) -> Iterator[EdgeRow]:
    for row in tables.edges:
        yield EdgeRow(
            shown(row.source),
            shown(row.target),
            row.edge,
            row.effort,
            shown(row.condition),
            shown(row.words),
            tuple(map(shown, row.evidence)),
        )
