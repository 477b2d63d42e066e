"""What an answer adds to the words of others: those of an API server, or of a technique."""

from functools import partial
from typing import final

from rbacgraph.model.condition import Condition
from rbacgraph.model.phrase import Code, Phrase


def _server(verb: str, reason: str) -> str:
    words = f"the API server itself {verb} it"
    return f"{words}: {reason}" if reason else words


class Adding(Code):
    """What is added; called with the words of the other, and what else it is about.

    Examples
    --------
    >>> Adding.SERVER_ALLOWS("because")
    SERVER_ALLOWS('because')
    """

    SERVER_ALLOWS = (partial(_server, "allows"),)
    SERVER_DENIES = (partial(_server, "does not allow"),)
    LOGIN_READS = "the store lets the ServiceAccount log in, and read it"
    LOGIN_MAY_READ = "the ServiceAccount reads it at the store only if more holds"
    NO_LOGIN_READS = "no login of the ServiceAccount that was seen reads it"
    ELSE_THE_SAME = "{} (if {}; else another path gives the same)"

    def __call__(self, *subject: str | Condition) -> "AddedWords":
        """Return the words of the other with what is added."""
        return AddedWords(self, subject)


@final
class AddedWords(Phrase):
    """The words of another, and what an answer adds to them."""

    __slots__ = ()
