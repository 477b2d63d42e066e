"""What a store of External Secrets reads that is this cluster: RBAC decides as whom it logs in.

Source: external-secrets ``providers/v1/kubernetes/`` (``auth.go``, ``client.go``).
"""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.authz.authorizer import HeldRule
from rbacgraph.authz.subjects import implied_groups
from rbacgraph.facts.external.logins import Login
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.kubernetes.external_secrets import THIS_CLUSTER
from rbacgraph.model.node import SECRET, Node
from rbacgraph.model.request import Request


class OwnRead(NamedTuple):
    """A Secret that a login reads as a ServiceAccount, and the rule that allows it."""

    login: Login
    secret: Node
    request: Request
    held: HeldRule
    condition: Condition


def own_reads(world: Facts, login: Login) -> Iterator[OwnRead]:
    """Yield the Secrets that the ServiceAccounts of a login may get where the store looks."""
    if login.store.system != THIS_CLUSTER:
        return
    namespace, usable = login.store.prefix, world.identities.usable_accounts
    for home, account in login.accounts:
        if (home, account) not in usable:
            continue
        user = f"system:serviceaccount:{home}:{account}"
        groups = implied_groups(user)
        for name in world.secret_numbers.get(namespace, ()):
            request = Request("get", resource="secrets", namespace=namespace, name=name)
            held = world.authorizer.allows(request, user, groups)
            if held is None:
                continue
            condition = usable[home, account]
            if not world.authorizer.surely_allows(request, user, groups):
                condition = both(condition, If.STORE_LETS_READ())
            yield OwnRead(login, (SECRET, namespace, name), request, held, condition)
