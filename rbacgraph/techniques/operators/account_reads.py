"""Finds the Secrets that a ServiceAccount may read by RBAC, as collections."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import SECRET, SECRETS, Node
from rbacgraph.techniques.operators.account_rules import account_rules
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, Right

_READ = Right(("get", "list"), "", "secrets")


class AccountRead(NamedTuple):
    """Secrets that a ServiceAccount reads, or collections of them.

    ``condition``: the condition on which the ServiceAccount exists, and is so bound.
    """

    secrets: tuple[Node, ...]
    condition: Condition = CERTAIN
    evidence: tuple[Evidence, ...] = ()


class AccountReads(WorldPart):
    """What ServiceAccounts read, found on first use."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._known: dict[Key, Sequence[AccountRead]] = {}
        self._together: dict[str, Sequence[AccountRead]] = {}

    def of(self, account: Key) -> Sequence[AccountRead]:
        """Return what each rule lets a ServiceAccount read; nothing if it does not exist."""
        if account not in self._known:
            self._known[account] = tuple(self._find(account))
        return self._known[account]

    def together(self, namespace: str) -> Sequence[AccountRead]:
        """Return what the ServiceAccounts of a namespace read, all of them for ``""``."""
        if namespace not in self._together:
            everywhere = tuple(self._world.identities.usable_accounts)
            accounts = self._by_namespace.get(namespace, ()) if namespace else everywhere
            self._together[namespace] = widest(read for key in accounts for read in self.of(key))
        return self._together[namespace]

    @cached_property
    def _by_namespace(self) -> Mapping[str, Sequence[Key]]:
        found: dict[str, list[Key]] = {}
        for key in self._world.identities.usable_accounts:
            found.setdefault(key[0], []).append(key)
        return found

    def _find(self, account: Key) -> Iterator[AccountRead]:
        for rule in account_rules(self._world, account, _READ):
            found = self._existing(rule.scope, rule.match)
            if found:
                yield AccountRead(found, rule.condition, rule.evidence)

    def _existing(self, scope: str, match: Match) -> tuple[Node, ...]:
        world = self._world
        found = (node for node, _ in SECRETS_OF.with_names(world, scope, match))
        return tuple(
            node
            for node in found
            if node[0] != SECRET or node[2] in world.secret_numbers.get(node[1], ())
        )


def widest(reads: Iterable[AccountRead]) -> Sequence[AccountRead]:
    """Return reads by condition, without what another one includes under no more conditions."""
    best: dict[Node, AccountRead] = {}
    for read in reads:
        for node in read.secrets:
            if node not in best or read.condition < best[node].condition:
                best[node] = read._replace(secrets=(node,))
    found: dict[Condition, list[AccountRead]] = {}
    for node, read in best.items():
        wider = (best[one].condition for one in containing(node) if one != node and one in best)
        if all(read.condition < condition for condition in wider):
            found.setdefault(read.condition, []).append(read)
    return [
        AccountRead(
            tuple(node for one in several for node in one.secrets),
            condition,
            tuple(dict.fromkeys(by for one in several for by in one.evidence)),
        )
        for condition, several in sorted(found.items())
    ]


def inside(secrets: Sequence[Node], namespace: str, world: Facts) -> tuple[Node, ...]:
    """Return the part of some Secrets, or collections of them, that lies in a namespace.

    For ``""`` that is all of them.
    """
    if not namespace:
        return tuple(secrets)
    found: dict[Node, None] = {}
    for kind, scope, name in secrets:
        if kind == SECRET:
            if scope == namespace:
                found[kind, scope, name] = None
        elif (kind, scope, name) in {
            SECRETS_OF.everything(""),
            SECRETS_OF.everything(namespace),
        }:
            found[SECRETS_OF.everything(namespace)] = None
        elif name in world.secret_numbers.get(namespace, ()) and kind == SECRETS:
            found[SECRET, namespace, name] = None
    return tuple(found)


def containing(secrets: Node) -> tuple[Node, ...]:
    """Return a Secret or a collection of some, and the collections that hold it."""
    _, namespace, name = secrets
    return (
        secrets,
        SECRETS_OF.everything(namespace),
        SECRETS_OF.named("", name),
        SECRETS_OF.everything(""),
    )
