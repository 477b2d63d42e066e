"""What the dumps of Vault say of who reads it, by objects of the cluster or else."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.errors import UsageError
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.external_secrets import ExternalSecrets, PodRead
from rbacgraph.facts.external.logins import Login
from rbacgraph.facts.external.stores import NOT_KNOWN, DumpedStore, Said, StoreHop
from rbacgraph.facts.external.vault_can_i import vault_can_i
from rbacgraph.facts.external.vault_doubts import unseen
from rbacgraph.facts.external.vault_evidence import role_evidence, role_words, stanza_evidence
from rbacgraph.facts.external.vault_gains import gains_of_stores
from rbacgraph.facts.external.vault_paths import VaultPaths
from rbacgraph.facts.external.vault_tokens import (
    TokenOfLogin,
    TokenRead,
    VaultTokens,
    tokens_of_stores,
)
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.assumption import Assume, Assumption
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.answers.inference import Inference, Inferred
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.external_secrets import VAULT_AUTH, VAULT_SYSTEM, RoleLogin
from rbacgraph.model.node import SERVICE_ACCOUNT, VAULT, GraphNode, Node
from rbacgraph.model.stores.vault_dump import VaultDump
from rbacgraph.stores.vault.mount_owners import owners_in

_VERSION_WITH_DATA = "v2"


class _Read(NamedTuple):
    """A secret that a login's token reads."""

    by: TokenOfLogin
    read: TokenRead


class VaultStores(DumpedStore):
    """Decides the logins of stores, as far as the dump is of their server and shows their role."""

    kind = VAULT

    def __init__(self, world: Facts, dumps: Sequence[VaultDump]) -> None:
        super().__init__(world)
        self._snapshot, self._dumps = world.snapshot, dumps
        self._external = world.part(ExternalSecrets)

    @cached_property
    def _tokens(self) -> Mapping[str, VaultTokens]:
        return self._world.part(tokens_of_stores)

    def login(self, login: Login, account: Key) -> Said:
        if login.store.system != VAULT_SYSTEM:
            return NOT_KNOWN
        return self._login(login.address, login.store.login, account)

    def login_of_pod(self, read: PodRead) -> Said:
        if read.credential:
            return NOT_KNOWN
        account = read.runner.node[1], read.runner.spec.service_account
        return self._login(read.address, read.login, account)

    def _login(self, address: str, login: RoleLogin | None, account: Key) -> Said:
        dump = self._external.dump_at(address) if login else None
        if dump is None or login is None:
            return NOT_KNOWN
        tokens = self._tokens[self._snapshot.place_in_nodes(dump)]
        said = tokens.login_to(login.path, login.space, account)
        one = said.login
        node = SERVICE_ACCOUNT, *account
        return Said(said.known, one and StoreHop(VAULT, node, one.token, one.condition, one))

    def read(self, logins: Sequence[StoreHop], secret: Node) -> StoreHop | None:
        best: StoreHop | None = None
        for one in logins:
            server = self._tokens[str(one.target[1])]
            read = server.read(server.tokens[one.target], secret[2])
            if read is not None:
                found = _hop(one, secret, read)
                if best is None or found.condition < best.condition:
                    best = found
        return best

    def others(self, login: Login, logins: Sequence[StoreHop]) -> Iterator[StoreHop]:
        for one in logins:
            server = self._tokens[str(one.target[1])]
            for read in server.reads(server.tokens[one.target]):
                if read.decision is not None and _may_name(login, read.path):
                    yield _hop(one, read.target, read)

    def contained(self) -> Iterator[tuple[GraphNode, GraphNode, None, Condition]]:
        for tokens in self._tokens.values():
            yield from tokens.contained()
        for gains in self._world.part(gains_of_stores).values():
            yield from gains.contained()

    def explain(self, hop: StoreHop) -> tuple[str, tuple[Evidence, ...]]:
        if isinstance(hop.basis, TokenOfLogin):
            login = hop.basis.login
            return f"logs in to Vault by {role_words(login)}", (role_evidence(login),)
        assert isinstance(hop.basis, _Read)
        by, read = hop.basis
        assert read.decision is not None
        stanzas = stanza_evidence(read.decision, read.stanzas)
        return "reads that in the store", (role_evidence(by.login), *stanzas)

    def accounts(self) -> Iterator[Key]:
        for tokens in self._tokens.values():
            yield from (one.account for one in (*tokens.logins, *tokens.by_labels))

    def can_read(self, secret: Node, account: Key) -> Decision | None:
        _, address, path = secret
        dump = self._external.dump_at(address)
        if dump is None:
            return None
        snapshot, (namespace, name) = self._snapshot.with_store(dump), account
        return vault_can_i(snapshot, method="GET", path=path, namespace=namespace, name=name)

    def missing(self) -> Iterator[Condition]:
        untried = sum(one.untried for one in self._world.part(gains_of_stores).values())
        if untried:
            yield If.TOKENS_OF_VAULT_OBTAIN_NO_MORE(untried)
        for dump in self._dumps:
            place = self._snapshot.place_in_nodes(dump)
            yield from unseen(dump, owners_in(self._snapshot, dump), place)

    def assumed(self) -> Iterator[Assumption]:
        if not (self._snapshot.vault_addresses or any(one.address for one in self._dumps)):
            yield from map(Assume.DUMP_IS_OF_VAULT_AT, self._external.only_vault)

    def check(self, path: str) -> None:
        """Refuse a path that names no value, as people write it for ``vault kv get``.

        Raises UsageError if the path is in an engine for key-value pairs in version 2, and not
            below ``data``; of several Vaults in each.
        """
        asked = self._external.asked_of(path)
        every = [(inside, VaultPaths(dump).data_path(inside)) for dump, inside in asked]
        if every and all(inside != data for inside, data in every):
            inside, data = every[0]
            raise UsageError(
                f"vault:{inside} is no path of a value: the engine keeps versions",
                advice=f"did you mean vault:{data}?",
            )

    def inferred(self, node: Node) -> Inference:
        only_asked = node in self._external.only_asked
        return Inferred.IS_NOT_IN_DUMP() if only_asked else Inferred.OTHERS_MAY_LOG_IN()


def _hop(login: StoreHop, secret: Node, read: TokenRead) -> StoreHop:
    assert isinstance(login.basis, TokenOfLogin)
    condition = both(login.condition, read.condition)
    return StoreHop(VAULT, login.target, secret, condition, _Read(login.basis, read))


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
