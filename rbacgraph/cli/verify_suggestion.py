"""``rbacgraph verify-suggestion``: does a saved suggestion hold on a cluster."""

from typing import Annotated

import typer

from rbacgraph.cli import options as o
from rbacgraph.cli.guard import guarded
from rbacgraph.cli.reading import Input, read, takes_input
from rbacgraph.cli.writing import destination, write

DOES_NOT_HOLD = 1

HELP = """Check that a suggestion saved with -o json still holds on a cluster.

Every object that it writes must be as it was when it was suggested, or as it is to be; and the
proof is made again: each needed request is allowed afterwards, each permission is needed, and
nobody holds what was not held before. Exit status 0 is that it holds, 1 that it does not.

\b
Examples:
  rbacgraph suggest --for sa:shop/ci --audit-log audit.log -f dump/ -o suggestion.json
  rbacgraph verify-suggestion suggestion.json -f dump/
  rbacgraph verify-suggestion suggestion.json --context prod
"""


@takes_input()
def command(
    *,
    given: Input,
    suggestion: Annotated[
        str, typer.Argument(metavar="FILE", help="What suggest -o json wrote.", show_default=False)
    ],
    no_effect: Annotated[
        bool,
        typer.Option("--no-effect", help="Do not tell who reaches which Secrets before and after."),
    ] = False,
    output: o.Output = "table",
) -> None:
    """Parse, ask, render."""
    with guarded():
        to = destination(output)
        o.only_one_reads_stdin({"FILE": [suggestion], "-f": given.filename})
        answer = read(given).verify_suggestion(suggestion, effect=not no_effect)
        write(answer.report(), to)
        if not answer.result.holds:
            raise typer.Exit(DOES_NOT_HOLD)
