"""Estimates the size of a picture before it is drawn."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rbacgraph.report.picture.palette import ink
from rbacgraph.report.picture.shapes import Arrow, DrawnBox, Picture
from rbacgraph.report.text.layout.text import width, wrap_even

SHORT_SIDE, LONG_SIDE = 2100, 2970
"""The largest sides of a readable picture, in pixels at 96 to the inch: one page."""


class Room(NamedTuple):
    """The room that a picture leaves.

    ``label``, ``name``: columns of words on arrows, and of names.
    ``rows``, ``columns``: inches between boxes, and between columns of boxes.
    ``asked``: size in points of the words on the nodes of the question.
    """

    label: int
    name: int
    rows: float
    columns: float
    asked: int


_AMPLE, _TIGHT = Room(34, 40, 0.3, 0.7, 16), Room(22, 26, 0.15, 0.25, 13)
_LINES, _WIDEST = 4, 40
_ALONE = "*"
"""What stands on no line of its own."""
_INCH = 96
_LINE, _BORDER, _FRAME, _LEGEND = 17, 22, 60, 90
_CHAR, _SIDES, _LABEL_CHAR, _SPACE = 9.5, 29, 4, 2.2
"""Fitted to Graphviz' drawings of many clusters."""
_WIDER = {"hexagon": (1.35, 1.4), "ellipse": (1.4, 1.4)}
"""How much wider and higher some shapes are than their words."""


def room(picture: Picture) -> Room:
    """Return how much room a picture leaves."""
    return _TIGHT if picture.tight else _AMPLE


def label_lines(label: str, space: Room) -> list[str]:
    """Break the words on an arrow: long ones, such as conditions, into wider lines."""
    columns = max(space.label, min(len(label) // _LINES, _WIDEST))
    lines = wrap_even(label, columns) if label else []
    if lines and lines[-1] == _ALONE:
        lines = [*lines[:-2], f"{lines[-2]} {_ALONE}"] if len(lines) > 1 else lines
    return lines


def pages(picture: Picture) -> float:
    """Estimate how many pages, in height or width, a picture needs; up to 1 it fits one page."""
    wide, high = size(picture)
    return max(min(wide, high) / SHORT_SIDE, max(wide, high) / LONG_SIDE)


def size(picture: Picture) -> tuple[float, int]:
    """Estimate the width and height in pixels of a picture that reads from left to right."""
    column, space = _columns(picture), room(picture)
    boxes: Counter[int] = Counter()
    frames: dict[tuple[int, str], None] = {}
    wide: dict[int, float] = {}
    for box in picture.boxes:
        here = column[box.id]
        across, high = _box_size(box, space)
        boxes[here] += high + round(space.rows * _INCH)
        frames[here, box.namespace] = None
        wide[here] = max(wide.get(here, 0), across)
    for here, namespace in frames:
        boxes[here] += _FRAME if namespace else 0
    labels: Counter[int] = Counter()
    spans: dict[int, float] = {}
    for arrow in picture.arrows:
        lines = label_lines(arrow.label, space)
        for gap in _gaps(column, arrow):
            labels[gap] += len(lines) * _LINE + round(space.rows * _INCH)
            spans[gap] = max([spans.get(gap, 0), *map(width, lines)])
            lines = []
    across = sum(wide.values()) + sum(
        span * _LABEL_CHAR + space.columns * _INCH * _SPACE for span in spans.values()
    )
    high = max([*boxes.values(), *labels.values()], default=0)
    return across, high + _LEGEND + _LINE * (1 + len(picture.notes))


def _box_size(box: DrawnBox, space: Room) -> tuple[float, int]:
    longest = max(min(width(line), space.name) for line in (*box.lines, ""))
    wider, higher = _WIDER.get(ink(box.kind).shape, (1, 1))
    return longest * _CHAR * wider + _SIDES, round((len(box.lines) * _LINE + _BORDER) * higher)


def _gaps(column: Mapping[str, int], arrow: Arrow) -> Iterator[int]:
    """Yield the gaps between columns that an arrow crosses; its words are in the first."""
    low, high = sorted((column[arrow.source], column[arrow.target]))
    yield from range(low, max(high, low + 1))


def _columns(picture: Picture) -> dict[str, int]:
    """Number the columns so that arrows are short: boxes stay near their targets or sources."""
    ends = [(arrow.source, arrow.target) for arrow in picture.arrows]
    names = [box.id for box in picture.boxes]
    both = _depths(names, ends), _depths(names, [(target, source) for source, target in ends])
    return min(both, key=lambda column: sum(abs(column[a] - column[b]) for a, b in ends))


def _depths(names: Iterable[str], ends: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Count the arrows of the longest path from each node, ignoring cycles."""
    onward: dict[str, list[str]] = {name: [] for name in names}
    for source, target in ends:
        onward[source].append(target)
    depth: dict[str, int] = {}
    begun: set[str] = set()
    for start in onward:
        stack = [start]
        while stack:
            here = stack[-1]
            if here not in begun:
                begun.add(here)
                stack += [target for target in onward[here] if target not in begun]
                continue
            stack.pop()
            if here not in depth:
                depth[here] = max((depth[t] + 1 for t in onward[here] if t in depth), default=0)
    return depth
