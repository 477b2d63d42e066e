"""``rbacgraph encryption``: what an EncryptionConfiguration encrypts, and what it does not."""

import click
from click.exceptions import Exit

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.cli.shared.stdio import UNUSABLE
from rbacgraph.errors import UsageError

HELP = """Show how each resource is encrypted at rest.

rbacgraph reads FILE, the EncryptionConfiguration of --encryption-provider-config, as the API
server does, and says which provider writes Secrets, ConfigMaps, the other resources of the
file and all else, whether plaintext may remain, and what is wrong. With -f (a dump) or
--context (a live cluster) it also says whether the API servers use such a file at all; you may
then leave FILE out. It never prints a key. Exit status 2: the API server would refuse the
file.

\b
Examples:
  rbacgraph encryption enc.yaml
  rbacgraph encryption enc.yaml -f dump/ -o json
  rbacgraph encryption --context prod
  rbacgraph encryption -f /etc/kubernetes/manifests/kube-apiserver.yaml
  ssh node sudo cat /etc/kubernetes/enc.yaml | rbacgraph encryption -
"""


@click.argument(
    "file",
    default="",
    metavar="[FILE]",
    help="EncryptionConfiguration in YAML or JSON; - is standard input.",
)
@o.option(
    "--resource",
    multiple=True,
    metavar="RESOURCE[.GROUP]",
    help="Show this resource too. May be repeated.",
)
@o.output()
@takes_input(
    "groups",
    "operators",
    "values",
    "default_namespace",
    "no_bootstrap",
    "vault_flavour",
    "oidc_issuer",
    "vault_mount",
    "vault_address",
)
def command(given: Input, *, file: str, resource: tuple[str, ...], output: str) -> None:
    """Parse, ask, render."""
    to = destination(output)
    objects = given.filename or given.kube_context or given.kubeconfig
    if not file and not objects:
        raise UsageError(
            "nothing to read: give an EncryptionConfiguration, or -f or --context",
            advice="the file is that of the API server's --encryption-provider-config",
        )
    if file == "-" and "-" in given.filename:
        raise UsageError("standard input cannot be both FILE and -f")
    if objects:
        reading = given._replace(no_bootstrap=True)
        answer = read(reading).encryption(file or None, resources=resource)
    else:
        from rbacgraph.api.functions import encryption

        answer = encryption(file, resources=resource, kubernetes_version=given.kubernetes_version)
    write(answer.report(), to)
    if answer.loads is False:
        raise Exit(UNUSABLE)
