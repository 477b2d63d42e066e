"""``rbacgraph aws``: how to dump an account of AWS, and questions to its policies."""

import json
from collections.abc import Callable

import click
from click.exceptions import Exit

from rbacgraph.cli.commands.arguments.suspicious_arguments import user_doubt
from rbacgraph.cli.commands.requests.can_i import NO, UNKNOWN
from rbacgraph.cli.commands.stores.cloud_scripts import aws_actions, prints, script_of
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.complete_names import complete_principals
from rbacgraph.cli.shared.error_handling import note
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import UsageError
from rbacgraph.model.principal import username

HELP = """Dump an account of AWS, or ask what its policies allow.

\b
Examples:
  rbacgraph aws policy > policy.json
  rbacgraph aws commands > aws.sh; REGIONS=eu-west-1 sh aws.sh
  rbacgraph aws can-i secretsmanager:GetSecretValue aws:secretsmanager/shop/db --as sa:shop/api -f .
"""

COMMANDS_HELP = """Print a shell script that dumps an account of AWS with its command line.

It writes aws/ACCOUNT/ below the current folder, with the answers of calls that only read, and no
value of a secret. REGIONS names the regions, otherwise it is the one of aws configure.

\b
Examples:
  rbacgraph aws commands > aws.sh; REGIONS="eu-west-1 us-east-1" sh aws.sh
"""

POLICY_HELP = """Print the smallest policy of IAM for the script of rbacgraph aws commands.

\b
Examples:
  rbacgraph aws policy > policy.json
  aws iam create-policy --policy-name rbacgraph --policy-document file://policy.json
"""

CAN_I_HELP = """Decide whether a ServiceAccount may do something in AWS, by a dump of the account.

It asks each role that lets the ServiceAccount in, and those that these may assume. Exit status 0 is
yes, 1 is no, 3 is unknown: the dump does not settle a key or lacks something that decides.

ACTION is that of a policy, such as kms:Decrypt; RESOURCE is an ARN, or aws:SERVICE/NAME for a
secret. For the value of a secret its key has to be usable as well.

\b
Examples:
  rbacgraph aws can-i secretsmanager:GetSecretValue aws:secretsmanager/shop/db --as sa:shop/api -f .
  rbacgraph aws can-i sts:AssumeRole arn:aws:iam::111122223333:role/admin --as sa:shop/api -f .
"""


@click.argument("action", metavar="ACTION", help="As in a policy: kms:Decrypt.")
@click.argument("resource", metavar="RESOURCE", help="An ARN, or aws:SERVICE/NAME for a secret.")
@o.option(
    *("--as", "user"),
    default="",
    metavar="sa:NS/NAME",
    help="The ServiceAccount.",
    shell_complete=complete_principals,
)
@o.output()
@takes_input("groups", "operators", "values", "no_bootstrap", "vault_address")
def can_i(given: Input, *, action: str, resource: str, user: str, output: str) -> None:
    """Parse, ask, render."""
    to = destination(output)
    if not user:
        raise UsageError("no ServiceAccount given", advice="add --as sa:NAMESPACE/NAME")
    from rbacgraph.report.answer_formats import report_of

    cluster = read(given)
    decision = cluster.aws_can_i(action, resource, user=user)
    if not given.quiet:
        note(user_doubt(cluster.snapshot, username(user)))
    write(report_of(decision), to)
    if not decision:
        raise Exit(UNKNOWN if decision.unknown else NO)


def _policy() -> str:
    statement = {"Effect": "Allow", "Action": aws_actions(), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2) + "\n"


COMMANDS: dict[str, tuple[Callable[..., None], str]] = {
    "commands": (prints(lambda: script_of("aws")), COMMANDS_HELP),
    "policy": (prints(_policy), POLICY_HELP),
    "can-i": (can_i, CAN_I_HELP),
}
"""The function and the help of each command."""
