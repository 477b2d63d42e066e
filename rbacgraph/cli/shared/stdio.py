"""Standard output and standard error, which may be full, closed or left by their reader."""

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
    """Print a line to standard error; where that fails, nothing is left to say it to."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()


def unwritten(error: OSError) -> str:
    """Say why the answer is not on standard output."""
    reason = "standard output is closed" if error.errno == errno.EBADF else error.strerror
    return f"cannot write the answer: {reason or type(error).__name__}"


def open_output() -> None:
    """Give a closed standard output a stream that fails when it is written to.

    Python has None there, and the first file that is opened would get its number.
    """
    if sys.stdout is None:
        number = os.open(os.devnull, os.O_RDONLY)
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(number, "w")), encoding="utf-8")


def lose_output() -> None:
    """Send what is still to be flushed nowhere: it cannot be written, which was said."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_bug() -> None:
    """Print the traceback of the exception at hand."""
    import traceback

    say(traceback.format_exc().rstrip())


def leave(status: int) -> NoReturn:
    """Write out what waits to be written, then end the process."""
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
