"""What whoever may create Pods in a namespace gets there, for create-pod and create-workload."""

from collections.abc import Iterator

from rbacgraph.edges.base import Match, Target, listed, where
from rbacgraph.edges.collections import EXISTING_ACCOUNTS_OF, NAMESPACES_OF, SECRETS_OF
from rbacgraph.edges.condition import CERTAIN
from rbacgraph.edges.footholds import NAMESPACES
from rbacgraph.edges.world import World


def anything_in_namespace(world: World, scope: str, match: Match) -> Iterator[Target]:
    """Lead to every Secret and every existing ServiceAccount of the scope."""
    if match.nameless:
        yield secrets_of_pods(world, scope)
        yield EXISTING_ACCOUNTS_OF.everything(scope), CERTAIN


def secrets_of_pods(world: World, scope: str) -> Target:
    """Return every Secret that new Pods can have: their namespace must be there."""
    doubts = world.doubted_namespaces
    if scope or not doubts:
        return SECRETS_OF.everything(scope), doubts.get(scope, CERTAIN)
    return NAMESPACES_OF.named("", NAMESPACES.resource), CERTAIN


def creates(scope: str, match: Match) -> str:
    """Say what can be created, in words."""
    return f"can create {listed(match.resources)} {where(scope)}"
