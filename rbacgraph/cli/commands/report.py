"""``rbacgraph report``: everything as one page."""

from typing import Annotated

import typer

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import guarded
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.cli.shared.progress import counted
from rbacgraph.report.text.format_names import MOST_ROUTES, PAGE

HELP = """Write everything as one HTML page that opens anywhere.

Every Secret with its exposure, every principal with its blast radius, their paths drawn and
listed with the evidence, the problems in the input, assumptions and limits; to search, to filter,
by mouse or by keyboard. The page loads nothing, and holds no value of a Secret. rbacgraph looks
for paths to the most exposed Secrets, as many as --max-secrets says; of the others the page has
the counts and the way of the lowest effort found. On Linux it takes up to four cores.

\b
Examples:
  rbacgraph report -f dump/ -o report.html
  rbacgraph report -n payments --certain -f dump/ -o payments.html
  rbacgraph report --context prod --max-secrets 5000 -o prod.html
"""


@takes_input()
def command(
    *,
    given: Input,
    namespace: Annotated[
        str,
        typer.Option("-n", "--namespace", metavar="NAMESPACE", help="Secrets of this namespace."),
    ] = "",
    max_secrets: Annotated[
        int,
        typer.Option(
            "--max-secrets", min=1, metavar="N", help="To how many Secrets to look for paths."
        ),
    ] = 1000,
    without: o.Without = None,
    certain: o.Certain = False,
    system: o.System = False,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FORMAT|PATH",
            help="html, or a file that ends in .html.",
            autocompletion=o.completed((PAGE,)),
        ),
    ] = PAGE,
) -> None:
    """Parse, ask, write."""
    with guarded():
        to = destination(output, page=True)
        cluster = read(given)
        with counted("Secrets and principals", quiet=given.quiet) as progress:
            answer = cluster.survey(
                namespace=namespace or None,
                certain=certain,
                without=without or (),
                system=system,
                max_secrets=max_secrets,
                max_ways=MOST_ROUTES,
                progress=progress,
                processes=None,
            )
        write(answer.report(), to)
