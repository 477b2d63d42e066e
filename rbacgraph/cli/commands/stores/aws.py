"""``rbacgraph aws suggest``: what trust and policies admit beyond what is used."""

import json

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import printing
from rbacgraph.errors import UsageError

SUGGEST_HELP = """Find what trust and policies of AWS admit beyond what is used.

Each finding has what to write instead: subjects by the ServiceAccounts that are annotated with the
role, and six question marks for the letters that end an ARN. What is not annotated, such as a
program that takes a role by itself, is not known: read before you apply.

\b
Examples:
  rbacgraph aws suggest -f dump/
  rbacgraph aws suggest -f dump/ -o json
"""


@o.option(
    "-o",
    "--output",
    default="table",
    metavar="table|json",
    help="Lines of text, or JSON.",
)
@takes_input("groups", "operators", "values", "no_bootstrap", "vault_address")
def suggest(given: Input, *, output: str) -> None:
    """Parse, ask, render."""
    if output not in {"table", "json"}:
        raise UsageError(f"{output} is no format of this command", advice="use table or json")
    found = read(given).aws_suggest()
    fields = ("subject", "finding", "instead", "file", "line")
    rows = [{name: getattr(one, name) for name in fields} for one in found]
    text = (
        json.dumps(rows, indent=2, default=str) if output == "json" else "\n".join(map(str, found))
    )
    with printing() as stream:
        stream.write(f"{text}\n".encode() if text else b"")
