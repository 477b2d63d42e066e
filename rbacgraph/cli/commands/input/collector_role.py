"""``rbacgraph collector-role``: the rights to collect a live cluster."""

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.output_option import printing

HELP = """Print the smallest ClusterRole by which rbacgraph sees a whole live cluster.

It allows listing the kinds that rbacgraph reads, and changing nothing. It leaves Secrets out,
because listing them reads them all: rbacgraph then infers those that something refers to.
--with-secrets adds them.

\b
Examples:
  rbacgraph collector-role | kubectl apply -f -
  rbacgraph collector-role --with-secrets > role.yaml
"""


@o.flag("--with-secrets", help="List Secrets, which reads them all.")
def command(*, with_secrets: bool) -> None:
    """Print the role."""
    from rbacgraph.api.functions import collector_role

    with printing() as stream:
        stream.write(collector_role(with_secrets=with_secrets).encode())
