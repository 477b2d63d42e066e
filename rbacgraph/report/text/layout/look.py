"""The look of a text: width, colour, and how much of it."""

from msgspec import Struct

from rbacgraph.model.printable import clean
from rbacgraph.report.text.layout.text import GAP, width, wrap

MINIMUM_WIDTH = 60
DEFAULT_WIDTH = 100

_STYLES = {
    "heading": "1",
    "name": "1",
    "edge": "36",
    "place": "2",
    "quiet": "2",
    "certain": "1;31",
    "conditional": "33",
    "good": "1;32",
}


class Look(Struct, frozen=True):
    """The page for which a text is laid out.

    ``width``: columns to which prose and evidence are wrapped.
    ``cut``: columns to which a table's rows are cut; 0 for no cutting (a pipe).
    ``colour``: whether to colour with ANSI escapes.
    ``wide``: whether to list everything that the plain table summarises.
    ``explain``: the numbers of lines to show alone, each as the wide format does.
    """

    width: int = DEFAULT_WIDTH
    cut: int = 0
    colour: bool = False
    wide: bool = False
    explain: tuple[int, ...] = ()

    def paint(self, text: str, style: str) -> str:
        """Return a clean text in colour."""
        if not self.colour or not text or style not in _STYLES:
            return text
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"

    def heading(self, text: str) -> str:
        """Return the first line of a section."""
        return self.paint(clean(text), "heading")

    def prose(self, text: str, *, indent: int = 0, hang: int = 0, style: str = "") -> list[str]:
        """Wrap a sentence; lines after the first hang ``hang`` columns deeper."""
        first, *rest = wrap(clean(text), self.width - indent - hang)
        lines = [(indent, first), *((indent + hang, line) for line in rest)]
        return [" " * depth + self.paint(line, style) for depth, line in lines]

    def pair(
        self,
        left: str,
        right: str,
        *,
        indent: int = 0,
        hang: int = 2,
        styles: tuple[str, str] = ("", ""),
    ) -> list[str]:
        """Return two texts at the left and the right edge, on one line if they fit."""
        left, right = clean(left), clean(right)
        room = self.width - indent
        if width(left) + (len(GAP) + width(right) if right else 0) <= room:
            lines = [left]
        else:
            first, *rest = wrap(left, room - hang)
            lines = [first, *(" " * hang + line for line in rest)]
        painted = [" " * indent + self.paint(line, styles[0]) for line in lines]
        if not right:
            return painted
        used = width(lines[-1])
        if used + len(GAP) + width(right) <= room:
            gap = " " * (room - used - width(right))
            return [*painted[:-1], painted[-1] + gap + self.paint(right, styles[1])]
        gap = " " * max(self.width - width(right), indent + hang)
        return [*painted, gap + self.paint(right, styles[1])]
