"""Writes HTML tables for notebooks: every name escaped, long answers shortened."""

from collections.abc import Iterable
from html import escape

from rbacgraph.model.printable import clean
from rbacgraph.report.formats.rows import Cell, Rows
from rbacgraph.report.text.layout.text import count, listing

SHOWN = 60
_LONGEST = 300


def html_table(rows: Rows, caption: str) -> str:
    """Return a table of the columns to show and the first rows, and say what is left out."""
    columns = rows.shown or rows.columns
    places = [rows.columns.index(column) for column in columns]
    some = ([row[place] for place in places] for row in rows.rows[:SHOWN])
    left = {
        "more row": len(rows.rows) - min(SHOWN, len(rows.rows)),
        "more column": len(rows.columns) - len(columns),
    }
    more = listing([count(number, words) for words, number in left.items() if number])
    return plain_table(columns, some, caption, f"{more}: to_frame() has all." if more else "")


def plain_table(
    columns: Iterable[str], rows: Iterable[Iterable[Cell]], caption: str, below: str
) -> str:
    """Return a table with a sentence below, if there is one."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    more = f"\n<p>{escape(clean(below))}</p>" if below else ""
    return (
        f"<table>\n<caption>{escape(clean(caption))}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>{more}\n"
    )


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        value = "yes" if value else "no"
    text = clean(str(value))
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    return f"<td>{escape(text)}</td>"
