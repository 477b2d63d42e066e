"""``rbacgraph can-read``: whether a principal itself reads a secret, in the cluster or a store."""

import click
from click.exceptions import Exit

from rbacgraph.cli.commands.arguments.suspicious_arguments import user_doubt
from rbacgraph.cli.commands.requests.can_i import NO, UNKNOWN
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.complete_names import complete_principals, complete_secrets
from rbacgraph.cli.shared.error_handling import note
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import UsageError
from rbacgraph.model.principal import username

HELP = """Decide whether a principal reads a secret by its own rights and logins.

A Secret of the cluster is read by get, list or watch. A secret of a Vault with a dump is read as
rbacgraph vault can-i says, one of another store by the logins of the ServiceAccount there.
Exit status 0 is yes, 1 is no, 3 is unknown: the input lacks something that decides. What the
principal could obtain first does not count: rbacgraph paths follows that.

\b
Examples:
  rbacgraph can-read shop/db-credentials --as sa:shop/api -f dump/
  rbacgraph can-read vault:kv/data/prod/db --as sa:shop/api -f dump/ -f vault.json
"""


@click.argument(
    "secret",
    metavar="SECRET",
    help="NAMESPACE/NAME, or a secret of a store, such as vault:PATH.",
    shell_complete=complete_secrets,
)
@o.option(
    *("--as", "user"),
    default="",
    metavar="PRINCIPAL",
    help="sa:NS/NAME; for a Secret of the cluster also a username.",
    shell_complete=complete_principals,
)
@o.output()
@takes_input()
def command(given: Input, *, secret: str, user: str, output: str) -> None:
    """Parse, ask, render."""
    to = destination(output)
    if not user:
        raise UsageError("no principal given", advice="add --as sa:NAMESPACE/NAME or --as USER")
    from rbacgraph.report.answer_formats import report_of

    cluster = read(given)
    decision = cluster.can_read(secret, user=user)
    if not given.quiet:
        note(user_doubt(cluster.snapshot, username(user)))
    write(report_of(decision), to)
    if not decision:
        raise Exit(UNKNOWN if decision.unknown else NO)
