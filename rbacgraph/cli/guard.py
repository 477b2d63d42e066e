"""Errors as a person should meet them: a sentence and an advice, never a traceback."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from rbacgraph.errors import RbacGraphError

UNUSABLE = 2
BROKEN_PIPE = 141
INTERRUPTED = 130


@contextmanager
def guarded() -> Iterator[None]:
    """Turn what may go wrong into an exit status; anything unexpected is a bug and shows."""
    try:
        yield
        sys.stdout.flush()
    except RbacGraphError as error:
        complain(error)
        raise typer.Exit(UNUSABLE) from None
    except BrokenPipeError:
        # The reader has gone: say nothing, also not when Python flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(BROKEN_PIPE) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


def complain(error: RbacGraphError) -> None:
    """Print an error and its advice to standard error."""
    from rbacgraph.report.text import clean

    lines = [f"error: {clean(str(error))}"]
    if error.advice:
        lines.append(f"  {clean(error.advice)}")
    typer.echo("\n".join(lines), err=True)
