"""What new Pods of a namespace can have, for create-pod and create-workload."""

from collections.abc import Iterable, Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import NAMESPACES, NEW_MAKERS
from rbacgraph.model.node import EACH_NAMESPACE, Node
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, NAMESPACES_OF, SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, Target, listed, where


def anything_in_namespace(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    """Yield every Secret and every existing ServiceAccount of the scope."""
    if match.nameless:
        condition = min(world.identities.making_by(scope, resource) for resource in match.resources)
        for target in given_to_pods(world, scope, match.resources):
            yield target, condition


def given_to_pods(world: Facts, scope: str, resources: Iterable[str] = ("pods",)) -> list[Node]:
    """Return every Secret and ServiceAccount that new Pods of a scope can have.

    By creating any of some resources. Of one namespace they have them under the condition of
    ``making_by``.
    """
    if scope in {"", EACH_NAMESPACE}:
        made = list(resources)
        where_made = {resource: world.identities.making_where((resource,)) for resource in made}
        if all(where_made.values()):
            sorts = [
                NAMESPACES if where_made[one] == world.identities.making_pods else NEW_MAKERS[one]
                for one in made
            ]
            return [
                NAMESPACES_OF.named("", name) for name in dict.fromkeys(s.resource for s in sorts)
            ]
    return [SECRETS_OF.everything(scope), EXISTING_ACCOUNTS_OF.everything(scope)]


def creates(scope: str, match: Match) -> str:
    """Return what can be created, in words."""
    return f"can create {listed(match.resources)} {where(scope)}"
