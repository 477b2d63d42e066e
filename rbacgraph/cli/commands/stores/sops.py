"""``rbacgraph sops``: the files that SOPS encrypts, and what is wrong with them."""

from typing import Any

import click
from click.exceptions import Exit

from rbacgraph.cli.commands.changes.check import FAILED
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.load_options import Input, read_side, refuse_unread, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import UsageError

HELP = """Show who decrypts the files that SOPS encrypts, and what is wrong with them.

rbacgraph reads encrypted files in YAML, JSON, dotenv and INI, and .sops.yaml. It says which keys
decrypt what, and finds plaintext that a creation rule wants encrypted, keys that a rule no longer
names, files that one lost key makes unreadable. It decrypts nothing and prints no value.

\b
Examples:
  rbacgraph sops -f .
  rbacgraph sops -f . --fail-on high
  rbacgraph sops -f . -o json
"""


def _complete(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Complete a severity."""
    from rbacgraph.model.answers.encryption_at_rest.encrypted_files import SOPS_SEVERITIES

    return [word for word in SOPS_SEVERITIES if word.startswith(begun)]


@o.option(
    "--fail-on",
    default="",
    metavar="SEVERITY",
    help="Exit 1 if there is a finding of this severity (high, medium, low) or a higher one; 2 if "
    "rbacgraph could not read the input whole.",
    shell_complete=_complete,
)
@o.allow_unread
@o.output()
@takes_input("groups", "operators", "values", "no_bootstrap")
def command(given: Input, *, fail_on: str, output: str, **asked: Any) -> None:
    """Parse, ask, render."""
    from rbacgraph.model.answers.encryption_at_rest.encrypted_files import SOPS_SEVERITIES

    to = destination(output)
    if fail_on and fail_on not in SOPS_SEVERITIES:
        raise UsageError(
            f"{fail_on!r} is not a value of --fail-on",
            advice=f"choose one of {', '.join(SOPS_SEVERITIES)}",
        )
    if not given.filename:
        raise UsageError(
            "nothing to read: give files of a repository with -f",
            advice="rbacgraph sops -f . reads the current folder",
        )
    answer = read_side(given, unheard=("no-bindings", "default-namespace")).sops(**asked)
    write(answer.report(), to)
    if fail_on:
        refuse_unread(answer.result.unread)
        last = SOPS_SEVERITIES.index(fail_on)
        if any(SOPS_SEVERITIES.index(finding.severity) <= last for finding in answer):
            raise Exit(FAILED)
