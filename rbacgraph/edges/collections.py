"""Collections: one node for many, so that a rule never needs an edge per member.

A rule leads to ``secrets:shop/*`` (every Secret of shop), ``secrets:*`` (of the cluster)
or ``secrets:*/db`` (that name in any namespace), and the collection to its members.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rbacgraph.edges.base import CERTAIN, Match, Target, where
from rbacgraph.edges.world import World
from rbacgraph.model.node import (
    EACH_NAMESPACE,
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


class Members(NamedTuple):
    """Members of one sort, as columns; their names are looked at where a rule names some.

    ``conditions`` are those under which there is such a member, by its number, where there
    are any.
    """

    numbers: list[int]
    namespaces: list[str]
    names: Callable[[], list[str]]
    conditions: Mapping[int, str]


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
        From the world to every member, each given once.
    condition:
        From the world, a namespace and a name to the condition under which there is such
        a member; None where there is none.
    """

    kind: str
    member: str
    plural: str
    members: Callable[[World], Members]
    condition: Callable[[World, str, str], str | None]

    def everything(self, scope: str) -> Node:
        """Return the collection of every member in a namespace, or of all for ``""``."""
        return self.kind, "" if scope == EACH_NAMESPACE else scope, "*"

    def named(self, scope: str, name: str) -> Node:
        """Return one member of a namespace, or the collection of that name everywhere."""
        if scope in {"", EACH_NAMESPACE}:
            return self.kind, "*", name
        return self.member, scope, name

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
        place = where(scope)
        if match.names:
            names = match.exact_names
            things = self.plural.removesuffix("s") if len(names) == 1 else self.plural
            return f"{things} {', '.join(names) or '(no name)'} {place}"
        return f"all {self.plural} {place}"


def _secrets(world: World) -> Members:
    secrets = world.secret_numbers
    numbers: list[int] = []
    namespaces: list[str] = []
    for namespace, found in secrets.items():
        numbers += found.values()
        namespaces += [namespace] * len(found)
    return Members(
        numbers, namespaces, lambda: [n for found in secrets.values() for n in found], {}
    )


def _is_secret(world: World, namespace: str, name: str) -> str | None:
    return CERTAIN if name in world.secret_numbers.get(namespace, ()) else None


def _running(world: World) -> Members:
    running = [runner for runner in world.runners if runner.running is not None]
    return Members(
        [runner.number for runner in running],
        [runner.node[1] for runner in running],
        # The Pods of a template have names of their own, which a rule cannot know.
        lambda: [runner.node[2] if runner.kind == "Pod" else "" for runner in running],
        {runner.number: runner.running for runner in running if runner.running},
    )


def _is_running(world: World, namespace: str, name: str) -> str | None:
    runner = world.runner(namespace, name)
    return runner.running if runner else None


def _existing_accounts(world: World) -> Members:
    keys = world.service_accounts
    return Members(
        world.accounts,
        [namespace for namespace, _ in keys],
        lambda: [name for _, name in keys],
        world.account_doubts,
    )


def _is_account(world: World, namespace: str, name: str) -> str | None:
    return world.service_accounts.get((namespace, name))


def _named_accounts(world: World) -> Members:
    # Where acting as one by headers is less than being it, the graph puts another in its place.
    keys = world.known_service_accounts
    named = [*keys][len(world.accounts) :]
    return Members(
        [*world.accounts, *(world.index.number((SERVICE_ACCOUNT, *key)) for key in named)],
        [namespace for namespace, _ in keys],
        lambda: [name for _, name in keys],
        {},
    )


def _is_known_account(world: World, namespace: str, name: str) -> str | None:
    return CERTAIN if (namespace, name) in world.known_service_accounts else None


def _nodes(world: World) -> Members:
    numbers = world.node_numbers
    return Members([*numbers.values()], [""] * len(numbers), lambda: [*numbers], {})


def _is_node(world: World, _namespace: str, name: str) -> str | None:
    return CERTAIN if name in world.node_numbers else None


SECRETS_OF = Collection(SECRETS, SECRET, "Secrets", _secrets, _is_secret)
RUNNING_PODS_OF = Collection(PODS, POD, "running Pods", _running, _is_running)
EXISTING_ACCOUNTS_OF = Collection(
    SERVICE_ACCOUNTS, SERVICE_ACCOUNT, "ServiceAccounts", _existing_accounts, _is_account
)
NAMED_ACCOUNTS_OF = Collection(
    NAMED_SERVICE_ACCOUNTS,
    IMPERSONATED_SERVICE_ACCOUNT,
    "ServiceAccounts",
    _named_accounts,
    _is_known_account,
)
NODES_OF = Collection(NODES, NODE, "Nodes", _nodes, _is_node)

COLLECTIONS = (SECRETS_OF, RUNNING_PODS_OF, EXISTING_ACCOUNTS_OF, NAMED_ACCOUNTS_OF, NODES_OF)
