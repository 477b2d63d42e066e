"""The input: read it once, say what was wrong with it."""

from typing import TYPE_CHECKING, NamedTuple

import typer

from rbacgraph.cli.guard import UNUSABLE
from rbacgraph.errors import UsageError

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


def read(options: Input) -> "Cluster":
    """Load the cluster; diagnostics go to standard error."""
    if not options.filename:
        raise UsageError(
            "nothing to read: a live cluster is not supported yet, give -f FILE, -f FOLDER or -f -",
            advice="make a dump with: kubectl get secrets,sa,pods,deploy,sts,ds,cj,jobs,nodes,ns,"
            "roles,rolebindings,clusterroles,clusterrolebindings -A -o json > dump.json",
        )
    from rbacgraph.cluster import load

    cluster = load(
        *options.filename,
        groups=options.groups,
        kubernetes_version=options.kubernetes_version,
        default_namespace=options.default_namespace,
        bootstrap=not options.no_bootstrap,
    )
    report(cluster.diagnostics, options)
    return cluster


def report(diagnostics: "Sequence[Diagnostic]", options: Input) -> None:
    """Print the diagnostics that the options ask for.

    Exits where the input holds nothing at all that can be used, and with ``--strict`` on any
    diagnostic but notes.
    """
    grave = [d for d in diagnostics if d.severity != "note"]
    strict = options.strict and grave
    for line in _lines(diagnostics, every=options.verbose or bool(strict)):
        if not options.quiet or strict:
            typer.echo(line, err=True)
    if strict:
        typer.echo("error: the input has errors or warnings, and --strict was given", err=True)
        raise typer.Exit(UNUSABLE)
    if any(d.code == _EMPTY for d in diagnostics):
        raise typer.Exit(UNUSABLE)


def _lines(diagnostics: "Sequence[Diagnostic]", *, every: bool) -> list[str]:
    if not diagnostics:
        return []
    from rbacgraph.report.text import clean, count, listing

    if every:
        return [clean(str(d)) for d in diagnostics]
    errors = [d for d in diagnostics if d.severity == "error"]
    lines = [clean(str(d)) for d in errors[:_SHOWN]]
    if len(errors) > _SHOWN:
        lines.append(f"… and {count(len(errors) - _SHOWN, 'more error')}; -v shows them")
    numbers = [(kind, sum(d.severity == kind for d in diagnostics)) for kind in ("warning", "note")]
    rest = listing([count(number, kind) for kind, number in numbers if number])
    return [*lines, f"{rest} in the input; -v shows them"] if rest else lines
