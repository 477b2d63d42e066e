"""Evidence for what must stay allowed: how a need is known, apart from its words."""

from enum import Enum, auto
from typing import TypeAlias, final


class How(Enum):
    """How a need is known."""

    LOG = auto()
    """A request of the audit log."""
    CHECKED = auto()
    """A check of the API server within a logged request."""
    WRITE = auto()
    """A role or binding that is written, and that passes rights on."""
    STATED = auto()
    """A statement of the caller."""
    UNLOGGABLE = auto()
    """No log can show it."""
    UNLOGGED = auto()
    """The audit policy leaves it out of the log."""
    WIDENED = auto()
    """The caller asked for more than the exact needs."""
    KEPT = auto()
    """The caller said who keeps the Secret."""
    SAVED = auto()
    """A saved suggestion or cut says so."""


_WORDS = {
    How.LOG: "audit log",
    How.CHECKED: "audit log: asked beside a request that passed",
    How.UNLOGGABLE: "kept: no log can show it",
    How.UNLOGGED: "kept: the audit policy leaves it out of the log",
    How.KEPT: "it is kept",
}

_Part: TypeAlias = tuple[How, str]


@final
class NeedEvidence:
    """Why a request must stay allowed; one string in JSON.

    A file or role of the input may have any name. So only :attr:`parts` decides anything, and
    nothing reads the words back.

    Parameters
    ----------
    *parts:
        How the need is known, each with its words, which may hold names.

    Examples
    --------
    >>> found = NeedEvidence.of(How.LOG) | NeedEvidence.of(How.STATED, "need.txt:3")
    >>> str(found), How.STATED in found, How.CHECKED in found
    ('audit log, need.txt:3', True, False)
    >>> NeedEvidence.of(How.STATED, "audit log") == NeedEvidence.of(How.LOG)
    False
    """

    __slots__ = ("parts",)

    def __init__(self, *parts: _Part) -> None:
        self.parts = tuple(dict.fromkeys(parts))

    @classmethod
    def of(cls, how: How, words: str = "") -> "NeedEvidence":
        """Return evidence of one kind, by default with the words of the kind."""
        return cls((how, words or _WORDS[how]))

    def __or__(self, other: "NeedEvidence") -> "NeedEvidence":
        return NeedEvidence(*self.parts, *other.parts)

    def __contains__(self, how: How) -> bool:
        return any(own is how for own, _ in self.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NeedEvidence) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    def __repr__(self) -> str:
        return f"NeedEvidence{self.parts}"

    def __str__(self) -> str:
        return ", ".join(words for _, words in self.parts)
