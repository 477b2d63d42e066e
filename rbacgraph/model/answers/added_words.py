"""What an answer adds to the words of others: those of an API server, or of a technique.

Words are made of it in :mod:`rbacgraph.report.text.codes.added_words` alone.
"""

from enum import IntEnum, auto
from typing import final

from rbacgraph.model.condition import Condition
from rbacgraph.model.phrase import Phrase


class Adding(IntEnum):
    """What is added; called with the words of the other, and what else it is about.

    Examples
    --------
    >>> Adding.SERVER_ALLOWS("because")
    SERVER_ALLOWS('because')
    """

    SERVER_ALLOWS = auto()
    SERVER_DENIES = auto()
    ELSE_THE_SAME = auto()

    def __call__(self, *subject: str | Condition) -> "AddedWords":
        """Return the words of the other with what is added."""
        return AddedWords(self, subject)


@final
class AddedWords(Phrase):
    """The words of another, and what an answer adds to them."""

    __slots__ = ()
