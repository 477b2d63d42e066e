"""Prints errors as a sentence and advice, never as a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from rbacgraph.cli.shared.stdio import (
    BROKEN_PIPE,
    BUG,
    INTERRUPTED,
    UNUSABLE,
    lose_output,
    say,
    show_bug,
)
from rbacgraph.errors import RbacGraphError


@contextmanager
def guarded() -> Iterator[None]:
    """Turn an error into an exit status; a bug shows its traceback."""
    try:
        yield
        sys.stdout.flush()
    except (typer.Exit, typer.Abort):
        raise
    except RbacGraphError as error:
        complain(error)
        raise typer.Exit(UNUSABLE) from None
    except BrokenPipeError:
        lose_output()  # the reader has gone: print nothing, even when Python flushes at the end
        raise typer.Exit(BROKEN_PIPE) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except Exception:  # noqa: BLE001 - whatever it is: exit 1 would be can-i's no
        show_bug()
        raise typer.Exit(BUG) from None


def complain(error: RbacGraphError) -> None:
    """Print an error and its advice to standard error."""
    from rbacgraph.model.printable import clean

    say(f"error: {clean(str(error))}")
    if error.advice:
        say(f"  {clean(error.advice)}")


def note(text: str) -> None:
    """Print a hint about the question to standard error, if there is one."""
    if text:
        from rbacgraph.model.printable import clean

        say(f"note: {clean(text)}")
