"""Lays out tables with one line per row by columns, so that 200,000 rows take no time."""

from collections.abc import Sequence

from msgspec import Struct

from rbacgraph.report.text.look import Look
from rbacgraph.report.text.text import GAP, cut, listing, width

_NARROWEST = 8


class Column(Struct, frozen=True):
    """One column: its title and cells, already clean.

    ``expendable`` columns make room on a terminal, the highest first; 0 never does. If that is not
    enough, the cells of ``shrinks`` columns are cut, the longest first.
    """

    title: str
    cells: Sequence[str]
    number: bool = False
    expendable: int = 0
    shrinks: bool = False


def table_lines(columns: Sequence[Column], look: Look) -> tuple[list[str], str]:
    """Return a table as lines.

    Returns
    -------
    tuple
        The lines, and in words which columns the terminal had no room for. In a pipe and in the
        wide format nothing is left out or cut.
    """
    padded = [_pad(column) for column in columns]
    kept = list(range(len(columns)))
    left_out = []
    room = look.cut if look.cut and not look.wide else 0
    for index in sorted(kept, key=lambda i: -columns[i].expendable):
        used = sum(width(padded[i][0]) + len(GAP) for i in kept) - len(GAP)
        if not room or used <= room or not columns[index].expendable:
            break
        kept.remove(index)
        left_out.append(index)
    if room:
        _shrink(columns, padded, kept, room)
    lines = [GAP.join(cells).rstrip() for cells in zip(*(padded[i] for i in kept), strict=True)]
    if room:
        lines = [cut(line, room) for line in lines]
    lines[0] = look.paint(lines[0], "heading")
    names = listing([columns[index].title for index in sorted(left_out)])
    return lines, f"-o wide shows {names} too" if names else ""


def _shrink(
    columns: Sequence[Column], padded: list[list[str]], kept: Sequence[int], room: int
) -> None:
    """Cut the cells of shrinking columns to one width, the widest at which the rest fits."""
    widths = {index: width(padded[index][0]) for index in kept}
    own = [index for index in kept if columns[index].shrinks]
    over = sum(widths.values()) + len(GAP) * (len(kept) - 1) - room
    if over <= 0 or not own:
        return
    target = sum(widths[index] for index in own) - over
    widest = max(widths[index] for index in own)
    most = next(
        (m for m in range(widest, _NARROWEST, -1) if sum(min(widths[i], m) for i in own) <= target),
        _NARROWEST,
    )
    for index in own:
        if widths[index] > most:
            column = columns[index]
            cells = [cut(cell, most) for cell in column.cells]
            padded[index] = _pad(Column(cut(column.title, most), cells, number=column.number))


def _pad(column: Column) -> list[str]:
    cells = [column.title, *column.cells]
    widths = [len(text) if text.isascii() else width(text) for text in cells]
    columns = max(widths)
    if column.number:
        return [" " * (columns - used) + text for text, used in zip(cells, widths, strict=True)]
    return [text + " " * (columns - used) for text, used in zip(cells, widths, strict=True)]
