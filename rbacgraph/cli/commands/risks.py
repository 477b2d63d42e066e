"""``rbacgraph risks``: the causes of access, ranked, and the changes that close them."""

from typing import TYPE_CHECKING, Any

import click

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import notes
from rbacgraph.cli.shared.load_options import Input, only_one_reads_stdin, read, report, takes_input
from rbacgraph.cli.shared.output_option import Destination, destination, write
from rbacgraph.errors import UsageError

if TYPE_CHECKING:
    from rbacgraph.api.cluster import Cluster

HELP = """Rank the causes of access to Secrets: what to fix first.

A cause is what one change to one object takes away: the subjects of a binding, rules of a role,
settings of a Pod, a lasting token Secret. SEVERITY is what it opens, by who can start: see
docs/risks.md for the scale. OPENS is what lies behind it, by the way of the lowest effort found.
ALONE is what goes away if this cause alone is closed: pairs of a principal and a Secret, and
principals with full control of the cluster; -0 where second ways remain. What operators need by
design stands apart.

--fix shows the change that closes a cause, what is left in the changed cluster, and who loses
what; with --keep-usage also which requests of an audit log would be denied. -o yaml writes only
the manifests to apply. --fix-set finds the causes that remove most if they are closed together.

\b
Examples:
  rbacgraph risks -f dump/
  rbacgraph risks --top 5 -f dump/ -o wide
  rbacgraph risks --fix 3 -f dump/ -o yaml
  rbacgraph risks --fix-set 5 -f dump/
"""


@o.option(
    "--top",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show the first N causes alone.",
)
@o.several(
    "--fix",
    metavar="N|ID",
    help="Show the change that closes this cause: its number in the list, or its id. May be "
    "repeated.",
)
@o.option(
    "--fix-set",
    type=click.IntRange(min=1),
    metavar="K",
    help="Show the K changes that remove most together.",
)
@o.several(
    "--keep-usage",
    metavar="PATH",
    help="Audit log, with --fix: which of its requests would be denied. File, folder or glob, "
    "also .gz and .zst. May be repeated.",
)
@o.need
@o.without
@o.certain
@o.system
@o.output()
@takes_input()
def command(
    given: Input,
    *,
    top: int,
    fix: tuple[str, ...],
    fix_set: int | None,
    keep_usage: tuple[str, ...],
    need: tuple[str, ...],
    output: str,
    **asked: Any,
) -> None:
    """Parse, ask, render."""
    to = destination(output)
    if fix and fix_set:
        raise UsageError("--fix and --fix-set exclude each other")
    if fix or fix_set:
        only_one_reads_stdin(given, keep_usage=keep_usage, need=need)
        needs = {"usage": keep_usage, "need": need}
        _fix(given, to, read(given), which=fix, best=fix_set or 0, **needs, **asked)
        return
    if keep_usage or need:
        raise UsageError("--keep-usage and --need say what a change would deny", advice="add --fix")
    answer = read(given).risks(top=top, **asked)
    write(answer.report(), to)


def _fix(given: Input, to: Destination, cluster: "Cluster", **asked: Any) -> None:
    from rbacgraph.report.text.risks import by_hand_sentences

    answer = cluster.fix_risks(**asked)
    report(answer.result.diagnostics, given)
    write(answer.report(), to)
    if to.format in {"csv", "yaml"}:
        notes(by_hand_sentences(answer.result.by_hand), quiet=given.quiet)
