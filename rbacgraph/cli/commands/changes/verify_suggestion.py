"""``rbacgraph verify-suggestion``: whether a saved suggestion holds on a cluster."""

import click
from click.exceptions import Exit

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.load_options import Input, of_files, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.cli.shared.progress import counted
from rbacgraph.errors import UsageError

DOES_NOT_HOLD = 1

HELP = """Check that a suggestion or a cut saved with -o json still holds on a cluster.

Every object that the suggestion changes must be as it was then, or already as suggested.
rbacgraph proves the suggestion again: afterwards each needed request is allowed, each
permission is needed, and nobody gains a right. Of a cut it proves that nobody else reaches the
Secret, and says whether fewer changes are enough here. With --server it asks the API server
whether it allows today what must stay allowed (SubjectAccessReview), and whether it would
write the objects (dry run): this changes nothing. Exit status 0: it holds; 1: it does not.

\b
Examples:
  rbacgraph suggest --for sa:shop/ci --audit-log audit.log -f dump/ -o suggestion.json
  rbacgraph verify-suggestion suggestion.json -f dump/
  rbacgraph verify-suggestion suggestion.json --context prod --server
  rbacgraph verify-suggestion cut.json -f dump/
"""


@click.argument("suggestion", metavar="FILE", help="What suggest -o json or cut -o json wrote.")
@o.flag(
    "--server",
    help="Ask the live cluster too: is what must stay allowed allowed today, and would it "
    "write the objects (dry run).",
)
@o.no_effect
@o.output()
@takes_input()
def command(given: Input, *, suggestion: str, server: bool, no_effect: bool, output: str) -> None:
    """Parse, ask, render."""
    to = destination(output)
    if suggestion == "-" and "-" in given.filename:
        raise UsageError("standard input cannot be both FILE and -f")
    cluster = read(of_files(given) if server and given.filename else given)
    with counted("answers", quiet=given.quiet or not server) as progress:
        answer = cluster.verify_suggestion(
            suggestion,
            effect=not no_effect,
            server=server,
            progress=progress,
            **given.server,
        )
    write(answer.report(), to)
    if not answer.result.holds:
        raise Exit(DOES_NOT_HOLD)
