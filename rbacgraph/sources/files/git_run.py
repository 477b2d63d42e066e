"""Runs git so that git runs no program that a repository names.

A repository's configuration can name programs for nearly everything (``core.fsmonitor``, hooks,
filters, ``diff.external``, ``textconv``, transports). rbacgraph uses only commands that read and
that neither filter nor convert content, and turns off everything that they might start.
Sources: git's documentation of ``git-config``, ``git`` (environment variables), ``githooks``.
"""

import os
import subprocess

from rbacgraph.errors import InputError, RbacGraphError

_SETTINGS = (
    *("-c", "core.fsmonitor="),
    *("-c", "core.untrackedCache=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
)
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",  # git must not write the index, which would call a hook
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # the same for an older git
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def git(
    folder: str | os.PathLike[str], *words: str, text: bytes = b""
) -> "subprocess.CompletedProcess[bytes]":
    """Run git in a folder, and return its result even if it fails.

    ``*words``: a command that reads, and its arguments.
    Raises RbacGraphError if git is not installed.
    """
    command = ["git", "--no-pager", "--literal-pathspecs", *_SETTINGS, "-C", os.fspath(folder)]
    try:
        return subprocess.run(  # noqa: S603 - no shell, and words that are no options
            [*command, *words],
            input=text,
            capture_output=True,
            check=False,
            env={**os.environ, **_ENVIRONMENT},
        )
    except FileNotFoundError:
        raise RbacGraphError("git was not found", advice="install git") from None


def run(folder: str | os.PathLike[str], *words: str, text: bytes = b"") -> bytes:
    """Return git's standard output; parameters as for :func:`git`.

    Raises InputError if git fails.
    """
    done = git(folder, *words, text=text)
    if done.returncode:
        raise InputError(f"git: {last_line(done.stderr)}")
    return done.stdout


def last_line(text: bytes) -> str:
    """Return git's error message as one line."""
    lines = text.decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("fatal: ") if lines else "git said nothing"
