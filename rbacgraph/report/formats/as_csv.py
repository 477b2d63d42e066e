"""CSV: flat rows that a spreadsheet shows and does not run."""

from collections.abc import Iterator
from itertools import islice

from rbacgraph.model.printable import clean
from rbacgraph.report.formats.rows import Cell, Rows

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_AT_ONCE = 1000


def csv_text(rows: Rows) -> str:
    """Write rows under a line of column names, as RFC 4180 has it but for plain line ends.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    return "".join(csv_pieces(rows))


def csv_pieces(rows: Rows) -> Iterator[str]:
    """Yield the same in pieces, so that neither all rows nor their whole text are held."""
    yield ",".join(rows.columns) + "\n"
    left = iter(rows.rows)
    while some := list(islice(left, _AT_ONCE)):
        columns = [map(_Cells().__getitem__, column) for column in zip(*some, strict=True)]
        yield "\n".join([*map(",".join, zip(*columns, strict=True)), ""])


class _Cells(dict[Cell, str]):
    """What is written for the values of one column, made once for each that differs."""

    def __missing__(self, value: Cell) -> str:
        text = self[value] = _cell(value)
        return text


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = clean(value)
    if text.startswith(_FORMULA):
        text = f"'{text}"
    # No line ends are left to be quoted.
    return '"{}"'.format(text.replace('"', '""')) if "," in text or '"' in text else text
