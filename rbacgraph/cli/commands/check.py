"""``rbacgraph check``: who reaches Secrets against a policy."""

from typing import Annotated

import typer

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import guarded, note
from rbacgraph.cli.shared.load_options import Input, read, refuse_unread, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.report.text.format_names import SCANS

HELP = """Compare who reaches which Secrets with a policy, and list who may not.

The policy says who may reach what; everybody else who does is a finding, certain ones and
conditional ones apart. Exits 1 where there are findings, and 2 where a file, or a list of a live
cluster, could not be read whole: what it grants is unknown.

\b
  default: deny            # what holds for Secrets in no entry; allow looks at entries alone
  access:
  - secret: payments/*     # NAMESPACE/NAME, or several; * ? and [...] as in a shell
    allow: [sa:payments/api, group:payments-admins]
    except: [payments/root-key, user:mallory]
    until: 2026-12-31      # the last day on which the entry holds
    reason: quarterly audit

A Secret may be in several entries: who any of them allows may reach it, and so may the members
of an allowed group. A Secret under except is not in the entry, a principal is not allowed by it.

\b
Examples:
  rbacgraph check --policy access.yaml -f dump/
  rbacgraph check --policy access.yaml -f dump/ --write-baseline known.yaml
  rbacgraph check --policy access.yaml --baseline known.yaml -f dump/ -o check.sarif
"""

FAILED = 1


@takes_input()
def command(
    *,
    given: Input,
    policy: Annotated[
        str, typer.Option("--policy", metavar="FILE", help="Who may reach which Secrets: YAML.")
    ],
    baseline: Annotated[
        str | None,
        typer.Option("--baseline", metavar="FILE", help="Known findings, which check leaves out."),
    ] = None,
    write_baseline: Annotated[
        str | None,
        typer.Option(
            "--write-baseline",
            metavar="FILE",
            help="Write all findings as known, also those of --baseline, and exit 0.",
        ),
    ] = None,
    today: Annotated[
        str | None,
        typer.Option(
            "--today",
            metavar="DATE",
            help="The day to compare until with, instead of the system's.",
        ),
    ] = None,
    without: o.Without = None,
    certain: o.Certain = False,
    system: o.System = False,
    allow_unread: o.AllowUnread = None,
    output: o.CheckOutput = "table",
) -> None:
    """Parse, ask, render."""
    failed = False
    with guarded():
        to = destination(output, more=("markdown", *SCANS))
        answer = read(given).check(
            policy,
            baseline=None if write_baseline else baseline,
            today=today,
            certain=certain,
            without=without or (),
            system=system,
            allow_unread=allow_unread or (),
        )
        if not given.quiet:
            for unmatched in answer.result.unmatched:
                note(f"{policy}:{unmatched.line}: no Secret matches {unmatched.pattern}")
        if write_baseline:
            answer.write_baseline(write_baseline)
            if not given.quiet:
                for entry in answer.result.expired:
                    note(f"{policy}:{entry.line}: the entry has expired; no baseline covers that")
        else:
            failed = answer.failed
        write(answer.report(), to)
        if not write_baseline:
            refuse_unread(answer.result.unread)
    if failed:
        raise typer.Exit(FAILED)
