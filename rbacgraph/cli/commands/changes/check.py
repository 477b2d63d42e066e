"""``rbacgraph check``: who reaches Secrets against a policy."""

from typing import Any

import click
from click.exceptions import Exit

from rbacgraph.cli.shared import load_options
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import note
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.cli.shared.stdio import say
from rbacgraph.model.printable import clean
from rbacgraph.report.text.format_names import SCANS

HELP = """Compare who reaches which Secrets with a policy, and list who may not.

The policy says who may reach what; everybody else who reaches it is a finding, certain or
conditional. Exit status 1: there are findings; 2: rbacgraph could not read a file, or a list
of a live cluster, whole, so that what it grants is unknown.

\b
  admins: [group:platform] # who may be effectively cluster-admin; left out: anybody
  default: deny            # what holds for Secrets in no entry; allow looks at entries alone
  access:
  - secret: payments/*     # NAMESPACE/NAME, or several; * ? and [...] as in a shell
    allow: [sa:payments/api, group:payments-admins]
    except: [payments/root-key, user:mallory]
    until: 2026-12-31      # the last day on which the entry holds
    reason: quarterly audit

A Secret may be in several entries: each principal that one of them allows may reach it, and so
may the members of an allowed group. An entry does not apply to the Secrets under its except,
and does not allow the principals there.

\b
Examples:
  rbacgraph check --policy access.yaml -f dump/
  rbacgraph check --policy access.yaml -f dump/ --write-baseline known.yaml
  rbacgraph check --policy access.yaml --baseline known.yaml -f dump/ -o check.sarif
"""

FAILED = 1


@o.option("--policy", required=True, metavar="FILE", help="Who may reach which Secrets: YAML.")
@o.option("--baseline", metavar="FILE", help="Known findings, which check leaves out.")
@o.option(
    "--write-baseline",
    metavar="FILE",
    help="Write all findings as known, also those of --baseline, and exit 0.",
)
@o.option("--today", metavar="DATE", help="The day to compare until with, instead of the system's.")
@o.without
@o.certain
@o.system
@o.option(
    "--fail-on",
    type=click.Choice([load_options.UNREAD_KINDS]),
    help="Exit 2 also if rbacgraph does not look into a kind of the input.",
)
@o.allow_unread
@o.check_output
@load_options.takes_input()
def command(
    given: load_options.Input,
    *,
    policy: str,
    baseline: str | None,
    write_baseline: str | None,
    fail_on: str | None,
    output: str,
    **asked: Any,
) -> None:
    """Parse, ask, render."""
    failed = False
    to = destination(output, more=("markdown", *SCANS))
    known = None if write_baseline else baseline
    answer = load_options.read(given).check(policy, baseline=known, **asked)
    if not given.quiet:
        from rbacgraph.report.review.check_words import wide_words

        for unmatched in answer.result.unmatched:
            note(f"{policy}:{unmatched.line}: no Secret matches {unmatched.pattern}")
        for wide in answer.result.wide:
            say(f"warning: {policy}:{wide.line}: {clean(wide_words(wide))}")
    if write_baseline:
        answer.write_baseline(write_baseline)
        if not given.quiet:
            for entry in answer.result.expired:
                note(f"{policy}:{entry.line}: the entry has expired; no baseline covers that")
    else:
        failed = answer.failed
    write(answer.report(), to)
    if not write_baseline:
        load_options.refuse_unread(answer.result.unread, answer.unread_kinds if fail_on else ())
    if failed:
        raise Exit(FAILED)
