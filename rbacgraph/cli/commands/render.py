"""``rbacgraph render``: a picture of paths."""

from typing import Annotated

import typer

from rbacgraph.cli.commands.paths import in_namespace
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import guarded, note
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import UsageError
from rbacgraph.report.text.format_names import PICTURES

HELP = """Draw a picture of the paths: to a Secret, from a principal, or of everything.

Namespaces are frames; each kind has its shape and colour, as the legend says; what the
question is about stands out; an arrow says what can be done, and is dashed where that
depends on a condition. What has the same arrows is one box. So is what differs by the
namespace alone, or goes on alike, where 200 ways do not fit a page else: then arrows say what
"each" can. Point at a box or an arrow of an SVG for full names, who does which, and evidence;
click for the file. Of more than --limit ways those of least effort are drawn, of more Secrets than
--max-secrets says the most exposed; the picture says so.

Drawn by Graphviz: the system's where there is one (pdf needs it), else the one that is
installed along.

\b
Examples:
  rbacgraph render --secret shop/db-credentials -f dump/ -o paths.svg
  rbacgraph render --secret shop/db-credentials --from sa:shop/ci -f dump/ -o paths.png
  rbacgraph render --from sa:shop/ci -f dump/ -o reach.svg
  rbacgraph render -n payments -f dump/ -o payments.pdf
"""


@takes_input()
def command(
    *,
    given: Input,
    secret: Annotated[
        str,
        typer.Option(
            "--secret",
            metavar="NAMESPACE/NAME",
            help="Paths to this Secret; * and ? match many. Without it, all Secrets.",
        ),
    ] = "",
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            "--principal",
            metavar="PRINCIPAL",
            help="Start here only: sa:NS/NAME, user:NAME, group:NAME, pod:NS/NAME, node:NAME, "
            "or me (live). Without --secret and -n, everything that it gets at.",
        ),
    ] = None,
    namespace: Annotated[
        str,
        typer.Option(
            "-n", "--namespace", metavar="NAMESPACE", help="Paths to the Secrets of this namespace."
        ),
    ] = "",
    limit: Annotated[
        int,
        typer.Option(
            "--limit",
            min=1,
            metavar="N",
            help="How many different ways to draw: principals with the same one count once.",
        ),
    ] = 200,
    max_secrets: Annotated[
        int,
        typer.Option(
            "--max-secrets", min=1, metavar="N", help="To how many Secrets to look for paths."
        ),
    ] = 60,
    max_hops: o.MaxHops = None,
    via: o.Via = None,
    without: o.Without = None,
    certain: o.Certain = False,
    system: o.System = False,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FORMAT|PATH",
            help=f"{'|'.join(PICTURES)}, or a file whose suffix names the format.",
            autocompletion=o.completed(PICTURES),
        ),
    ] = "svg",
) -> None:
    """Parse, ask, draw."""
    with guarded():
        to = destination(output, drawn=True)
        if to.format not in PICTURES:
            raise UsageError(
                f"{to.format} is not a picture format",
                advice=f"choose one of {', '.join(PICTURES)}",
            )
        cluster = read(given)
        if source and not secret and not namespace:
            reached = cluster.reach(
                source=source,
                max_hops=max_hops,
                certain=certain,
                via=via or (),
                without=without or (),
            )
            report, notes = reached.report(most=limit), reached.basis.notes
        else:
            found = cluster.paths(
                secret=in_namespace(secret or "*", namespace) if secret or namespace else "*/*",
                source=source,
                max_hops=max_hops,
                certain=certain,
                via=via or (),
                without=without or (),
                system=system,
                max_secrets=max_secrets,
            )
            report, notes = found.report(most=limit), found.basis.notes
        if not given.quiet:
            for text in notes:
                note(text)
        write(report, to)
