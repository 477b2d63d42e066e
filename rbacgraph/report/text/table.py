"""Lays out tables with one line per row by columns, so that 200,000 rows take no time."""

from collections.abc import Sequence

from msgspec import Struct

from rbacgraph.report.text.look import Look
from rbacgraph.report.text.text import GAP, cut, cut_middle, listing, width

_NARROWEST = 8


class Column(Struct, frozen=True):
    """One column: its title and cells, already clean.

    ``expendable`` columns make room on a terminal, the highest first; 0 never does. If that is not
    enough, the cells of ``shrinks`` columns are cut, the longest first: those of ``names`` in their
    middle, as names differ at their ends. A column that would have less than ``least`` is left out.
    """

    title: str
    cells: Sequence[str]
    number: bool = False
    expendable: int = 0
    shrinks: bool = False
    names: bool = False
    least: int = 0


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
        left_out += _shrink(columns, padded, kept, room)
    lines = [GAP.join(cells).rstrip() for cells in zip(*(padded[i] for i in kept), strict=True)]
    if room:
        lines = [cut(line, room) for line in lines]
    lines[0] = look.paint(lines[0], "heading")
    names = listing([columns[index].title for index in sorted(left_out)])
    return lines, f"-o wide shows {names} too" if names else ""


def _shrink(
    columns: Sequence[Column], padded: list[list[str]], kept: list[int], room: int
) -> list[int]:
    """Cut the cells of shrinking columns to one width, the widest at which the rest fits.

    Returns
    -------
    list
        The columns that would have had too little room, and are no longer kept.
    """
    left_out: list[int] = []
    while (most := _widest(columns, padded, kept, room)) is not None:
        own = [i for i in kept if columns[i].shrinks and width(padded[i][0]) > most]
        short = [index for index in own if columns[index].least > most]
        if short:
            left_out.append(short[-1])
            kept.remove(short[-1])
            continue
        for index in own:
            column = columns[index]
            shorten = cut_middle if column.names else cut
            cells = [shorten(cell, most) for cell in column.cells]
            padded[index] = _pad(Column(cut(column.title, most), cells, number=column.number))
        break
    return left_out


def _widest(
    columns: Sequence[Column], padded: list[list[str]], kept: Sequence[int], room: int
) -> int | None:
    """Return the width to which shrinking columns are cut; None if there is no need, or none."""
    widths = {index: width(padded[index][0]) for index in kept}
    own = [index for index in kept if columns[index].shrinks]
    over = sum(widths.values()) + len(GAP) * (len(kept) - 1) - room
    if over <= 0 or not own:
        return None
    target = sum(widths[index] for index in own) - over
    widest = max(widths[index] for index in own)
    return next(
        (m for m in range(widest, _NARROWEST, -1) if sum(min(widths[i], m) for i in own) <= target),
        _NARROWEST,
    )


def _pad(column: Column) -> list[str]:
    cells = [column.title, *column.cells]
    widths = [len(text) if text.isascii() else width(text) for text in cells]
    columns = max(widths)
    if column.number:
        return [" " * (columns - used) + text for text, used in zip(cells, widths, strict=True)]
    return [text + " " * (columns - used) for text, used in zip(cells, widths, strict=True)]
