"""Finds what tokens of Vault may after a change that they might not before."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from rbacgraph.facts.external.vault_doubts import VaultCallers
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.node import SERVICE_ACCOUNT, format_node
from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry
from rbacgraph.stores.vault.compare_policies import widened_paths
from rbacgraph.stores.vault.escalations.requests import POLICY_NAMES
from rbacgraph.stores.vault.logins import LoginRoles, Need, VaultLogin, bounds, mount_of
from rbacgraph.stores.vault.meeting_paths import meeting_paths
from rbacgraph.stores.vault.policies import Policies
from rbacgraph.stores.vault.request_limits import glob_matches
from rbacgraph.stores.vault.role_fields import held_policies, texts, token_policies
from rbacgraph.stores.vault.template import Entity, is_template

_Key = tuple[str, str]
_Gain = tuple[str, tuple[str, ...]]
"""A path, and what is allowed there."""

_NO_DUMP = VaultDump()
_LOGIN: _Gain = ("", ())


class _Token(NamedTuple):
    """What a token holds, and what a login needs to get it."""

    namespace: str
    policies: tuple[str, ...]
    entity: Entity | None = None
    needs: frozenset[tuple[Need, str]] = frozenset()


def vault_gains(before: Snapshot, after: Snapshot) -> Iterator[Statement]:
    """Yield who may send Vault a request that it might not send before.

    Asked about are the policies that differ, each for itself and with those that roles, users,
    groups and entities have beside it; and of a role that differs all whom it admits.

    ``before``, ``after``: the input, with the dump before and after the changes.
    """
    if before.stores is not after.stores:
        yield from _Comparing(before, after).gains()


class _Comparing:
    def __init__(self, before: Snapshot, after: Snapshot) -> None:
        self._old, self._new = (one.vault or _NO_DUMP for one in (before, after))
        self._accounts = after.service_account_index
        self._callers = VaultCallers(after)
        self._logins = LoginRoles(self._old), LoginRoles(self._new)
        self._changed = {
            (one.namespace, one.name)
            for one in self._new.policies
            if one.text != self._text(self._old, one.namespace, one.name)
        }
        self._entities: list[Entity | None] = []
        self._known: dict[tuple[object, ...], _Gain | None] = {}

    @staticmethod
    def _text(dump: VaultDump, namespace: str, name: str) -> str | None:
        known = dump.policies_of(namespace).get(name)
        return None if known is None else known.text

    def gains(self) -> Iterator[Statement]:
        for namespace, name in sorted(self._changed):
            if self._is_new(namespace, name):
                continue  # no token has it but those of the roles that give it
            token = _Token(namespace, (name,))
            for path, gained in self._gained([token], token):
                yield Say.TOKENS_GET_MORE_OF_VAULT(name, path, gained)
        for entry in self._new.entries:
            before = self._old.entry(entry.path, entry.namespace)
            if before is None and mount_of(entry):
                continue  # whom it admits is asked below
            old = _Token(entry.namespace, held_policies(entry.path, (before or entry).data))
            token = _Token(entry.namespace, held_policies(entry.path, entry.data))
            if self._has_changed(token.policies, entry.namespace):
                for path, gained in self._gained([old], token):
                    yield Say.GETS_MORE_OF_VAULT(entry.path, path, gained)
        for role in self._logins[1].roles:
            same = self._old.entry(role.path, role.namespace)
            given = token_policies(role.data)
            if same != role or self._has_changed(given, role.namespace):
                yield from self._of_role(role)

    def _is_new(self, namespace: str, name: str) -> bool:
        """Whether a policy is one that the input lacked and that nothing in it named."""
        named = (
            texts(one.data, field)
            for one in self._old.entries
            if one.namespace == namespace
            for field in POLICY_NAMES
        )
        lacked = self._text(self._old, namespace, name) is None
        return lacked and not any(name in names for names in named)

    def _has_changed(self, policies: Sequence[str], namespace: str) -> bool:
        return any((namespace, one) in self._changed for one in policies)

    def _of_role(self, role: VaultEntry) -> Iterator[Statement]:
        """Yield what somebody gains whom a role admits."""
        before, now = self._logins
        present = self._old.entry(role.path, role.namespace)
        for caller in (self._callers.of(*account) for account in self._admitted(role)):
            near = [*map(self._token, before.to_role(present, caller))] if present else []
            for new in map(self._token, now.to_role(role, caller)):
                if any(self._compared(one, new) is None for one in near):
                    continue
                every = (one for one in before.of(caller) if one.role.namespace == role.namespace)
                name = format_node((SERVICE_ACCOUNT, caller.namespace, caller.name))
                for path, gained in self._gained([*map(self._token, every)], new):
                    yield Say.GETS_MORE_OF_VAULT(name, path, gained)

    def _admitted(self, role: VaultEntry) -> Sequence[_Key]:
        """Return the ServiceAccounts that a role may admit: those named, and those that exist."""
        namespaces, names = bounds(role)
        named = [
            (namespace, name)
            for namespace, name in product(sorted(namespaces), sorted(names))
            if "*" not in namespace + name
        ]
        if len(named) == len(namespaces) * len(names):
            return named
        matching = (
            (namespace, name)
            for namespace, name in self._accounts
            if _matches(namespaces, namespace) and _matches(names, name)
        )
        return list(dict.fromkeys((*named, *matching)))

    def _token(self, login: VaultLogin) -> _Token:
        namespace = login.role.namespace
        texts = (self._text(self._new, namespace, one) or "" for one in login.policies)
        entity = login.entity if any(map(is_template, texts)) else None
        return _Token(namespace, login.policies, entity, frozenset(login.needs))

    def _gained(self, old: Sequence[_Token], new: _Token) -> Iterator[_Gain]:
        """Yield what a token allows, if none of the old ones allows it."""
        found = [self._compared(one, new) for one in old]
        if all(found):
            yield next(filter(None, found), _LOGIN)

    def _compared(self, old: _Token, new: _Token) -> "_Gain | None":
        """Return a path at which a token allows more than another, with what it allows there."""
        if not old.needs <= new.needs:
            return _LOGIN
        if self._unread(self._old, old) != self._unread(self._new, new):
            return _LOGIN
        key = old[:2], id(old.entity), new[:2], id(new.entity)
        if key not in self._known:
            self._entities += [old.entity, new.entity]  # an id is that of a living object
            self._known[key] = self._widened(old, new)
        return self._known[key]

    def _unread(self, dump: VaultDump, token: _Token) -> set[str]:
        """Return the policies of a token that a dump lacks: they may allow, or deny, anything."""
        return {*token.policies} - dump.policies_of(token.namespace).keys()

    def _widened(self, old: _Token, new: _Token) -> "_Gain | None":
        one, other = self._policies(self._old, old), self._policies(self._new, new)
        given = [rule.path for rule in other.rules]
        paths = meeting_paths([*(rule.path for rule in one.rules), *given], given)
        for path, _ in widened_paths(one, other, paths):
            listing = other.rule_for(f"{path.removesuffix('/')}/", listing=True)
            rule = other.rule_for(path) or listing
            return path, tuple(sorted(rule.capabilities)) if rule else ()
        return None

    @staticmethod
    def _policies(dump: VaultDump, token: _Token) -> Policies:
        known = dump.policies_of(token.namespace)
        held = {one: known[one].text for one in token.policies if one in known}
        return Policies(held, dump.flavour, namespace=token.namespace, entity=token.entity)


def _matches(patterns: Sequence[str], text: str) -> bool:
    return any(glob_matches(pattern, text) for pattern in patterns)
