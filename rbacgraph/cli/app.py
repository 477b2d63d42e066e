"""Registers all commands."""

from typing import Annotated

import typer

from rbacgraph import __version__
from rbacgraph.cli.commands import (
    can_i,
    check,
    collector_role,
    cut,
    diff,
    encryption,
    explain,
    export,
    exposure,
    paths,
    reach,
    render,
    report,
    snapshot,
    suggest,
    usage,
    verify,
    verify_suggestion,
    who_can,
)
from rbacgraph.cli.shared.typer_fast_path import PlainCommand, PlainGroup

HELP = """Who can get at a Kubernetes Secret, by which path, and on what evidence.

Asks the cluster of the current context, or reads manifests and dumps (-f, as in kubectl),
decides every right as Kubernetes does, and follows what a right leads to. Answers go to
standard output, everything else to standard error.

\b
Exit status:
  0  answered
  1  can-i: no; verify: the server disagrees; verify-suggestion: it does not hold;
     diff: what --fail-on names; check: findings
  2  bad usage or unusable input; encryption: a file that the API server refuses

\b
Examples:
  rbacgraph exposure --context prod
  rbacgraph exposure -f dump/
  rbacgraph paths --secret shop/db-credentials -f dump/
  rbacgraph reach --from sa:shop/ci -f dump/
  rbacgraph report -f dump/ -o report.html
  kubectl get secrets,sa,pods,deploy,sts,ds,cj,jobs,nodes,ns,quota,pv,roles,rolebindings,\\
clusterroles,clusterrolebindings -A -o json | rbacgraph exposure -f -
"""
COMMANDS = {
    "paths": paths,
    "reach": reach,
    "render": render,
    "report": report,
    "exposure": exposure,
    "who-can": who_can,
    "can-i": can_i,
    "usage": usage,
    "suggest": suggest,
    "diff": diff,
    "check": check,
    "cut": cut,
    "encryption": encryption,
    "snapshot": snapshot,
    "export": export,
    "verify": verify,
    "verify-suggestion": verify_suggestion,
    "collector-role": collector_role,
    "explain": explain,
}

app = typer.Typer(
    cls=PlainGroup,
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for name, module in COMMANDS.items():
    settings = getattr(module, "SETTINGS", None)
    whole = " ".join(module.HELP.partition("\n\n")[0].split())  # typer's own would be cut
    command = app.command(
        name, cls=PlainCommand, help=module.HELP, short_help=whole, context_settings=settings
    )
    command(module.command)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"rbacgraph {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    _asked: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass
