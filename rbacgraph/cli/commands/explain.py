"""``rbacgraph explain``: the page of an edge kind."""

from typing import Annotated

import typer

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import guarded
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import NotFoundError

HELP = """Explain a technique, or list them all.

Precondition, use, remedy and references of an edge kind; without EDGE, the list.

\b
Examples:
  rbacgraph explain
  rbacgraph explain read-secret
  rbacgraph explain -o json
"""


def command(
    edge: Annotated[
        str,
        typer.Argument(
            metavar="[EDGE]",
            help="Id of an edge kind, as paths prints it.",
            autocompletion=o.complete_edges,
        ),
    ] = "",
    output: o.Output = "table",
) -> None:
    """Parse, look up, render."""
    with guarded():
        to = destination(output)
        from rbacgraph.report.answer_formats import pages_report
        from rbacgraph.techniques.catalogue import pages

        known = pages()
        chosen = tuple(page for page in known if edge in {"", page.id})
        if not chosen:
            from rbacgraph.model.did_you_mean import edge_advice

            ids = [page.id for page in known]
            raise NotFoundError(f"there is no edge kind {edge!r}", advice=edge_advice(edge, ids))
        write(pages_report(chosen, one=bool(edge)), to)
