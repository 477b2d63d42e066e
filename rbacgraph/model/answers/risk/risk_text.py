"""What an answer about risks states: causes, factors and changes, as codes.

Words are made of them in :mod:`rbacgraph.report.text.codes.risks` alone.
"""

from enum import IntEnum, auto
from typing import final

from rbacgraph.model.phrase import Phrase

RiskSubject = str | int | tuple[str, ...]
"""What a code is about: printed principals, objects as ``KIND NAMESPACE/NAME``, numbers."""


class RiskCode(IntEnum):
    """What is stated; called with what it is about.

    Examples
    --------
    >>> RiskCode.DELETES_SECRET("shop/token")
    DELETES_SECRET('shop/token')
    """

    NOTHING = auto()
    # causes
    BINDING_GIVES = auto()
    ROLE_GIVES = auto()
    POD_IS_NODE = auto()
    TOKEN_LASTS = auto()
    MASTERS_ARE_NAMED = auto()
    CLOUD_IS_MASTERS = auto()
    ALWAYS_ALLOWS = auto()
    # who can start, and what is opened, beside what entries and values say
    NOBODY_STARTS = auto()
    OPENS_CLUSTER = auto()
    OPENS_CONTROL_PLANE = auto()
    # how certain that is
    IS_CERTAIN = auto()
    IS_CONDITIONAL = auto()
    IS_DECLARED = auto()
    # the change that closes it
    REMOVES_SUBJECTS = auto()
    NARROWS_ROLE = auto()
    DELETES_SECRET = auto()
    CHANGES_POD = auto()
    TAKES_MEMBERS_OUT = auto()
    REMOVES_MAPPINGS = auto()
    CHANGES_AUTHORIZERS = auto()

    def __call__(self, *subject: RiskSubject) -> "RiskText":
        """Return the statement about a subject."""
        return RiskText(self, subject)


@final
class RiskText(Phrase):
    """What an answer about risks states."""

    __slots__ = ()
