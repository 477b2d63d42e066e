"""Prints errors as a sentence and advice, never as a traceback."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from click.exceptions import Abort, Exit

from rbacgraph.cli.shared import stdio
from rbacgraph.errors import FaultError, RbacGraphError


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """End without a message if the reader of standard output has gone."""
    try:
        yield
    except BrokenPipeError:
        stdio.lose_output()
        raise Exit(stdio.BROKEN_PIPE) from None


@contextmanager
def guarded() -> Iterator[None]:
    """Turn an error into an exit status; a bug shows its traceback."""
    try:
        yield
        sys.stdout.flush()
    except (Exit, Abort, BrokenPipeError):
        raise
    except RbacGraphError as error:
        complain(error)
        raise Exit(stdio.BUG if isinstance(error, FaultError) else stdio.UNUSABLE) from None
    except KeyboardInterrupt:
        raise Exit(stdio.INTERRUPTED) from None
    except Exception:  # noqa: BLE001 - whatever it is: exit 1 would be can-i's no
        stdio.show_bug()
        raise Exit(stdio.BUG) from None


def complain(error: RbacGraphError) -> None:
    """Print an error and its advice to standard error."""
    from rbacgraph.model.printable import clean

    stdio.say(f"error: {clean(error.message)}")
    if error.advice:
        stdio.say(f"  {clean(error.advice)}")


def note(text: str) -> None:
    """Print a hint about the question to standard error, if there is one."""
    if text:
        from rbacgraph.model.printable import clean

        stdio.say(f"note: {clean(text)}")


def notes(texts: Iterable[str], *, quiet: bool) -> None:
    """Print hints about the question, unless ``quiet``."""
    for text in texts if not quiet else ():
        note(text)
