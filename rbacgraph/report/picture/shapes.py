"""A picture before any format: boxes, arrows, and what to know of them."""

from msgspec import Struct

EACH = "each"
"""Kind of the points that arrows go through which say the same of several boxes."""


class Place(Struct, frozen=True):
    """A line of a file."""

    file: str
    line: int


class Box(Struct, frozen=True, kw_only=True):
    """One node, or several that are alike.

    Parameters
    ----------
    id:
        Its name in the picture.
    kind, namespace:
        Of the nodes; no namespace where they are in none, in several, or shown with theirs.
    heading, names, more:
        The label: the kind, some names (without that namespace), and how many are left.
    tooltip:
        All of it in words.
    several:
        Whether it stands for more than one object.
    starts, asked:
        Whether it is who gets at something, and whether it is what the question is about.
    place:
        Where it was read.
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
    place: Place | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The label: the frame around it shows the namespace."""
        return tuple(line for line in (self.heading, *self.names, self.more) if line)


class Arrow(Struct, frozen=True, kw_only=True):
    """One step: the technique in words, dashed where it depends on a condition.

    ``change`` is ``gained`` or ``lost`` in the picture of a change, else empty.
    """

    source: str
    target: str
    label: str
    tooltip: str
    conditional: bool
    place: Place | None = None
    change: str = ""


class Picture(Struct, frozen=True):
    """Boxes and arrows in the order in which the answer names them, and what to know of them.

    A picture that is ``tight`` is to be drawn with little space, for it has to fit a page.
    """

    title: str
    notes: tuple[str, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    tight: bool = False


def kinds_shown(picture: Picture) -> list[str]:
    """Kinds of the boxes, sorted."""
    return sorted({box.kind for box in picture.boxes})
