"""Why an answer holds a Secret that the input lacks.

Words are made of it in :mod:`rbacgraph.report.text.codes.inferences` alone.
"""

from enum import IntEnum, auto
from typing import final

from rbacgraph.model.phrase import Phrase


class Inferred(IntEnum):
    """How a Secret is known; called with what makes it, or what is called alike, it is the reason.

    Examples
    --------
    >>> bool(Inferred.NOTHING()), Inferred.IS_MADE("Certificate shop/web")
    (False, IS_MADE('Certificate shop/web'))
    """

    NOTHING = auto()
    IS_MADE = auto()
    IS_REFERRED_TO = auto()
    MAY_BE_UNLISTED = auto()
    POLICIES_ARE_UNSEEN = auto()
    KEYS_ARE_UNSEEN = auto()
    READERS_ARE_UNSEEN = auto()
    IS_NAMED_NOWHERE = auto()
    OTHERS_MAY_LOG_IN = auto()
    IS_NOT_IN_DUMP = auto()

    def __call__(self, *subject: "str | Inference") -> "Inference":
        """Return the reason."""
        return Inference(self, subject)


@final
class Inference(Phrase):
    """Why an answer holds a Secret that the input lacks; false where the input holds it."""

    __slots__ = ()


IN_INPUT = Inferred.NOTHING()
