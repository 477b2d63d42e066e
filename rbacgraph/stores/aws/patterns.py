"""Texts of policies: wildcards, variables, and what they match.

Source: IAM User Guide, "IAM JSON policy elements: Resource" and "Variables and tags".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TypeAlias

from rbacgraph.stores.aws.context import Context
from rbacgraph.stores.truth import DoubtKind, StoreDoubts, doubt


class Wild(Enum):
    """What a wildcard stands for."""

    RUN = "*"
    ONE = "?"


@dataclass(frozen=True, slots=True)
class Variable:
    """``${key}`` or ``${key, 'default'}``."""

    key: str
    default: str | None = None


AwsPart: TypeAlias = str | Wild | Variable
Filled: TypeAlias = tuple[str | Wild, ...]

_LITERALS = {"*": "*", "?": "?", "$": "$"}  # ${*}, ${?}, ${$}
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_WILD = re.compile(r"[*?]")


def parts_of(text: str, *, wildcards: bool, variables: bool) -> tuple[AwsPart, ...]:
    """Return the text's parts, in order.

    ``wildcards``: whether ``*`` and ``?`` stand for something.
    ``variables``: whether ``${...}`` does, as in a document of Version 2012-10-17 only.
    """
    parts: list[AwsPart] = []
    last = 0
    for match in _VARIABLE.finditer(text) if variables else ():
        parts += _wild_parts(text[last : match.start()], wildcards)
        key, _, default = match[1].partition(",")
        key, default = key.strip(), default.strip()
        if key in _LITERALS:
            parts.append(_LITERALS[key])
        elif len(default) > 1 and default[0] == default[-1] == "'":
            parts.append(Variable(key, default[1:-1]))
        else:
            parts.append(Variable(key))
        last = match.end()
    parts += _wild_parts(text[last:], wildcards)
    return tuple(parts)


def wild_parts(text: str) -> tuple[str | Wild, ...]:
    """Return a text's parts between its wildcards, and these."""
    return tuple(_wild_parts(text, wildcards=True))


def _wild_parts(text: str, wildcards: bool) -> Iterator[str | Wild]:
    last = 0
    for match in _WILD.finditer(text) if wildcards else ():
        if match.start() > last:
            yield text[last : match.start()]
        yield Wild(match[0])
        last = match.end()
    if last < len(text):
        yield text[last:]


def fill(parts: tuple[AwsPart, ...], context: Context) -> Filled | StoreDoubts | None:
    """Return the parts with each variable's value, ``None`` if one has none.

    A value's own wildcards are literal. A variable cannot stand for several values.
    """
    filled: list[str | Wild] = []
    for part in parts:
        if not isinstance(part, Variable):
            filled.append(part)
            continue
        values = context.values_of(part.key)
        if isinstance(values, frozenset):
            return values
        if values is None and part.default is None:
            return None
        if values is not None and len(values) > 1:
            return doubt(DoubtKind.UNSETTLED, part.key)
        filled.append(values[0] if values else part.default or "")
    return tuple(filled)


def text_of(filled: Filled) -> str:
    """Return the text of parts without wildcards."""
    return "".join(part for part in filled if isinstance(part, str))


def segments(filled: Filled) -> list[Filled]:
    """Return the parts between the first five colons, and the rest as the sixth."""
    found: list[list[str | Wild]] = [[]]
    for part in filled:
        pieces = part.split(":", 6 - len(found)) if isinstance(part, str) else [part]
        found[-1].append(pieces[0])
        found += [[piece] for piece in pieces[1:]]
    return [tuple(piece) for piece in found]


class Glob:
    """Parts that match a text; as fast as the text is long, however many ``*`` there are."""

    __slots__ = ("_first", "_last", "_middle", "_tail")

    def __init__(self, filled: Sequence[str | Wild]) -> None:
        runs: list[list[str | Wild]] = [[]]
        for part in filled:
            if part is Wild.RUN:
                runs.append([])
            else:
                runs[-1].append(part)
        self._first, *rest = runs
        self._last = rest.pop() if rest else None
        self._middle = rest
        last = self._first if self._last is None else self._last
        self._tail = sum(1 if part is Wild.ONE else len(str(part)) for part in last)

    def fits(self, text: str) -> bool:
        """Whether the whole text matches."""
        position = _end_of(self._first, text, 0)
        if position < 0 or self._last is None:
            return position == len(text)
        for run in self._middle:
            position = _found(run, text, position)
            if position < 0:
                return False
        tail = len(text) - self._tail
        return tail >= position and _end_of(self._last, text, tail) >= 0


def _end_of(run: Sequence[str | Wild], text: str, position: int) -> int:
    """Return where a run without ``*`` ends if it stands at a position; -1 if it does not."""
    for part in run:
        if part is Wild.ONE:
            position += 1
        elif text.startswith(str(part), position):
            position += len(str(part))
        else:
            return -1
    return position if position <= len(text) else -1


def _found(run: Sequence[str | Wild], text: str, position: int) -> int:
    """Return where a run ends that stands at a position or later, the first; -1 if none does."""
    if len(run) == 1 and isinstance(run[0], str):
        at = text.find(run[0], position)
        return at + len(run[0]) if at >= 0 else -1
    written = "".join("." if part is Wild.ONE else re.escape(str(part)) for part in run)
    found = re.compile(written, re.DOTALL).search(text, position)
    return found.end() if found else -1


@lru_cache(maxsize=1 << 14)
def glob(filled: Filled) -> Glob:
    """Return the matcher of these parts."""
    return Glob(filled)
