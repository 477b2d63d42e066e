"""What changed, where the changed parts of an object do not show it.

Words are made of it in :mod:`rbacgraph.report.text.codes.causes` alone.
"""

from enum import IntEnum, auto
from typing import final

from rbacgraph.model.phrase import Phrase


class Happening(IntEnum):
    """What a cause adds to its parts; called with its names, it is a text.

    Examples
    --------
    >>> Happening.NEW_VERSION("1.36", "1.30")
    NEW_VERSION('1.36', '1.30')
    """

    NOTHING = auto()
    AS_EVIDENCE_SAYS = auto()
    AGGREGATED_TO = auto()
    SELECTS = auto()
    IS_REFERRED_TO = auto()
    NEW_VERSION = auto()
    OTHER_KINDS_LISTED = auto()
    OTHER_KINDS_LISTED_AS = auto()
    VERSION_IS_GONE = auto()
    NOTHING_SHOWS_IT = auto()

    def __call__(self, *subject: str) -> "CauseText":
        """Return the text about a subject."""
        return CauseText(self, subject)


@final
class CauseText(Phrase):
    """What changed, besides the parts of an object; false where the parts say it all."""

    __slots__ = ()


NO_TEXT = Happening.NOTHING()
