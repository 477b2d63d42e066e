"""Everything that the holder of some tokens can obtain, by any number of escalations."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rbacgraph.model.stores.vault_dump import VaultDump
from rbacgraph.stores.vault.escalations import auth_roles, identity, mounts, tokens, users
from rbacgraph.stores.vault.escalations.dump_index import DumpIndex, within
from rbacgraph.stores.vault.escalations.policy_texts import policy_writes
from rbacgraph.stores.vault.escalations.requests import TokenRequests, may_match
from rbacgraph.stores.vault.escalations.rights import TokenInNamespace
from rbacgraph.stores.vault.escalations.types import (
    NEW,
    HeldToken,
    MovedMounts,
    PolicyTexts,
    TokenChoice,
    VaultEscalation,
    VaultRequest,
    WholeNamespace,
    logged_in,
)
from rbacgraph.stores.vault.policies import Policies

_FOLDERS = (
    "sys/policies/acl",
    "sys/policy",
    "sys/auth",
    "sys/remount",
    "auth/token/roles",
    "auth/token/create",
    "identity",
)
"""Where a token changes something of others, besides auth mounts."""

_FOR_OTHERS = ("sys/auth", "sys/remount", "auth/token/roles", "identity")
"""Of these, those where a request of one token serves another."""
_FOR_LIMITED = ("sys/policies/acl", "sys/policy")
"""Those where it serves one that names policies within limits: it may name a new one."""

_Family = Callable[[TokenInNamespace], Iterator[VaultEscalation]]

_FAMILIES: Mapping[str, Sequence[_Family]] = {
    "sys": (policy_writes, mounts.moved_mounts, mounts.raw_storage, mounts.own_auth_methods),
    "auth": (
        tokens.token_creations,
        auth_roles.auth_role_writes,
        auth_roles.auth_config_writes,
        users.approle_logins,
        users.user_logins,
    ),
    "identity": (identity.identity_writes,),
    "": (mounts.exported_keys,),
}
"""What to look for, by the first part of the path of a request that it takes."""

TokenKey = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], str]


class VaultEscalations:
    """Answers what each token of a dump can obtain.

    ``policies``: returns the policies of a token, if something else already read them.

    Examples
    --------
    >>> from rbacgraph.model.stores.vault_dump import VaultPolicy
    >>> text = 'path "sys/policies/acl/app" { capabilities = ["update"] }'
    >>> dump = VaultDump(policies=(VaultPolicy("", "app", text),))
    >>> found, = VaultEscalations(dump).of(HeldToken("", ("app",)))
    >>> found.kind.name, found.gain
    ('POLICY_WRITE', WholeNamespace(namespace=''))
    """

    def __init__(
        self, dump: VaultDump, policies: Callable[[HeldToken], Policies] | None = None
    ) -> None:
        self.index = DumpIndex(dump)
        self._read = policies or self._read_policies
        self._policies: dict[TokenKey, Policies] = {}
        self._found: dict[TokenKey, tuple[VaultEscalation, ...]] = {}

    def policies(self, token: HeldToken) -> Policies:
        """Return the policies of a token."""
        key = token_key(token)
        if key not in self._policies:
            self._policies[key] = self._read(token)
        return self._policies[key]

    def _read_policies(self, token: HeldToken) -> Policies:
        dump = self.index.dump
        known = dump.policies_of(token.namespace)
        texts = {name: known[name].text for name in token.names if name in known}
        entity = logged_in(token.entity)
        return Policies(texts, dump.flavour, namespace=token.namespace, entity=entity)

    def requests(self, token: HeldToken, others: Iterable[HeldToken] = ()) -> TokenRequests:
        """Return what a token may send, or one of the others of the same attacker."""
        return TokenRequests(self.policies(token), *map(self.policies, others))

    def of(self, token: HeldToken) -> tuple[VaultEscalation, ...]:
        """Return the escalations of a token."""
        key = token_key(token)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = tuple(self._search(token, ()))
        return found

    def acts(self, token: HeldToken) -> bool:
        """Whether a token may change auth methods, identities, policies or mounts in some way.

        The policy ``default`` lets every token do little about itself alone.
        """
        if token.names == ("default",):
            return False
        requests = self.requests(token._replace(policies=_others(token.policies)))
        return any(
            requests.reaches(f"{self.index.path(namespace, folder)}/")
            for namespace in self.index.below(token.namespace)
            for folder in (*_FOLDERS, *self.index.auth_mounts_of(namespace))
        )

    def names_within_limits(self, token: HeldToken) -> bool:
        """Whether a token names policies within limits, so that a new one of some name serves it.

        Its own rules limit parameters, or a token role allows what a pattern lets pass.
        """
        requests = self.requests(token)
        return requests.are_limited or any(
            requests.reaches(f"{self.index.path(namespace, 'auth/token/create')}/")
            and any(
                map(tokens.takes_new_names, self.index.entries(namespace, tokens.ROLES).values())
            )
            for namespace in self.index.below(token.namespace)
        )

    def deeds_for_others(self, token: HeldToken, *, limited: bool) -> frozenset[tuple[object, ...]]:
        """Return what of a token's rules may serve another token of the same attacker.

        To create tokens or to write roles of ``auth/kubernetes`` and ``auth/jwt`` serves a token
        alone: it needs no request of another. ``limited``: see :meth:`names_within_limits`.
        """
        folders = (*_FOR_OTHERS, *_FOR_LIMITED) if limited else _FOR_OTHERS
        requests = self.requests(token._replace(policies=_others(token.policies)))
        return frozenset(
            (rule.path, rule.capabilities, *map(repr, (rule.allowed, rule.denied, rule.required)))
            for rule in requests.rules
            if any(
                self._serves(rule.path, namespace, folders)
                for namespace in self.index.below(token.namespace)
            )
        )

    def _serves(self, pattern: str, namespace: str, folders: Sequence[str]) -> bool:
        index = self.index
        if any(may_match(pattern, f"{index.path(namespace, one)}/") for one in folders):
            return True
        if not may_match(pattern, f"{index.path(namespace, 'auth')}/"):
            return False
        alone = [*index.auth_mounts(namespace, "kubernetes", "jwt", "oidc"), "auth/token"]
        return not any(pattern.startswith(f"{index.path(namespace, one)}/") for one in alone)

    def with_others(
        self, token: HeldToken, others: Sequence[HeldToken]
    ) -> Iterator[VaultEscalation]:
        """Yield the escalations of a token where other tokens send some of the requests."""
        for escalation in self._search(token, others):
            if any(request.sender for request in escalation.requests):
                yield escalation

    def _search(self, token: HeldToken, others: Sequence[HeldToken]) -> Iterator[VaultEscalation]:
        requests = self.requests(token, others)
        for namespace in self.index.below(token.namespace):
            if not namespace or requests.reaches(f"{namespace}/"):
                rights = TokenInNamespace(self.index, token, requests, namespace)
                for first, families in _FAMILIES.items():
                    for family in families if not first or rights.reaches(first) else ():
                        yield from family(rights)

    def tokens(self, gain: TokenChoice, role: str = "") -> Iterator[HeldToken]:
        """Yield the tokens among which an attacker chooses.

        One policy more is enough: what several allow together, one of them allows.

        ``role``: the role by which the attacker logs in.
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

    def moved(
        self, held: Sequence[HeldToken], path: str, namespace: str = ""
    ) -> Sequence[VaultRequest]:
        """Return how tokens move the mount of a path and read it there; empty if they cannot."""
        engines = self.index.engines(namespace)
        mount = max((one for one in engines if path.startswith(f"{one}/")), key=len, default="")
        requests = self.requests(held[0], held[1:])
        return moved_read(requests, path, mount, engines, namespace) or ()


