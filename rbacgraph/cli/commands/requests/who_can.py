"""``rbacgraph who-can``: direct rights, as Kubernetes decides them."""

from typing import Any

from rbacgraph.cli.commands.arguments.resource_argument import asked_request
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write

HELP = """Show who holds a right directly, and by which rule.

One row per subject and binding. who-can lists a group, not its members, and does not follow
what a right leads to: paths does. Without -n the question is about all namespaces at once.

\b
Examples:
  rbacgraph who-can get secrets/db-credentials -n shop -f dump/
  rbacgraph who-can create pods --subresource exec -n shop -f dump/
  rbacgraph who-can patch deployments.apps web -n shop -f dump/ -o json
"""


@o.request()
@o.output()
@takes_input()
def command(given: Input, *, output: str, **request: Any) -> None:
    """Parse, ask, render."""
    to = destination(output)
    asked = asked_request(**request)
    cluster = read(given)
    answer = cluster.who_can(**asked.request)
    if not given.quiet:
        asked.doubt(cluster.snapshot)
    write(answer.report(), to)
