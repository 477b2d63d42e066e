"""``rbacgraph verify``: whether a live server agrees about direct rights."""

from typing import Annotated

import typer

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import guarded
from rbacgraph.cli.shared.load_options import Input, of_files, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.cli.shared.progress import counted

DISAGREES = 1

HELP = """Ask a live server whether it sees direct rights as rbacgraph does.

rbacgraph asks the API server by SubjectAccessReview about a sample of claims, that something is
allowed and that it is not, on all users, groups and ServiceAccounts that the cluster or a binding
names. Exit status 0 is agreement, 1 at least one disagreement. Where the cluster did not show all
roles and bindings, nothing is claimed to be refused. With -f the claims are those of a dump or
snapshot, and the cluster of the context is asked. This needs the right to create
subjectaccessreviews, and changes nothing.

\b
Examples:
  rbacgraph verify
  rbacgraph verify --context prod --sample 1000 --seed 7
  rbacgraph verify -f cluster.json.zst -o json
  rbacgraph verify --all --qps 200
"""


@takes_input()
def command(
    *,
    given: Input,
    sample: Annotated[
        int, typer.Option("--sample", min=1, metavar="N", help="How many claims to ask about.")
    ] = 200,
    every: Annotated[
        bool, typer.Option("--all", help="Ask about all claims that make a difference.")
    ] = False,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Another seed draws another sample.")
    ] = 0,
    output: o.Output = "table",
) -> None:
    """Parse, ask, render."""
    with guarded():
        to = destination(output)
        cluster = read(of_files(given) if given.filename else given)
        with counted("answers", quiet=given.quiet) as progress:
            answer = cluster.verify(
                sample=None if every else sample,
                seed=seed,
                context=given.kube_context,
                kubeconfig=given.kubeconfig,
                connect_as=given.connect_as,
                connect_as_groups=given.connect_as_group or (),
                timeout=given.timeout,
                qps=given.qps,
                burst=given.burst,
                progress=progress,
            )
        write(answer.report(), to)
        if answer:
            raise typer.Exit(DISAGREES)
