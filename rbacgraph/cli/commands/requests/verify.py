"""``rbacgraph verify``: whether a live server agrees about direct rights."""

import click
from click.exceptions import Exit

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import notes
from rbacgraph.cli.shared.load_options import Input, of_files, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.cli.shared.progress import counted
from rbacgraph.cli.shared.stdio import UNUSABLE

DISAGREES = 1

HELP = """Ask a live server whether it sees direct rights as rbacgraph does.

rbacgraph asks the API server by SubjectAccessReview about a sample of claims, that something
is allowed and that it is not, on all users, groups and ServiceAccounts that the cluster or a
binding names. --all plans the claims instead: one is wrong wherever the server differs in one
binding, one subject or one word of a rule. Exit status 0: the server agrees; 1: it disagrees
at least once; 2: it agrees, but did not answer some claims. Where the cluster did not show all
roles and bindings, rbacgraph claims no refusals. With -f the claims are those of a dump or
snapshot, and rbacgraph asks the cluster of the context. You need the right to create
subjectaccessreviews; verify changes nothing.

\b
Examples:
  rbacgraph verify
  rbacgraph verify --context prod --sample 1000 --seed 7
  rbacgraph verify -f cluster.json.zst -o json
  rbacgraph verify --all --qps 200 --resume answers.jsonl
"""


@o.option(
    "--sample",
    type=click.IntRange(min=1),
    default=200,
    metavar="N",
    help="How many claims to ask about.",
)
@o.flag("--all", "every", help="Ask about every binding, subject, rule and scope.")
@o.option(
    "--resume",
    metavar="FILE",
    help="Keep the answers in FILE, and ask only for those that it does not hold yet.",
)
@o.option("--seed", type=int, default=0, metavar="N", help="Another seed draws another sample.")
@o.output()
@takes_input()
def command(
    given: Input, *, sample: int, every: bool, resume: str | None, seed: int, output: str
) -> None:
    """Parse, ask, render."""
    to = destination(output)
    cluster = read(of_files(given) if given.filename else given)
    from rbacgraph.report.answers.verify import interrupted_text, start_text

    with counted("answers", quiet=given.quiet, verbose=given.verbose) as progress:
        try:
            answer = cluster.verify(
                sample=None if every else sample,
                seed=seed,
                resume=resume,
                planned=lambda start: notes(start_text(start, resume), quiet=given.quiet),
                progress=progress,
                **given.server,
            )
        except KeyboardInterrupt:
            notes([interrupted_text(resume)] if resume else [], quiet=given.quiet)
            raise
    write(answer.report(), to)
    if answer:
        raise Exit(DISAGREES)
    if answer.unanswered:
        raise Exit(UNUSABLE)
