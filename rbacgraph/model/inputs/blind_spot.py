"""What an audit log cannot show.

Words are made of it in :mod:`rbacgraph.report.text.codes.blind_spots` alone.
"""

from enum import IntEnum, auto
from typing import TypeAlias, final

from rbacgraph.model.inputs.audit_policy import AuditRule
from rbacgraph.model.phrase import Phrase

HiddenBy: TypeAlias = "str | int | AuditRule"
"""What hides it: a number of requests, verbs, a rule of the audit Policy, its file."""


class Unseen(IntEnum):
    """What is not seen; called with what hides it, it is a blind spot.

    Examples
    --------
    >>> Unseen.OUTCOMES(3)
    OUTCOMES(3)
    """

    OUTCOMES = auto()
    NAMES = auto()
    READS = auto()
    ENDED_WATCHES = auto()
    WEBSOCKETS = auto()
    RARE = auto()
    RARE_OR_LEFT_OUT = auto()
    CHECKS = auto()
    LEFT_OUT = auto()
    OUTCOMES_LEFT_OUT = auto()
    OUTCOMES_LEFT_OUT_BUT_OF_STREAMS = auto()
    NO_RULE = auto()

    def __call__(self, *subject: HiddenBy) -> "BlindSpot":
        """Return the blind spot."""
        return BlindSpot(self, subject)


@final
class BlindSpot(Phrase):
    """What a log cannot show."""

    __slots__ = ()
