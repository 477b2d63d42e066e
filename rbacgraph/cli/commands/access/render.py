"""``rbacgraph render``: a picture of paths."""

from typing import Any

import click

from rbacgraph.cli.commands.access.paths import in_namespace
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import notes
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import UsageError
from rbacgraph.report.text.format_names import PICTURES

HELP = """Draw a picture of the paths: to a Secret, from a principal, or of everything.

Namespaces are frames; each kind has its shape and colour; what the question is about stands out.
An arrow says what can be done: `get secrets *` in every namespace, `get secrets in shop`, or the
technique's id. The darker and wider, the less effort; dashed depends on a condition. One hub
stands for all Secrets where somebody gets all of them alike, and nodes with the same arrows share
a box. From four namespaces on, where the picture does not fit on a page, what is in a namespace is
one box: -n draws it in full. Point at a box or an arrow of an SVG for full names, who does which,
and evidence; click for the file. Of more than --limit ways those of least effort are drawn, of more
Secrets than --max-secrets says the most exposed. Below the picture stands what it leaves out.

Graphviz draws it: the system's if there is one (pdf needs it), else the one that comes with
rbacgraph.

\b
Examples:
  rbacgraph render shop/db-credentials -f dump/ -o paths.svg
  rbacgraph render vault:kv/data/prod/db -f dump/ -o paths.svg
  rbacgraph render --secret shop/db-credentials --from sa:shop/ci -f dump/ -o paths.png
  rbacgraph render --from sa:shop/ci -f dump/ -o reach.svg
  rbacgraph render -n payments -f dump/ -o payments.pdf
"""


@o.words("NAMESPACE/NAME", "--secret")
@o.secret(
    "Paths to this Secret, also without --secret; * and ? match many; vault:PATH and so on for one"
    " in a store outside. Without it, all Secrets."
)
@o.source("--principal", more=" Without --secret and -n, everything that it gets at.")
@o.namespace("Paths to the Secrets of this namespace.")
@o.option(
    "--limit",
    type=click.IntRange(min=1),
    default=200,
    metavar="N",
    help="How many different ways to draw: the right of a principal to many Secrets is one.",
)
@o.max_secrets(60)
@o.via
@o.without
@o.certain
@o.system
@o.output(*PICTURES, default="svg")
@takes_input()
def command(
    given: Input,
    *,
    words: tuple[str, ...],
    secret: str,
    source: str | None,
    namespace: str,
    limit: int,
    max_secrets: int,
    system: bool,
    output: str,
    **asked: Any,
) -> None:
    """Parse, ask, draw."""
    to = destination(output, drawn=True)
    if to.format not in PICTURES:
        raise UsageError(
            f"{to.format} is not a picture format",
            advice=f"choose one of {', '.join(PICTURES)}",
        )
    secret = o.given(secret, words)
    cluster = read(given)
    if source and not secret and not namespace:
        reached = cluster.reach(source=source, **asked)
        drawing, basis = reached.report(most=limit), reached.basis
    else:
        found = cluster.paths(
            secret=in_namespace(secret or "*", namespace) if secret or namespace else "*/*",
            source=source,
            system=system,
            max_secrets=max_secrets,
            **asked,
        )
        drawing, basis = found.report(most=limit), found.basis
    notes(basis.notes, quiet=given.quiet)
    write(drawing, to)
