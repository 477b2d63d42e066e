"""Shows progress on standard error while a live cluster answers."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from rbacgraph.cli.shared.stdio import say

if TYPE_CHECKING:
    from rbacgraph.model.progress import Listed

_AFTER = 1.0
_EVERY = 60.0
_WIDTH = 24
_CLEAR = "\r\x1b[K"


@contextmanager
def shown(*, verbose: bool, quiet: bool) -> Iterator["Callable[[Listed], None] | None"]:
    """Yield a function that shows a line for each list, or a bar for a terminal, or nothing."""
    if verbose:
        yield _line
    elif quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
    else:
        bar = Bar(sys.stderr)
        try:
            yield bar
        finally:
            bar.clear()


@contextmanager
def counted(
    noun: str, *, quiet: bool, verbose: bool = False
) -> Iterator["Callable[[int, int], None] | None"]:
    """Yield a function that shows a bar with a count on a terminal, or nothing.

    If ``verbose``, it writes a line now and then where there is no terminal.
    """
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield _Lines(noun).show if verbose and not quiet else None
        return
    bar = Bar(sys.stderr, noun=noun)
    try:
        yield bar.show
    finally:
        bar.clear()


class _Lines:
    """Writes a line after each tenth of the work, and after each minute."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._last = time.monotonic()

    def show(self, done: int, total: int) -> None:
        """Show the number done, if it is time."""
        now = time.monotonic()
        if done * 10 // total != (done - 1) * 10 // total or now - self._last >= _EVERY:
            self._last = now
            say(f"{done:,} of {total:,} {self._noun}")


def _line(listed: "Listed") -> None:
    say(f"{listed.objects:>9,}  {listed.title}  ({listed.seconds:.2f} s)")


class Bar:
    """A line that is rewritten for work that takes longer than a second.

    ``clock``: see :mod:`time`.
    """

    def __init__(
        self,
        stream: TextIO,
        clock: Callable[[], float] = time.monotonic,
        noun: str = "lists",
    ) -> None:
        self._noun = noun
        self._stream = stream
        self._clock = clock
        self._start = clock()
        self._drawn = False

    def __call__(self, listed: "Listed") -> None:
        """Show the progress."""
        self.show(listed.done, listed.total)

    def show(self, done: int, total: int) -> None:
        """Show the number done."""
        if self._clock() - self._start < _AFTER:
            return
        full = _WIDTH * done // max(total, 1)
        bar = f"[{'#' * full}{' ' * (_WIDTH - full)}] {done:,} of {total:,} {self._noun}"
        self._write(f"{_CLEAR}{bar}")
        self._drawn = True

    def clear(self) -> None:
        """Clear the line."""
        if self._drawn:
            self._write(_CLEAR)

    def _write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)
            self._stream.flush()
