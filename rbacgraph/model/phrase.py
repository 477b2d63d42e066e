"""A statement of an answer as a code and what it is about; reports make words of it."""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, ClassVar


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
