"""``rbacgraph usage``: which rights were used, as audit logs show."""

from typing import Annotated

import typer

from rbacgraph.cli.commands.suspicious_arguments import principal_doubt
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import guarded, note
from rbacgraph.cli.shared.load_options import Input, read, report, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import InputError

HELP = """Show which rights were used and which never, as audit logs show.

One row for each rule that a binding gives a subject: how many requests of the log it allows,
what of it was used, what never was. A request that several rules allow counts at each of
them. What RBAC denied was not needed; what quota, Pod Security or a webhook denied after it
was. Requests that nothing in the input grants are listed apart. A log shows what happened in
its time: the window, and what no log shows, stand under the answer. What --need states is
not called never used, nor what the log leaves out, as --audit-policy shows.

\b
Examples:
  rbacgraph usage --audit-log audit.log -f dump/
  rbacgraph usage --audit-log '/var/log/kubernetes/audit*.log.gz' --for sa:shop/ci -f dump/
  rbacgraph usage --audit-log audit.log --need needs.txt --for sa:shop/ci -f dump/
  zstdcat audit.zst | rbacgraph usage --audit-log - --context prod -o csv
"""


@takes_input()
def command(
    *,
    given: Input,
    audit_log: Annotated[
        list[str],
        typer.Option(
            "--audit-log",
            metavar="PATH",
            help="Audit log: file, folder or glob of events of audit.k8s.io, also .gz and "
            ".zst, or what CloudWatch and Azure Monitor export; - is standard input. May be "
            "repeated.",
        ),
    ],
    source: Annotated[
        str,
        typer.Option("--for", metavar="PRINCIPAL", help="Only this ServiceAccount, user or group."),
    ] = "",
    need: o.Need = None,
    audit_policy: o.AuditPolicy = None,
    system: Annotated[
        bool, typer.Option("--system", help="Show the bindings that every API server ships too.")
    ] = False,
    output: o.Output = "table",
) -> None:
    """Parse, ask, render."""
    with guarded():
        to = destination(output)
        o.only_one_reads_stdin(
            {
                "--audit-log": audit_log,
                "--need": need,
                "--audit-policy": [audit_policy or ""],
                "-f": given.filename,
            }
        )
        cluster = read(given)
        answer = cluster.usage(
            audit=audit_log,
            source=source or None,
            system=system,
            need=need or (),
            audit_policy=audit_policy,
        )
        report(answer.result.diagnostics, given)
        if not answer.result.log.events:
            # # Without events every right would count as unused.
            raise InputError(
                f"{', '.join(audit_log)}: no audit events found",
                advice="rbacgraph reads events of audit.k8s.io/v1, as the API server logs them",
            )
        if not given.quiet:
            found = answer.result
            used = any(one.requests for one in found.grants) or found.unexplained or found.denied
            note("" if used else principal_doubt(cluster.snapshot, source))
        write(answer.report(), to)
