"""Finds the ServiceAccounts whose tokens a ServiceAccount may request by RBAC."""

from collections.abc import Iterator, Sequence

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.kubernetes.rbac import NamingRule
from rbacgraph.model.node import (
    AUTHENTICATED,
    EVERY,
    EVERY_SERVICE_ACCOUNT,
    SERVICE_ACCOUNT,
    Node,
    service_accounts_group,
)
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.techniques.spec.technique import Match, Right

_REQUEST = Right(("create",), "", "serviceaccounts", "token")


class AccountTokens(WorldPart):
    """The tokens that ServiceAccounts may request, found on first use.

    Parameters
    ----------
    world:
        The cluster; the caller keeps it while the part is in use.
    """

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._known: dict[Key, Sequence[Node]] = {}

    def of(self, account: Key, namespace: str) -> Iterator[Node]:
        """Yield whose tokens of a namespace, or of all for ``""``, a ServiceAccount may request."""
        if account not in self._known:
            self._known[account] = tuple(dict.fromkeys(self._find(account)))
        for kind, place, name in self._known[account]:
            if not namespace or place == namespace:
                yield kind, place, name
            elif not place and name is EVERY:
                yield EXISTING_ACCOUNTS_OF.everything(namespace)

    def _find(self, account: Key) -> Iterator[Node]:
        world, rbac = self._world, self._world.rbac
        names: tuple[Node, ...] = (
            (SERVICE_ACCOUNT, *account),
            service_accounts_group(account[0]),
            EVERY_SERVICE_ACCOUNT,
            AUTHENTICATED,
        )
        for place in (p for node in names for p in rbac.bindings_by_subject.get(node, ())):
            binding, scope = rbac.bindings[place]
            for role in rbac.authorizer.roles_of(binding):
                for rule in role.rules or ():
                    verbs = _REQUEST.verbs_in(rule)
                    if not verbs:
                        continue
                    by_name = isinstance(rule, NamingRule)
                    match = Match(verbs, (_REQUEST.key,), rule.resource_names or (), by_name)
                    for node, _ in EXISTING_ACCOUNTS_OF.with_names(world, scope, match):
                        yield node