def _others(policies: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in policies if one != "default")


def token_key(token: HeldToken) -> TokenKey:
    """Return what distinguishes tokens, as far as it decides something."""
    entity = token.entity
    aliases = () if entity is None else tuple(one.name for one in entity.aliases)
    who = ("",) if entity is None else (entity.id, entity.name, *aliases)
    return token.namespace, token.policies, token.identity, who, token.role


class Obtained:
    """The least fixpoint of escalations from some tokens.

    ``escalations``: the dump's.
    ``held``: the tokens that the attacker begins with.
    """

    def __init__(self, escalations: VaultEscalations, held: Iterable[HeldToken]) -> None:
        self._escalations = escalations
        self.tokens: dict[TokenKey, HeldToken] = {}
        self.namespaces: set[str] = set()
        self._moving: set[str] = set()
        self._texts: list[PolicyTexts] = []
        self._any: set[str] = set()
        self._expanded: set[tuple[TokenKey, bool]] = set()
        waiting = list(held)
        while waiting:
            self._add(waiting)
            waiting = self._together()

    def _add(self, waiting: list[HeldToken]) -> None:
        """Add tokens, and what each of them alone obtains."""
        while waiting:
            token = waiting.pop()
            key = token_key(token)
            if key in self.tokens or self._has_all(token.namespace):
                continue
            self.tokens[key] = token
            for escalation in self._escalations.of(token):
                waiting += self._take(escalation, token)

    def _together(self) -> list[HeldToken]:
        """Return the tokens that several tokens obtain together."""
        found: list[HeldToken] = []
        held = list(self.tokens.values())
        acting = {(one.namespace, one.names): one for one in held if self._escalations.acts(one)}
        for token in held:
            own = token.namespace, token.names
            others = [one for key, one in acting.items() if key != own]
            for escalation in self._escalations.with_others(token, others) if others else ():
                found += self._take(escalation, token)
        self.namespaces |= {one.namespace for one in self._texts if one.namespace in self._any}
        return [
            one
            for one in found
            if token_key(one) not in self.tokens and not self._has_all(one.namespace)
        ]

    def _has_all(self, namespace: str) -> bool:
        return any(within(namespace, one) for one in self.namespaces)

    def _take(self, escalation: VaultEscalation, token: HeldToken) -> Iterator[HeldToken]:
        gain = escalation.gain
        if isinstance(gain, WholeNamespace):
            self.namespaces.add(gain.namespace)
        elif isinstance(gain, PolicyTexts):
            self._texts.append(gain)
        elif isinstance(gain, MovedMounts):
            self._moving.add(gain.namespace)
        elif isinstance(gain, TokenChoice):
            if gain.choices is None:
                self._any.add(gain.namespace)
                base = HeldToken(gain.namespace, gain.kept, gain.identity, gain.entity, token.role)
                key = token_key(base), gain.by_identity
                if key in self._expanded:
                    return
                self._expanded.add(key)
            yield from self._escalations.tokens(gain, token.role)

    def allows(self, method: str, path: str, namespace: str = "") -> bool:
        """Whether one of the tokens may send a request; the path is that in its namespace."""
        if self._has_all(namespace):
            return True
        whole = f"{namespace}/{path}" if namespace else path
        held = list(self.tokens.values())
        if any(self._escalations.requests(token).send(method, whole) is not None for token in held):
            return True
        return namespace in self._moving and bool(self._escalations.moved(held, path, namespace))


