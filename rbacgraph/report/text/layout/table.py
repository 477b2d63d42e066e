"""Lays out tables with one line per row by columns, so that 200,000 rows take no time."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import GAP, cut, cut_chain, cut_name, listing, width

_NARROWEST = 8


class Column(Struct, frozen=True):
    """One column: its title and cells, already clean.

    ``expendable`` columns make room on a terminal, the highest first; 0 never does. If that is not
    enough, the cells of ``shrinks`` columns are cut, the longest first: those of ``names`` in their
    middle, as names differ at their ends, and never so that two become the same; those of
    ``chains`` between their links. A column that would have less than ``least`` is left out. A
    column with ``enough`` is cut to that width before an expendable one is left out. A terminal
    without room for all ``cells`` shows those of ``shorter`` instead, if there are any.
    """

    title: str
    cells: Sequence[str]
    number: bool = False
    expendable: int = 0
    shrinks: bool = False
    names: bool = False
    least: int = 0
    chains: bool = False
    enough: int = 0
    shorter: Sequence[str] = ()


def table_lines(columns: Sequence[Column], look: Look) -> tuple[list[str], str]:
    """Return a table as lines.

    Returns the lines, and in words which columns the terminal had no room for. In a pipe and in the
        wide format nothing is left out or cut.
    """
    lines, left_out = lay_out(columns, look)
    return lines, f"-o wide shows {listing(left_out)} too" if left_out else ""


class _Padded(NamedTuple):
    """A title and cells of one width; a large table has them padded for one line at a time."""

    cells: Sequence[str]
    width: int
    number: bool

    def texts(self) -> Iterator[str]:
        """Yield the title and the cells, all of the same width."""
        for text in self.cells:
            blanks = " " * (self.width - (len(text) if text.isascii() else width(text)))
            yield blanks + text if self.number else text + blanks


def lay_out(columns: Sequence[Column], look: Look) -> tuple[list[str], list[str]]:
    """Return a table as lines, and the titles of the columns that it leaves out."""
    padded = [_pad(column) for column in columns]
    kept = list(range(len(columns)))
    left_out = []
    room = look.cut if look.cut and not look.wide else 0
    if room and sum(cells.width + len(GAP) for cells in padded) - len(GAP) > room:
        columns = [replace(c, cells=c.shorter) if c.shorter else c for c in columns]
        padded = [_pad(column) for column in columns]
    least = [_least(column, cells.width) for column, cells in zip(columns, padded, strict=True)]
    for index in sorted(kept, key=lambda i: -columns[i].expendable):
        used = sum(least[i] + len(GAP) for i in kept) - len(GAP)
        if not room or used <= room or not columns[index].expendable:
            break
        kept.remove(index)
        left_out.append(index)
    if room:
        left_out += _shrink(columns, padded, kept, room)
    rows = zip(*(padded[i].texts() for i in kept), strict=True)
    lines = [GAP.join(texts).rstrip() for texts in rows]
    if room:
        lines = [cut(line, room) for line in lines]
    lines[0] = look.paint(lines[0], "heading")
    return lines, [columns[index].title for index in sorted(left_out)]


def _least(column: Column, columns: int) -> int:
    """Return the width of a column while none is left out."""
    return min(columns, column.enough) if column.shrinks and column.enough else columns


def _shrink(
    columns: Sequence[Column], padded: list[_Padded], kept: list[int], room: int
) -> list[int]:
    """Cut the cells of shrinking columns to one width, the widest at which the rest fits.

    Returns the columns that would have had too little room, and are no longer kept.
    """
    left_out: list[int] = []
    apart: dict[int, int] = {}
    while (most := _widest(columns, padded, kept, room, apart)) is not None:
        widths = {i: max(most, apart.get(i, 0)) for i in kept if columns[i].shrinks}
        own = [i for i, columns_of in widths.items() if padded[i].width > columns_of]
        short = [index for index in own if columns[index].least > widths[index]]
        if short:
            left_out.append(short[-1])
            kept.remove(short[-1])
            continue
        known = len(apart)
        for index in own:
            if columns[index].names and index not in apart:
                needed = _width_apart(columns[index].cells, most)
                apart |= {index: needed} if needed > most else {}
        if len(apart) > known:
            continue
        for index in own:
            column = columns[index]
            shorten = cut_name if column.names else cut_chain if column.chains else cut
            cells = [shorten(cell, widths[index]) for cell in column.cells]
            title = cut(column.title, widths[index])
            padded[index] = _pad(Column(title, cells, number=column.number))
        break
    return left_out


def _width_apart(names: Sequence[str], columns: int) -> int:
    """Return the least width, from ``columns`` on, at which no two names are cut to the same."""
    every = set(names)
    longest = max(map(width, every), default=0)
    while columns < longest:
        shown = Counter(cut_name(name, columns) for name in every)
        alike = {name for name in every if shown[cut_name(name, columns)] > 1}
        if not alike:
            break
        while columns < longest and len({cut_name(name, columns) for name in alike}) < len(alike):
            columns += 1
    return columns


def _widest(
    columns: Sequence[Column],
    padded: list[_Padded],
    kept: Sequence[int],
    room: int,
    apart: Mapping[int, int],
) -> int | None:
    """Return the width to which shrinking columns are cut; None if there is no need, or none.

    Those of ``apart`` keep at least the width given there.
    """
    widths = {index: padded[index].width for index in kept}
    own = [index for index in kept if columns[index].shrinks]
    over = sum(widths.values()) + len(GAP) * (len(kept) - 1) - room
    if over <= 0 or not own:
        return None
    target = sum(widths[index] for index in own) - over
    widest = max(widths[index] for index in own)

    def used(most: int) -> int:
        return sum(min(widths[i], max(most, apart.get(i, 0))) for i in own)

    return next((m for m in range(widest, _NARROWEST, -1) if used(m) <= target), _NARROWEST)


def _pad(column: Column) -> _Padded:
    cells = [column.title, *column.cells]
    most = max(len(text) if text.isascii() else width(text) for text in cells)
    return _Padded(cells, most, column.number)
