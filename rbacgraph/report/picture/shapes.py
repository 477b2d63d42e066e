"""A picture before any format: boxes, arrows, and notes."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from rbacgraph.report.picture import palette
from rbacgraph.report.picture.palette import PictureSeverity

_CONDITIONAL = "only under a condition"


class LineKind(NamedTuple):
    """A kind of line: what it says, and its look."""

    words: str
    stroke: palette.Stroke
    dashed: bool = False


EACH = "each"
"""Kind of the points where arrows with the same words to several boxes meet."""


class FileLine(Struct, frozen=True):
    """A line of a file."""

    file: str
    line: int


class DrawnBox(Struct, frozen=True, kw_only=True):
    """One node, or several alike ones.

    ``kind``, ``namespace``: the nodes' kind and namespace; no namespace if they have none or
        several, or show it.
    ``heading``, ``names``, ``more``: the label: the kind, some names (without that namespace), and
        how many are left out.
    ``several``: whether it stands for more than one object.
    ``starts``, ``asked``: whether paths start at it, and whether it is a node of the question.
    ``place``: where the object was read.
    """

    id: str
    kind: str
    namespace: str
    heading: str
    names: tuple[str, ...]
    more: str
    tooltip: str
    several: bool
    starts: bool = False
    asked: bool = False
    place: FileLine | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The label, without the namespace if a frame shows it."""
        return tuple(line for line in (self.heading, *self.names, self.more) if line)


class Arrow(Struct, frozen=True, kw_only=True):
    """One step: the technique in words, dashed if it depends on a condition.

    ``change`` is ``gained`` or ``lost`` in the picture of a change, else empty.
    """

    source: str
    target: str
    label: str
    tooltip: str
    conditional: bool
    place: FileLine | None = None
    change: str = ""
    severity: PictureSeverity = PictureSeverity.NONE


class Picture(Struct, frozen=True):
    """Boxes and arrows in the order of the answer, with notes.

    A ``tight`` picture is drawn with little space, to fit a page.
    """

    title: str
    notes: tuple[str, ...]
    boxes: tuple[DrawnBox, ...]
    arrows: tuple[Arrow, ...]
    tight: bool = False


def kinds_shown(picture: Picture) -> list[str]:
    """Kinds of the boxes, sorted."""
    return sorted({box.kind for box in picture.boxes})


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
