"""A problem of the input that rbacgraph could work around: a value, not an exception."""

from msgspec import Struct

from rbacgraph.model.printable import no_command

UNLISTED = frozenset(
    {
        *("forbidden", "unlisted", "collect-namespace", "no-such-namespace", "torn-list"),
        *("secret-names", "secret-keys", "own-rights", "own-rights-incomplete"),
    }
)
"""Codes of what an answer lacks of a live cluster."""

ASKED_HOW = frozenset({"impersonated", "insecure-skip-tls-verify"})
"""Codes of how a live cluster was asked: what an answer assumes of it."""

EMPTY = "empty-input"
"""The code of what says that the input holds no objects."""

NO_UID = "no-uid"
"""The code of what shows that a List is no server's, and proves no absence."""

ALWAYS_TOLD = ASKED_HOW | {NO_UID}
"""Codes of what one line changes in the whole answer."""


class Diagnostic(Struct, frozen=True, order=True):
    """What rbacgraph could not read or trust, where, and what to do about it.

    ``file``, ``line``: the place; ``""`` and 0 where it concerns the input as a whole.
    ``code``: a stable id in lower-case words with dashes, e.g. ``dangling-role-ref``.
    ``message``: what is wrong. Never holds a value of a Secret.
    ``advice``: what to do, or what rbacgraph did instead.
    ``severity``: ``error`` (something was left out), ``warning`` (taken, but look) or ``note``.
    """

    file: str
    line: int
    code: str
    message: str
    advice: str = ""
    severity: str = "warning"

    def __str__(self) -> str:
        name = no_command(self.file)
        place = f"{name}:{self.line}: " if self.line else f"{name}: " if name else ""
        advice = f" ({self.advice})" if self.advice else ""
        return f"{place}{self.severity}: {self.message}{advice} [{self.code}]"
