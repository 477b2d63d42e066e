"""``rbacgraph admins``: who is effectively cluster-admin."""

from typing import Any

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write

HELP = """Show who is effectively cluster-admin, and how.

That is every user, group and ServiceAccount that gets full control of the cluster: by its own
bindings, or by a path of techniques to an identity or a role that has it, to group
system:masters, or to a node of the control plane. HOW is the way of the lowest effort found, BY
the binding with which it begins. Members of a group are not listed next to it. Those who need a
condition, operators that need it by design, and the control plane's own identities stand apart.
--explain N shows a line with the evidence of each hop; -o wide shows all lines so.

\b
Examples:
  rbacgraph admins -f dump/
  rbacgraph admins -f dump/ --explain 3
  rbacgraph admins --certain -f dump/ -o wide
  rbacgraph admins -f dump/ -o json
"""


@o.without
@o.certain
@o.system
@o.output()
@o.explain
@takes_input()
def command(given: Input, *, output: str, explain: tuple[int, ...], **asked: Any) -> None:
    """Parse, ask, render."""
    to = destination(output, explain=explain)
    answer = read(given).admins(**asked)
    write(answer.report(), to)
