"""Evidence for what must stay allowed: how a need is known."""

from typing import Any, TypeAlias, final

from rbacgraph.model.phrase import Code, fill


class How(Code):
    """How a need is known."""

    LOG = "audit log"
    """A request of the audit log."""
    CHECKED = "audit log: asked beside a request that passed"
    """A check of the API server within a logged request."""
    WRITE = "{}: to {} {}"
    """A role or binding that is written, and that passes rights on."""
    STATED = "{}"
    """A statement of the caller."""
    UNLOGGABLE = "kept: no log can show it"
    """No log can show it."""
    UNLOGGED = "kept: the audit policy leaves it out of the log"
    """The audit policy leaves it out of the log."""
    WIDENED = "{}"
    """The caller asked for more than the exact needs."""
    KEPT = "it is kept"
    """The caller said who keeps the Secret."""
    SAVED = "{}"
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
    >>> str(found)
    'audit log, need.txt:3'
    """

    __slots__ = ("parts",)

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
        return ", ".join(fill(how.words, subject) for how, subject in self.parts)
