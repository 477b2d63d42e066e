"""The kinds of lines that a picture has, for its legend."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.report.picture.palette import (
    STROKES,
    PictureSeverity,
    Stroke,
    change_stroke,
    change_words,
    severity_words,
)
from rbacgraph.report.picture.shapes import Arrow, Picture

_CONDITIONAL = "only under a condition"


class LineKind(NamedTuple):
    """A kind of line: what it says, and its look."""

    words: str
    stroke: Stroke
    dashed: bool = False


def stroke_of(arrow: Arrow) -> Stroke:
    """Return the colour and width of an arrow."""
    return change_stroke(arrow.change) if arrow.change else STROKES[arrow.severity]


def kinds_of_lines(picture: Picture) -> Iterator[LineKind]:
    """Yield the kinds of the arrows with words, the worst first."""
    arrows = [arrow for arrow in picture.arrows if arrow.label]
    for change in sorted({arrow.change for arrow in arrows if arrow.change}):
        yield LineKind(change_words(change), change_stroke(change))
    solid = {arrow.severity for arrow in arrows if not (arrow.change or arrow.conditional)}
    for severity in sorted(solid - {PictureSeverity.NONE}, reverse=True):
        yield LineKind(severity_words(severity), STROKES[severity])
    if any(arrow.conditional for arrow in arrows):
        yield LineKind(_CONDITIONAL, STROKES[PictureSeverity.LOW], dashed=True)
