"""What changed, where the changed parts of an object do not show it."""

from typing import final

from rbacgraph.model.phrase import Code, Phrase


class Happening(Code):
    """What a cause adds to its parts; called with its names, it is a text.

    Examples
    --------
    >>> Happening.NEW_VERSION("1.36", "1.30")
    NEW_VERSION('1.36', '1.30')
    """

    NOTHING = ""
    AS_EVIDENCE_SAYS = "{}"
    AGGREGATED_TO = "aggregated to {}"
    SELECTS = "selects {}"
    IS_REFERRED_TO = "is referred to"
    NEW_VERSION = "version {}, before {}"
    OTHER_KINDS_LISTED = "other kinds of objects were listed completely"
    OTHER_KINDS_LISTED_AS = "other kinds of objects were listed completely: {}"
    VERSION_IS_GONE = "is no longer there in this version"
    NOTHING_SHOWS_IT = "the input does not show what changed"

    def __call__(self, *subject: str) -> "CauseText":
        """Return the text about a subject."""
        return CauseText(self, subject)


@final
class CauseText(Phrase):
    """What changed, besides the parts of an object; false where the parts say it all."""

    __slots__ = ()


NO_TEXT = Happening.NOTHING()
