"""Everything that the holder of some tokens can obtain, by any number of escalations."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from rbacgraph.model.stores.vault_dump import VaultDump
from rbacgraph.stores.vault.escalations import auth_roles, identity, mounts, tokens, users
from rbacgraph.stores.vault.escalations.dump_index import DumpIndex, within
from rbacgraph.stores.vault.escalations.moves import moved_read
from rbacgraph.stores.vault.escalations.policy_texts import policy_writes
from rbacgraph.stores.vault.escalations.requests import TokenRequests
from rbacgraph.stores.vault.escalations.rights import HeldRights
from rbacgraph.stores.vault.escalations.types import (
    HeldToken,
    MovedMounts,
    PolicyTexts,
    TokenChoice,
    VaultEscalation,
    VaultRequest,
    WholeNamespace,
)
from rbacgraph.stores.vault.policies import Policies

_FAMILIES: Sequence[Callable[[HeldRights], Iterator[VaultEscalation]]] = (
    policy_writes,
    tokens.token_creations,
    auth_roles.auth_role_writes,
    auth_roles.auth_config_writes,
    users.approle_logins,
    users.user_logins,
    identity.identity_writes,
    mounts.own_auth_methods,
    mounts.moved_mounts,
    mounts.raw_storage,
    mounts.exported_keys,
)

TokenKey = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], str]


class VaultEscalations:
    """Answers what each token of a dump can obtain.

    Parameters
    ----------
    dump:
        The dump.

    Examples
    --------
    >>> from rbacgraph.model.stores.vault_dump import VaultPolicy
    >>> text = 'path "sys/policies/acl/app" { capabilities = ["update"] }'
    >>> dump = VaultDump(policies=(VaultPolicy("", "app", text),))
    >>> found, = VaultEscalations(dump).of(HeldToken("", ("app",)))
    >>> found.kind.name, found.gain
    ('POLICY_WRITE', WholeNamespace(namespace=''))
    """

    def __init__(self, dump: VaultDump) -> None:
        self.index = DumpIndex(dump)
        self._requests: dict[TokenKey, TokenRequests] = {}
        self._found: dict[TokenKey, tuple[VaultEscalation, ...]] = {}

    def requests(self, token: HeldToken) -> TokenRequests:
        """Return what a token may send."""
        key = token_key(token)
        known = self._requests.get(key)
        if known is None:
            dump = self.index.dump
            policies = dump.policies_of(token.namespace)
            texts = {name: policies[name].text for name in token.names if name in policies}
            known = self._requests[key] = TokenRequests(
                Policies(texts, dump.flavour, namespace=token.namespace, entity=token.entity)
            )
        return known

    def of(self, token: HeldToken) -> tuple[VaultEscalation, ...]:
        """Return the escalations of a token."""
        key = token_key(token)
        found = self._found.get(key)
        if found is None:
            requests = self.requests(token)
            found = self._found[key] = tuple(
                escalation
                for namespace in self.index.below(token.namespace)
                if not namespace or requests.reaches(f"{namespace}/")
                for family in _FAMILIES
                for escalation in family(HeldRights(self.index, token, requests, namespace))
            )
        return found

    def tokens(self, gain: TokenChoice, role: str = "") -> Iterator[HeldToken]:
        """Yield the tokens among which an attacker chooses.

        One policy more is enough: what several allow together, one of them allows.

        Parameters
        ----------
        gain:
            What an escalation gives.
        role:
            The role by which the attacker logs in.
        """
        own = tuple(one for one in gain.kept if one not in gain.identity)
        known = self.index.policies(gain.namespace)
        if gain.choices == ():
            yield HeldToken(gain.namespace, own, gain.identity, gain.entity, role)
        for name in known if gain.choices is None else gain.choices:
            policies, given = (
                (own, (*gain.identity, name)) if gain.by_identity else ((*own, name), gain.identity)
            )
            yield HeldToken(
                gain.namespace,
                tuple(sorted(set(policies))),
                tuple(sorted(set(given))),
                gain.entity,
                role,
            )

    def moved(self, token: HeldToken, path: str, namespace: str = "") -> Sequence[VaultRequest]:
        """Return how a token moves the mount of a path and reads it there; empty if it cannot."""
        engines = self.index.engines(namespace)
        mount = max((one for one in engines if path.startswith(f"{one}/")), key=len, default="")
        return moved_read(self.requests(token), path, mount, engines, namespace) or ()


def token_key(token: HeldToken) -> TokenKey:
    """Return what tells tokens apart, as far as it decides something."""
    entity = token.entity
    aliases = () if entity is None else tuple(one.name for one in entity.aliases)
    who = ("",) if entity is None else (entity.id, entity.name, *aliases)
    return token.namespace, token.policies, token.identity, who, token.role


class Obtained:
    """The least fixpoint of escalations from some tokens.

    Parameters
    ----------
    escalations:
        The dump's.
    held:
        The tokens that the attacker begins with.
    """

    def __init__(self, escalations: VaultEscalations, held: Iterable[HeldToken]) -> None:
        self._escalations = escalations
        self.tokens: dict[TokenKey, HeldToken] = {}
        self.namespaces: set[str] = set()
        self._moving: list[tuple[HeldToken, str]] = []
        self._texts: list[PolicyTexts] = []
        self._any: set[str] = set()
        waiting = list(held)
        while waiting:
            token = waiting.pop()
            key = token_key(token)
            if key in self.tokens or any(within(token.namespace, one) for one in self.namespaces):
                continue
            self.tokens[key] = token
            for escalation in escalations.of(token):
                waiting += self._take(escalation, token)
        self._join_texts()

    def _take(self, escalation: VaultEscalation, token: HeldToken) -> Iterator[HeldToken]:
        gain = escalation.gain
        if isinstance(gain, WholeNamespace):
            self.namespaces.add(gain.namespace)
        elif isinstance(gain, PolicyTexts):
            self._texts.append(gain)
        elif isinstance(gain, MovedMounts):
            self._moving.append((token, gain.namespace))
        elif isinstance(gain, TokenChoice):
            if gain.choices is None:
                self._any.add(gain.namespace)
            yield from self._escalations.tokens(gain, token.role)

    def _join_texts(self) -> None:
        """Add the namespaces of policies that one token writes and another has."""
        for gain in self._texts:
            held = {
                name
                for token in self.tokens.values()
                if token.namespace == gain.namespace
                for name in token.names
            }
            if gain.namespace in self._any or held & set(gain.policies):
                self.namespaces.add(gain.namespace)

    def allows(self, method: str, path: str, namespace: str = "") -> bool:
        """Whether one of the tokens may send a request; the path is that in its namespace."""
        if any(within(namespace, one) for one in self.namespaces):
            return True
        whole = f"{namespace}/{path}" if namespace else path
        return any(
            self._escalations.requests(token).send(method, whole) is not None
            for token in self.tokens.values()
        ) or any(
            within_one == namespace and self._escalations.moved(token, path, namespace)
            for token, within_one in self._moving
        )
