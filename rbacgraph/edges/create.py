"""What whoever may create Pods in a namespace gets there, for create-pod and create-workload."""

from collections.abc import Iterator

from rbacgraph.edges.base import CERTAIN, Match, Target, listed, where
from rbacgraph.edges.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.edges.world import World


def anything_in_namespace(_world: World, scope: str, match: Match) -> Iterator[Target]:
    """Lead to every Secret and every existing ServiceAccount of the scope."""
    if match.nameless:
        yield SECRETS_OF.everything(scope), CERTAIN
        yield EXISTING_ACCOUNTS_OF.everything(scope), CERTAIN


def creates(scope: str, match: Match) -> str:
    """Say what can be created, in words."""
    return f"can create {listed(match.resources)} {where(scope)}"
