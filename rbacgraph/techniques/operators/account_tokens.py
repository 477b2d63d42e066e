"""Finds the ServiceAccounts whose tokens a ServiceAccount may request by RBAC."""

from collections.abc import Iterator, Sequence

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.node import EVERY, SERVICE_ACCOUNT, Node
from rbacgraph.techniques.operators.account_rules import account_rules
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.techniques.spec.technique import Right, Target

_REQUEST = Right(("create",), "", "serviceaccounts", "token")


class AccountTokens(WorldPart):
    """The tokens that ServiceAccounts may request, found on first use.

    ``world``: the cluster; the caller keeps it while the part is in use.
    """

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._known: dict[Key, Sequence[Target]] = {}

    def of(self, account: Key, namespace: str) -> Iterator[Target]:
        """Yield whose tokens of a namespace, or of all for ``""``, a ServiceAccount may request."""
        if account not in self._known:
            self._known[account] = tuple(self._find(account))
        for node, condition in self._known[account]:
            there = _inside(node, namespace) if namespace else node
            if there is not None:
                yield there, condition

    def _find(self, account: Key) -> Iterator[Target]:
        for rule in account_rules(self._world, account, _REQUEST):
            for node, _ in EXISTING_ACCOUNTS_OF.with_names(self._world, rule.scope, rule.match):
                yield node, rule.condition


def _inside(accounts: Node, namespace: str) -> Node | None:
    """Return the part of a ServiceAccount, or a collection of some, that lies in a namespace."""
    kind, place, name = accounts
    if kind == SERVICE_ACCOUNT:
        return accounts if place == namespace else None
    if name is not EVERY:
        return SERVICE_ACCOUNT, namespace, name
    return EXISTING_ACCOUNTS_OF.everything(namespace) if place in {"", namespace} else None
