"""Standard output and standard error, which may be full, closed or abandoned by their reader."""

import errno
import io
import os
import sys
from contextlib import suppress
from typing import NoReturn

UNUSABLE = 2
BUG = 70
"""``EX_SOFTWARE`` of BSD's ``sysexits.h``: never 1, which is an answer."""
INTERRUPTED = 130
BROKEN_PIPE = 141


def say(text: str) -> None:
    """Print a line to standard error, and ignore a failure: there is nowhere to report it."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()


def unwritten(error: OSError) -> str:
    """Return why the answer is not on standard output."""
    reason = "standard output is closed" if error.errno == errno.EBADF else error.strerror
    return f"cannot write the answer: {reason or type(error).__name__}"


def open_output() -> None:
    """Replace a closed standard output by a stream that fails on writing.

    Python has None there, and the first opened file would get its number.
    """
    if sys.stdout is None:
        number = os.open(os.devnull, os.O_RDONLY)
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(number, "w")), encoding="utf-8")


def lose_output() -> None:
    """Discard what is still to be flushed: the failure was already reported."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_bug() -> None:
    """Print the traceback of the current exception."""
    import traceback

    say(traceback.format_exc().rstrip())


def leave(status: int) -> NoReturn:
    """Flush all output, then end the process."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        status = BROKEN_PIPE
    except OSError as error:
        say(f"error: {unwritten(error)}")
        status = UNUSABLE
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.flush()
    os._exit(status)
