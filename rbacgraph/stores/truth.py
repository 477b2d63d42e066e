"""Yes, no, or the doubts that stand between: what each part of a store's decision answers."""

from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from typing import NamedTuple, TypeAlias


class DoubtKind(Enum):
    """Why a part of a decision is open."""

    KEY = "key"  # a condition key whose value the input does not hold
    CONDITION = "condition"  # a condition that rbacgraph cannot decide
    POLICY = "policy"  # an element, operator or value that is not of the policy language
    UNSETTLED = "unsettled"  # the documentation does not say
    MISSING = "missing"  # a policy, role, provider or file that the input lacks
    MEMBERS = "members"  # a group whose members the input does not hold
    ROLE = "role"  # a role whose permissions the input does not hold
    ISSUER = "issuer"  # whether this cluster issues the tokens that an identity trusts
    RESOURCE_POLICY = "resource-policy"  # that of a resource, which the input lacks
    GRANTS = "grants"  # those of a key, which the input lacks
    CLUSTER = "cluster"  # whether it is that of the input
    VERSION = "version"  # what those of a policy allow that are not its default
    POD = "pod"  # whether the attacker runs one


class StoreDoubt(NamedTuple):
    """One reason: its kind, and the key, the group or the part of the policy."""

    kind: DoubtKind
    name: str


StoreDoubts: TypeAlias = frozenset[StoreDoubt]
Truth: TypeAlias = bool | StoreDoubts


def doubt(kind: DoubtKind, name: str) -> StoreDoubts:
    """Return one doubt as an answer."""
    return frozenset([StoreDoubt(kind, name)])


def all_of(answers: Iterable[Truth]) -> Truth:
    """Return no if one is no, otherwise the doubts of all, otherwise yes."""
    doubts: StoreDoubts = frozenset()
    for answer in answers:
        if answer is False:
            return False
        if answer is not True:
            doubts |= answer
    return doubts or True


def any_of(answers: Iterable[Truth]) -> Truth:
    """Return yes if one is yes, otherwise the doubts of all, otherwise no."""
    doubts: StoreDoubts = frozenset()
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


class GroupMembers:
    """Who is in which group, directly or by a group in it.

    ``members``: the members of each group; ``None`` where nothing says them. A member that is
        called ``group:…`` is a group, known or not.
    """

    def __init__(self, members: Mapping[str, Collection[str] | None]) -> None:
        listed = {one for inside in members.values() for one in inside or ()}
        named = dict.fromkeys(one for one in listed if one.startswith("group:"))
        self.members = members = {**named, **members}
        self._parents: dict[str, list[str]] = {}
        for group, inside in members.items():
            for one in inside or ():
                self._parents.setdefault(one, []).append(group)
        unknown = [group for group, inside in members.items() if inside is None]
        self._open: dict[str, StoreDoubts] = {}
        for group in unknown:
            for above in self._above([group]):
                self._open[above] = self._open.get(above, frozenset()) | doubt(
                    DoubtKind.MEMBERS, group
                )

    def of(self, names: Collection[str]) -> Mapping[str, Truth]:
        """Return the groups that hold one of these names, certainly or perhaps."""
        return {**self._open, **dict.fromkeys(self._above(names) - {*names}, True)}

    def _above(self, names: Collection[str]) -> set[str]:
        found, todo = set(names), list(names)
        while todo:
            more = [one for one in self._parents.get(todo.pop(), ()) if one not in found]
            found.update(more)
            todo += more
        return found
