"""``rbacgraph aws``, ``azure`` and ``gcp``: how to dump a cloud, and questions to its policies."""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

import click
from click.exceptions import Exit

from rbacgraph.cli.commands.arguments.suspicious_arguments import user_doubt
from rbacgraph.cli.commands.requests.can_i import NO, UNKNOWN
from rbacgraph.cli.commands.stores import aws
from rbacgraph.cli.commands.stores.cloud_scripts import aws_actions, prints, script_of
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.complete_names import complete_principals
from rbacgraph.cli.shared.error_handling import note
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import UsageError
from rbacgraph.model.principal import username

HELP = """Dump {what}, or ask what its policies allow{by}.

\b
Examples:
  rbacgraph {kind} policy > {file}
  rbacgraph {kind} commands > {kind}.sh; {variable} sh {kind}.sh
  rbacgraph {kind} can-i {action} {secret} --as sa:shop/api -f .
"""

COMMANDS_HELP = """Print a shell script that dumps {what} with {tool}.

It writes {kind}/ID/ below the current folder, with the answers of calls that only read, and no
value of a secret.{regions}

\b
Examples:
  rbacgraph {kind} commands > {kind}.sh; {variable} sh {kind}.sh
"""

POLICY_HELP = """Print the smallest {role} for the script of rbacgraph {kind} commands.

\b
Examples:
  rbacgraph {kind} policy > {file}; {create}
"""

CAN_I_HELP = """Decide whether a ServiceAccount may do something in {title}, by a dump.

It asks each identity that lets the ServiceAccount in, and those that these may become. Exit status
0 is yes, 1 is no, 3 is unknown: the dump does not settle a condition or lacks what decides.
{truth}

\b
Examples:
  rbacgraph {kind} can-i {action} {secret} --as sa:shop/api -f .
"""

_AWS = {
    "kind": "aws",
    "title": "AWS",
    "what": "an account of AWS",
    "tool": "its command line",
    "variable": "REGIONS=eu-west-1",
    "action": "secretsmanager:GetSecretValue",
    "secret": "aws:secretsmanager/shop/db",
    "create": "aws iam create-policy --policy-document file://policy.json ...",
    "by": "",
    "regions": "\nREGIONS names the regions, otherwise it is the one of aws configure.",
    "file": "policy.json",
    "role": "policy of IAM",
    "truth": "For the value of a secret its key has to be usable as well.",
}
_AZURE = {
    "kind": "azure",
    "title": "Azure",
    "what": "a subscription of Azure",
    "tool": "az",
    "variable": "SUBSCRIPTION=ID",
    "action": "Microsoft.KeyVault/vaults/secrets/getSecret/action",
    "secret": "azure:shop-kv/db",
    "create": "az role definition create --role-definition role.json",
    "by": ", by documentation",
    "regions": "",
    "file": "role.json",
    "role": "custom role",
    "truth": "Every answer is by documentation: there is no engine of Azure to ask.",
}
_GCP = {
    "kind": "gcp",
    "title": "Google Cloud",
    "what": "a project of Google Cloud",
    "tool": "gcloud",
    "variable": "PROJECT=ID",
    "action": "secretmanager.versions.access",
    "secret": "gcp:shop-prod/db",
    "create": "gcloud iam roles create rbacgraph --organization ID --file role.json",
    "by": ", by documentation",
    "regions": "",
    "file": "role.json",
    "role": "custom role",
    "truth": "Every answer is by documentation: there is no engine of Google Cloud to ask.",
}


class CloudCommands(NamedTuple):
    """The help of the group about a cloud, and the function and the help of each command."""

    help: str
    commands: dict[str, tuple[Callable[..., None], str]]


def _can_i(kind: str, resource: str) -> Callable[..., None]:
    @click.argument("action", metavar="ACTION", help="As roles and policies name it.")
    @click.argument("resource", metavar="RESOURCE", help=resource)
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
        decision = cluster.cloud_can_i(kind, action, resource, user=user)
        if not given.quiet:
            note(user_doubt(cluster.snapshot, username(user)))
        write(report_of(decision), to)
        if not decision:
            raise Exit(UNKNOWN if decision.unknown else NO)

    return can_i


def _aws_policy() -> str:
    statement = {"Effect": "Allow", "Action": aws_actions(), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2) + "\n"


def _commands(
    words: Mapping[str, str], resource: str, role: Callable[[], str] | None = None
) -> CloudCommands:
    kind = words["kind"]
    return CloudCommands(
        HELP.format(**words),
        {
            "commands": (prints(lambda: script_of(kind)), COMMANDS_HELP.format(**words)),
            "policy": (
                prints(role or (lambda: script_of(kind, "json"))),
                POLICY_HELP.format(**words),
            ),
            "can-i": (_can_i(kind, resource), CAN_I_HELP.format(**words)),
        },
    )


AWS = _commands(_AWS, "An ARN, or aws:SERVICE/NAME for a secret.", _aws_policy)
AWS.commands["suggest"] = (aws.suggest, aws.SUGGEST_HELP)
AZURE = _commands(_AZURE, "azure:VAULT/NAME, or the id of a resource.")
GCP = _commands(_GCP, "gcp:PROJECT/NAME, the address of a service account, or a project's id.")
