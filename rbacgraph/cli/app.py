"""Registers all commands."""

import click

from rbacgraph import __version__
from rbacgraph.cli.commands import explain
from rbacgraph.cli.commands.access import admins, export, exposure, paths, reach, render, report
from rbacgraph.cli.commands.changes import check, cut, diff, risks, suggest, verify_suggestion
from rbacgraph.cli.commands.input import collector_role, snapshot
from rbacgraph.cli.commands.requests import can_i, can_read, rights, usage, verify, who_can
from rbacgraph.cli.commands.stores import aws, clouds, encryption, sops, vault
from rbacgraph.cli.shared.command import Command, CommandGroup
from rbacgraph.cli.shared.completion import install_completion, show_completion

HELP = """Who can get at a Kubernetes Secret, by which path, and on what evidence.

Asks the cluster of the current context, or reads manifests and dumps (-f, as in kubectl),
decides every right as Kubernetes does, and follows what a right leads to. Answers go to
standard output, everything else to standard error.

\b
Exit status:
  0  answered
  1  can-i: no; verify: the server disagrees; verify-suggestion: it does not hold;
     diff, sops: what --fail-on names; check: findings
  2  bad usage or unusable input; check, diff and sops --fail-on: input not read whole;
     encryption: a file that the API server refuses
  3  can-i: unknown, as the input shows only a part

\b
Examples:
  rbacgraph exposure --context prod
  rbacgraph exposure -f dump/
  rbacgraph paths --secret shop/db-credentials -f dump/
  rbacgraph reach --from sa:shop/ci -f dump/
  rbacgraph report -f dump/ -o report.html
  kubectl get secrets,sa,pods,deploy,sts,ds,cj,jobs,nodes,ns,quota,pv,pvc,sc,\\
csidrivers,svc,endpointslices,ing,ingressclasses,netpol,roles,rolebindings,\\
clusterroles,clusterrolebindings -A -o json | rbacgraph exposure -f -
"""
COMMANDS = {
    "paths": paths,
    "reach": reach,
    "exposure": exposure,
    "admins": admins,
    "risks": risks,
    "who-can": who_can,
    "can-i": can_i,
    "can-read": can_read,
    "rights": rights,
    "suggest": suggest,
    "cut": cut,
    "usage": usage,
    "verify-suggestion": verify_suggestion,
    "diff": diff,
    "check": check,
    "report": report,
    "render": render,
    "encryption": encryption,
    "sops": sops,
    "snapshot": snapshot,
    "export": export,
    "verify": verify,
    "collector-role": collector_role,
    "explain": explain,
}
PANELS = {
    "Ask": ("paths", "reach", "exposure", "admins", "who-can", "can-i", "can-read", "rights"),
    "Fix": ("risks", "suggest", "cut", "usage", "verify-suggestion"),
    "Review": ("diff", "check", "report", "render"),
    "More": (
        "encryption",
        "vault",
        "aws",
        "azure",
        "gcp",
        "sops",
        "snapshot",
        "export",
        "verify",
        "collector-role",
        "explain",
    ),
}


@click.group(
    cls=CommandGroup,
    panels=PANELS,
    help=HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="rbacgraph %(version)s", help="Print the version.")
@click.option(
    "--install-completion",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=install_completion,
    help="Install completion for the current shell.",
)
@click.option(
    "--show-completion",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=show_completion,
    help="Show completion for the current shell, to copy it or customize the installation.",
)
def app() -> None:
    """Ask one question."""


def _short(help_text: str) -> str:
    return " ".join(help_text.partition("\n\n")[0].split())


for name, module in COMMANDS.items():
    command = click.command(
        name,
        cls=Command,
        help=module.HELP,
        short_help=_short(module.HELP),
    )
    app.add_command(command(module.command))


_GROUPS = {
    "vault": (vault.HELP, vault.COMMANDS),
    "aws": (aws.HELP, aws.COMMANDS),
    "azure": clouds.AZURE,
    "gcp": clouds.GCP,
}
for name, (text, commands) in _GROUPS.items():
    added = click.group(
        name,
        cls=CommandGroup,
        panels={"Commands": tuple(commands)},
        help=text,
        short_help=_short(text),
    )(lambda: None)
    for part, (function, words) in commands.items():
        command = click.command(part, cls=Command, help=words, short_help=_short(words))
        added.add_command(command(function))
    app.add_command(added)
