"""Installs the shell's completion of commands, options and values."""

import os
from pathlib import Path

import click
from click.exceptions import Exit

from rbacgraph.cli.shared.stdio import UNUSABLE, say

_FILES = {
    "bash": ".bashrc",
    "zsh": ".zshrc",
    "fish": ".config/fish/completions/rbacgraph.fish",
}
_LINES = {
    "bash": 'eval "$(_RBACGRAPH_COMPLETE=bash_source rbacgraph)"',
    "zsh": 'eval "$(_RBACGRAPH_COMPLETE=zsh_source rbacgraph)"',
    "fish": "_RBACGRAPH_COMPLETE=fish_source rbacgraph | source",
}


def show_completion(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print the line for the start-up file of the shell."""
    if asked:
        click.echo(_LINES[_shell()])
        context.exit()


def install_completion(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Add that line to the start-up file of the shell, unless it is there."""
    if not asked:
        return
    shell = _shell()
    file, line = Path.home() / _FILES[shell], _LINES[shell]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        there = file.read_text(encoding="utf-8") if file.exists() else ""
        if line not in there.splitlines():
            end = "" if there.endswith("\n") or not there else "\n"
            file.write_text(f"{there}{end}{line}\n", encoding="utf-8")
    except OSError as error:
        say(f"error: cannot write {file}: {error.strerror}")
        context.exit(UNUSABLE)
    click.echo(f"{shell} completion installed in {file}: start the shell again")
    context.exit()


def _shell() -> str:
    """Return the name of the current shell."""
    name = Path(os.environ.get("SHELL", "")).name
    if name not in _FILES:
        say(f"error: there is no completion for the shell {name!r}: use {', '.join(_FILES)}")
        raise Exit(UNUSABLE)
    return name
