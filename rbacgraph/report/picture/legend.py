"""Writes the legend, a strip below a picture, and the notes under it, as an HTML label of DOT."""

from collections.abc import Iterator
from html import escape

from rbacgraph.report.picture.line_kinds import LineKind, kinds_of_lines
from rbacgraph.report.picture.palette import family, family_words, ink
from rbacgraph.report.picture.shapes import EACH, Picture, kinds_shown
from rbacgraph.report.text.layout.text import wrap

_PLAIN = frozenset({"", EACH})
"""Kinds of boxes whose words say it all."""
_NOTE_WIDTH = 130
_WORDS = '<FONT POINT-SIZE="10">{}</FONT>'
_CHIP = (
    '<TD BORDER="1" STYLE="ROUNDED" COLOR="{border}" BGCOLOR="{fill}" CELLPADDING="3">{words}</TD>'
)
_BAR = '<TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}" BGCOLOR="{colour}"></TD>'
_GAP = '<TD FIXEDSIZE="TRUE" WIDTH="4" HEIGHT="1"></TD>'
_THICKER = 1.6
"""How much thicker: so that the samples differ at a glance."""


def legend(picture: Picture) -> str:
    """Return the label below a picture: the kinds and lines that it has, and its notes."""
    cells = [*_kinds(picture), *map(_line, kinds_of_lines(picture))]
    strip = "".join(f"<TD>{cell}</TD>" for cell in cells)
    rows = [_table(f"<TR>{strip}</TR>", spacing=4)] if cells else []
    if picture.notes:
        lines = (escape(line) for note in picture.notes for line in wrap(note, _NOTE_WIDTH))
        left = '<BR ALIGN="LEFT"/>'
        rows.append(_WORDS.format("".join(f"{line}{left}" for line in lines)))
    body = "".join(f'<TR><TD ALIGN="LEFT" BALIGN="LEFT">{row}</TD></TR>' for row in rows)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0">{body}</TABLE>>'


def _kinds(picture: Picture) -> Iterator[str]:
    for name in dict.fromkeys(family(kind) for kind in kinds_shown(picture) if kind not in _PLAIN):
        look, words = ink(name), _WORDS.format(escape(family_words(name)))
        yield _table(f"<TR>{_CHIP.format(border=look.border, fill=look.fill, words=words)}</TR>")


def _line(line: LineKind) -> str:
    """Return a sample of a line, a bar that is thicker than that, and its words."""
    height = max(1, round(line.stroke.width * _THICKER))
    bar = _BAR.format(width=6 if line.dashed else 30, height=height, colour=line.stroke.colour)
    bars = _table(f"<TR>{_GAP.join([bar] * (3 if line.dashed else 1))}</TR>")
    words = _WORDS.format(escape(line.words))
    return _table(f"<TR><TD>{bars}</TD><TD>{words}</TD></TR>", spacing=2)


def _table(rows: str, spacing: int = 0) -> str:
    return (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="{spacing}" CELLPADDING="0">{rows}</TABLE>'
    )
