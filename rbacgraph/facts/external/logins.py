"""The logins at stores: the object that names each, its namespace, its identity."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.controllers import (
    EXTERNAL_SECRETS_OPERATOR,
    VAULT_OPERATOR,
    Controllers,
)
from rbacgraph.facts.external.namespaces import Labels, admits
from rbacgraph.facts.secrets.made_secrets import labels_of
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.kubernetes import external_secrets as ext
from rbacgraph.model.kubernetes.external_secrets import ObjectName, RemoteSecret, SecretStore
from rbacgraph.model.node import (
    CLUSTER_SECRET_STORE,
    GENERATOR_LOGIN,
    SECRET_STORE,
    VAULT_AUTH,
    Node,
)

_DEFAULT = "default"


class Login(NamedTuple):
    """A login at a store by one object, for one namespace if that matters.

    ``store``: the object.
    ``address``: the address, account or project of the store.
    ``accounts``, ``credentials``: the ServiceAccounts and the Secrets that log in.
    ``operator``: who uses the object.
    ``condition``: the condition on which the namespace may use it, and an operator heeds it.
    ``unsure``: the condition on which the accounts are those of a controller that heeds it.
    """

    node: Node
    store: SecretStore
    address: str
    accounts: tuple[Key, ...]
    credentials: tuple[Key, ...]
    operator: str
    condition: Condition
    unsure: Condition = CERTAIN


def is_generator(store: SecretStore) -> bool:
    """Whether an object is a generator of External Secrets."""
    return store.api_version.startswith(f"{ext.GENERATORS_GROUP}/")


class Logins:
    """Finds the logins by which the custom resources of a namespace read a store."""

    def __init__(self, world: Facts) -> None:
        self._identities = world.identities
        self.controllers = Controllers(world)
        self._snapshot = snapshot = world.snapshot
        stores = (*snapshot.secret_stores, *snapshot.cluster_secret_stores)
        self._stores = {(s.kind, s.metadata.namespace, s.metadata.name): s for s in stores}
        self.labels: Labels = {one.metadata.name: labels_of(one) for one in snapshot.namespaces}
        self._known: dict[tuple[str, str, str], Login | None] = {}

    def __bool__(self) -> bool:
        """Whether the input holds any object of a store."""
        return bool(self._stores)

    def of(self, remote: RemoteSecret, namespace: str) -> Login | None:
        """Return the login by which a resource of a namespace reads; None if it is not known."""
        made = remote.store_kind == ext.GENERATOR
        name = f"{remote.store}/{remote.key}" if made else remote.store
        key = remote.store_kind, namespace, name
        if key not in self._known:
            self._known[key] = self._of(*key)
        return self._known[key]

    def _of(self, kind: str, namespace: str, name: str) -> Login | None:
        if kind == ext.STORE:
            store = self._stores.get((kind, namespace, name))
            return self._secret_store(store, namespace) if store else None
        if kind == ext.CLUSTER_STORE:
            store = self._stores.get((kind, "", name))
            return self._cluster_store(store, namespace) if store else None
        if kind == ext.VAULT_AUTH:
            home, slash, own = name.rpartition("/")
            if not name:
                home, own = self.vault_operators_namespace, _DEFAULT
            store = self._stores.get((kind, home if slash or not name else namespace, own))
            return self._vault_auth(store, namespace) if store else None
        if kind == ext.GENERATOR:
            sort, _, own = name.partition("/")
            home = "" if sort == ext.CLUSTER_GENERATOR else namespace
            store = self._stores.get((ext.generator_kind(sort), home, own))
            return self._generator(store, namespace) if store else None
        return None

    def of_namespace(self, namespace: str, operator: str) -> Iterator[Login]:
        """Yield every login that a new resource of an operator may use in a namespace."""
        for store in self._usable(namespace, operator):
            if store.kind == ext.STORE:
                found: Login | None = self._secret_store(store, namespace)
            elif store.kind == ext.CLUSTER_STORE:
                found = self._cluster_store(store, namespace)
            elif is_generator(store):
                found = self._generator(store, namespace)
            else:
                found = self._vault_auth(store, namespace)
            if found is not None and self._may_work(found):
                yield found

    def _may_work(self, login: Login) -> bool:
        """Whether there may be a controller that heeds it, and an identity that logs in."""
        if self.controllers.heeding(login.store).nobody:
            return False
        if login.store.own or login.credentials or not login.accounts:
            return True
        accounts, is_listed = self._identities.usable_accounts, self._snapshot.is_listed
        return any(
            key in accounts or not is_listed("ServiceAccount", key[0]) for key in login.accounts
        )

    def _usable(self, namespace: str, operator: str) -> Iterator[SecretStore]:
        by_kind = self._by_kind
        if operator == EXTERNAL_SECRETS_OPERATOR:
            yield from by_kind.get((ext.STORE, namespace), ())
            yield from by_kind.get((ext.CLUSTER_STORE, ""), ())
            yield from self._generators.get(namespace, ())
            yield from self._generators.get("", ())
        else:
            yield from self._vault_auths

    @cached_property
    def _by_kind(self) -> Mapping[tuple[str, str], Sequence[SecretStore]]:
        found: dict[tuple[str, str], list[SecretStore]] = {}
        for (kind, namespace, _), store in self._stores.items():
            found.setdefault((kind, namespace), []).append(store)
        return found

    @cached_property
    def _generators(self) -> Mapping[str, Sequence[SecretStore]]:
        """By namespace, the generators that ask elsewhere."""
        found: dict[str, list[SecretStore]] = {}
        for store in self._stores.values():
            if is_generator(store) and store.system:
                found.setdefault(store.metadata.namespace, []).append(store)
        return found

    @property
    def cluster_stores(self) -> Sequence[SecretStore]:
        """Every ClusterSecretStore."""
        return self._by_kind.get((ext.CLUSTER_STORE, ""), ())

    @cached_property
    def _vault_auths(self) -> Sequence[SecretStore]:
        return [store for (kind, _, _), store in self._stores.items() if kind == ext.VAULT_AUTH]

    def _secret_store(self, store: SecretStore, namespace: str) -> Login:
        node = SECRET_STORE, namespace, store.metadata.name
        return self._login(node, store, namespace, CERTAIN, own_namespace=True)

    def _generator(self, store: SecretStore, namespace: str) -> Login:
        kind = store.kind.partition(".")[0]
        node = GENERATOR_LOGIN, namespace, f"{kind}/{store.metadata.name}"
        return self._login(node, store, namespace, CERTAIN, own_namespace=True)

    def cluster_login(self, store: SecretStore, namespace: str, condition: Condition) -> Login:
        """Return the login of a ClusterSecretStore for a namespace that may use it."""
        names = (*store.accounts, *store.credentials)
        home = "" if all(one.namespace for one in names) else namespace
        node = CLUSTER_SECRET_STORE, home, store.metadata.name
        return self._login(node, store, namespace, condition, own_namespace=False)

    def _cluster_store(self, store: SecretStore, namespace: str) -> Login | None:
        condition = admits(store, namespace, self.labels)
        return None if condition is None else self.cluster_login(store, namespace, condition)

    def _vault_auth(self, store: SecretStore, namespace: str) -> Login | None:
        home, name = store.metadata.namespace, store.metadata.name
        allowed = store.conditions[0].namespaces if store.conditions else ()
        default = home == self.vault_operators_namespace and name == _DEFAULT
        if not (home == namespace or default or allowed == ("*",) or namespace in allowed):
            return None
        called = name if home == namespace else f"{home}/{name}"
        node = VAULT_AUTH, namespace, called
        return self._login(node, self._filled(store), namespace, CERTAIN, own_namespace=True)

    def _filled(self, store: SecretStore) -> SecretStore:
        """Return a VaultAuth with what it takes from the VaultAuthGlobal that it names."""
        place, _, name = store.base.rpartition("/")
        home = store.metadata.namespace
        base = self._stores.get((ext.VAULT_AUTH_GLOBAL, place or home, name)) if name else None
        if base is None:
            return store
        allowed = base.conditions[0].namespaces if base.conditions else ()
        if not (base.metadata.namespace == home or allowed == ("*",) or home in allowed):
            return store
        return store.filled(base)

    def _login(
        self,
        node: Node,
        store: SecretStore,
        namespace: str,
        condition: Condition,
        *,
        own_namespace: bool,
    ) -> Login:
        def keys(names: Sequence[ObjectName]) -> tuple[Key, ...]:
            places = (namespace if own_namespace else one.namespace or namespace for one in names)
            return tuple(zip(places, (one.name for one in names), strict=True))

        vault = store.kind == ext.VAULT_AUTH
        operator = VAULT_OPERATOR if vault else EXTERNAL_SECRETS_OPERATOR
        accounts = keys(store.accounts)
        address = self._connection(store) if vault else store.place
        found = Login(node, store, address, accounts, keys(store.credentials), operator, condition)
        if vault:
            return found
        heeding = self.controllers.heeding(store)
        found = found._replace(condition=both(condition, heeding.condition))
        if store.own:
            return found._replace(accounts=heeding.accounts, unsure=heeding.condition)
        return found

    def _connection(self, store: SecretStore) -> str:
        home, slash, name = store.connection.rpartition("/")
        place = home if slash else store.metadata.namespace
        if not name:
            place, name = self.vault_operators_namespace, _DEFAULT
        found = self._stores.get((ext.VAULT_CONNECTION, place, name))
        return found.place if found else ""

    @cached_property
    def vault_operators_namespace(self) -> str:
        """The namespace of the Vault Secrets Operator; ``""`` where the input does not show it."""
        return next((namespace for namespace, _ in self.controllers.of(VAULT_OPERATOR)), "")
