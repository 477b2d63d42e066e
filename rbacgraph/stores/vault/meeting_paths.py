"""Paths at which patterns of policies meet: enough of them to compare two policies everywhere.

A pattern decides about a path if it matches and no better one does. Of all paths that two patterns
match, the most general one is matched by the fewest others: whichever beats both there beats them
on all of these paths. So it is enough to ask about the most general paths of each pair, one for
each number of segments that can matter.
"""

from collections.abc import Collection, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from rbacgraph.stores.vault.policy_text import Stanza

__all__ = ["meet", "meeting_paths"]


class _Sort(Enum):
    LITERAL = "literal"
    BEGIN = "begin"
    ANY = "any"


class _Segment(NamedTuple):
    sort: _Sort
    text: str = ""


class _Shape(NamedTuple):
    """What each segment of a path must be; ``open`` patterns take any further segments."""

    segments: tuple[_Segment, ...]
    open: bool

    def at(self, place: int) -> _Segment:
        return self.segments[place] if place < len(self.segments) else _Segment(_Sort.ANY)

    def fits(self, length: int) -> bool:
        own = len(self.segments)
        return length == own or (self.open and length > own)


def meeting_paths(some: Collection[str], others: Collection[str]) -> Iterator[str]:
    """Yield the most general paths that a pattern of each side matches, each once.

    ``some``, ``others``: the patterns of two policies; only pairs of one of each are asked about.

    Examples
    --------
    >>> list(meeting_paths(["kv/*"], ["kv/a"]))
    ['kv/a']
    >>> [path.count("/") for path in meeting_paths(["kv/*"], ["kv/+/x"])]
    [2]
    """
    fresh = _fresh((*some, *others))
    shapes = [[shape for one in side for shape in _shapes(one)] for side in (some, others)]
    longest = 1 + max((len(one.segments) for side in shapes for one in side), default=0)
    seen = set()
    for one in dict.fromkeys(shapes[0]):
        for other in dict.fromkeys(shapes[1]):
            for path in _paths(one, other, longest, fresh):
                if path not in seen:
                    seen.add(path)
                    yield path


def meet(one: str, other: str) -> bool:
    """Whether some path is matched by both patterns.

    Examples
    --------
    >>> meet("kv/+/a", "kv/b*"), meet("kv/a", "kv/b*")
    (True, False)
    """
    fresh = _fresh((one, other))
    longest = 1 + max(one.count("/"), other.count("/")) + 1
    return any(True for _ in _paths(_shape(one), _shape(other), longest, fresh))


def _fresh(patterns: Sequence[str]) -> str:
    """Return a text that is part of no pattern."""
    text = "~"
    while any(text in pattern for pattern in patterns):
        text += "~"
    return text


def _shape(pattern: str) -> _Shape:
    stanza = Stanza(pattern, frozenset())
    if not (stanza.is_prefix or stanza.has_wildcards):
        return _Shape(tuple(_Segment(_Sort.LITERAL, part) for part in pattern.split("/")), False)
    is_open = pattern.endswith("*")
    *before, last = pattern.removesuffix("*").split("/")
    segments = [
        _Segment(_Sort.ANY)
        if part == "+" and stanza.has_wildcards
        else _Segment(_Sort.LITERAL, part)
        for part in (*before, *(() if is_open else (last,)))
    ]
    if is_open:
        segments.append(_Segment(_Sort.BEGIN, last))
    return _Shape(tuple(segments), is_open)


def _shapes(pattern: str) -> Iterator[_Shape]:
    """Yield a pattern's shape, and that of the folder that a LIST of it names without its slash."""
    shape = _shape(pattern)
    yield shape
    *before, last = shape.segments
    if before and (last.sort is _Sort.ANY or not last.text):
        yield _Shape(tuple(before), False)


def _paths(one: _Shape, other: _Shape, longest: int, fresh: str) -> Iterator[str]:
    for length in range(max(len(one.segments), len(other.segments)), longest + 1):
        if one.fits(length) and other.fits(length):
            parts = [_both(one.at(place), other.at(place), fresh) for place in range(length)]
            if all(part is not None for part in parts):
                yield "/".join(part for part in parts if part is not None)


def _both(one: _Segment, other: _Segment, fresh: str) -> str | None:
    """Return the most general segment that both allow, or ``None``."""
    if other.sort is _Sort.LITERAL:
        one, other = other, one
    if one.sort is _Sort.LITERAL:
        if other.sort is _Sort.LITERAL:
            return one.text if one.text == other.text else None
        return one.text if one.text.startswith(other.text) else None
    if one.text.startswith(other.text) or other.text.startswith(one.text):
        return max(one.text, other.text, key=len) + fresh
    return None
