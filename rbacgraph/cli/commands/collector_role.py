"""``rbacgraph collector-role``: the rights to collect a live cluster."""

from typing import Annotated

import typer

from rbacgraph.cli.shared.error_handling import guarded
from rbacgraph.cli.shared.output_option import printing

HELP = """Print the smallest ClusterRole by which rbacgraph sees a whole live cluster.

It lets list the kinds that rbacgraph reads, and change nothing. It leaves Secrets out, because
listing them reads them all: rbacgraph then infers those that something refers to. With
--with-secrets they are listed too.

\b
Examples:
  rbacgraph collector-role | kubectl apply -f -
  rbacgraph collector-role --with-secrets > role.yaml
"""


def command(
    *,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="List Secrets, which reads them all.")
    ] = False,
) -> None:
    """Print the role."""
    with guarded():
        from rbacgraph.api.functions import collector_role

        with printing() as stream:
            stream.write(collector_role(with_secrets=with_secrets).encode())
