"""The words of an arrow between two boxes, with what holds only for some of their nodes."""

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from rbacgraph.report.picture.merge_nodes import Link
from rbacgraph.report.text.arrow_text import HERE, ArrowStep, Placed
from rbacgraph.report.text.text import count, fitting
from rbacgraph.report.text.words import split_node

LINES_SHOWN = 12
_NAMED = 160


class ArrowLabel(Struct, frozen=True):
    """All words of an arrow between two boxes.

    Parameters
    ----------
    label:
        What holds for the boxes.
    edge, conditional, change:
        See the steps.
    lines:
        Which node does what, if that is not the same for all.
    plain:
        Whether the same holds for each node of both boxes.
    key:
        What else distinguishes it from another arrow.
    """

    label: str
    edge: str
    conditional: bool
    change: str
    lines: tuple[str, ...] = ()
    plain: bool = True
    key: Hashable = None


EACH_OF_THEM = {
    change: ArrowLabel("", "each of them", conditional=False, change=change)
    for change in ("", "gained", "lost")
}
"""Arrows from a point that stands for several boxes."""


def said_of(
    sources: Sequence[str], targets: Sequence[str], placed: Mapping[Link, Placed], key: Hashable
) -> ArrowLabel:
    """Return the words that hold between two boxes.

    Parameters
    ----------
    sources, targets:
        The nodes of the two boxes.
    placed:
        The arrows between these, of one technique, with their words without the namespace.
    key:
        What distinguishes these arrows from others.
    """
    bundle = _Bundle(sources, targets, placed)
    step = _step(next(iter(placed)))
    plain = bundle.plain
    return ArrowLabel(
        label=bundle.label,
        edge=step.edge,
        conditional=step.conditional,
        change=step.change,
        lines=() if plain else tuple(bundle.lines()),
        plain=plain,
        key=key,
    )


class _Bundle:
    """All arrows of one kind from the nodes of a box to those of another."""

    def __init__(
        self, sources: Sequence[str], targets: Sequence[str], placed: Mapping[Link, Placed]
    ) -> None:
        self._sources = sources
        self._targets = frozenset(targets)
        self._placed = placed
        self._reached: dict[str, set[str]] = {}
        self._places: dict[str, set[str]] = {}
        self._texts: dict[str, dict[str, None]] = {}
        for link, words in placed.items():
            self._reached.setdefault(link.source, set()).add(link.target)
            self._places.setdefault(link.source, set()).add(words.namespace)
            self._texts.setdefault(link.source, {})[_step(link).label] = None

    @property
    def plain(self) -> bool:
        texts = {label for labels in self._texts.values() for label in labels}
        return len(texts) == 1 and not self._who and not self._whom

    @property
    def label(self) -> str:
        step = _step(next(iter(self._placed)))
        texts = dict.fromkeys(_step(link).text for link in self._placed)
        templates = dict.fromkeys(words.text for words in self._placed.values())
        if len(texts) == 1:
            words = next(iter(texts))
        elif len(templates) == 1:
            words = self._each(next(iter(templates)).replace(HERE, self._place()))
        else:
            words = self._each(f"in {self._ways(len(texts))}, such as: {min(texts, key=_brevity)}")
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
        return f"each {words}" if len(self._reached) > 1 else words

    def _ways(self, number: int) -> str:
        alone = all(len(labels) == 1 for labels in self._texts.values())
        some = "one of " if alone else "some of "
        return f"{some if len(self._reached) > 1 else ''}{number:,} ways"

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
        tells_place = len({words.text for words in self._placed.values()}) == 1
        if tells_place and self._reach(self._places):
            return ""
        if self._reach({source: {split_node(source)[1]} for source in self._reached}):
            return "leads to those of its own namespace"
        numbers = {len(reached) for reached in self._reached.values()}
        if len(self._reached) == 1:
            return f"leads to {numbers.pop():,} of these"
        return "each leads to one of these" if numbers == {1} else "each leads to some of these"

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
