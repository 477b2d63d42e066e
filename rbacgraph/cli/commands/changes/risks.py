"""``rbacgraph risks``: the causes of access, ranked, and the changes that close them."""

from typing import TYPE_CHECKING, Any

import click
from click.exceptions import Exit

from rbacgraph.cli.shared import load_options
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import note, notes
from rbacgraph.cli.shared.output_option import Destination, destination, write
from rbacgraph.errors import InputError, UsageError
from rbacgraph.model.answers.risk.severities import RISK_SEVERITIES
from rbacgraph.report.text.format_names import DATA, PAGE, SCANS, TEXTS

if TYPE_CHECKING:
    from rbacgraph.api.cluster import Cluster
    from rbacgraph.model.answers.risk.risks import RisksReview

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
  rbacgraph risks --suppress accepted.yaml --fail-on critical -f dump/
  rbacgraph risks --since main.snapshot --fail-on high -f dump/ -o markdown

\b
The file of --suppress names risks that somebody accepts:
  suppress:
  - id: 0123456789         # -o wide and -o json show ids
    reason: the auditors read it in December
    until: 2026-12-31      # the last day; without it the entry does not end

Exit status of --fail-on: 1 if there is such a risk, 2 if rbacgraph could not read a file, or a
list of a live cluster, whole.
"""

FAILED = 1
_FAIL_ON = (*RISK_SEVERITIES, load_options.UNREAD_KINDS)


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
@o.option(
    "--suppress", metavar="FILE", help="Risks that somebody accepts: YAML, each with a reason."
)
@o.option("--today", metavar="DATE", help="The day to compare until with, instead of the system's.")
@o.option(
    "--since",
    metavar="PATH",
    help="The input as it was, such as a snapshot: says what is new, changed and fixed.",
)
@o.option(
    "--fail-on",
    default="",
    metavar="SEVERITY",
    help="Exit 1 if a risk of this severity or worse (critical, high, medium or low) is left; with "
    "--since, a new or worse one. high,unread-kinds exits 2 also if rbacgraph does not look into a "
    "kind of the input.",
    shell_complete=o.completed(_FAIL_ON),
)
@o.allow_unread
@o.output(*TEXTS, *DATA, "markdown", PAGE, *SCANS)
@load_options.takes_input()
def command(
    given: load_options.Input,
    *,
    top: int,
    fix: tuple[str, ...],
    fix_set: int | None,
    keep_usage: tuple[str, ...],
    need: tuple[str, ...],
    suppress: str | None,
    today: str | None,
    since: str | None,
    fail_on: str,
    allow_unread: tuple[str, ...],
    output: str,
    **asked: Any,
) -> None:
    """Parse, ask, render."""
    what = load_options.gates(fail_on, _FAIL_ON)
    reviewed = suppress or today or since or fail_on or allow_unread
    if fix and fix_set:
        raise UsageError("--fix and --fix-set exclude each other")
    if fix or fix_set:
        if reviewed:
            raise UsageError(
                "--fix shows changes, and a review shows risks: they exclude each other"
            )
        to = destination(output)
        load_options.only_one_reads_stdin(given, keep_usage=keep_usage, need=need)
        needs = {"usage": keep_usage, "need": need}
        _fix(given, to, load_options.read(given), which=fix, best=fix_set or 0, **needs, **asked)
        return
    if keep_usage or need:
        raise UsageError("--keep-usage and --need say what a change would deny", advice="add --fix")
    to = destination(output, more=("markdown", PAGE, *SCANS))
    load_options.only_one_reads_stdin(given, suppress=suppress, since=since)
    before = _as_it_was(given, since) if since else None
    answer = load_options.read(given).risks(
        top=top,
        suppress=suppress,
        today=today,
        since=before,
        since_name=since or "",
        allow_unread=allow_unread,
        **asked,
    )
    _note_idle(answer.result.review, given)
    write(answer.report(), to)
    if fail_on:
        review = answer.result.review
        load_options.refuse_unread(
            review.unread, review.unread_kinds if load_options.UNREAD_KINDS in what else ()
        )
    if any(answer.result.failing(one) for one in RISK_SEVERITIES if one in what):
        raise Exit(FAILED)


def _note_idle(review: "RisksReview", given: load_options.Input) -> None:
    """Note the entries that suppress nothing."""
    if not given.quiet:
        for entry in review.expired:
            note(f"{review.file}:{entry.line}: the entry ended on {entry.until}")
        for entry in review.unmatched:
            note(f"{review.file}:{entry.line}: there is no risk {entry.id}")


def _as_it_was(given: load_options.Input, path: str) -> "Cluster":
    """Read the input as it was, which is not beside the files of today."""
    cluster = load_options.read_side(load_options.of_files(given)._replace(filename=()), [path])
    if cluster.is_empty:
        raise InputError(f"{path} holds no Kubernetes objects")
    return cluster


def _fix(given: load_options.Input, to: Destination, cluster: "Cluster", **asked: Any) -> None:
    answer = cluster.fix_risks(**asked)
    load_options.report(answer.result.diagnostics, given)
    by_hand = [f"by hand: {change}" for change in answer.result.by_hand]
    if to.format == "yaml" and by_hand and not answer.manifests():
        raise UsageError("no manifest makes this change", advice="; ".join(by_hand))
    write(answer.report(), to)
    if to.format in {"csv", "yaml"}:
        notes(by_hand, quiet=given.quiet)
