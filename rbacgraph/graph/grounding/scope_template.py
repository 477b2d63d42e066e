"""Computes what equal rules give at any scope, if neither the cluster nor the role matters.

Most roles of a large cluster equal others in their rules, and most of what rules give depends on
nothing else. rbacgraph computes it once, with placeholders that refuse every access.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.kubernetes.core import BOOTSTRAP_NAMESPACE
from rbacgraph.model.kubernetes.rbac import AnyRole, Role, Rules
from rbacgraph.model.node import EACH_NAMESPACE, Marker

SOMEWHERE = Marker("\0")
"""A placeholder for an ordinary namespace."""

SPECIAL = frozenset({"", EACH_NAMESPACE, BOOTSTRAP_NAMESPACE})
"""Scopes with a special meaning."""

_T = TypeVar("_T")


class _LookedAtError(Exception):
    pass


class _Unseen:
    """A placeholder for something that an answer does not depend on."""

    def __getattr__(self, name: str) -> object:
        raise AttributeError(name) if name.startswith("__") else _LookedAtError


class _UnseenIdentities(_Unseen):
    """A placeholder for the namespaces: in an ordinary one, anything can be created."""

    creating: Mapping[str, Condition] = {}
    making_pods = closed_namespaces = binding = creating
    full_quotas: Mapping[str, Mapping[str, Condition]] = {}

    def creating_one(self, _namespace: str, _resource: str) -> Condition:
        return CERTAIN

    making_by = creating_one


class _UnseenFacts(_Unseen):
    """A placeholder for the cluster."""

    identities = _UnseenIdentities()


class _UnseenRole(_Unseen):
    """A placeholder for a role, if an answer uses only its rules."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules


UNSEEN = cast(Facts, _UnseenFacts())
"""The placeholder for the cluster."""


def special(world: Facts) -> frozenset[str]:
    """Return the scopes of a cluster that are not ordinary namespaces."""
    return SPECIAL.union(world.identities.creating, world.identities.full_quotas)


def stand_in(rules: Rules) -> AnyRole:
    """Return a placeholder for every role with some rules."""
    return cast(Role, _UnseenRole(rules))


def without_looking(find: Callable[[], _T]) -> _T | None:
    """Return a result computed with placeholders; None if it accessed them."""
    try:
        return find()
    except _LookedAtError:
        return None
