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

    __slots__ = ("_last", "_middle", "_start", "_tail")

    def __init__(self, filled: Sequence[str | Wild]) -> None:
        runs: list[list[str]] = [[]]
        lengths = [0]
        for part in filled:
            if part is Wild.RUN:
                runs.append([])
                lengths.append(0)
            else:
                runs[-1].append("." if part is Wild.ONE else re.escape(str(part)))
                lengths[-1] += 1 if part is Wild.ONE else len(str(part))
        first, *rest = [re.compile("".join(run), re.DOTALL) for run in runs]
        self._start = first
        self._last = rest.pop() if rest else None
        self._middle = rest
        self._tail = lengths[-1]

    def fits(self, text: str) -> bool:
        """Whether the whole text matches."""
        if self._last is None:
            return self._start.fullmatch(text) is not None
        begun = self._start.match(text)
        if begun is None:
            return False
        position = begun.end()
        for piece in self._middle:
            found = piece.search(text, position)
            if found is None:
                return False
            position = found.end()
        tail = len(text) - self._tail
        return tail >= position and self._last.match(text, tail) is not None


@lru_cache(maxsize=1 << 14)
def glob(filled: Filled) -> Glob:
    """Return the matcher of these parts."""
    return Glob(filled)
