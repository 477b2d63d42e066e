"""``rbacgraph diff``: who gains or loses which Secrets."""

from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.exceptions import Exit

from rbacgraph.cli.commands.arguments.git_range import parse_span
from rbacgraph.cli.shared import load_options
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import InputError, NoClusterError, UsageError
from rbacgraph.report.text.format_names import SCANS

if TYPE_CHECKING:
    from rbacgraph.api.cluster import Cluster
    from rbacgraph.model.answers.diff import DiffResult

HELP = """Show who gains or loses which Secrets between two states of a cluster.

BEFORE and AFTER are folders, files, dumps or snapshots, or with --git two revisions of a
repository, whose work tree stays as it is; what -f names counts on both sides. With BEFORE
alone, usually a snapshot, rbacgraph compares it with the live cluster of the context.
Everything that the same changed objects open, or close, is one entry: its causes with the line
of the rule or the subject, who gets at what, and by which techniques. Who becomes effectively
cluster-admin, or ceases to be it, comes first. An object that only moved is no change. New
Secrets that principals reach by old rights stand apart.

\b
Examples:
  rbacgraph diff before/ after/
  rbacgraph diff monday.json.zst today.json.zst --fail-on gained
  rbacgraph diff monday.json.zst --context prod
  rbacgraph diff -f cluster.json old-manifests/ new-manifests/ -o comment.md
  rbacgraph diff --git main...HEAD --fail-on gained -o diff.sarif -- manifests/
"""

FAILED = 1
_SIDES = 2
_FAIL_ON = ("gained", "gained:certain", "admins", "any", load_options.UNREAD_KINDS)


@click.argument("sides", nargs=-1, metavar="BEFORE [AFTER] | -- PATH…")
@o.option(
    "--git",
    default="",
    metavar="BASE..HEAD",
    help="Compare two revisions of the repository; BASE...HEAD since HEAD left BASE, "
    "BASE.. with the work tree. Paths follow after --.",
)
@o.several(
    *("-f", "--filename"),
    metavar="PATH",
    help="Read on both sides too: file, folder or glob. May be repeated.",
)
@o.without
@o.system
@o.option(
    "--fail-on",
    default="",
    metavar="WHAT",
    help="Exit 1 if a principal gains a Secret by new rights or becomes effectively cluster-admin "
    "(gained), if that is certain (gained:certain), if one becomes cluster-admin (admins), or if "
    "any of these comes or goes (any); 2 if rbacgraph could not read whole what changed, and also, "
    "as in gained,unread-kinds, if it does not look into a kind of what changed.",
    shell_complete=o.completed(_FAIL_ON),
)
@o.allow_unread
@o.review_output
@load_options.takes_input("collect_namespace")
def command(
    given: load_options.Input,
    *,
    sides: tuple[str, ...],
    git: str,
    filename: tuple[str, ...],  # noqa: ARG001 - is part of what is given
    fail_on: str,
    output: str,
    **asked: Any,
) -> None:
    """Parse, ask, render."""
    to = destination(output, drawn=True, more=SCANS)
    what = load_options.gates(fail_on, _FAIL_ON)
    before, after = _sides(given, sides, git)
    from rbacgraph.api.functions import diff

    names = before.name, after.name
    answer = diff(before.cluster, after.cluster, names=names, **asked)
    write(answer.report(), to)
    if fail_on:
        load_options.refuse_unread(
            answer.result.unread, answer.unread_kinds if load_options.UNREAD_KINDS in what else ()
        )
    if any(_fails(answer.result, one) for one in what):
        raise Exit(FAILED)


class _Side(NamedTuple):
    name: str
    cluster: "Cluster"


def _sides(given: load_options.Input, words: tuple[str, ...], git: str) -> tuple[_Side, _Side]:
    """Return both sides; one of them may be empty."""
    if not git and len(words) == 1:
        return _file_and_cluster(given, words[0])
    if git or words:
        load_options.refuse_live_options(given, "which diff SNAPSHOT asks")
    if git:
        span = parse_span(git)
        sources = [
            load_options.SideSource(
                "the work tree" if revision is None else revision,
                git=load_options.RevisionPaths(revision, words),
            )
            for revision in span
        ]
    elif len(words) == _SIDES:
        sources = [load_options.SideSource(word, word) for word in words]
    else:
        raise UsageError(
            f"diff compares BEFORE with AFTER; {len(words)} given",
            advice="name two folders, files or snapshots, one to compare it with the live cluster,"
            " or give --git BASE..HEAD",
        )
    before, after = map(
        _Side, [side.name for side in sources], load_options.read_sides(given, *sources)
    )
    read = ", ".join(dict.fromkeys(words)) or "the current folder"
    if before.cluster.is_empty and after.cluster.is_empty:
        same = before.name == after.name
        raise InputError(
            f"{before.name} holds no Kubernetes objects"
            if same
            else f"neither {before.name} nor {after.name} holds Kubernetes objects",
            advice="; ".join([f"rbacgraph read {read}", *_empty_advice(before, after)]),
        )
    load_options.report_absent(given, before.cluster, after.cluster)
    return before, after


def _empty_advice(*sides: _Side) -> dict[str, None]:
    """Return the advice for sides without objects: to build a chart or kustomization first."""
    found = (d for side in sides for d in side.cluster.diagnostics if d.code == load_options.EMPTY)
    return dict.fromkeys(d.advice for d in found if d.advice)


def _file_and_cluster(given: load_options.Input, word: str) -> tuple[_Side, _Side]:
    """Return a file, usually a snapshot, and the live cluster, which is asked once."""
    if given.filename:
        raise UsageError(
            "-f is read on both sides, and a live cluster reads no files",
            advice="name BEFORE and AFTER, or leave -f out",
        )
    before = _Side(word, load_options.read_side(load_options.of_files(given), [word]))
    if before.cluster.is_empty:
        raise InputError(f"{word} holds no Kubernetes objects")
    try:
        after = load_options.read_live(given)
    except NoClusterError as error:
        advice = f"name AFTER too: rbacgraph diff {word} AFTER"
        raise InputError(error.message, advice=advice) from None
    return before, _Side(f"{after.snapshot.files[0]} (live)", after)


def _fails(result: "DiffResult", what: str) -> bool:
    admins = [one for one in result.admins if one.gained]
    if what == "any":
        return bool(result.changes or result.admins)
    if what == "admins":
        return bool(admins)
    if what == "gained:certain":
        levels = [one.after for one in admins]
        levels += [way.after for change in result.gained for way in change.ways]
        return "certain" in levels
    return what == "gained" and bool(result.gained or admins)
