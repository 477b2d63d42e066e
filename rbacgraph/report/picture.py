"""What a picture of an answer shows: nodes and labelled steps, before any format."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from rbacgraph.model.printable import clean
from rbacgraph.model.results import Hop, PathsResult, ReachResult
from rbacgraph.report.fold import (
    Route,
    certain_paths,
    conditional_paths,
    fold_principals,
    fold_targets,
)
from rbacgraph.report.text import fitting
from rbacgraph.report.words import count_kinds, is_collection, kind_of, short, title

NAMES_SHOWN = 3
TOOLTIP_WIDTH = 1000


class Box(Struct, frozen=True):
    """One node: its id in the picture, the lines of its label, and all of it in words."""

    id: str
    kind: str
    lines: tuple[str, ...]
    tooltip: str
    collection: bool


class Arrow(Struct, frozen=True):
    """One step: the technique in words, dashed where it depends on a condition."""

    source: str
    target: str
    label: str
    tooltip: str
    conditional: bool


class Picture(Struct, frozen=True):
    """Boxes and arrows in the order in which the answer names them."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def paths_picture(result: PathsResult) -> Picture:
    """Show every path; principals with the same way are one box."""
    canvas = _Canvas()
    for secret in result.secrets:
        canvas.box(secret.secret)
        for route in fold_principals(secret.paths):
            canvas.draw(route.names, route, (secret.secret,))
    return canvas.picture()


def reach_picture(result: ReachResult) -> Picture:
    """Show the blast radius; targets with the same way are one box."""
    canvas = _Canvas()
    canvas.box(result.source)
    pairs = [*certain_paths(result.reached), *conditional_paths(result.reached)]
    for route in fold_targets(pairs):
        canvas.draw((result.source,), route, route.names)
    return canvas.picture()


class _Canvas:
    """Collects boxes and arrows, each once."""

    def __init__(self) -> None:
        self._boxes: dict[tuple[str, ...], Box] = {}
        self._arrows: dict[Arrow, None] = {}

    def picture(self) -> Picture:
        return Picture(tuple(self._boxes.values()), tuple(self._arrows))

    def box(self, *nodes: str) -> str:
        """Return the id of the box of one node, or of several together."""
        if nodes not in self._boxes:
            self._boxes[nodes] = _box(f"n{len(self._boxes) + 1}", nodes)
        return self._boxes[nodes].id

    def draw(self, starts: Sequence[str], route: Route, ends: Sequence[str]) -> None:
        """Draw one route from the first box to the last."""
        here = self.box(*starts)
        drawn = {route.lead.hops[0].source: here}
        for index, hop in enumerate(route.lead.hops):
            if hop.source not in drawn:
                drawn[hop.source] = self._member(here, hop.source)
            last = index == len(route.lead.hops) - 1
            arrived = last and hop.target in {route.lead.target, *ends}
            here = self.box(*ends) if arrived else self.box(hop.target)
            for source in (hop.source, *hop.others):
                self._step(drawn.get(source) or self.box(source), here, hop)
            if arrived:
                return
            drawn[hop.target] = here
        self._member(here, *ends)

    def _step(self, source: str, target: str, hop: Hop) -> None:
        label = clean(f"{hop.text} ({hop.condition})" if hop.condition else hop.text)
        self._arrows[Arrow(source, target, label, hop.edge, bool(hop.condition))] = None

    def _member(self, source: str, *nodes: str) -> str:
        target = self.box(*nodes)
        if target != source:
            self._arrows[Arrow(source, target, "", "one of them", conditional=False)] = None
        return target


def _box(name: str, nodes: tuple[str, ...]) -> Box:
    kinds = {kind_of(node) for node in nodes}
    kind = kinds.pop() if len(kinds) == 1 else ""
    everything = fitting([clean(node) for node in nodes], TOOLTIP_WIDTH)
    if len(nodes) == 1:
        lines = tuple(clean(line) for line in title(nodes[0]) if line)
        return Box(name, kind, lines, everything, is_collection(nodes[0]))
    names = [clean(short(node) if kind else node) for node in nodes[:NAMES_SHOWN]]
    left = len(nodes) - NAMES_SHOWN
    more = [f"and {left:,} more"] if left > 0 else []
    return Box(name, kind, (count_kinds(nodes), *names, *more), everything, collection=True)


def kinds_shown(picture: Picture) -> Iterable[str]:
    """Kinds of the boxes, sorted."""
    return sorted({box.kind for box in picture.boxes})
