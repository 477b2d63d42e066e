"""``cut`` as flat rows."""

from rbacgraph.model.changes.cut import CutResult
from rbacgraph.report.formats.rows import Cell, Rows
from rbacgraph.report.text.words import object_name


def cut_rows(result: CutResult) -> Rows:
    """One row per edit."""
    rows: list[tuple[Cell, ...]] = [
        (
            edit.kind,
            object_name(edit.namespace, edit.name),
            edit.text,
            edit.closes,
            "; ".join(edit.loses),
            "; ".join(edit.lost),
            edit.note,
            edit.file,
            edit.line,
        )
        for edit in result.edits
    ]
    columns = ("kind", "object", "change", "closes", "loses", "lost", "note", "file", "line")
    return Rows(columns, frozenset({"kind"}), rows)
