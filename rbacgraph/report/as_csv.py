"""CSV: flat rows that a spreadsheet shows and does not run."""

import csv
import io

from rbacgraph.model.printable import clean
from rbacgraph.report.rows import Cell, Rows

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Rows) -> str:
    """Write rows under a line of column names, as RFC 4180 has it but for plain line ends.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows.columns)
    columns = [map(_Cells().__getitem__, column) for column in zip(*rows.rows, strict=True)]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue()


class _Cells(dict[Cell, str]):
    """What is written for a column's values, each different one made once."""

    def __missing__(self, value: Cell) -> str:
        text = self[value] = _cell(value)
        return text


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = clean(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
