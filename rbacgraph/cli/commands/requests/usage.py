"""``rbacgraph usage``: which rights were used, as audit logs show."""

from typing import TYPE_CHECKING

from rbacgraph.cli.commands.arguments.suspicious_arguments import principal_doubt
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.complete_names import complete_principals
from rbacgraph.cli.shared.error_handling import note
from rbacgraph.cli.shared.load_options import Input, only_one_reads_stdin, read, report, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import NoClusterError

if TYPE_CHECKING:
    from rbacgraph.api.cluster import Cluster

HELP = """Show which rights were used and which never, as audit logs show.

One row for each rule that a binding gives a subject: how many requests of the log it allows,
what of it was used, what never was. A request that several rules allow counts at each of
them. What RBAC denied was not needed; what quota, Pod Security or a webhook denied after it
was. Requests that nothing in the input grants are listed apart. A log shows what happened in
its time: the window, and what no log shows, stand under the answer. What --need states is
not called never used, nor what the log leaves out, as --audit-policy shows.

Logs of stores (CloudTrail, OpenBao, Vault, Key Vault, Google) show who read which secret
there: rbacgraph explain store-logs. They need no -f.

\b
Examples:
  rbacgraph usage --audit-log audit.log -f dump/
  rbacgraph usage --audit-log '/var/log/kubernetes/audit*.log.gz' --for sa:shop/ci -f dump/
  rbacgraph usage --audit-log audit.log --need needs.txt --for sa:shop/ci -f dump/
  rbacgraph usage --audit-log 'cloudtrail/*.json.gz' -f dump/
  zstdcat audit.zst | rbacgraph usage --audit-log - --context prod -o csv
"""


@o.audit_log(required=True)
@o.option(
    *("--for", "source"),
    metavar="PRINCIPAL",
    help="Only this ServiceAccount, user or group.",
    shell_complete=complete_principals,
)
@o.need
@o.audit_policy
@o.flag("--system", help="Show the bindings that every API server ships too.")
@o.output()
@takes_input()
def command(
    given: Input,
    *,
    audit_log: tuple[str, ...],
    source: str | None,
    need: tuple[str, ...],
    audit_policy: str | None,
    system: bool,
    output: str,
) -> None:
    """Parse, ask, render."""
    to = destination(output)
    only_one_reads_stdin(given, audit_log=audit_log, need=need, audit_policy=audit_policy)
    cluster, lacking = _cluster(given)
    answer = cluster.usage(
        audit_log, source=source or None, system=system, need=need, audit_policy=audit_policy
    )
    report(answer.result.diagnostics, given)
    found = answer.result
    if lacking is not None and found.log.events:
        raise lacking
    if not (found.log.events or found.store_log.events):
        from rbacgraph.model.inputs.audit import no_events

        raise no_events(audit_log)  # every right would be called unused
    if found.log.events and not given.quiet:
        used = any(one.requests for one in found.grants) or found.unexplained or found.denied
        note("" if used else principal_doubt(cluster.snapshot, source or ""))
    write(answer.report(), to)


def _cluster(given: Input) -> "tuple[Cluster, NoClusterError | None]":
    """Return the cluster of the input; one of nothing, with the error, if there is none."""
    try:
        return read(given), None
    except NoClusterError as error:  # logs of stores say much without one
        from rbacgraph.api.cluster import Cluster
        from rbacgraph.model.inputs.snapshot import Snapshot

        return Cluster(Snapshot()), error
