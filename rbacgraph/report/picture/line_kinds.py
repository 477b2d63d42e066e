"""The kinds of lines that a picture has, for its legend."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.report.picture import palette
from rbacgraph.report.picture.shapes import Arrow, Picture

_CONDITIONAL = "only under a condition"


class LineKind(NamedTuple):
    """A kind of line: what it says, and its look."""

    words: str
    stroke: palette.Stroke
    dashed: bool = False


def stroke_of(arrow: Arrow) -> palette.Stroke:
    """Return the colour and width of an arrow."""
    return palette.change_stroke(arrow.change) if arrow.change else palette.STROKES[arrow.severity]


def kinds_of_lines(picture: Picture) -> Iterator[LineKind]:
    """Yield the kinds of the arrows with words, the worst first."""
    arrows = [arrow for arrow in picture.arrows if arrow.label]
    for change in sorted({arrow.change for arrow in arrows if arrow.change}):
        yield LineKind(palette.change_words(change), palette.change_stroke(change))
    solid = {arrow.severity for arrow in arrows if not (arrow.change or arrow.conditional)}
    for severity in sorted(solid - {palette.PictureSeverity.NONE}, reverse=True):
        yield LineKind(palette.severity_words(severity), palette.STROKES[severity])
    if any(arrow.conditional for arrow in arrows):
        yield LineKind(_CONDITIONAL, palette.STROKES[palette.PictureSeverity.LOW], dashed=True)
