"""Yes, no, or the doubts that stand between: what each part of a decision answers."""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple, TypeAlias


class DoubtKind(Enum):
    """Why a part of a decision is open."""

    KEY = "key"  # a condition key whose value the input does not hold
    POLICY = "policy"  # an element, operator or value that is not of the policy language
    UNSETTLED = "unsettled"  # the documentation does not say
    MISSING = "missing"  # a policy, role or provider that the input lacks
    RESOURCE_POLICY = "resource-policy"  # that of a resource, which the input lacks
    GRANTS = "grants"  # those of a key, which the input lacks


class AwsDoubt(NamedTuple):
    """One reason: its kind, and the key or the part of the policy."""

    kind: DoubtKind
    name: str


AwsDoubts: TypeAlias = frozenset[AwsDoubt]
Truth: TypeAlias = bool | AwsDoubts


def doubt(kind: DoubtKind, name: str) -> AwsDoubts:
    """Return one doubt as an answer."""
    return frozenset([AwsDoubt(kind, name)])


def all_of(answers: Iterable[Truth]) -> Truth:
    """Return no if one is no, otherwise the doubts of all, otherwise yes."""
    doubts: AwsDoubts = frozenset()
    for answer in answers:
        if answer is False:
            return False
        if answer is not True:
            doubts |= answer
    return doubts or True


def any_of(answers: Iterable[Truth]) -> Truth:
    """Return yes if one is yes, otherwise the doubts of all, otherwise no."""
    doubts: AwsDoubts = frozenset()
    for answer in answers:
        if answer is True:
            return True
        if answer is not False:
            doubts |= answer
    return doubts or False


def negated(answer: Truth) -> Truth:
    """Return the opposite; a doubt stays the same doubt."""
    return not answer if isinstance(answer, bool) else answer
