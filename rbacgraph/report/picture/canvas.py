"""Collects the paths of an answer and draws them as boxes and arrows."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from enum import IntEnum

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.answers.paths import Hop, Path
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.printable import clean
from rbacgraph.report.picture.arrow_words import EACH_OF_THEM, LINES_SHOWN, ArrowLabel, said_of
from rbacgraph.report.picture.boxes import NAMES_SHOWN, NAMES_TIGHT, box_of, namespace_of, point
from rbacgraph.report.picture.fan import fans
from rbacgraph.report.picture.merge_nodes import Link, alike, merged
from rbacgraph.report.picture.shapes import Arrow, DrawnBox, FileLine, Picture
from rbacgraph.report.text.arrow_text import ArrowStep, Placed, placed
from rbacgraph.report.text.conditions import condition_words
from rbacgraph.report.text.words import (
    evidence_place,
    evidence_words,
    is_collection,
    kind_of,
    split_node,
)

EVIDENCE_SHOWN = 8
_MEMBER = "one of them"
_SIGNS = {"": "", "gained": "new: ", "lost": "gone: "}


class PathChange(Struct, frozen=True):
    """The part of a path in a change: gained or lost, and by which changed objects."""

    change: str = ""
    objects: frozenset[tuple[str, str, str]] = frozenset()

    def sign(self, evidence: Sequence[Evidence]) -> str:
        """Return the mark of a step that depends on a changed object."""
        changed = any((e.kind, e.namespace, e.name) in self.objects for e in evidence)
        return _SIGNS[self.change] if changed else ""


UNCHANGED = PathChange()


class MergeLevel(IntEnum):
    """What shares a box: each level merges more than the one before it."""

    SAME = 0
    """Nodes with exactly the same arrows."""
    TIGHT = 1
    """The same, drawn with little space."""
    NAMESPACES = 2
    """Also nodes that differ only in the namespace."""
    ONWARD = 3
    """Also nodes with the same arrows toward the question, whatever leads to them."""
    TECHNIQUES = 4
    """Also nodes with the same techniques toward the question."""
    KINDS = 5
    """Also users, groups and ServiceAccounts together."""


_WHICH = f"Which does what: point at an arrow in an SVG (it shows the first {LINES_SHOWN})"
_NOTES = {
    MergeLevel.SAME: (),
    MergeLevel.TIGHT: (),
    MergeLevel.NAMESPACES: (
        "To fit a page, what differs by the namespace alone is one box",
        _WHICH,
    ),
    MergeLevel.ONWARD: (
        "To fit a page, what goes on alike is one box, in whatever namespace",
        _WHICH,
    ),
    MergeLevel.TECHNIQUES: (
        "To fit a page, what goes on by the same techniques is one box",
        _WHICH,
    ),
    MergeLevel.KINDS: (
        "To fit a page, principals that go on by the same techniques are one box",
        _WHICH,
    ),
}


class Canvas:
    """Collects nodes and steps, each once.

    Parameters
    ----------
    from_asked:
        Whether paths lead away from the nodes of the question, rather than to them.
    """

    def __init__(self, *, from_asked: bool = False) -> None:
        self._from_asked = from_asked
        self._nodes: dict[str, None] = {}
        self._links: dict[Link, dict[Evidence, None]] = {}
        self._starts: set[str] = set()
        self._asked: dict[str, FileLine | None] = {}

    def starts(self, node: str) -> None:
        """Mark a node as a start of paths."""
        self._nodes[node] = None
        self._starts.add(node)

    def asked(self, node: str, place: FileLine | None = None) -> None:
        """Mark a node as one of the question."""
        self._nodes[node] = None
        self._asked[node] = place

    def draw(self, path: Path, target: str, turn: PathChange = UNCHANGED) -> None:
        """Draw one path to its end."""
        here = path.principal
        known = {path.hops[0].source: here}
        for hop in path.hops:
            if hop.source not in known:
                self._member(here, hop.source, turn)
            others = [known.get(other, other) for other in hop.others]
            self._step(known.get(hop.source, hop.source), others, hop, turn)
            known[hop.target] = here = hop.target
        self._member(here, target, turn)

    def _step(self, source: str, others: Sequence[str], hop: Hop, turn: PathChange) -> None:
        joint = tuple(sorted((source, *others))) if others else ()
        text = f"{hop.text} ({condition_words(hop.condition)})" if hop.condition else hop.text
        sign = turn.sign(hop.evidence)
        step = ArrowStep(
            clean(text), hop.edge, bool(hop.condition), joint, change=turn.change, sign=sign
        )
        self._link(source, hop.target, step, hop.evidence)
        needed = clean(f"is needed for it, together with {source}")
        for other in others:
            beside = replace(step, text=needed, joint=(other, *joint), beside=True, sign="")
            self._link(other, hop.target, beside, hop.evidence)

    def _member(self, source: str, target: str, turn: PathChange) -> None:
        if target != source:
            step = ArrowStep("", _MEMBER, conditional=False, change=turn.change)
            self._link(source, target, step, ())

    def _link(
        self, source: str, target: str, step: ArrowStep, evidence: Sequence[Evidence]
    ) -> None:
        self._nodes |= {source: None, target: None}
        held = self._links.setdefault(Link(source, target, step), {})
        held |= dict.fromkeys(evidence)

    def picture(
        self, words: str, notes: Sequence[str], level: MergeLevel = MergeLevel.SAME
    ) -> Picture:
        """Return the picture, with alike nodes in one box."""
        groups = self._groups(level)
        boxes = {f"n{number}": nodes for number, nodes in enumerate(groups, 1)}
        arrows = _spread(self._between(boxes, level))
        points = dict.fromkeys(link.target for link in arrows if link.target not in boxes)
        return Picture(
            title=clean(words),
            notes=(*notes, *_NOTES[level]),
            boxes=(*self._boxes(boxes, level), *map(point, points)),
            arrows=tuple(_arrow(link, list(evidence)) for link, evidence in arrows.items()),
            tight=level is not MergeLevel.SAME,
        )

    def _groups(self, level: MergeLevel) -> list[tuple[str, ...]]:
        """Return the nodes of each box."""
        if level <= MergeLevel.TIGHT:
            return merged({node: self._sort(node) for node in self._nodes}, list(self._links))
        kinds = level is not MergeLevel.KINDS
        sorts: dict[str, Hashable] = {
            node: self._sort(node, placed=False, kinds=kinds) for node in self._nodes
        }
        links = [link._replace(words=self._key(link, level)) for link in self._links]
        if level is MergeLevel.NAMESPACES:
            return alike(sorts, links)
        if level is MergeLevel.ONWARD:
            apart = {
                node: number
                for number, nodes in enumerate(self._groups(MergeLevel.NAMESPACES))
                for node in nodes
            }
            sorts |= {node: (sorts[node], apart[node]) for node in self._asked}
        return alike(sorts, links, out=not self._from_asked, into=self._from_asked)

    def _sort(self, node: str, *, placed: bool = True, kinds: bool = True) -> tuple[str, ...]:
        """Return the kind that nodes of a box share; collections of different namespaces may."""
        alone = ""
        if is_collection(node):
            namespace, name = split_node(node)[1:]
            alone = node if placed or namespace in {"", "*"} else f"/{name}"
        starts = node in self._starts
        kind = kind_of(node) if kinds or not starts else ""
        return kind, str(starts), str(node in self._asked), alone

    def _key(self, link: Link, level: MergeLevel) -> Hashable:
        """Return the part of an arrow's words that distinguishes it."""
        step = link.words
        assert isinstance(step, ArrowStep)
        if level <= MergeLevel.TIGHT:
            return step
        if level >= MergeLevel.TECHNIQUES:
            return replace(step, text="", joint=("",) if step.joint else ())
        without = self._placed(link)
        own = without.namespace == split_node(link.source)[1]
        return replace(step, text=without.text), own

    def _placed(self, link: Link) -> Placed:
        step = link.words
        assert isinstance(step, ArrowStep)
        return placed(step, link.source, link.target, {e.namespace for e in self._links[link]})

    def _boxes(self, boxes: Mapping[str, tuple[str, ...]], level: MergeLevel) -> Iterator[DrawnBox]:
        """Yield labelled boxes; if there is little room, a frame needs at least two."""
        names = NAMES_SHOWN if level < MergeLevel.ONWARD else NAMES_TIGHT
        inside = Counter(map(namespace_of, boxes.values()))
        for name, nodes in boxes.items():
            framed = level is MergeLevel.SAME or inside[namespace_of(nodes)] > 1
            box = box_of(name, nodes, self._starts, self._asked, framed=framed, names=names)
            yield replace(box, place=self._asked.get(nodes[0])) if len(nodes) == 1 else box

    def _between(
        self, boxes: Mapping[str, tuple[str, ...]], level: MergeLevel
    ) -> dict[Link, dict[Evidence, None]]:
        """Return the arrows between boxes."""
        ids = {node: name for name, nodes in boxes.items() for node in nodes}
        bundles: dict[Link, dict[Link, Placed]] = {}
        for link in self._links:
            between = Link(ids[link.source], ids[link.target], self._key(link, level))
            bundles.setdefault(between, {})[link] = self._placed(link)
        arrows: dict[Link, dict[Evidence, None]] = {}
        for between, links in bundles.items():
            said = said_of(boxes[between.source], boxes[between.target], links, between.words)
            evidence = (e for link in links for e in self._links[link])
            arrows[between._replace(words=said)] = dict.fromkeys(evidence)
        return arrows


