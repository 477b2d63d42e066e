"""Boxes and arrows, before any format: what has the very same arrows is one box."""

from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.evidence import Evidence
from rbacgraph.model.printable import clean
from rbacgraph.model.results import Hop, Path
from rbacgraph.report.fan import fans
from rbacgraph.report.merge import Link, merged
from rbacgraph.report.text import fitting
from rbacgraph.report.words import (
    count_kinds,
    evidence_place,
    evidence_words,
    is_collection,
    kind_of,
    short,
    split_node,
    title,
)

EACH = "each"
"""Kind of the points that arrows go through which say the same of several boxes."""
NAMES_SHOWN = 3
EVIDENCE_SHOWN = 8
TOOLTIP_WIDTH = 1000


class Place(Struct, frozen=True):
    """A line of a file."""

    file: str
    line: int


class Box(Struct, frozen=True, kw_only=True):
    """One node, or several that have the same arrows.

    Parameters
    ----------
    id:
        Its name in the picture.
    kind, namespace:
        Of the nodes; no namespace where they are in none, or in several.
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
    """Boxes and arrows in the order in which the answer names them, and what to know of them."""

    title: str
    notes: tuple[str, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


class Turn(Struct, frozen=True):
    """How a path belongs to a change: gained or lost, and by which objects that changed."""

    change: str = ""
    objects: frozenset[tuple[str, str, str]] = frozenset()

    def sign(self, evidence: Sequence[Evidence]) -> str:
        """Return what marks a step that rests on an object that changed."""
        changed = any((e.kind, e.namespace, e.name) in self.objects for e in evidence)
        return _SIGNS[self.change] if changed else ""


UNCHANGED = Turn()
_SIGNS = {"": "", "gained": "new: ", "lost": "gone: "}


class _Step(Struct, frozen=True):
    """All that an arrow says; ``joint`` are the nodes that the step needs together."""

    label: str
    edge: str
    conditional: bool
    joint: tuple[str, ...] = ()
    change: str = ""


_MEMBER = "one of them"
_EACH = "each of them"


class Canvas:
    """Collects nodes and steps, each once."""

    def __init__(self) -> None:
        self._nodes: dict[str, None] = {}
        self._links: dict[Link, dict[Evidence, None]] = {}
        self._starts: set[str] = set()
        self._asked: dict[str, Place | None] = {}

    def starts(self, node: str) -> None:
        """Mark a node as one that gets at something."""
        self._nodes[node] = None
        self._starts.add(node)

    def asked(self, node: str, place: Place | None = None) -> None:
        """Mark a node as one that the question is about."""
        self._nodes[node] = None
        self._asked[node] = place

    def draw(self, path: Path, target: str, turn: Turn = UNCHANGED) -> None:
        """Draw one path to the end."""
        here = path.principal
        known = {path.hops[0].source: here}
        for hop in path.hops:
            if hop.source not in known:
                self._member(here, hop.source, turn)
            others = [known.get(other, other) for other in hop.others]
            self._step(known.get(hop.source, hop.source), others, hop, turn)
            known[hop.target] = here = hop.target
        self._member(here, target, turn)

    def _step(self, source: str, others: Sequence[str], hop: Hop, turn: Turn) -> None:
        joint = tuple(sorted((source, *others))) if others else ()
        label = f"{hop.text} ({hop.condition})" if hop.condition else hop.text
        label = turn.sign(hop.evidence) + label
        step = _Step(clean(label), hop.edge, bool(hop.condition), joint, turn.change)
        self._link(source, hop.target, step, hop.evidence)
        needed = f"is needed for it, together with {source}"
        for other in others:
            beside = replace(step, label=clean(needed), joint=(other, *joint))
            self._link(other, hop.target, beside, hop.evidence)

    def _member(self, source: str, target: str, turn: Turn) -> None:
        if target != source:
            step = _Step("", _MEMBER, conditional=False, change=turn.change)
            self._link(source, target, step, ())

    def _link(self, source: str, target: str, step: _Step, evidence: Sequence[Evidence]) -> None:
        self._nodes |= {source: None, target: None}
        held = self._links.setdefault(Link(source, target, step), {})
        held |= dict.fromkeys(evidence)

    def arrows(self) -> int:
        """Count the arrows of the picture."""
        return len(self._drawn[1])

    @cached_property
    def _groups(self) -> list[tuple[str, ...]]:
        return merged({node: self._sort(node) for node in self._nodes}, list(self._links))

    @cached_property
    def _drawn(self) -> tuple[dict[frozenset[str], str], dict[Link, dict[Evidence, None]]]:
        """The points that several arrows go through, by what they lead to; and the arrows."""
        ids = {node: f"n{i}" for i, nodes in enumerate(self._groups, 1) for node in nodes}
        held: dict[Link, dict[Evidence, None]] = {}
        for link, evidence in self._links.items():
            between = Link(ids[link.source], ids[link.target], link.words)
            held.setdefault(between, {}).update(evidence)
        spread = fans(held)
        points = {many: f"p{i}" for i, many in enumerate(dict.fromkeys(spread.values()), 1)}
        arrows: dict[Link, dict[Evidence, None]] = {}
        for link, evidence in held.items():
            many = spread.get((link.source, link.words))
            if many is None:
                arrows.setdefault(link, {}).update(evidence)
                continue
            arrows.setdefault(link._replace(target=points[many]), {}).update(evidence)
            assert isinstance(link.words, _Step)
            each = _Step("", _EACH, conditional=False, change=link.words.change)
            arrows.setdefault(Link(points[many], link.target, each), {})
        return points, arrows

    def picture(self, words: str, notes: Sequence[str]) -> Picture:
        """Put what has the same arrows together."""
        points, arrows = self._drawn
        boxes = [self._box(f"n{i}", nodes) for i, nodes in enumerate(self._groups, 1)]
        return Picture(
            title=clean(words),
            notes=tuple(notes),
            boxes=(*boxes, *map(_point, points.values())),
            arrows=tuple(_arrow(link, list(evidence)) for link, evidence in arrows.items()),
        )

    def _sort(self, node: str) -> tuple[str, ...]:
        alone = node if is_collection(node) else ""
        return kind_of(node), str(node in self._starts), str(node in self._asked), alone

    def _box(self, name: str, nodes: tuple[str, ...]) -> Box:
        lead = nodes[0]
        namespaces = {split_node(node)[1] for node in nodes}
        namespace = namespaces.pop() if len(namespaces) == 1 else ""
        several = len(nodes) > 1
        shown = [_name(node, inside=namespace) for node in nodes[:NAMES_SHOWN]]
        left = len(nodes) - NAMES_SHOWN
        return Box(
            id=name,
            kind=kind_of(lead),
            namespace="" if namespace == "*" else clean(namespace),
            heading=clean(count_kinds(nodes) if several else title(lead)[0]),
            names=tuple(map(clean, shown)),
            more=f"and {left:,} more" if left > 0 else "",
            tooltip=fitting([clean(node) for node in nodes], TOOLTIP_WIDTH),
            several=several or is_collection(lead),
            starts=lead in self._starts,
            asked=lead in self._asked,
            place=self._asked.get(lead) if not several else None,
        )


def _point(name: str) -> Box:
    return Box(
        id=name,
        kind=EACH,
        namespace="",
        heading="each",
        names=(),
        more="",
        tooltip="each of these",
        several=False,
    )


def _name(node: str, inside: str) -> str:
    kind, namespace, name = split_node(node)
    if is_collection(node) or kind == "grant":
        return title(node)[1]
    return name if namespace and namespace == inside else short(node)


def _arrow(link: Link, evidence: list[Evidence]) -> Arrow:
    source, target, step = link
    assert isinstance(step, _Step)
    read = [e for e in evidence if e.file and not e.assumed]
    lines = [f"{evidence_words(e)} ({evidence_place(e)})" for e in evidence[:EVIDENCE_SHOWN]]
    left = len(evidence) - EVIDENCE_SHOWN
    more = [f"and {left:,} more"] if left > 0 else []
    return Arrow(
        source=source,
        target=target,
        label=step.label,
        tooltip="\n".join(clean(line) for line in (step.edge, *lines, *more)),
        conditional=step.conditional,
        place=Place(read[0].file, read[0].line) if read else None,
        change=step.change,
    )


def kinds_shown(picture: Picture) -> list[str]:
    """Kinds of the boxes, sorted."""
    return sorted({box.kind for box in picture.boxes})
