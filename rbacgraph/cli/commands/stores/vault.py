"""``rbacgraph vault``: questions to the policies of Vault and OpenBao, and dumps of them."""

from collections.abc import Callable

import click
from click.exceptions import Exit

from rbacgraph.cli.commands.arguments.suspicious_arguments import user_doubt, vault_path_doubt
from rbacgraph.cli.commands.input.snapshot import check_snapshot_path
from rbacgraph.cli.commands.requests.can_i import NO, UNKNOWN
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.complete_names import complete_principals
from rbacgraph.cli.shared.error_handling import note
from rbacgraph.cli.shared.load_options import Input, read, report, takes_input
from rbacgraph.cli.shared.output_option import destination, printing, write
from rbacgraph.errors import UsageError
from rbacgraph.model.principal import username
from rbacgraph.report.text.format_names import DATA, TEXTS

HELP = """Ask what the policies of Vault or OpenBao allow, or take a dump of them.

\b
Examples:
  rbacgraph vault policy | vault policy write rbacgraph -
  rbacgraph vault dump -o vault.json
  rbacgraph vault can-i GET kv/data/prod/db --as sa:shop/api -f dump/ -f vault.json
  rbacgraph vault suggest -f dump/ -f vault.json
"""

_APPLIED = ("hcl", "sh")

CAN_I_HELP = """Decide whether a ServiceAccount may send a request to Vault.

The ServiceAccount logs in to every role of auth/kubernetes and auth/jwt in the dump that admits
it. rbacgraph decides by the policies of each as the server does. Exit status 0 is yes, 1 is no,
3 is unknown: the dump lacks something that decides.

METHOD is GET, LIST, PUT, POST, PATCH or DELETE; PATH is what follows /v1/, or vault:PATH as
rbacgraph names it. A secret of KV version 2 is at MOUNT/data/PATH.

\b
Examples:
  rbacgraph vault can-i GET kv/data/prod/db --as sa:shop/api -f dump/
  rbacgraph vault can-i LIST kv/metadata --as sa:shop/api -f dump/ --vault-mount kubernetes=this
"""

POLICY_HELP = """Print the smallest policy by which rbacgraph vault dump sees everything.

It allows reading policies, mounts, roles, groups and the names of secrets, and no value of one.

\b
Examples:
  rbacgraph vault policy | vault policy write rbacgraph -
"""

DUMP_HELP = """Take a dump of a live Vault or OpenBao, without the value of any secret.

The server is that of VAULT_ADDR, the token that of VAULT_TOKEN or of vault login. rbacgraph
names on standard error what the server refuses. Needs the extra: pip install 'rbacgraph[vault]'.

\b
Examples:
  rbacgraph vault dump -o vault.json
  rbacgraph vault dump --address https://vault.example.com:8200 --namespace team -o vault.json
"""


@click.argument("method", metavar="METHOD", help="GET, LIST, PUT, POST, PATCH or DELETE.")
@click.argument("path", metavar="PATH", help="What follows /v1/, or vault:PATH.")
@o.option(
    *("--as", "user"),
    default="",
    metavar="sa:NS/NAME",
    help="The ServiceAccount.",
    shell_complete=complete_principals,
)
@o.output()
@takes_input("groups", "operators", "values", "no_bootstrap", "vault_address")
def can_i(given: Input, *, method: str, path: str, user: str, output: str) -> None:
    """Parse, ask, render."""
    to = destination(output)
    if not user:
        raise UsageError("no ServiceAccount given", advice="add --as sa:NAMESPACE/NAME")
    from rbacgraph.report.answer_formats import report_of

    cluster = read(given)
    decision = cluster.vault_can_i(method, path, user=user)
    if not given.quiet:
        note(user_doubt(cluster.snapshot, username(user)))
        note(vault_path_doubt(cluster.snapshot, path))
    write(report_of(decision), to)
    if not decision:
        raise Exit(UNKNOWN if decision.unknown else NO)


def policy() -> None:
    """Print the policy."""
    from rbacgraph.api.functions import vault_policy

    with printing() as stream:
        stream.write(vault_policy().encode())


@o.option("--address", default=None, metavar="URL", help="The server, instead of VAULT_ADDR.")
@o.option(
    "--namespace",
    default=None,
    metavar="NS",
    help="The namespace in which to begin, instead of VAULT_NAMESPACE.",
)
@o.option(
    "-o",
    "--output",
    default="json",
    metavar="json|PATH",
    help="json for standard output, or a file that ends in .json, .json.gz or .json.zst.",
)
@o.flag("-v", "--verbose", help="Print every problem.")
def dump(*, address: str | None, namespace: str | None, output: str, verbose: bool) -> None:
    """Ask, write."""
    check_snapshot_path(output)
    from rbacgraph.api.functions import load_vault

    cluster = load_vault(address, namespace)
    report(cluster.diagnostics, Input(verbose=verbose), place="Vault")
    if output != "json":
        cluster.save(output)
        return
    with printing() as stream:
        cluster.save(stream)


SUGGEST_HELP = """Suggest smaller roles and policies of Vault, each proven by the same evaluator.

What is needed is what objects of the cluster ask for: SecretStores, the Vault Secrets Operator,
SecretProviderClasses and annotations of the Agent Injector, each through the role by which it logs
in. Programs that ask Vault by themselves, and people, are not known: read before you apply.

-o hcl writes the policies, -o sh a script that writes them and the roles.

\b
Examples:
  rbacgraph vault suggest -f dump/ -f vault.json --vault-mount kubernetes=this
  rbacgraph vault suggest -f dump/ --policy shop-read -o hcl | vault policy write shop-read -
  rbacgraph vault suggest -f dump/ -o sh > smaller.sh
"""


@o.option("--policy", "policy_name", default="", metavar="NAME", help="This policy only.")
@o.output(*TEXTS, *DATA, *_APPLIED)
@takes_input()
def suggest(given: Input, *, policy_name: str, output: str) -> None:
    """Parse, ask, render."""
    to = destination(output, more=_APPLIED)
    from rbacgraph.report.answer_formats import report_of

    result = read(given).vault_suggest()
    write(report_of(result.about(policy_name) if policy_name else result), to)


COMMANDS: dict[str, tuple[Callable[..., None], str]] = {
    "can-i": (can_i, CAN_I_HELP),
    "suggest": (suggest, SUGGEST_HELP),
    "policy": (policy, POLICY_HELP),
    "dump": (dump, DUMP_HELP),
}
"""The function and the help of each command."""
