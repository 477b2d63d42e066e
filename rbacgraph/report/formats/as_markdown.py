"""Writes Markdown for GitHub and GitLab: every name escaped, the size bounded."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from rbacgraph.model.printable import clean
from rbacgraph.report.text.layout.text import count

LARGEST = 65_536
"""The largest number of characters in a pull-request comment."""

ROWS = 25
"""The number of records that a table shows."""

_RESERVE = 400
T = TypeVar("T")

_SAFE = frozenset(" -.,:;/()=+")


def code(text: str) -> str:
    r"""Return a text as code, so that nothing in it is markup, a link or a mention.

    Examples
    --------
    >>> code("user:a|b")
    '<code>user:a&#124;b</code>'
    """
    return f"<code>{escaped(text)}</code>"


def escaped(text: str) -> str:
    """Escape by character references what Markdown or HTML might act on.

    Examples
    --------
    >>> escaped("*@team* https://example.org")
    '&#42;&#64;team&#42; https:&#47;/example.org'
    """
    shown = "".join(map(_char, clean(text))).replace("://", ":&#47;/")
    return shown.replace("www.", "www&#46;")


def _char(char: str) -> str:
    return char if char.isalnum() or char in _SAFE else f"&#{ord(char)};"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table of cells that are escaped already."""
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def folded(summary: str, lines: Sequence[str]) -> list[str]:
    """Return lines that are folded below a summary."""
    return ["<details>", f"<summary>{summary}</summary>", "", *lines, "", "</details>", ""]


def fitting_blocks(blocks: Sequence[Sequence[str]], room: int) -> tuple[list[str], int]:
    """Return as many blocks of lines as fit, in order.

    Returns the lines, and the number of blocks left out.
    """
    lines: list[str] = []
    for taken, block in enumerate(blocks):
        size = sum(len(line) + 1 for line in block)
        if size > room:
            return lines, len(blocks) - taken
        room -= size
        lines += block
    return lines, 0


def numbered_table(
    titles: Sequence[str], records: Sequence[T], row: Callable[[T], tuple[str, ...]]
) -> list[str]:
    """Return a table of the first records with their numbers, and how many are left out."""
    shown = records[:ROWS]
    rows = [(str(number), *row(record)) for number, record in enumerate(shown, 1)]
    left = len(records) - len(shown)
    return [*table(("", *titles), rows), *(["", f"… and {left:,} more."] if left else [])]


def comment(lines: list[str], details: Sequence[Sequence[str]], noun: str, nouns: str = "") -> str:
    """Return a comment of lines and as many blocks of details as GitHub accepts."""
    size = sum(len(line) + 1 for line in lines)
    shown, left = fitting_blocks(details, LARGEST - size - _RESERVE)
    rest = [f"Details of {count(left, noun, nouns)} do not fit here.", ""] if left else []
    return "\n".join([*lines, *shown, *rest]).rstrip("\n") + "\n"
