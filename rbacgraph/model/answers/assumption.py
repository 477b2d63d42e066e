"""Assumptions: what an answer takes for granted.

Words are made of them in :mod:`rbacgraph.report.text.codes.assumptions` alone.
"""

from enum import IntEnum, auto
from typing import NamedTuple, TypeAlias, final

from rbacgraph.model.phrase import Phrase


class Authorizing(NamedTuple):
    """How the API servers decide, as far as the input shows it.

    ``always_allows``: whether one of them allows everything.
    ``others``: authorizers that rbacgraph does not model.
    ``by_file``: whether a file names the authorizers of one.
    ``refusing``, ``disabled``: admission plugins that may refuse Pods, and those that are off.
    ``lacks``: which of Node and RBAC one of them lacks.
    ``heeded``: whether conditions name admission policies.
    ``guards``: how many webhooks and policies for Pods rbacgraph does not evaluate.
    """

    always_allows: bool
    others: tuple[str, ...]
    by_file: bool
    refusing: tuple[str, ...]
    lacks: tuple[str, ...]
    disabled: tuple[str, ...]
    heeded: bool
    guards: int


AssumedOf: TypeAlias = str | int | Authorizing
"""What an assumption is about: names, versions, numbers."""


class Assume(IntEnum):
    """What is assumed; called with what it is about, it is an assumption.

    Examples
    --------
    >>> Assume.USER_HAS_GROUP("user:bob", "group:system:authenticated").subject[0]
    'user:bob'
    """

    NEWEST_KUBERNETES = auto()
    DEFAULTS_ARE_THERE = auto()
    DEFAULTS_ARE_NOT_THERE = auto()
    AUTHORIZERS = auto()
    ANONYMOUS_IS_REFUSED = auto()
    ASKED_LIKE_THIS = auto()
    NOTHING_CONDITIONAL = auto()
    ONE_OF_SEVERAL_VERSIONS = auto()
    USER_HAS_GROUP = auto()
    ASKED_BY = auto()
    DUMP_IS_OF_VAULT_AT = auto()
    OPENSHIFT_BY_NAME = auto()
    OPENSHIFT_AS_SHIPPED = auto()

    def __call__(self, *subject: AssumedOf) -> "Assumption":
        """Return the assumption about a subject."""
        return Assumption(self, subject)


@final
class Assumption(Phrase):
    """What an answer takes for granted."""

    __slots__ = ()
