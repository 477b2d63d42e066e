"""``rbacgraph report``: everything as one page."""

from typing import Any

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.cli.shared.progress import counted
from rbacgraph.report.text.format_names import MOST_ROUTES, PAGE

HELP = """Write everything as one HTML page that opens anywhere.

A summary with what to fix first; every Secret with its exposure, every principal with its blast
radius, their paths drawn and listed with the evidence and what closes them; the problems in the
input, assumptions and limits; to search, to filter, to print, by mouse or by keyboard. The page
loads nothing, and holds no value of a Secret. rbacgraph looks for paths to the most exposed
Secrets, as many as --max-secrets says; of the others the page has the counts and the way of the
lowest effort found. On Linux it takes up to four cores.

\b
Examples:
  rbacgraph report -f dump/ -o report.html
  rbacgraph report -n payments --certain -f dump/ -o payments.html
  rbacgraph report --context prod --max-secrets 5000 -o prod.html
"""


@o.namespace("Secrets of this namespace.")
@o.max_secrets(1000)
@o.option(
    "--risks/--no-risks",
    default=None,
    help="Whether to rank the causes of access, which takes long on large clusters.  "
    "[default: up to 20,000 edges]",
)
@o.without
@o.certain
@o.system
@o.output(PAGE, default=PAGE, shown="html, or a file that ends in .html.")
@takes_input()
def command(given: Input, *, namespace: str, output: str, **asked: Any) -> None:
    """Parse, ask, write."""
    to = destination(output, page=True)
    cluster = read(given)
    with counted("Secrets and principals", quiet=given.quiet) as progress:
        answer = cluster.survey(
            namespace=namespace or None,
            max_ways=MOST_ROUTES,
            progress=progress,
            **asked,
        )
        write(answer.report(), to)  # finds the paths while it writes
