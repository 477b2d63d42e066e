"""Collections: one node for many, so that a rule never needs an edge per member.

A rule leads to ``secrets:shop/*`` (every Secret of shop), ``secrets:*`` (of the cluster)
or ``secrets:*/db`` (that name in any namespace), and the collection to its members.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rbacgraph.edges.base import CERTAIN, Match, Target
from rbacgraph.edges.world import World
from rbacgraph.model.node import (
    IMPERSONATED_SERVICE_ACCOUNT,
    NAMED_SERVICE_ACCOUNTS,
    NODE,
    NODES,
    POD,
    PODS,
    SECRET,
    SECRETS,
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNTS,
    Node,
)


@dataclass(frozen=True)
class Collection:
    """One sort of collection.

    Parameters
    ----------
    kind, member:
        Node kinds of the collection and of its members.
    plural:
        What it holds, for a sentence.
    members:
        From the world to each member and the condition under which it is one.
    """

    kind: str
    member: str
    plural: str
    members: Callable[[World], Mapping[Node, str]]

    def everything(self, scope: str) -> Node:
        """Return the collection of every member in a namespace, or of all for ``""``."""
        return self.kind, scope, "*"

    def named(self, scope: str, name: str) -> Node:
        """Return one member of a namespace, or the collection of that name everywhere."""
        return (self.member, scope, name) if scope else (self.kind, "*", name)

    def with_names(self, _world: World, scope: str, match: Match) -> Iterator[Target]:
        """Lead to what requests that carry a name reach: all, or exactly the names given.

        The empty name equals no member's.
        """
        if match.names:
            for name in match.exact_names:
                yield self.named(scope, name), CERTAIN
        else:
            yield self.everything(scope), CERTAIN

    def words(self, scope: str, match: Match) -> str:
        """Say in words what ``with_names`` leads to."""
        place = f"in {scope}" if scope else "in every namespace"
        if match.names:
            names = match.exact_names
            things = self.plural.removesuffix("s") if len(names) == 1 else self.plural
            return f"{things} {', '.join(names) or '(no name)'} {place}"
        return f"all {self.plural} {place}"


def _secrets(world: World) -> Mapping[Node, str]:
    return {(SECRET, *key): CERTAIN for key in world.secrets}


def _running(world: World) -> Mapping[Node, str]:
    return {r.node: r.running for r in world.runners if r.running is not None}


def _existing_accounts(world: World) -> Mapping[Node, str]:
    return {(SERVICE_ACCOUNT, *key): text for key, text in world.service_accounts.items()}


def _named_accounts(world: World) -> Mapping[Node, str]:
    return {(IMPERSONATED_SERVICE_ACCOUNT, *key): CERTAIN for key in world.known_service_accounts}


def _nodes(world: World) -> Mapping[Node, str]:
    return {(NODE, "", name): CERTAIN for name in world.nodes}


SECRETS_OF = Collection(SECRETS, SECRET, "Secrets", _secrets)
RUNNING_PODS_OF = Collection(PODS, POD, "running Pods", _running)
EXISTING_ACCOUNTS_OF = Collection(
    SERVICE_ACCOUNTS, SERVICE_ACCOUNT, "ServiceAccounts", _existing_accounts
)
NAMED_ACCOUNTS_OF = Collection(
    NAMED_SERVICE_ACCOUNTS,
    IMPERSONATED_SERVICE_ACCOUNT,
    "ServiceAccounts",
    _named_accounts,
)
NODES_OF = Collection(NODES, NODE, "Nodes", _nodes)

COLLECTIONS = (SECRETS_OF, RUNNING_PODS_OF, EXISTING_ACCOUNTS_OF, NAMED_ACCOUNTS_OF, NODES_OF)
