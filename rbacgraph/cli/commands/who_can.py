"""``rbacgraph who-can``: direct rights, as Kubernetes decides them."""

from typing import Annotated

import typer

from rbacgraph.cli.commands.resource_argument import doubt, hint, parse_target
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import guarded
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import UsageError

HELP = """Show who holds a right directly, and by which rule.

One row per subject and binding; groups are not expanded, and what a right leads to is
not followed (see paths). Without -n the question is about all namespaces at once.

\b
Examples:
  rbacgraph who-can get secrets/db-credentials -n shop -f dump/
  rbacgraph who-can create pods --subresource exec -n shop -f dump/
  rbacgraph who-can patch deployments.apps web -n shop -f dump/ -o json
"""


@takes_input()
def command(
    verb: Annotated[str, typer.Argument(metavar="VERB", help="For example get, list or create.")],
    resource: Annotated[
        str,
        typer.Argument(
            metavar="RESOURCE[.GROUP][/NAME]|/URL", help="The resource, or a URL such as /metrics."
        ),
    ],
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The object's name.")] = "",
    *,
    given: Input,
    namespace: o.Namespace = "",
    all_namespaces: o.AllNamespaces = False,
    subresource: o.Subresource = "",
    output: o.Output = "table",
) -> None:
    """Parse, ask, render."""
    with guarded():
        to = destination(output)
        if namespace and all_namespaces:
            raise UsageError("-n and -A cannot be used together")
        target = parse_target(resource, name)
        cluster = read(given)
        answer = cluster.who_can(
            verb,
            target.resource,
            subresource=subresource,
            namespace=namespace,
            name=target.name,
            path=target.path,
        )
        if not given.quiet:
            hint(target, subresource)
            doubt(cluster, verb, target, namespace, everywhere=all_namespaces)
        write(answer.report(), to)
