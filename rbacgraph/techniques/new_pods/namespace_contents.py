"""What new Pods of a namespace can have, for create-pod and create-workload."""

from collections.abc import Iterator

from rbacgraph.facts.world import World
from rbacgraph.facts.writable_objects import NAMESPACES
from rbacgraph.model.node import EACH_NAMESPACE, Node
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, NAMESPACES_OF, SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, Target, listed, where


def anything_in_namespace(world: World, scope: str, match: Match) -> Iterator[Target]:
    """Yield every Secret and every existing ServiceAccount of the scope."""
    if match.nameless:
        condition = min(world.making_by(scope, resource) for resource in match.resources)
        for target in given_to_pods(world, scope):
            yield target, condition


def given_to_pods(world: World, scope: str) -> tuple[Node, ...]:
    """Return every Secret and ServiceAccount that new Pods of a scope can have.

    For one namespace, its condition in ``making_pods`` applies.
    """
    if scope in {"", EACH_NAMESPACE} and world.making_pods:
        return (NAMESPACES_OF.named("", NAMESPACES.resource),)
    return SECRETS_OF.everything(scope), EXISTING_ACCOUNTS_OF.everything(scope)


def creates(scope: str, match: Match) -> str:
    """Return what can be created, in words."""
    return f"can create {listed(match.resources)} {where(scope)}"
