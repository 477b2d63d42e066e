"""``rbacgraph exposure``: every Secret, with the number of principals that reach it."""

from typing import Any

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write

HELP = """Show every Secret and how many get at it.

The most severe first. OPERATORS counts ServiceAccounts that need all their powers by design,
ADMINS everybody else who gets full control of the cluster and so reaches everything, READERS
the rest; "4 +1" means one more only under a condition. MEMBERS get there only as members of a
group that is counted once. VALUE is what the Secret is worth, SEVERITY follows from it and from
who among the readers is the easiest to become. WHO and HOW are the path of the
lowest effort found, a reader's if there is one. A Secret that the input only refers to is
marked inferred; one that an operator makes names its maker (made by ExternalSecret shop/db).
So the input need not hold Secrets.

\b
Examples:
  rbacgraph exposure -f dump/
  rbacgraph exposure -n payments --certain -f dump/ -o csv
  kubectl get secrets,sa,pods,deploy,sts,ds,cj,jobs,nodes,ns,quota,pv,svc,endpointslices,\\
ing,ingressclasses,netpol,roles,rolebindings,clusterroles,clusterrolebindings \\
-A -o json | rbacgraph exposure -f -
"""


@o.namespace()
@o.without
@o.certain
@o.system
@o.output()
@takes_input()
def command(given: Input, *, namespace: str, output: str, **asked: Any) -> None:
    """Parse, ask, render."""
    to = destination(output)
    answer = read(given).exposure(namespace=namespace or None, **asked)
    write(answer.report(), to)
