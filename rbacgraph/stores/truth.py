"""Yes, no, or the doubts that stand between: what each part of a decision answers."""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple, TypeAlias


class DoubtKind(Enum):
    """Why a part of a decision is open."""

    KEY = "key"  # a value of the request that the input does not hold
    CONDITION = "condition"  # a condition that rbacgraph cannot decide
    MEMBERS = "members"  # a group whose members the input does not hold
    ROLE = "role"  # a role whose permissions the input does not hold
    ISSUER = "issuer"  # whether this cluster issues the tokens that an identity trusts
    UNSETTLED = "unsettled"  # the documentation does not say


class Doubt(NamedTuple):
    """One reason: its kind, and the key, group, role or text."""

    kind: DoubtKind
    name: str


Doubts: TypeAlias = frozenset[Doubt]
Truth: TypeAlias = bool | Doubts


def doubt(kind: DoubtKind, name: str) -> Doubts:
    """Return one doubt as an answer."""
    return frozenset([Doubt(kind, name)])


def all_of(answers: Iterable[Truth]) -> Truth:
    """Return no if one is no, otherwise the doubts of all, otherwise yes."""
    doubts: Doubts = frozenset()
    for answer in answers:
        if answer is False:
            return False
        if answer is not True:
            doubts |= answer
    return doubts or True


def any_of(answers: Iterable[Truth]) -> Truth:
    """Return yes if one is yes, otherwise the doubts of all, otherwise no."""
    doubts: Doubts = frozenset()
    for answer in answers:
        if answer is True:
            return True
        if answer is not False:
            doubts |= answer
    return doubts or False


def negated(answer: Truth) -> Truth:
    """Return the opposite; a doubt stays the same doubt."""
    return not answer if isinstance(answer, bool) else answer


def settled(answer: Truth) -> bool | None:
    """Return yes or no, and ``None`` for a doubt."""
    return answer if isinstance(answer, bool) else None


def member_of(name: str, group: str, groups: dict[str, tuple[str, ...] | None]) -> Truth:
    """Whether a name is a member of a group, directly or by a group in it.

    ``groups``: the members of each group; one that it lacks, or that is ``None``, is not known.
    """
    seen: set[str] = set()
    todo, unknown = [group], []
    while todo:
        one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        members = groups.get(one)
        if members is None:
            unknown.append(one)
            continue
        if name in members:
            return True
        todo += [one for one in members if one in groups or one.startswith("group:")]
    return frozenset(Doubt(DoubtKind.MEMBERS, one) for one in unknown) or False
