"""What a dump and the cluster's objects say together: who logs in by which role, and needs what."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import NamedTuple

from rbacgraph.advice.vault.policy_proof import PathNeed, TokenNeeds
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.external.vault_doubts import VaultCallers
from rbacgraph.facts.external.vault_uses import SentRequest, VaultUse, vault_uses
from rbacgraph.facts.world import Facts
from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry
from rbacgraph.stores.vault.governing import Governing
from rbacgraph.stores.vault.logins import LoginRoles, VaultLogin, mount_of
from rbacgraph.stores.vault.mount_owners import MountOwner, owners_in
from rbacgraph.stores.vault.policies import Policies
from rbacgraph.stores.vault.request_limits import glob_matches
from rbacgraph.stores.vault.role_fields import held_policies, texts

_OWN_TOKEN = (
    ("auth/token/lookup-self", "read"),
    ("auth/token/renew-self", "update"),
    ("auth/token/revoke-self", "update"),
    ("sys/leases/renew", "update"),
    ("sys/leases/revoke", "update"),
)
"""What operators and agents do with their own token and leases, if they may."""

_RoleKey = tuple[str, str]


class KnownToken(NamedTuple):
    """A token that a role gives, and which objects have each need, and whether surely.

    ``identity`` are those of its policies that it has whatever the role gives.
    """

    path: str
    held: TokenNeeds
    objects: Mapping[PathNeed, Mapping[str, bool]]
    identity: tuple[str, ...] = ()


class KnownLogins:
    """The logins of one cluster at the server of a dump."""

    def __init__(self, world: Facts, dump: VaultDump) -> None:
        self.snapshot, self.dump = world.snapshot, dump
        self._external = world.part(ExternalSecrets)
        self.accounts = frozenset(_existing(world))
        """The ServiceAccounts that exist, those of Pods and the default ones among them."""

        self.owners = owners_in(world.snapshot, dump)
        self._callers = VaultCallers(world.snapshot)
        self._logins, self._governing = LoginRoles(dump), Governing(dump)
        self.roles = {(one.namespace, one.path): one for one in self._logins.roles}
        """The roles of ``auth/kubernetes`` and ``auth/jwt``, by namespace and path."""

    def owner(self, role: VaultEntry) -> MountOwner:
        """Return whose the mount of a role is."""
        return self.owners[role.namespace, mount_of(role)].owner

    def login(self, role: VaultEntry, account: Key) -> VaultLogin | None:
        """Return how a ServiceAccount logs in by a role; ``None`` if it does not admit it."""
        return self._logins.login(role, self._callers.of(*account))

    @cached_property
    def _every_use(self) -> Sequence[VaultUse]:
        return vault_uses(self._external, self.dump)

    @property
    def servers(self) -> tuple[str, ...]:
        """The servers that objects name, if the input does not say which one was dumped."""
        named = {one.address for one in self._every_use if one.address}
        return () if len(named) <= 1 or self._external.vault_addresses else tuple(sorted(named))

    @cached_property
    def uses(self) -> Mapping[_RoleKey, Sequence[VaultUse]]:
        """What objects ask of the server of the dump, by role."""
        found: dict[_RoleKey, list[VaultUse]] = {}
        own = self._external.vault_addresses
        for use in self._every_use:
            if not use.address or not own or use.address in own:
                found.setdefault((use.login.space, use.login.path), []).append(use)
        return found

    @cached_property
    def tokens(self) -> Mapping[_RoleKey, Sequence[KnownToken]]:
        """The tokens that used roles give, by role."""
        found: dict[_RoleKey, list[KnownToken]] = {}
        for key, role in sorted(self.roles.items()):
            by_account: dict[Key, list[VaultUse]] = {}
            for use in self.uses.get(key, ()):
                by_account.setdefault(use.account, []).append(use)
            for account, uses in by_account.items():
                login = self.login(role, account)
                if login is not None and self.owner(role) is not MountOwner.ANOTHER:
                    needs = _needs(uses)
                    held = TokenNeeds(login.policies, login.entity, tuple(needs))
                    token = KnownToken(role.path, held, needs, login.identity)
                    found.setdefault(key, []).append(token)
        return found

    def others(self, namespace: str) -> Sequence[KnownToken]:
        """Return the tokens whose needs are not known: of unused roles, people, groups."""
        return self._others.get(namespace, ())

    @cached_property
    def _others(self) -> Mapping[str, Sequence[KnownToken]]:
        found: dict[str, list[KnownToken]] = {}
        for entry in self.dump.entries:
            held = held_policies(entry.path, entry.data)
            if held and (entry.namespace, entry.path) not in self.tokens:
                token = KnownToken(entry.path, TokenNeeds(held), {})
                found.setdefault(entry.namespace, []).append(token)
        return found

    def sharing(self, namespace: str, policy: str) -> tuple[str, ...]:
        """Return what else gives or holds a policy, so that its needs are not known."""
        by_name = {one.path for one in self.others(namespace) if policy in one.held.policies}
        by_glob = {
            entry.path
            for entry in self.dump.entries
            if entry.namespace == namespace
            and any(glob_matches(one, policy) for one in texts(entry.data, "allowed_policies_glob"))
        }
        return tuple(sorted(by_name | by_glob))

    def lacking(self, namespace: str, policies: Iterable[str]) -> tuple[str, ...]:
        """Return the policies that the dump lacks; one of Sentinel gives none."""
        held = self.dump.policies_of(namespace)
        return tuple(
            one
            for one in policies
            if one not in held and not self._governing.is_of_role(namespace, one)
        )

    def policies(self, token: KnownToken, namespace: str) -> Policies:
        """Return the policies of a token that the dump holds."""
        known = self.dump.policies_of(namespace)
        held = {one: known[one].text for one in token.held.policies if one in known}
        entity = token.held.entity
        return Policies(held, self.dump.flavour, namespace=namespace, entity=entity)


def _existing(world: Facts) -> Iterator[Key]:
    snapshot = world.snapshot
    yield from snapshot.service_account_index
    yield from ((namespace, "default") for namespace in snapshot.held_namespaces)
    yield from ((pod.metadata.namespace, pod.spec.service_account) for pod in snapshot.pods)


@cache
def housekeeping(space: str) -> frozenset[PathNeed]:
    """Return what a token may need for itself, from the root namespace."""
    return frozenset(
        PathNeed(capability, f"{space}/{path}".lstrip("/")) for path, capability in _OWN_TOKEN
    )


def _needs(uses: Iterable[VaultUse]) -> dict[PathNeed, dict[str, bool]]:
    found: dict[PathNeed, dict[str, bool]] = {}
    for use in uses:
        for request in use.requests:
            found.setdefault(_need(request), {})[object_words(use)] = request.surely
        for need in sorted(housekeeping(use.login.space)):
            found.setdefault(need, {})[object_words(use)] = False
    return found


def _need(request: SentRequest) -> PathNeed:
    return PathNeed(request.capability, request.path, request.below)


def objects_of(uses: Iterable[VaultUse]) -> tuple[str, ...]:
    """Return the objects that log in, each once."""
    return tuple(sorted({object_words(use) for use in uses}))


def object_words(use: VaultUse) -> str:
    """Return the kind, the namespace and the name of an object."""
    kind, namespace, name = use.user
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
