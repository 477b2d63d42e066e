"""What equal rules give at any scope, where neither the cluster nor the role matters.

Most roles of a large cluster equal others in their rules, and most of what rules give looks
at nothing else. It is found once, with stand-ins that refuse to be looked at.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from rbacgraph.facts.world import World
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.kubernetes.core import BOOTSTRAP_NAMESPACE
from rbacgraph.model.kubernetes.rbac import AnyRole, Role, Rules
from rbacgraph.model.node import EACH_NAMESPACE, Marker

SOMEWHERE = Marker("\0")
"""In place of a namespace that is like any other."""

SPECIAL = frozenset({"", EACH_NAMESPACE, BOOTSTRAP_NAMESPACE})
"""Scopes that have a meaning of their own."""

_T = TypeVar("_T")


class _LookedAtError(Exception):
    pass


class _Unseen:
    """In place of something that an answer does not depend on."""

    def __getattr__(self, name: str) -> object:
        raise AttributeError(name) if name.startswith("__") else _LookedAtError


class _UnseenWorld(_Unseen):
    """In place of the cluster: in a namespace that is like any other, anything is created."""

    creating: Mapping[str, Condition] = {}
    making_pods = creating
    full_quotas: Mapping[str, Mapping[str, Condition]] = {}

    def creating_one(self, _namespace: str, _resource: str) -> Condition:
        return CERTAIN

    making_by = creating_one


class _UnseenRole(_Unseen):
    """In place of a role that an answer depends on only by its rules."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules


UNSEEN = cast(World, _UnseenWorld())
"""In place of the cluster."""


def special(world: World) -> frozenset[str]:
    """Return the scopes of a cluster that are not like any other namespace."""
    return SPECIAL.union(world.creating, world.full_quotas)


def stand_in(rules: Rules) -> AnyRole:
    """Return what stands for every role with some rules."""
    return cast(Role, _UnseenRole(rules))


def without_looking(find: Callable[[], _T]) -> _T | None:
    """Return what is found with stand-ins; None where they were looked at."""
    try:
        return find()
    except _LookedAtError:
        return None
