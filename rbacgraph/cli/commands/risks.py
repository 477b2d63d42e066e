"""``rbacgraph risks``: the causes of access, ranked, and the changes that close them."""

from typing import Any

import click

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write

HELP = """Rank the causes of access to Secrets: what to fix first.

A cause is what one change to one object takes away: the subjects of a binding, rules of a role,
settings of a Pod, a lasting token Secret. SEVERITY is what it opens, by who can start: see
docs/risks.md for the scale. OPENS is what lies behind it, by the way of the lowest effort found.
ALONE is what goes away if this cause alone is closed: pairs of a principal and a Secret, and
principals with full control of the cluster; -0 where second ways remain. What operators need by
design stands apart.

\b
Examples:
  rbacgraph risks -f dump/
  rbacgraph risks --top 5 -f dump/ -o wide
  rbacgraph risks --certain -f dump/ -o json
"""


@o.option(
    "--top",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show the first N causes alone.",
)
@o.without
@o.certain
@o.system
@o.output()
@takes_input()
def command(given: Input, *, output: str, **asked: Any) -> None:
    """Parse, ask, render."""
    to = destination(output)
    answer = read(given).risks(**asked)
    write(answer.report(), to)
