"""Evidence for what must stay allowed: how a need is known.

Words are made of it in :mod:`rbacgraph.report.text.codes.need_evidence` alone.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, ClassVar, TypeAlias, final


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


_Part: TypeAlias = tuple[How, tuple[Any, ...]]


@final
class NeedEvidence:
    """Why a request must stay allowed; one string in JSON.

    A file or role of the input may have any name. So only :attr:`parts` decides anything, and
    nothing reads the words back.

    ``*parts``: how the need is known, each with what that is about: places, options, names.

    Examples
    --------
    >>> found = NeedEvidence.of(How.LOG) | NeedEvidence.of(How.STATED, "need.txt:3")
    >>> How.STATED in found, How.CHECKED in found
    (True, False)
    >>> NeedEvidence.of(How.STATED, "audit log") == NeedEvidence.of(How.LOG)
    False
    """

    __slots__ = ("parts",)

    words: ClassVar[Callable[["NeedEvidence"], str] | None] = None
    """What ``str`` gives: :mod:`rbacgraph.report.text.codes.need_evidence` sets it."""

    def __init__(self, *parts: _Part) -> None:
        self.parts = tuple(dict.fromkeys(parts))

    @classmethod
    def of(cls, how: How, *subject: Any) -> "NeedEvidence":  # noqa: ANN401 - each has its own
        """Return evidence of one kind."""
        return cls((how, subject))

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
        say = type(self).words
        return repr(self) if say is None else say(self)
