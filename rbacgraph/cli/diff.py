"""``rbacgraph diff``: who gains or loses which Secrets."""

from typing import TYPE_CHECKING, Annotated

import typer

from rbacgraph.cli import options as o
from rbacgraph.cli.guard import guarded
from rbacgraph.cli.reading import LIVE, Input, read, takes_input
from rbacgraph.cli.writing import destination, write
from rbacgraph.errors import UsageError
from rbacgraph.report.names import SCANS

if TYPE_CHECKING:
    from rbacgraph.model.diff import DiffResult

HELP = """Show who gains or loses which Secrets between two states of a cluster.

BEFORE and AFTER are folders, files, dumps or snapshots; -f is read on both sides. Everything
that the same changed objects open, or close, is one entry: its causes with the line of the
rule or the subject, who gets at what, and by which techniques. Objects that only moved are no
change. Secrets that are new, and reached by rights that were there before, are told apart.

\b
Examples:
  rbacgraph diff before/ after/
  rbacgraph diff monday.json.zst today.json.zst --fail-on gained
  rbacgraph diff -f cluster.json old-manifests/ new-manifests/ -o comment.md
  rbacgraph diff before/ after/ -o diff.sarif
"""

FAILED = 1
_SIDES = 2
_FAIL_ON = ("gained", "gained:certain", "any")


@takes_input(*LIVE)
def command(
    sides: Annotated[list[str] | None, typer.Argument(metavar="BEFORE AFTER")] = None,
    *,
    given: Input,
    filename: Annotated[
        list[str] | None,
        typer.Option(
            "-f",
            "--filename",
            metavar="PATH",
            help="Read on both sides beside them: file, folder or glob. May be repeated.",
        ),
    ] = None,
    without: o.Without = None,
    system: o.System = False,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on",
            metavar="WHAT",
            help="Exit 1 where somebody gained a Secret by new rights (gained), where that is "
            "certain (gained:certain), or where anything at all changed (any).",
            autocompletion=o.completed(_FAIL_ON),
        ),
    ] = "",
    output: o.ReviewOutput = "table",
) -> None:
    """Parse, ask, render."""
    with guarded():
        to = destination(output, drawn=True, more=SCANS)
        if fail_on and fail_on not in _FAIL_ON:
            raise UsageError(
                f"--fail-on {fail_on}: there is no such thing to fail on",
                advice=f"choose one of {', '.join(_FAIL_ON)}",
            )
        if len(sides or ()) != _SIDES:
            raise UsageError(
                "two sides are compared, BEFORE and AFTER",
                advice="name two folders, files or snapshots; -f is read on both sides",
            )
        before, after = sides or ("", "")
        from rbacgraph.cluster import diff

        answer = diff(
            read(given._replace(filename=[*(filename or ()), before])),
            read(given._replace(filename=[*(filename or ()), after])),
            names=(before, after),
            without=without or (),
            system=system,
        )
        write(answer.report(), to)
    if _fails(answer.result, fail_on):
        raise typer.Exit(FAILED)


def _fails(result: "DiffResult", what: str) -> bool:
    if what == "any":
        return bool(result.changes)
    if what == "gained:certain":
        return any(way.after == "certain" for change in result.gained for way in change.ways)
    return what == "gained" and bool(result.gained)
