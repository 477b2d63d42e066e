"""The destination of the answer: file, format and look."""

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from rbacgraph.cli.shared.stdio import lose_output, unwritten
from rbacgraph.errors import RbacGraphError, UsageError
from rbacgraph.report.text.format_names import BINARY, DATA, PAGE, PICTURES, SUFFIXES, TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rbacgraph.report.question_formats import AnswerReport
    from rbacgraph.report.text.layout.look import Look

_WIDEST = 120
_OTHERS = {"picture": "; paths and reach can", PAGE: "; rbacgraph report writes a page"}


_FOR_BROWSERS = {PAGE: "a page for browsers", "svg": "a picture for browsers"}
_OR_TEXT = "; -o mermaid and -o dot are text"


class Destination(NamedTuple):
    """A format and its file, ``""`` for standard output, and the lines to explain, if not all."""

    format: str
    file: str = ""
    explain: tuple[int, ...] = ()


def destination(
    output: str,
    *,
    drawn: bool = False,
    page: bool = False,
    more: tuple[str, ...] = (),
    explain: tuple[int, ...] = (),
) -> Destination:
    """Parse ``-o FORMAT|PATH``: a path holds a dot or a slash.

    ``drawn``, ``page``: whether the answer can be drawn, or is only a page.
    """
    formats = (PAGE,) if page else (*TEXTS, *DATA, *(PICTURES if drawn else ()), *more)
    path = output if "." in output or "/" in output else ""
    suffix = Path(path).suffix.lower()
    name = SUFFIXES.get(suffix, "") if path else output
    if name not in formats:
        suffixes = ", ".join(suffix for suffix, name in SUFFIXES.items() if name in formats)
        others = _OTHERS.get("picture" if name in PICTURES else name, "")
        why = f": no format has the suffix {suffix!r}" if suffix and not name else ""
        raise UsageError(
            f"this answer cannot be written as {output!r}{why}{others}",
            advice=f"choose {', '.join(formats)}, or a file that ends in {suffixes}",
        )
    if not path and name in {*BINARY, *_FOR_BROWSERS} and sys.stdout.isatty():
        what = _FOR_BROWSERS.get(name, "binary and would garble the terminal")
        raise UsageError(
            f"{name} is {what}",
            advice=f"write it to a file: -o answer.{name}{_OR_TEXT if drawn else ''}",
        )
    if explain and name not in TEXTS:
        raise UsageError(
            f"--explain shows lines of the table, which {name} does not have",
            advice="leave out -o, or write -o FILE.txt",
        )
    return Destination(name, path, explain)


def write(report: "AnswerReport", to: Destination) -> None:
    """Write one answer."""
    pieces = report.pieces(to.format, _look(to))
    if not to.file:
        with printing() as stream:
            for piece in pieces:
                stream.write(piece)
        return
    from rbacgraph.model.replacing import replacing

    try:
        with replacing(to.file, private=False) as file:
            file.writelines(pieces)
    except OSError as error:
        raise RbacGraphError(f"cannot write {to.file}: {error.strerror}") from None


@contextmanager
def printing() -> "Iterator[BinaryIO]":
    """Yield standard output for an answer; report an error if writing fails."""
    try:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        lose_output()
        raise RbacGraphError(unwritten(error)) from None


def _look(to: Destination) -> "Look":
    from rbacgraph.report.text.layout.look import DEFAULT_WIDTH, MINIMUM_WIDTH, Look

    if to.file:
        return Look(explain=to.explain)
    terminal = sys.stdout.isatty()
    columns = shutil.get_terminal_size().columns if terminal else DEFAULT_WIDTH
    return Look(
        width=min(max(columns, MINIMUM_WIDTH), _WIDEST),
        cut=columns if terminal else 0,
        colour=_colour(terminal=terminal),
        explain=to.explain,
    )


def _colour(*, terminal: bool) -> bool:
    """Decide on colour by https://no-color.org and https://force-color.org."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (terminal and os.environ.get("TERM") != "dumb")
