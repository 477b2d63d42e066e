"""``rbacgraph exposure``: every Secret, with the number of principals that reach it."""

from pathlib import Path
from typing import Any

import click

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import UsageError
from rbacgraph.model.answers.groupings import GROUPINGS

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
  rbacgraph exposure --by binding -f dump/
  kubectl get secrets,sa,pods,deploy,sts,ds,cj,jobs,nodes,ns,quota,pv,pvc,sc,\\
csidrivers,svc,endpointslices,ing,ingressclasses,netpol,roles,rolebindings,\\
clusterroles,clusterrolebindings -A -o json | rbacgraph exposure -f -
"""


@click.argument("words", nargs=-1, metavar="")
@o.namespace()
@o.option(
    "--by",
    default="",
    metavar="WHAT",
    help="Group who reaches what: by principal, namespace, technique (the last of a path) or "
    "binding (what it gives by itself).",
    shell_complete=o.completed(GROUPINGS),
)
@o.without
@o.certain
@o.system
@o.output()
@takes_input()
def command(
    given: Input, *, words: tuple[str, ...], namespace: str, by: str, output: str, **asked: Any
) -> None:
    """Parse, ask, render."""
    if words:
        said = f"exposure takes no argument, and {words[0]!r} is given"
        raise UsageError(said, advice=_meant(words[0]))
    to = destination(output)
    if by and by not in GROUPINGS:
        advice = f"choose one of {', '.join(GROUPINGS)}"
        raise UsageError(f"{by!r} is not a value of --by", advice=advice)
    cluster, where = read(given), namespace or None
    answer = cluster.exposure_by(by, where, **asked) if by else cluster.exposure(where, **asked)
    write(answer.report(), to)


def _meant(word: str) -> str:
    """Return what a word is an option for: a Secret, a file or a namespace."""
    if "/" in word and not Path(word).exists():
        return f"paths shows who gets at a Secret: rbacgraph paths {word}"
    if Path(word).exists():
        return f"name a file or folder by -f: rbacgraph exposure -f {word}"
    return f"name a namespace by -n: rbacgraph exposure -n {word}"
