"""What the dump of Vault says of the logins by which objects of the cluster read it."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.external_secrets import ExternalSecrets, PodRead
from rbacgraph.facts.external.logins import Login
from rbacgraph.facts.external.vault_tokens import (
    LoginToRole,
    TokenOfLogin,
    TokenRead,
    tokens_of_stores,
)
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, both
from rbacgraph.model.kubernetes.external_secrets import VAULT_AUTH, VAULT_SYSTEM, RoleLogin
from rbacgraph.model.node import VAULT, Node

_UNKNOWN = LoginToRole(known=False, login=None)
_VERSION_WITH_DATA = "v2"


class StoreRead(NamedTuple):
    """A secret that a store's login reads, by the dump.

    ``condition`` includes that on which the login is let in.
    """

    by: TokenOfLogin
    read: TokenRead
    condition: Condition


class VaultStores:
    """Decides the logins of stores, as far as the dump is of their server and shows their role."""

    def __init__(self, world: Facts) -> None:
        self._snapshot = world.snapshot
        self._external = world.part(ExternalSecrets)
        self._tokens = world.part(tokens_of_stores)

    def login(self, login: Login, account: Key) -> LoginToRole:
        """Return what the dump says of a ServiceAccount's login by an object of a store."""
        store = login.store
        if store.system != VAULT_SYSTEM:
            return _UNKNOWN
        return self._login(login.address, store.login, account)

    def login_of_pod(self, read: PodRead) -> LoginToRole:
        """Return what the dump says of the login of a Pod, which is its ServiceAccount's."""
        if read.remote[0] != VAULT or read.credential:
            return _UNKNOWN
        account = read.runner.node[1], read.runner.spec.service_account
        return self._login(read.address, read.login, account)

    def _login(self, address: str, login: RoleLogin | None, account: Key) -> LoginToRole:
        dump = self._external.dump_at(address) if login else None
        if dump is None or login is None:
            return _UNKNOWN
        tokens = self._tokens[self._snapshot.place_in_nodes(dump)]
        return tokens.login_to(login.path, login.space, account)

    def tokens(self, login: Login) -> Sequence[TokenOfLogin] | None:
        """Return the tokens that a store's login gives; None if the dump does not say."""
        if not login.accounts or login.credentials:
            return None
        found = [self.login(login, account) for account in login.accounts]
        if not all(one.known for one in found):
            return None
        return [one.login for one in found if one.login is not None]

    def read(self, tokens: Sequence[TokenOfLogin], path: str) -> StoreRead | None:
        """Return how one of the tokens reads a path, with the least doubt; None if none does."""
        best: StoreRead | None = None
        for one in tokens:
            server = self._tokens[one.token[1]]
            read = server.read(server.tokens[one.token], path)
            if read is not None:
                condition = both(one.condition, read.condition)
                if best is None or condition < best.condition:
                    best = StoreRead(one, read, condition)
        return best

    def others(self, login: Login, tokens: Sequence[TokenOfLogin]) -> Iterator[StoreRead]:
        """Yield what an operator reads by a login whatever its resources name now."""
        for one in tokens:
            server = self._tokens[one.token[1]]
            for read in server.reads(server.tokens[one.token]):
                if read.decision is not None and self._may_name(login, read.path):
                    yield StoreRead(one, read, both(one.condition, read.condition))

    @staticmethod
    def _may_name(login: Login, path: str) -> bool:
        """Whether a resource of the operator can name a path by this login."""
        store = login.store
        inside = f"{store.space}/" if store.space else ""
        if store.kind == VAULT_AUTH or not path.startswith(inside):
            return path.startswith(inside)
        key = path.removeprefix(inside)
        data = "data/" if store.version == _VERSION_WITH_DATA else ""
        if not store.prefix:
            return not data or f"/{data}" in key
        return key.startswith(f"{store.prefix}/{data}")

    def tokens_of_class(self, login: Node) -> Sequence[TokenOfLogin] | None:
        """Return the tokens of the Pods that mount a SecretProviderClass; None if unknown."""
        found = [self.login_of_pod(read) for read in self._by_class.get(login, ())]
        if not found or not all(one.known for one in found):
            return None
        return list({one.login.token: one.login for one in found if one.login}.values())

    @cached_property
    def _by_class(self) -> dict[Node, list[PodRead]]:
        found: dict[Node, list[PodRead]] = {}
        for read in self._external.pod_reads:
            if read.maker is not None and not read.maker.shared_login:
                found.setdefault(self._external.class_login(read.maker), []).append(read)
        return found
