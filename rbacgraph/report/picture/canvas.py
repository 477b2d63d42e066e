"""Collects the paths of an answer and draws them as boxes and arrows."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.answers.paths import Hop, Path
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.printable import clean
from rbacgraph.report.picture import arrow_words
from rbacgraph.report.picture.boxes import (
    NAMES_SHOWN,
    NAMES_TIGHT,
    box_of,
    hub_box,
    namespace_of,
    point,
)
from rbacgraph.report.picture.hubs import EVERYTHING, HubbedLinks, hubs_of, is_hub
from rbacgraph.report.picture.merge_level import LEVEL_NOTES, MergeLevel
from rbacgraph.report.picture.merge_nodes import Link, alike, merged
from rbacgraph.report.picture.palette import PictureSeverity
from rbacgraph.report.picture.shapes import Arrow, DrawnBox, FileLine, Picture
from rbacgraph.report.text.layout.text import cut_middle, listing
from rbacgraph.report.text.paths.arrow_text import EVERYWHERE, ArrowStep, short_words
from rbacgraph.report.text.words import (
    evidence_place,
    evidence_words,
    is_collection,
    kind_of,
    split_node,
)

# Numbers the conditions of a picture: an arrow has the number, a note below has the words.

_NOTES = 8
_ON_AN_ARROW = 3
_LONGEST = 220
_MORE = "if without a number: an SVG has the conditions at the arrow; paths -o wide has all"


class ConditionNotes:
    """The numbered conditions of all arrows.

    Examples
    --------
    >>> under = ConditionNotes([(), ("a webhook is lax",), ("a webhook is lax", "it runs")])
    >>> under.mark(("a webhook is lax", "it runs")), under.mark(())
    (' (if 1 or 2)', '')
    >>> under.notes
    ('1: a webhook is lax', '2: it runs')
    """

    def __init__(self, conditions: Iterable[Sequence[str]]) -> None:
        every = [some for some in conditions if some]
        few = (words for some in every if len(some) <= _ON_AN_ARROW for words in some)
        known = list(dict.fromkeys(few))
        self._numbers = {words: number for number, words in enumerate(known[:_NOTES], 1)}
        more = any(not self._all_numbered(some) for some in every)
        self.notes = (
            *(
                f"{number}: {cut_middle(words, _LONGEST)}"
                for words, number in self._numbers.items()
            ),
            *([_MORE] if more else []),
        )

    def _all_numbered(self, conditions: Sequence[str]) -> bool:
        return len(conditions) <= _ON_AN_ARROW and self._numbers.keys() >= set(conditions)

    def mark(self, conditions: Sequence[str]) -> str:
        """Return what an arrow says of its conditions."""
        if not conditions:
            return ""
        if not self._all_numbered(conditions):
            return f" (if one of {len(conditions):,})" if len(conditions) > 1 else " (if)"
        numbers = sorted(self._numbers[words] for words in conditions)
        return f" (if {listing(list(map(str, numbers)), last='or')})"


EVIDENCE_SHOWN = 8
_SOME = "some"
_STAR = "*: all, in every namespace"
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


class Canvas:
    """Collects nodes and steps, each once.

    ``from_asked``: whether paths lead away from the nodes of the question, rather than to them.
    ``hubs``: whether one hub stands for all nodes of the question where somebody reaches them
        alike.
    """

    def __init__(self, *, from_asked: bool = False, hubs: bool = False) -> None:
        self._from_asked = from_asked
        self._hubs = hubs
        self._nodes: dict[str, None] = {}
        self._links: dict[Link, arrow_words.Backing] = {}
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

    def draw(
        self,
        path: Path,
        target: str,
        turn: PathChange = UNCHANGED,
        severity: PictureSeverity = PictureSeverity.NONE,
    ) -> None:
        """Draw one path to its end."""
        here = path.principal
        known = {path.hops[0].source: here}
        for hop in path.hops:
            if hop.source not in known:
                self._member(here, hop.source, turn)
            others = [known.get(other, other) for other in hop.others]
            self._step(known.get(hop.source, hop.source), others, hop, turn, severity)
            known[hop.target] = here = hop.target
        self._member(here, target, turn)

    def _step(
        self,
        source: str,
        others: Sequence[str],
        hop: Hop,
        turn: PathChange,
        severity: PictureSeverity,
    ) -> None:
        joint = tuple(sorted((source, *others))) if others else ()
        words = short_words(hop)
        under = clean(str(hop.condition)) if hop.condition else ""
        step = ArrowStep(
            text=words.text,
            namespace=words.namespace,
            edge=hop.edge,
            condition=under,
            joint=joint,
            change=turn.change,
            sign=turn.sign(hop.evidence),
        )
        full = clean(f"{hop.text} ({under})" if under else hop.text)
        backing = arrow_words.Backing({full: None}, dict.fromkeys(hop.evidence), severity)
        self._link(source, hop.target, step, backing)
        needed = clean(f"needed too, with {source}")
        for other in others:
            beside = replace(
                step, text=needed, namespace="", joint=(other, *joint), beside=True, sign=""
            )
            self._link(other, hop.target, beside, backing)

    def _member(self, source: str, target: str, turn: PathChange) -> None:
        if target != source:
            step = ArrowStep("", arrow_words.MEMBER, change=turn.change)
            self._link(source, target, step, arrow_words.Backing({}, {}))

    def _link(
        self, source: str, target: str, step: ArrowStep, backing: arrow_words.Backing
    ) -> None:
        self._nodes |= {source: None, target: None}
        self._links.setdefault(Link(source, target, step), arrow_words.Backing({}, {})).add(backing)

    def picture(
        self, words: str, notes: Sequence[str], level: MergeLevel = MergeLevel.SAME
    ) -> Picture:
        """Return the picture, with alike nodes in one box."""
        hubs = hubs_of(self._asked) if self._hubs else {}
        if level is MergeLevel.OVERVIEW:  # the Secrets of a namespace are one box
            hubs = {hub: nodes for hub, nodes in hubs.items() if hub == EVERYTHING}
        drawn = HubbedLinks(self._links, hubs, lambda link: self._key(link, level))
        nodes = drawn.nodes(self._nodes)
        groups = self._groups(nodes, drawn.links, level)
        boxes = {f"n{number}": group for number, group in enumerate(groups, 1)}
        arrows = _spread(self._between(boxes, drawn.links, level))
        points = dict.fromkeys(link.target for link in arrows if link.target not in boxes)
        under = ConditionNotes(_said(link).conditions for link in arrows)
        return Picture(
            title=clean(words),
            notes=(*notes, *LEVEL_NOTES[level], *_star(self._links), *under.notes),
            boxes=(*self._boxes(boxes, hubs, level), *map(point, points)),
            arrows=tuple(_arrow(link, held, under) for link, held in arrows.items()),
            tight=level is not MergeLevel.SAME,
        )

    def _groups(
        self, nodes: Sequence[str], links: Mapping[Link, arrow_words.Backing], level: MergeLevel
    ) -> list[tuple[str, ...]]:
        """Return the nodes of each box."""
        if level <= MergeLevel.TIGHT:
            return merged({node: self._sort(node) for node in nodes}, list(links))
        if level is MergeLevel.OVERVIEW:
            return self._by_namespace(nodes, links)
        kinds = level is not MergeLevel.KINDS
        sorts: dict[str, Hashable] = {
            node: self._sort(node, placed=False, kinds=kinds) for node in nodes
        }
        keyed = [link._replace(words=self._key(link, level)) for link in links]
        if level is MergeLevel.NAMESPACES:
            return alike(sorts, keyed)
        if level is MergeLevel.ONWARD:
            apart = {
                node: number
                for number, group in enumerate(self._groups(nodes, links, MergeLevel.NAMESPACES))
                for node in group
            }
            sorts |= {node: (sorts[node], apart[node]) for node in nodes if node in self._asked}
        return alike(sorts, keyed, out=not self._from_asked, into=self._from_asked)

    def _by_namespace(
        self, nodes: Sequence[str], links: Mapping[Link, arrow_words.Backing]
    ) -> list[tuple[str, ...]]:
        """Return a box for each namespace; what has none is one box if it goes on alike."""
        sorts: dict[str, Hashable] = {}
        for node in nodes:
            place, asked = split_node(node)[1], node in self._asked
            if not is_hub(node) and (place or not (asked or node in self._starts)):
                sorts[node] = place or kind_of(node), asked
            else:
                sorts[node] = self._sort(node)
        onward: dict[str, set[Hashable]] = {}
        for link in links:
            if link.source in self._starts and not split_node(link.source)[1]:
                key = self._key(link, MergeLevel.OVERVIEW)
                onward.setdefault(link.source, set()).add((sorts[link.target], key))
        boxes: dict[Hashable, list[str]] = {}
        for node in nodes:
            boxes.setdefault((sorts[node], frozenset(onward.get(node, ()))), []).append(node)
        return self._alike_boxes(list(boxes.values()), links)

    def _alike_boxes(
        self, boxes: Sequence[Sequence[str]], links: Iterable[Link]
    ) -> list[tuple[str, ...]]:
        """Return the boxes, with those of namespaces with the same arrows in one."""
        lead = {node: box[0] for box in boxes for node in box}
        steps: dict[tuple[str, str], set[Hashable]] = {}
        for link in links:
            ends = lead[link.source], lead[link.target]
            steps.setdefault(ends, set()).add(self._key(link, MergeLevel.NAMESPACES))
        between = [Link(*ends, frozenset(words)) for ends, words in steps.items()]
        sorts = {
            box[0]: (
                frozenset(map(kind_of, box)),
                box[0] in self._asked,
                self._starts.isdisjoint(box),
                box[0] if is_hub(box[0]) or is_collection(box[0]) else "",
            )
            for box in boxes
        }
        members = {box[0]: box for box in boxes}
        return [
            tuple(node for one in some for node in members[one]) for some in alike(sorts, between)
        ]

    def _sort(self, node: str, *, placed: bool = True, kinds: bool = True) -> tuple[str, ...]:
        """Return the kind that nodes of a box share; collections of different namespaces may."""
        alone = node if is_hub(node) else ""
        if is_collection(node):
            namespace, name = split_node(node)[1:]
            alone = node if placed or namespace in {"", "*"} else f"/{name}"
        starts = node in self._starts
        kind = kind_of(node) if kinds or not starts else ""
        return kind, str(starts), str(node in self._asked), alone

    def _key(self, link: Link, level: MergeLevel) -> Hashable:
        """Return the part of an arrow's words that distinguishes it."""
        step = _step(link)
        if level <= MergeLevel.TIGHT:
            return step
        under = _SOME if step.condition else ""
        step = replace(step, namespace="", condition=under)
        if level is MergeLevel.OVERVIEW:
            return bool(step.condition), step.change, step.joint
        if level >= MergeLevel.TECHNIQUES:
            return replace(step, text="", joint=("",) if step.joint else ())
        return step, _step(link).namespace == split_node(link.source)[1]

    def _boxes(
        self,
        boxes: Mapping[str, tuple[str, ...]],
        hubs: Mapping[str, tuple[str, ...]],
        level: MergeLevel,
    ) -> Iterator[DrawnBox]:
        """Yield labelled boxes; if there is little room, a frame needs at least two."""
        names = NAMES_SHOWN if level < MergeLevel.OVERVIEW else NAMES_TIGHT
        inside = Counter(namespace_of(hubs.get(nodes[0], nodes)) for nodes in boxes.values())
        for name, nodes in boxes.items():
            if nodes[0] in hubs:
                yield hub_box(name, hubs[nodes[0]], everything=nodes[0] == EVERYTHING)
                continue
            framed = level is MergeLevel.SAME or inside[namespace_of(nodes)] > 1
            box = box_of(name, nodes, self._starts, self._asked, framed=framed, names=names)
            yield replace(box, place=self._asked.get(nodes[0])) if len(nodes) == 1 else box

    def _between(
        self,
        boxes: Mapping[str, tuple[str, ...]],
        links: Mapping[Link, arrow_words.Backing],
        level: MergeLevel,
    ) -> dict[Link, arrow_words.Backing]:
        ids = {node: name for name, nodes in boxes.items() for node in nodes}
        bundles: dict[Link, dict[Link, arrow_words.Backing]] = {}
        for link, backing in links.items():
            between = Link(ids[link.source], ids[link.target], self._key(link, level))
            bundles.setdefault(between, {})[link] = backing
        arrows: dict[Link, arrow_words.Backing] = {}
        for between, inside in bundles.items():
            if level is MergeLevel.OVERVIEW:
                if between.source == between.target:
                    continue
                said = arrow_words.said_of_some(inside)
            else:
                ends = boxes[between.source], boxes[between.target]
                said = arrow_words.said_of(*ends, inside, between.words)
            held = arrows[between._replace(words=said)] = arrow_words.Backing({}, {})
            for backing in inside.values():
                held.add(backing)
        return arrows


