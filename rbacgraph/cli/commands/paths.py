"""``rbacgraph paths``: every way to a Secret."""

from typing import Annotated

import typer

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import guarded, note
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import UsageError

HELP = """Show every way to a Secret, with its evidence.

Least effort first. For every principal: the certain path of the lowest effort found,
and the conditional one where that takes less or is the only one. Each hop is a technique
(rbacgraph explain EDGE has its page) with the binding, the rule of the role (rules[0]
is the first) and the file and line where they stand. Principals with the same way are
one entry; -o wide lists them all, -o json never folds.

\b
Examples:
  rbacgraph paths shop/db-credentials -f dump/
  rbacgraph paths --secret db-credentials --from sa:shop/ci -f dump.json
  rbacgraph paths --secret 'payments/*' --without read-secret -f dump/ -o paths.md
"""


SETTINGS = o.POSITIONALS


@takes_input()
def command(
    context: typer.Context,
    *,
    given: Input,
    secret: Annotated[
        str,
        typer.Option(
            "--secret",
            metavar="NAMESPACE/NAME",
            help="The Secret, also without --secret; NAME alone if only one has it; * and ? match "
            "many.  [required]",
            show_default=False,
        ),
    ] = "",
    namespace: o.Namespace = "",
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="PRINCIPAL",
            help="Start here only: sa:NS/NAME, user:NAME, group:NAME, pod:NS/NAME, node:NAME, "
            "or me (live).",
        ),
    ] = None,
    max_paths: o.MaxPaths = None,
    max_hops: o.MaxHops = None,
    via: o.Via = None,
    without: o.Without = None,
    certain: o.Certain = False,
    system: o.System = False,
    output: o.DrawnOutput = "table",
) -> None:
    """Parse, ask, render."""
    with guarded():
        to = destination(output, drawn=True)
        secret = o.required("--secret", secret, context.args, example="NAMESPACE/NAME")
        asked = in_namespace(secret, namespace)
        cluster = read(given)
        answer = cluster.paths(
            secret=asked,
            source=source,
            max_paths=max_paths,
            max_hops=max_hops,
            certain=certain,
            via=via or (),
            without=without or (),
            system=system,
        )
        if not given.quiet:
            for text in answer.basis.notes:
                note(text)
        write(answer.report(), to)


def in_namespace(secret: str, namespace: str) -> str:
    """Return a Secret with the namespace of ``-n``, if its name has none."""
    if not namespace:
        return secret
    own, slash, _ = secret.rpartition("/")
    if slash and own != namespace:
        raise UsageError(f"--secret {secret} and -n {namespace} name different namespaces")
    return secret if slash else f"{namespace}/{secret}"
