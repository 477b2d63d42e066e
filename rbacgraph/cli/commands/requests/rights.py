"""``rbacgraph rights``: what one principal may do, by which bindings."""

from rbacgraph.cli.commands.arguments.suspicious_arguments import namespace_doubt
from rbacgraph.cli.commands.requests.can_i import impersonated_groups
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.complete_names import complete_principals
from rbacgraph.cli.shared.error_handling import note, notes
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write

HELP = """Show what a principal may do, by which binding, role and rule.

One row per rule: equal rules of several bindings are one. The rights of its groups count too:
those that authentication gives, and those of --groups; --as-group replaces them. OPENS are the
techniques that rest on the rule, alone or with other rules of the principal; a ? marks those that
are conditional. What rights lead to is the answer of reach.

\b
Examples:
  rbacgraph rights sa:shop/ci -f dump/
  rbacgraph rights user:alice -n shop -f dump/ --groups groups.yaml
  rbacgraph rights group:system:authenticated -f dump/ -o wide
"""


@o.words("PRINCIPAL", "--from")
@o.option(
    *("--from", "source"),
    metavar="PRINCIPAL",
    help="sa:NS/NAME, user:NAME, group:NAME, kubelet:NODE, or me (live).  [required]",
    shell_complete=complete_principals,
)
@o.namespace("Only what holds in this namespace.")
@o.several("--as-group", metavar="GROUP", help="Group of the user. May be repeated.")
@o.output()
@takes_input()
def command(
    given: Input,
    *,
    words: tuple[str, ...],
    source: str | None,
    namespace: str,
    as_group: tuple[str, ...],
    output: str,
) -> None:
    """Parse, ask, render."""
    to = destination(output)
    principal = o.required("--from", source, words, example="sa:NAMESPACE/NAME")
    cluster = read(given)
    groups = impersonated_groups(as_group)
    answer = cluster.rights(principal, namespace=namespace, groups=groups)
    notes(answer.basis.notes, quiet=given.quiet)
    if not given.quiet:
        note(namespace_doubt(cluster.snapshot, namespace))
    write(answer.report(), to)
