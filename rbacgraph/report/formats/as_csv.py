"""Writes CSV: flat rows that a spreadsheet shows and does not run."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import cast

from rbacgraph.model.printable import without_controls
from rbacgraph.report.formats.rows import Cell, Row, Rows

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_AT_ONCE = 1000
LARGE = 1 << 21
"""The number of characters that makes one good piece, however few its rows are."""


def csv_pieces(rows: Rows, at_once: int = _AT_ONCE, large: int = LARGE) -> Iterator[str]:
    """Yield rows below a line of column names, as in RFC 4180 but with plain line ends.

    A text that a spreadsheet would read as a formula gets an apostrophe before it. A piece has at
    most so many rows, and fewer if their texts are large: so many characters.
    """
    yield ",".join(rows.columns) + "\n"
    is_text = [name not in rows.types for name in rows.columns]
    for some in _parts(rows.rows, is_text, at_once, large):
        columns = [map(_Cells().__getitem__, column) for column in zip(*some, strict=True)]
        yield "\n".join([*map(",".join, zip(*columns, strict=True)), ""])


def _parts(
    rows: Iterable[Row], is_text: Sequence[bool], at_once: int, large: int
) -> Iterator[Sequence[Row]]:
    """Yield rows together, but few where they are long."""
    part: list[Row] = []
    size = 0
    for row in rows:
        part.append(row)
        size += sum(map(len, cast("Iterable[str]", compress(row, is_text))))
        if len(part) == at_once or size > large:
            yield part
            part, size = [], 0
    if part:
        yield part


class _Cells(dict[Cell, str]):
    """The written form of one column's values, computed once for each different value."""

    def __missing__(self, value: Cell) -> str:
        text = self[value] = _cell(value)
        return text


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = without_controls(value)
    if text.startswith(_FORMULA):
        text = f"'{text}"
    # No value needs quoting for line ends.
    return '"{}"'.format(text.replace('"', '""')) if "," in text or '"' in text else text