# Where a secrets engine can be moved so that a token reads what it holds.
#
# Source: ``handleRemount`` in ``vault/logical_system.go``: the destination may neither be used nor
# lie below or above another mount, and not below ``auth/``, ``sys/``, ``identity/``,
# ``cubbyhole/``.

_FIXED = ("auth", "sys", "identity", "cubbyhole")


def moved_read(
    requests: TokenRequests, path: str, mount: str, mounts: Sequence[str], namespace: str
) -> tuple[VaultRequest, VaultRequest] | None:
    """Return the move of a mount and the request that then reads a path of it.

    ``requests``: what the token may send.
    ``path``: the path that is read, from its namespace: ``kv/data/db``.
    """
    if not mount or mount in _FIXED:
        return None
    rest = path.removeprefix(f"{mount}/")
    before = f"{namespace}/" if namespace else ""
    for target in dict.fromkeys(_targets(requests, rest, before)):
        if not _is_free(target, mounts):
            continue
        read = requests.send("GET", f"{before}{target}/{rest}")
        body = {"from": mount, "to": target}
        moved = requests.send("POST", f"{before}sys/remount", body) if read else None
        if read is not None and moved is not None:
            return moved, read
    return None


def _targets(requests: TokenRequests, rest: str, before: str) -> Iterator[str]:
    """Yield the places for a mount at which one of the rules matches what it holds."""
    last = rest.split("/")
    for pattern in requests.patterns:
        if not f"{pattern}/".startswith(before):
            continue
        inside = pattern.removeprefix(before)
        if inside.endswith("*"):
            parts = inside.removesuffix("*").split("/")
            whole = [NEW if part == "+" else part for part in parts]
            whole[-1] = whole[-1] + NEW if whole[-1] or len(whole) == 1 else ""
            yield "/".join(part for part in whole if part)
            # The end of the pattern may also match the beginning of what the mount holds.
            yield from ("/".join(whole[:place]) for place in range(1, len(whole)))
            continue
        parts = inside.split("/")
        place = len(parts) - len(last)
        if place > 0 and all(
            one in {"+", name} for one, name in zip(parts[place:], last, strict=True)
        ):
            yield "/".join(NEW if part == "+" else part for part in parts[:place])


def _is_free(target: str, mounts: Sequence[str]) -> bool:
    if not target or target.split("/", maxsplit=1)[0] in _FIXED:
        return False
    return not any(
        f"{target}/".startswith(f"{mount}/") or f"{mount}/".startswith(f"{target}/")
        for mount in mounts
    )
