"""Codes with their words, and statements of answers: a code and what it is about."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from itertools import starmap
from typing import Any, Self, TypeAlias

Words: TypeAlias = str | Callable[..., str]
"""A text with places for the subject's parts, for :func:`fill`, or a function of them."""


class Code(IntEnum):
    """What may be stated: each member is a row that begins with its words.

    Members are numbered in their order. A function stands in a tuple, even alone.
    """

    words: Words

    def __new__(cls, *_row: object) -> Self:
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

    def __init__(self, code: Code, subject: tuple[Any, ...] = ()) -> None:
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

    def __reduce__(self) -> tuple[type["Phrase"], tuple[Code, tuple[Any, ...]]]:
        return type(self), (self.code, self.subject)

    def __repr__(self) -> str:
        return f"{self.code.name}({', '.join(map(repr, self.subject))})"

    def __str__(self) -> str:
        return fill(self.code.words, self.subject)


def fill(words: Words, subject: tuple[Any, ...]) -> str:
    """Put a subject into words: its parts by number, ``all``, or the ``rest`` after the first.

    A part that is itself several is put in by a form: names by ``and``, ``or``, ``list``, ``some``
    or ``called``, an ``object`` by its kind, namespace and name, and ``objects``.

    Examples
    --------
    >>> fill("{1} of {0}", ("a", "b")), fill(lambda *names: names[-1], ("a", "b"))
    ('b of a', 'b')
    >>> fill("{:object} by {:or}", (("Role", "shop", "reader"), ("a", "b")))
    'Role shop/reader by a or b'
    >>> fill("{0}{rest:called}", ("a Pod",)), fill("{0}{rest:called}", ("a Pod", "a", "b"))
    ('a Pod', 'a Pod called a or b')
    """
    if not isinstance(words, str):
        return words(*subject)
    if not _HAS_FORM.search(words):
        return words.format(*subject)
    return words.format(*map(_Part, subject), all=_Part(subject), rest=_Part(subject[1:]))


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


def listed(words: Iterable[str], shown: int = 5) -> str:
    """List the first few words, and count the others.

    Examples
    --------
    >>> listed("abcabcdefg")
    'a, b, c, d, e and 2 more'
    """
    found = list(dict.fromkeys(words))
    more = f" and {len(found) - shown:,} more" if len(found) > shown else ""
    return f"{', '.join(found[:shown])}{more}"


FORMS: Mapping[str, Callable[[Any], str]] = {
    "and": " and ".join,
    "or": " or ".join,
    "list": ", ".join,
    "some": listed,
    "called": lambda names: f" called {' or '.join(names)}" if names else "",
    "object": lambda key: object_words(*key),
    "objects": lambda keys: listed(starmap(object_words, keys)),
}
"""How a part that is several is put into words."""

_HAS_FORM = re.compile(rf":({'|'.join(FORMS)})\}}")


class _Part:
    """A part of a subject that is put into words."""

    def __init__(self, value: Any) -> None:  # noqa: ANN401 - each code has its own
        self.value = value

    def __format__(self, form: str) -> str:
        return FORMS[form](self.value) if form in FORMS else format(self.value, form)

    def __repr__(self) -> str:
        return repr(self.value)
