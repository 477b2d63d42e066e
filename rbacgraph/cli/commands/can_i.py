"""``rbacgraph can-i``: one request, decided as a SubjectAccessReview does."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rbacgraph.cli.commands.resource_argument import doubt, hint, parse_target
from rbacgraph.cli.commands.suspicious_arguments import user_doubt
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import guarded, note
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import UsageError

if TYPE_CHECKING:
    from rbacgraph.model.inputs.snapshot import Snapshot

NO = 1
UNKNOWN = 3

HELP = """Decide one request as the API server does.

Exit status 0 is yes, 1 is no, 3 is unknown: the objects seen do not allow it, but lists that may
hold one that does are missing, or the input holds an object in versions that differ. rbacgraph
then asks a live API server itself, if you may ask it.

The subject is a username (--as), a ServiceAccount (--as sa:NS/NAME), user:NAME for a username
that begins like one of these, or on a live cluster me, who asks. Authentication's groups are
added; --as-group replaces them, as impersonation does, and system:authenticated is added.
Without -n the question is about all namespaces at once.

\b
Examples:
  rbacgraph can-i get secrets/db -n shop --as alice --as-group dev -f dump/
  rbacgraph can-i create pods --subresource exec -n shop --as sa:shop/ci -f dump/
  rbacgraph can-i get /metrics --as system:anonymous -f dump/ -q && echo open
"""


@takes_input()
def command(
    verb: Annotated[str, typer.Argument(metavar="VERB", help="For example get, list or create.")],
    resource: Annotated[
        str,
        typer.Argument(
            metavar="RESOURCE[.GROUP][/NAME]|/URL", help="The resource, or a URL such as /metrics."
        ),
    ],
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The object's name.")] = "",
    *,
    given: Input,
    user: Annotated[
        str,
        typer.Option("--as", metavar="USER", help="Username, or sa:NS/NAME; me on a live cluster."),
    ] = "",
    as_group: Annotated[
        list[str] | None,
        typer.Option("--as-group", metavar="GROUP", help="Group of the user. May be repeated."),
    ] = None,
    namespace: o.Namespace = "",
    all_namespaces: o.AllNamespaces = False,
    subresource: o.Subresource = "",
    output: o.Output = "table",
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Print nothing: the exit status is the answer.")
    ] = False,
) -> None:
    """Parse, ask, render."""
    with guarded():
        to = destination(output)
        if namespace and all_namespaces:
            raise UsageError("-n and -A cannot be used together")
        if not user:
            raise UsageError("no user given", advice="add --as USER, --as sa:NS/NAME or --as me")
        from rbacgraph.model.principal import ME, username

        asked = username(user)
        target = parse_target(resource, name)
        cluster = read(given)
        asked = _own_username(cluster.snapshot) if user == ME else asked
        decision = cluster.can_i(
            verb,
            target.resource,
            subresource=subresource,
            namespace=namespace,
            name=target.name,
            path=target.path,
            user=f"user:{asked}",
            groups=impersonated_groups(as_group),
        )
        if not quiet:
            from rbacgraph.report.answer_formats import decision_report

            hint(target, subresource)
            doubt(cluster, verb, target, namespace, everywhere=all_namespaces)
            note(user_doubt(cluster.snapshot, asked))
            write(decision_report(decision), to)
        if not decision:
            raise typer.Exit(UNKNOWN if decision.unknown else NO)


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