def _star(links: Iterable[Link]) -> list[str]:
    return [_STAR] if any(_step(link).text.endswith(EVERYWHERE) for link in links) else []


def _spread(held: Mapping[Link, arrow_words.Backing]) -> dict[Link, arrow_words.Backing]:
    """Lead arrows with the same words to several boxes through one point."""
    spread = fans(link for link in held if _said(link).plain and _said(link).label)
    points = {many: f"p{i}" for i, many in enumerate(dict.fromkeys(spread.values()), 1)}
    arrows: dict[Link, arrow_words.Backing] = {}
    for link, backing in held.items():
        many = spread.get((link.source, link.words))
        if many is None:
            arrows.setdefault(link, arrow_words.Backing({}, {})).add(backing)
            continue
        there = link._replace(target=points[many])
        arrows.setdefault(there, arrow_words.Backing({}, {})).add(backing)
        onward = Link(points[many], link.target, arrow_words.EACH_OF_THEM[_said(link).change])
        arrows.setdefault(onward, arrow_words.Backing({}, {}))
    return arrows


def _arrow(link: Link, backing: arrow_words.Backing, under: ConditionNotes) -> Arrow:
    said, evidence = _said(link), list(backing.evidence)
    read = [e for e in evidence if e.file and not e.assumed]
    texts = list(backing.texts) if said.plain else said.lines
    lines = [f"{evidence_words(e)} ({evidence_place(e)})" for e in evidence[:EVIDENCE_SHOWN]]
    return Arrow(
        source=link.source,
        target=link.target,
        label=said.label + under.mark(said.conditions),
        tooltip="\n".join(
            clean(line)
            for line in (
                said.edge,
                *texts[: arrow_words.LINES_SHOWN],
                *_more(len(texts) - arrow_words.LINES_SHOWN),
                *lines,
                *_more(len(evidence) - EVIDENCE_SHOWN),
            )
        ),
        conditional=said.conditional,
        place=FileLine(read[0].file, read[0].line) if read else None,
        change=said.change,
        severity=backing.severity,
    )


def _more(left: int) -> list[str]:
    return [f"and {left:,} more"] if left > 0 else []


def _said(link: Link) -> arrow_words.ArrowLabel:
    assert isinstance(link.words, arrow_words.ArrowLabel)
    return link.words


def _step(link: Link) -> ArrowStep:
    assert isinstance(link.words, ArrowStep)
    return link.words


_MANY = 3


def fans(links: Iterable[Link]) -> dict[tuple[str, Hashable], frozenset[str]]:
    """Find the boxes that have arrows with the same words to several others.

    Returns the box and the words, with all target boxes: at least three.

    Examples
    --------
    >>> links = [Link("a", target, "reads") for target in "xyz"]
    >>> fans([*links, Link("b", "x", "reads")]) == {("a", "reads"): frozenset("xyz")}
    True
    """
    targets: dict[tuple[str, Hashable], set[str]] = {}
    for link in links:
        targets.setdefault((link.source, link.words), set()).add(link.target)
    return {key: frozenset(many) for key, many in targets.items() if len(many) >= _MANY}
