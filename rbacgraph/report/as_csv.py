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
    writer.writerows([_cell(value) for value in row] for row in rows.rows)
    return out.getvalue()


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = clean(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
