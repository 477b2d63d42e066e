"""Writes HTML tables for notebooks: every name escaped, long answers shortened."""

from html import escape

from rbacgraph.model.printable import clean
from rbacgraph.report.formats.rows import Cell, Rows
from rbacgraph.report.text.text import count

SHOWN = 60


def html_table(rows: Rows, caption: str) -> str:
    """Return a table of the first rows, with the number of rows left out."""
    head = "".join(f"<th>{escape(column)}</th>" for column in rows.columns)
    body = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows.rows[:SHOWN])
    left = len(rows.rows) - SHOWN
    more = f"\n<p>{count(left, 'more row')}: to_frame() has all.</p>" if left > 0 else ""
    return (
        f"<table>\n<caption>{escape(clean(caption))}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>{more}\n"
    )


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        value = "yes" if value else "no"
    return f"<td>{escape(clean(str(value)))}</td>"