def _spread(held: Mapping[Link, dict[Evidence, None]]) -> dict[Link, dict[Evidence, None]]:
    """Lead arrows with the same words to several boxes through one point."""
    spread = fans(link for link in held if _said(link).plain)
    points = {many: f"p{i}" for i, many in enumerate(dict.fromkeys(spread.values()), 1)}
    arrows: dict[Link, dict[Evidence, None]] = {}
    for link, evidence in held.items():
        many = spread.get((link.source, link.words))
        if many is None:
            arrows.setdefault(link, {}).update(evidence)
            continue
        arrows.setdefault(link._replace(target=points[many]), {}).update(evidence)
        arrows.setdefault(Link(points[many], link.target, EACH_OF_THEM[_said(link).change]), {})
    return arrows


def _arrow(link: Link, evidence: Sequence[Evidence]) -> Arrow:
    said = _said(link)
    read = [e for e in evidence if e.file and not e.assumed]
    lines = [f"{evidence_words(e)} ({evidence_place(e)})" for e in evidence[:EVIDENCE_SHOWN]]
    left = len(evidence) - EVIDENCE_SHOWN
    more = [f"and {left:,} more"] if left > 0 else []
    return Arrow(
        source=link.source,
        target=link.target,
        label=said.label,
        tooltip="\n".join(clean(line) for line in (said.edge, *said.lines, *lines, *more)),
        conditional=said.conditional,
        place=FileLine(read[0].file, read[0].line) if read else None,
        change=said.change,
    )


def _said(link: Link) -> ArrowLabel:
    assert isinstance(link.words, ArrowLabel)
    return link.words
