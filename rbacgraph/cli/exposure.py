"""``rbacgraph exposure``: every Secret, and how many get at it."""

from rbacgraph.cli import options as o
from rbacgraph.cli.guard import guarded
from rbacgraph.cli.reading import Input, read
from rbacgraph.cli.writing import destination, write

HELP = """Show every Secret and how many get at it.

The most exposed first. CERTAIN counts the principals with a path that depends on
nothing else, CONDITIONAL those whose every path depends on a condition, MEMBERS those
that get there only as members of a group that is counted once. OPENED BY are the last
techniques of all paths, CHEAPEST PATH where an intruder would begin. Secrets that the
input only refers to are marked inferred; the input may hold no Secrets at all.

\b
Examples:
  rbacgraph exposure -f dump/
  rbacgraph exposure -n payments --certain -f dump/ -o csv
  kubectl get secrets,sa,pods,deploy,sts,ds,cj,jobs,nodes,ns,pv,roles,rolebindings,\\
clusterroles,clusterrolebindings -A -o json | rbacgraph exposure -f -
"""


def command(
    *,
    filename: o.Filename = None,
    namespace: o.Namespace = "",
    without: o.Without = None,
    certain: o.Certain = False,
    system: o.System = False,
    output: o.Output = "table",
    groups: o.Groups = None,
    kubernetes_version: o.KubernetesVersion = None,
    default_namespace: o.DefaultNamespace = "default",
    no_bootstrap: o.NoBootstrap = False,
    strict: o.Strict = False,
    verbose: o.Verbose = False,
    quiet: o.Quiet = False,
) -> None:
    """Parse, ask, render."""
    with guarded():
        to = destination(output)
        cluster = read(
            Input(
                filename,
                groups,
                kubernetes_version,
                default_namespace,
                no_bootstrap,
                strict,
                verbose,
                quiet,
            )
        )
        answer = cluster.exposure(
            namespace=namespace or None,
            certain=certain,
            without=without or (),
            system=system,
        )
        write(answer.report(), to)
