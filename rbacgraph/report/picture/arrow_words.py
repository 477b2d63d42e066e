"""The words of an arrow between two boxes, with what holds only for some of their nodes."""

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.picture.merge_nodes import Link
from rbacgraph.report.picture.palette import PictureSeverity
from rbacgraph.report.text.layout.text import count, fitting
from rbacgraph.report.text.paths.arrow_text import HERE, ArrowStep
from rbacgraph.report.text.words import split_node

LINES_SHOWN = 12
MEMBER = "one of them"
"""Words of an arrow from several things to one of them."""
_NAMED = 160
_SOME_WORDS = 34


class Backing(Struct):
    """What stands behind the steps from a node to another.

    ``texts``: the techniques in full words, with their conditions.
    ``severity``: the highest severity of a path that takes the step.
    """

    texts: dict[str, None]
    evidence: dict[Evidence, None]
    severity: PictureSeverity = PictureSeverity.NONE

    def add(self, other: "Backing") -> None:
        """Take in what stands behind further steps."""
        self.texts |= other.texts
        self.evidence |= other.evidence
        self.severity = max(self.severity, other.severity)


class ArrowLabel(Struct, frozen=True):
    """All words of an arrow between two boxes.

    ``label``: what holds for the boxes.
    ``edge``, ``conditional``, ``change``: see the steps.
    ``lines``: which node does what, if that is not the same for all.
    ``plain``: whether the same holds for each node of both boxes.
    ``key``: what else distinguishes it from another arrow.
    """

    label: str
    edge: str
    conditional: bool
    change: str
    conditions: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    plain: bool = True
    key: Hashable = None


EACH_OF_THEM = {
    change: ArrowLabel("", "each of them", conditional=False, change=change)
    for change in ("", "gained", "lost")
}
"""Arrows from a point that stands for several boxes."""


def said_of(
    sources: Sequence[str], targets: Sequence[str], links: Mapping[Link, Backing], key: Hashable
) -> ArrowLabel:
    """Return the words that hold between two boxes.

    ``links``: the arrows between these, of one technique, with what stands behind them.
    """
    bundle = _Bundle(sources, targets, links)
    step = _step(next(iter(links)))
    conditions = dict.fromkeys(_step(link).condition for link in links)
    plain = bundle.plain
    return ArrowLabel(
        label=bundle.label,
        edge=step.edge,
        conditional=bool(step.condition),
        change=step.change,
        conditions=tuple(filter(None, conditions)),
        lines=() if plain else tuple(bundle.lines()),
        plain=plain,
        key=key,
    )


def said_of_some(links: Mapping[Link, Backing]) -> ArrowLabel:
    """Return the words of arrows from some nodes of a box to some of another, the worst first.

    ``links``: the arrows, all certain or all conditional, with what stands behind them.
    """
    steps = sorted(links, key=lambda link: (-links[link].severity, _brevity(_step(link).words)))
    words = list(dict.fromkeys(_step(link).sign + _step(link).words for link in steps))
    step = _step(steps[0])
    return ArrowLabel(
        label=fitting(words, _SOME_WORDS),
        edge=fitting(list(dict.fromkeys(_step(link).edge for link in steps)), _NAMED),
        conditional=bool(step.condition),
        change=step.change,
        conditions=tuple(filter(None, dict.fromkeys(_step(link).condition for link in steps))),
        key=step.joint,
    )


class _Bundle:
    """All arrows of one kind from the nodes of a box to those of another."""

    def __init__(
        self, sources: Sequence[str], targets: Sequence[str], links: Mapping[Link, Backing]
    ) -> None:
        self._sources = sources
        self._targets = frozenset(targets)
        self._links = links
        self._reached: dict[str, set[str]] = {}
        self._places: dict[str, set[str]] = {}
        self._texts: dict[str, dict[str, None]] = {}
        for link in links:
            step = _step(link)
            self._reached.setdefault(link.source, set()).add(link.target)
            self._places.setdefault(link.source, set()).add(step.namespace)
            self._texts.setdefault(link.source, {})[step.sign + step.words] = None

    @property
    def plain(self) -> bool:
        texts = {text for texts in self._texts.values() for text in texts}
        conditions = {_step(link).condition for link in self._links}
        return len(texts) == len(conditions) == 1 and not self._who and not self._whom

    @property
    def label(self) -> str:
        step = _step(next(iter(self._links)))
        texts = dict.fromkeys(_step(link).words for link in self._links)
        if len(texts) == 1:
            words = next(iter(texts))
        elif len(self._templates) == 1:
            words = self._each(next(iter(self._templates)).replace(HERE, self._place()))
        else:
            words = self._each(f"{self._ways(len(texts))}, such as {min(texts, key=_brevity)}")
        return "; ".join(filter(None, (step.sign + self._who + words, self._whom)))

    def lines(self) -> list[str]:
        shown = [self._line(source) for source in list(self._texts)[:LINES_SHOWN]]
        left = len(self._texts) - len(shown)
        return [*shown, *([f"and {left:,} more"] if left else [])]

    def _line(self, source: str) -> str:
        words = f"{source}: {fitting(list(self._texts[source]), _NAMED, separator='; ')}"
        if not self._whom:
            return words
        return f"{words} → {fitting(sorted(self._reached[source]), _NAMED)}"

    def _each(self, words: str) -> str:
        return f"each: {words}" if len(self._reached) > 1 else words

    def _ways(self, number: int) -> str:
        alone = all(len(texts) == 1 for texts in self._texts.values())
        some = "one of " if alone else "some of "
        return f"{some if len(self._reached) > 1 else ''}{number:,} ways"

    @cached_property
    def _templates(self) -> dict[str, None]:
        return dict.fromkeys(_step(link).text for link in self._links)

    @cached_property
    def _who(self) -> str:
        acting = len(self._reached)
        return "" if acting == len(self._sources) else f"{acting:,} of these: "

    def _place(self) -> str:
        """Return in which namespaces each acts."""
        every = set().union(*self._places.values())
        if len(every) == 1:
            return every.pop()
        if all(held == {split_node(source)[1]} for source, held in self._places.items()):
            return "its own namespace"
        number = count(len(every), "namespace")
        if len(self._places) == 1:
            return number
        alone = all(len(held) == 1 for held in self._places.values())
        return f"{'one' if alone else 'some'} of {number}"

    @cached_property
    def _whom(self) -> str:
        """Return to which nodes of the box it leads, if not to all."""
        if all(reached == self._targets for reached in self._reached.values()):
            return ""
        if len(self._templates) == 1 and self._reach(self._places):
            return ""
        if self._reach({source: {split_node(source)[1]} for source in self._reached}):
            return "to those of its own namespace"
        numbers = {len(reached) for reached in self._reached.values()}
        if len(self._reached) == 1:
            return f"to {numbers.pop():,} of these"
        return "each to one of these" if numbers == {1} else "each to some of these"

    def _reach(self, places: Mapping[str, set[str]]) -> bool:
        """Whether each node leads to all targets in some namespaces."""
        return all(
            reached
            == {target for place in places[source] for target in self._inside.get(place, ())}
            for source, reached in self._reached.items()
        )

    @cached_property
    def _inside(self) -> dict[str, list[str]]:
        """Targets by their namespace."""
        inside: dict[str, list[str]] = {}
        for target in self._targets:
            namespace = split_node(target)[1]
            if namespace not in {"", "*"}:
                inside.setdefault(namespace, []).append(target)
        return inside


def _brevity(text: str) -> tuple[int, str]:
    return len(text), text


def _step(link: Link) -> ArrowStep:
    assert isinstance(link.words, ArrowStep)
    return link.words
