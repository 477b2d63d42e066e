"""``rbacgraph export``: the whole graph for other tools."""

from pathlib import Path

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.errors import UsageError
from rbacgraph.report.text.format_names import EXPORTS

HELP = """Write the whole graph for another tool.

graphml (yEd, Cytoscape, igraph) and gexf (Gephi) are one file, as is bloodhound-opengraph
(BloodHound CE: Administration, File Ingest). neo4j-csv (neo4j-admin database import) and
parquet (pandas, polars, DuckDB; pip install 'rbacgraph[parquet]') are a folder of two files.

An edge A -> B says that an attacker who controls A obtains B; it carries its kind, effort,
condition, words and evidence. Reaching a node with all_of takes every node with an edge to it: a
query that takes one of them for enough finds paths that do not exist.

\b
Examples:
  rbacgraph export -f dump/ -o cluster.graphml
  rbacgraph export -f dump/ -o cluster.gexf
  rbacgraph export -f dump/ --format neo4j-csv -o import/
  rbacgraph export -f dump/ --format bloodhound-opengraph -o cluster.json
  rbacgraph export -f dump/ --format parquet -o frames/
"""


@o.option(
    "--format",
    default="",
    metavar="FORMAT",
    help=f"{'|'.join(EXPORTS)}; by default what the file's suffix says.",
    shell_complete=o.completed(EXPORTS),
)
@o.option("-o", "--output", default="", metavar="PATH", help="The file, or the folder.")
@takes_input()
def command(given: Input, *, format: str, output: str) -> None:
    """Parse, read, write."""
    if not output:
        raise UsageError("no output given: add -o PATH")
    name = format or Path(output).suffix.removeprefix(".")
    if name not in EXPORTS:
        raise UsageError(
            f"there is no export {format!r}" if format else f"{output} names no export format",
            advice=f"add --format {'|'.join(EXPORTS)}",
        )
    read(given).export(output, format=name)
