"""``rbacgraph encryption``: what an EncryptionConfiguration does, and what it leaves plain."""

from typing import Annotated

import typer

from rbacgraph.cli import options as o
from rbacgraph.cli.guard import guarded
from rbacgraph.cli.output import UNUSABLE
from rbacgraph.cli.reading import Input, read
from rbacgraph.cli.writing import destination, write
from rbacgraph.errors import UsageError

HELP = """Show how each resource is encrypted at rest.

Reads FILE, the EncryptionConfiguration of --encryption-provider-config, as the API server
does, and says which provider writes Secrets, ConfigMaps, whatever the file names and all
else, whether plaintext may remain, and what is wrong. With -f also whether the API servers
of a dump use such a file at all; FILE may then be left out. No key is ever printed. Exit
status 2 where the API server would refuse the file.

\b
Examples:
  rbacgraph encryption enc.yaml
  rbacgraph encryption enc.yaml -f dump/ -o json
  rbacgraph encryption -f /etc/kubernetes/manifests/kube-apiserver.yaml
  ssh node sudo cat /etc/kubernetes/enc.yaml | rbacgraph encryption -
"""


def command(
    file: Annotated[
        str,
        typer.Argument(
            metavar="[FILE]",
            help="EncryptionConfiguration in YAML or JSON; - is standard input.",
        ),
    ] = "",
    *,
    filename: o.Filename = None,
    resource: Annotated[
        list[str] | None,
        typer.Option(
            "--resource",
            metavar="RESOURCE[.GROUP]",
            help="Tell about this resource too. May be repeated.",
        ),
    ] = None,
    output: o.Output = "table",
    kubernetes_version: o.KubernetesVersion = None,
    strict: o.Strict = False,
    verbose: o.Verbose = False,
    quiet: o.Quiet = False,
) -> None:
    """Parse, ask, render."""
    with guarded():
        to = destination(output)
        if not file and not filename:
            raise UsageError(
                "nothing to read: give an EncryptionConfiguration, or -f for API servers",
                advice="the file is that of the API server's --encryption-provider-config",
            )
        if file == "-" and "-" in (filename or ()):
            raise UsageError("standard input cannot be both FILE and -f")
        reading = Input(
            filename=filename,
            kubernetes_version=kubernetes_version,
            no_bootstrap=True,
            strict=strict,
            verbose=verbose,
            quiet=quiet,
        )
        if filename:
            answer = read(reading).encryption(file or None, resources=resource or ())
        else:
            from rbacgraph.cluster import encryption

            answer = encryption(
                file, resources=resource or (), kubernetes_version=kubernetes_version
            )
        write(answer.report(), to)
        if answer.loads is False:
            raise typer.Exit(UNUSABLE)
