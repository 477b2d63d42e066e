"""``rbacgraph can-i``: one request, decided as a SubjectAccessReview does."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from click.exceptions import Exit

from rbacgraph.cli.commands.arguments.resource_argument import asked_request
from rbacgraph.cli.commands.arguments.suspicious_arguments import namespace_doubt, principal_doubt
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.complete_names import complete_principals
from rbacgraph.cli.shared.error_handling import note, notes
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import UsageError

if TYPE_CHECKING:
    from rbacgraph.model.inputs.snapshot import Snapshot

NO = 1
UNKNOWN = 3

HELP = """Decide one request as the API server does.

Exit status 0 is yes, 1 is no, 3 is unknown: the objects seen do not allow it, but lists that
may hold one that does are missing, files could not be read, or the input holds an object in
versions that differ. On a live cluster rbacgraph then asks the API server itself, if you may.

The subject is a username (--as), a ServiceAccount (--as sa:NS/NAME), user:NAME for a username
that begins like one of these, or on a live cluster me, who asks. rbacgraph adds the groups
that authentication gives; --as-group replaces them by its own and system:authenticated, as
impersonation does. Without -n the question is about all namespaces at once. With --list and
without a request rbacgraph lists all that the user may do, and the exit status is 0.

\b
Examples:
  rbacgraph can-i get secrets/db -n shop --as alice --as-group dev -f dump/
  rbacgraph can-i create pods --subresource exec -n shop --as sa:shop/ci -f dump/
  rbacgraph can-i --list -n shop --as alice -f dump/
  rbacgraph can-i get /metrics --as system:anonymous -f dump/ -q && echo open
"""


@o.request(required=False)
@o.flag("--list", "everything", help="List what the user may do instead, as rbacgraph rights does.")
@o.option(
    *("--as", "user"),
    default="",
    metavar="USER",
    help="Username, or sa:NS/NAME; me on a live cluster.",
    shell_complete=complete_principals,
)
@o.several("--as-group", metavar="GROUP", help="Group of the user. May be repeated.")
@o.output()
@o.flag("-q", "--quiet", help="Print nothing: the exit status is the answer.")
@takes_input()
def command(
    given: Input,
    *,
    user: str,
    as_group: tuple[str, ...],
    output: str,
    quiet: bool,
    everything: bool,
    **request: Any,
) -> None:
    """Parse, ask, render."""
    to = destination(output)
    asked = None if _is_list(everything, **request) else asked_request(**request)
    if not user:
        raise UsageError("no user given", advice="add --as USER, --as sa:NS/NAME or --as me")
    from rbacgraph.model.principal import ME, username

    who = username(user)
    cluster = read(given)
    who = _own_username(cluster.snapshot) if user == ME else who
    groups = impersonated_groups(as_group)
    if asked is None:
        answer = cluster.rights(f"user:{who}", namespace=request["namespace"], groups=groups)
        if not quiet:
            notes(answer.basis.notes, quiet=False)
            note(namespace_doubt(cluster.snapshot, request["namespace"]))
            write(answer.report(), to)
        return
    decision = cluster.can_i(**asked.request, user=f"user:{who}", groups=groups)
    if not quiet:
        from rbacgraph.report.answer_formats import report_of

        asked.doubt(cluster.snapshot)
        note(principal_doubt(cluster.snapshot, f"user:{who}"))
        write(report_of(decision), to)
    if not decision:
        raise Exit(UNKNOWN if decision.unknown else NO)


def _is_list(everything: bool, *, verb: str, resource: str, **_: Any) -> bool:
    """Whether to list all rights rather than to decide one request.

    Raises UsageError if both are asked for, or neither is.
    """
    if everything and verb:
        raise UsageError("--list takes no request", advice=f"leave out {verb}, or --list")
    if not everything and not resource:
        lack = "RESOURCE" if verb else "VERB and RESOURCE"
        raise UsageError(
            f"missing {lack}", advice="write rbacgraph can-i VERB RESOURCE --as USER, or --list"
        )
    return everything


def _own_username(snapshot: "Snapshot") -> str:
    """Return the username of the live cluster's credentials."""
    from rbacgraph.model.principal import myself

    if snapshot.collected is None:
        raise UsageError(
            "--as me needs a live cluster, and -f reads files",
            advice="give --as USER or --as sa:NS/NAME; --as user:me is a user of that name",
        )
    return myself(snapshot.me)


def impersonated_groups(groups: Sequence[str] | None) -> list[str] | None:
    """Return the groups of an impersonation; None leaves them to authentication."""
    if not groups:
        return None
    added = [] if "system:unauthenticated" in groups else ["system:authenticated"]
    return list(dict.fromkeys([*groups, *added]))
