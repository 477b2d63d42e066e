"""Finds the ServiceAccounts that log in at stores with their own tokens."""

from collections.abc import Iterator

from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.external.stores import Stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import SERVICE_ACCOUNT, Node


def store_accounts(world: Facts) -> Iterator[Node]:
    """Yield them, some several times: who only impersonates one has no token of it to show."""
    external = world.part(ExternalSecrets)
    for login in external.known_logins.values():
        yield from ((SERVICE_ACCOUNT, *key) for key in login.accounts)
    for read in external.pod_reads:
        yield SERVICE_ACCOUNT, read.runner.node[1], read.runner.spec.service_account
    for store in world.part(Stores):
        yield from ((SERVICE_ACCOUNT, *key) for key in store.accounts())
