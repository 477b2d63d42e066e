"""Codes with their words, and statements of answers: a code and what it is about."""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any, ClassVar, Self, TypeAlias

Words: TypeAlias = str | Callable[..., str]
"""A text with the subject's parts in place, or a function of them."""


class Code(IntEnum):
    """What may be stated: each member is a row that begins with its words.

    Members are numbered in their order. A function stands in a tuple, even alone.
    """

    words: Words

    def __new__(cls, *_row: object) -> Self:  # noqa: D102 - as __init__
        self = int.__new__(cls, len(cls.__members__) + 1)
        self._value_ = int(self)
        return self

    def __init__(self, words: Words) -> None:
        self.words = words


class Phrase:
    """A code, and what it is about; one string in JSON.

    Nothing reads the words back. Each subclass has its own codes and words.

    ``code``: what is stated.
    ``subject``: what it is stated about: names, versions, numbers.
    """

    __slots__ = ("code", "subject")

    words: ClassVar[Callable[[Any], str] | None] = None
    """What ``str`` gives: the subclass's module in :mod:`rbacgraph.report.text` sets it."""

    def __init__(self, code: IntEnum, subject: tuple[Any, ...] = ()) -> None:
        self.code = code
        self.subject = subject

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return (self.code, self.subject) == (other.code, other.subject)

    def __bool__(self) -> bool:
        """Whether it states anything: a code called ``NOTHING`` does not."""
        return self.code.name != "NOTHING"

    def __hash__(self) -> int:
        return hash((self.code, self.subject))

    def __lt__(self, other: "Phrase") -> bool:
        return (self.code, self.subject) < (other.code, other.subject)

    def __reduce__(self) -> tuple[type["Phrase"], tuple[IntEnum, tuple[Any, ...]]]:
        return type(self), (self.code, self.subject)

    def __repr__(self) -> str:
        return f"{self.code.name}({', '.join(map(repr, self.subject))})"

    def __str__(self) -> str:
        say = type(self).words
        return repr(self) if say is None else say(self)


def fill(words: Words, subject: Sequence[Any]) -> str:
    """Put a subject into words.

    Examples
    --------
    >>> fill("{1} of {0}", ("a", "b")), fill(lambda *names: " or ".join(names), ("a", "b"))
    ('b of a', 'a or b')
    """
    return words.format(*subject) if isinstance(words, str) else words(*subject)


def object_words(kind: str, namespace: str, name: str) -> str:
    """Return an object by its kind, with its namespace if it has one.

    Examples
    --------
    >>> object_words("Role", "shop", "reader"), object_words("Node", "", "n1")
    ('Role shop/reader', 'Node n1')
    """
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def count(number: int, singular: str, plural: str = "") -> str:
    """Return a number of things in words.

    Examples
    --------
    >>> count(1, "path"), count(1200, "path")
    ('1 path', '1,200 paths')
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def listing(words: Sequence[str], *, last: str = "and") -> str:
    """Join words as in a sentence.

    Examples
    --------
    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    if len(words) < 2:  # noqa: PLR2004 - one word needs no joint
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
