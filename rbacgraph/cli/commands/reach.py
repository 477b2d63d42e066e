"""``rbacgraph reach``: the blast radius of one source."""

from typing import Annotated

import typer

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import guarded, note
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write

HELP = """Show the blast radius of a principal, Pod or Node.

Every Secret and identity that it reaches, with the certain path of the
lowest effort found, and the conditional one where that takes less or is the only one. A
group stands for any of its members. Targets with the same way are one entry; -o wide
lists them all.

\b
Examples:
  rbacgraph reach --from sa:shop/ci -f dump/
  rbacgraph reach --from group:system:authenticated --certain -f dump/
  rbacgraph reach --from pod:shop/api-7d9f -f dump/ -o csv
"""


SETTINGS = o.POSITIONALS


@takes_input()
def command(
    context: typer.Context,
    *,
    given: Input,
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="PRINCIPAL",
            help="sa:NS/NAME, user:NAME, group:NAME, pod:NS/NAME, node:NAME, or me (live)."
            "  [required]",
            show_default=False,
        ),
    ] = "",
    max_hops: o.MaxHops = None,
    via: o.Via = None,
    without: o.Without = None,
    certain: o.Certain = False,
    output: o.DrawnOutput = "table",
) -> None:
    """Parse, ask, render."""
    with guarded():
        to = destination(output, drawn=True)
        source = o.required("--from", source, context.args, example="sa:NAMESPACE/NAME")
        cluster = read(given)
        answer = cluster.reach(
            source=source,
            max_hops=max_hops,
            certain=certain,
            via=via or (),
            without=without or (),
        )
        if not given.quiet:
            for text in answer.basis.notes:
                note(text)
        write(answer.report(), to)
