"""The input: read it once, say what was wrong with it."""

from typing import TYPE_CHECKING, NamedTuple

import typer

from rbacgraph.cli.guard import note
from rbacgraph.cli.output import UNUSABLE, say
from rbacgraph.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rbacgraph.cluster import Cluster
    from rbacgraph.model.diagnostic import Diagnostic

_SHOWN = 10
_EMPTY = "empty-input"


class Input(NamedTuple):
    """The options that say what to read."""

    filename: list[str] | None
    groups: str | None
    kubernetes_version: str | None
    default_namespace: str
    no_bootstrap: bool
    strict: bool
    verbose: bool
    quiet: bool


KUBECTL = (
    "kubectl get secrets,sa,pods,deploy,sts,ds,cj,jobs,nodes,ns,pv,"
    "roles,rolebindings,clusterroles,clusterrolebindings -A -o json"
)
"""What makes a dump of all that is read."""


def read(options: Input) -> "Cluster":
    """Load the cluster; diagnostics go to standard error."""
    if not options.filename:
        raise UsageError(
            "nothing to read: a live cluster is not supported yet, give -f FILE, -f FOLDER or -f -",
            advice=f"make a dump with: {KUBECTL} > dump.json",
        )
    if "" in options.filename:
        raise UsageError("-f is empty: give a file, a folder or -")
    from rbacgraph.cluster import load

    cluster = load(
        *options.filename,
        groups=options.groups,
        kubernetes_version=options.kubernetes_version,
        default_namespace=options.default_namespace,
        bootstrap=not options.no_bootstrap,
    )
    report(cluster.diagnostics, options)
    _check_version(cluster, options)
    return cluster


def report(diagnostics: "Sequence[Diagnostic]", options: Input) -> None:
    """Print the diagnostics that the options ask for.

    Refuses input that holds nothing at all that can be used, and with ``--strict`` any
    with diagnostics but notes.
    """
    grave = [d for d in diagnostics if d.severity != "note"]
    empty = next((d for d in diagnostics if d.code == _EMPTY), None)
    strict = options.strict and grave
    others = [d for d in diagnostics if d is not empty]
    for line in _lines(others, every=options.verbose or bool(strict)):
        if not options.quiet or strict:
            say(line)
    if empty:
        given = ", ".join(options.filename or ())
        raise InputError(f"{given}: {empty.message}", advice=empty.advice)
    if strict:
        say("error: the input has errors or warnings, and --strict was given")
        raise typer.Exit(UNUSABLE)


def _check_version(cluster: "Cluster", options: Input) -> None:
    from rbacgraph.model.snapshot import NEWEST_KUBERNETES, OLDEST_KUBERNETES

    version = cluster.snapshot.kubernetes_version
    if not options.kubernetes_version or not version:
        return
    if not OLDEST_KUBERNETES <= version <= NEWEST_KUBERNETES and not options.quiet:
        oldest, newest = (".".join(map(str, v)) for v in (OLDEST_KUBERNETES, NEWEST_KUBERNETES))
        note(
            f"Kubernetes {options.kubernetes_version} is not one of {oldest} to {newest}, which "
            "rbacgraph knows; the nearest of them is taken where versions differ"
        )


def _lines(diagnostics: "Sequence[Diagnostic]", *, every: bool) -> list[str]:
    if not diagnostics:
        return []
    from rbacgraph.model.printable import clean
    from rbacgraph.report.text import count, listing

    if every:
        return [clean(str(d)) for d in diagnostics]
    errors = [d for d in diagnostics if d.severity == "error"]
    lines = [clean(str(d)) for d in errors[:_SHOWN]]
    if len(errors) > _SHOWN:
        more = len(errors) - _SHOWN
        them = "it" if more == 1 else "them"
        lines.append(f"… and {count(more, 'more error')}; -v shows {them}")
    numbers = [(kind, sum(d.severity == kind for d in diagnostics)) for kind in ("warning", "note")]
    rest = listing([count(number, kind) for kind, number in numbers if number])
    them = "it" if sum(number for _, number in numbers) == 1 else "them"
    return [*lines, f"{rest} in the input; -v shows {them}"] if rest else lines
