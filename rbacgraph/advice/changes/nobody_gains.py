"""Proves of a changed cluster that nobody holds what the same principal did not hold before.

Whatever writes manifests asks it last. It looks at the two clusters alone, not at how the changes
came about, and compares rules as the API server does where it prevents escalation.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from rbacgraph.advice.changes.permissions import permission_for, permissions_of, rule_of
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import breakdown, covers, covers_all, given_in
from rbacgraph.authz.questions.escalation_check import guard_of
from rbacgraph.authz.questions.known_resources import types_named_first
from rbacgraph.authz.subjects import subject_node, username_of
from rbacgraph.authz.versions.role_versions import Guard, Versions, holds
from rbacgraph.facts.external.vault_doubts import VaultCallers
from rbacgraph.model.changes.change import Changed, ObjectKey, changeable, key_of
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.changes.suggestion import Addition, Permission
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.rbac import AnyBinding, ClusterRole, PolicyRule, RoleBinding
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, format_node, user_node
from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry
from rbacgraph.stores.vault.compare_policies import widened_paths
from rbacgraph.stores.vault.escalations.requests import POLICY_NAMES
from rbacgraph.stores.vault.logins import LoginRoles, Need, VaultLogin, bounds, mount_of
from rbacgraph.stores.vault.meeting_paths import meeting_paths
from rbacgraph.stores.vault.policies import Policies
from rbacgraph.stores.vault.request_limits import glob_matches
from rbacgraph.stores.vault.role_fields import held_policies, texts, token_policies
from rbacgraph.stores.vault.template import Entity, is_template

_Place = tuple[Node, str]
"""A principal, and a namespace or ``""`` for the whole cluster."""

_RBAC = ("roles", "cluster_roles", "role_bindings", "cluster_role_bindings")
_Held = dict[tuple[PolicyRule, Guard], None]
"""Rules, each with the versions of objects that it rests on."""


def _alone(node: Node) -> tuple[Node, ...]:
    return (node,)


def nobody_gains(
    before: Authorizer,
    after: Authorizer,
    additions: Iterable[Addition] = (),
    *,
    needing: Iterable[Needing] = (),
    parts: Callable[[Node], Iterable[Node]] = _alone,
) -> None:
    """Prove that nobody holds afterwards what the same principal did not hold before.

    ``before``, ``after``: the RBAC before and after the changes, with the dump of Vault. Where the
        input holds objects in several versions, it is proven for each choice of them.
    ``additions``: what may be added.
    ``needing``: what of it a log shows that it was allowed counts as held if some version gave it:
        that is the one that the server holds.
    ``parts``: from a principal to itself and its groups, if rights may move from these to it.
    Raises UnprovenError if a principal does; it names the principal and the right.
    """
    added: dict[tuple[str, str], list[PolicyRule]] = defaultdict(list)
    for one in additions:
        added[one.principal, one.scope].append(rule_of(one.permission))
    logged: dict[_Place, list[PolicyRule]] = defaultdict(list)
    for node, scope, permission in shown_by_log(needing) if before.versions else ():
        logged[node, scope].append(rule_of(permission))
    for why in vault_gains(before.snapshot, after.snapshot):
        raise UnprovenError(why)
    for node, scope in _touched(before, after):
        own, name = tuple(parts(node)), format_node(node)
        held = _held(before, own, scope)
        every = [rule for rule, _ in held]
        for at in dict.fromkeys(("", scope)):
            shown = (rule for rule in logged.get((node, at), ()) if covers_all(every, (rule,)))
            held.update(((rule, ()), None) for rule in (*added.get((name, at), ()), *shown))
        gained = _gained(held, _held(after, own, scope), before.versions)
        if gained:
            raise UnprovenError(Say.GETS_MORE(name, next(permissions_of(gained)), scope))


def no_type_is_named_first(
    before: Authorizer, after: Authorizer, needing: Iterable[Needing] = ()
) -> None:
    """Prove that rules name no types of which the input shows nothing.

    A rule that names one is a sign of it where the input lists no definitions: read again, the
    changed input would seem to have its operator.

    ``needing``: what must stay allowed shows its API groups.
    Raises UnprovenError if rules name such a type.
    """
    shown = {needed.request.group for one in needing for needed in one.needs}
    for group, resource in types_named_first(before.snapshot, after.snapshot):
        if group not in shown:
            raise UnprovenError(Say.NAMES_A_TYPE(resource, group))


def shown_by_log(needing: Iterable[Needing]) -> Iterator[tuple[Node, str, Permission]]:
    """Yield what a log shows that a user was allowed, and where."""
    for one in needing:
        for needed in one.needs if one.user else ():
            if needed.count:
                request = needed.request
                yield user_node(one.user), request.namespace, permission_for(request)


def _held(authorizer: Authorizer, own: Iterable[Node], scope: str) -> _Held:
    """Return the rules that a principal and its groups hold in a scope."""
    node, *_ = own = tuple(own)
    groups = [part[2] for part in own if part[0] == GROUP]
    found: _Held = {}
    for held in authorizer.rules_for(username_of(node), groups, scope):
        guard = guard_of(authorizer, held)
        if guard is not None:
            local = isinstance(held.binding, RoleBinding)
            for rule in given_in(scope if local else "", (held.rule,)):
                found[rule, guard] = None
    return found


def _gained(held: _Held, now: _Held, versions: Versions) -> list[PolicyRule]:
    """Return the first smallest part that somebody holds now and did not hold before."""
    for rule, guard in now:
        if (rule, guard) in held:
            continue
        if not covers_all((one for one, _ in held), (rule,)):
            return list(covers((one for one, _ in held), (rule,))[1][:1])
        for part in breakdown(rule) if versions else ():
            if not _is_held(part, guard, held, versions):
                return [part]
    return []


def _is_held(part: PolicyRule, guard: Guard, held: _Held, versions: Versions) -> bool:
    """Whether a part was held in every choice of versions in which it is held now."""
    guards = {of_rule for rule, of_rule in held if covers_all((rule,), (part,))}
    if guards & {(), guard}:
        return True
    choices = versions.choices([*guards, guard])
    return choices is not None and all(
        any(holds(one, choice) for one in guards) for choice in choices if holds(guard, choice)
    )


# --- who is to be asked about ------------------------------------------------------------------


def _touched(before: Authorizer, after: Authorizer) -> list[_Place]:
    """Return whom bindings may give more than before, and where."""
    if all(getattr(before.snapshot, one) is getattr(after.snapshot, one) for one in _RBAC):
        return []
    old, new = _by_key(before), _by_key(after)
    changed = {key for key in {*old, *new} if old.get(key) != new.get(key)}
    if before.versions and any(kind == "ClusterRole" for kind, _, _ in changed):
        # an aggregated role may hold the same rules as before, and rest on fewer versions
        changed |= {key for key, several in new.items() if any(map(_is_aggregated, several))}
    found: dict[_Place, None] = {}
    for binding in after.bindings:
        ref, scope = binding.role_ref, binding.metadata.namespace
        role = ref.kind, scope if ref.kind == "Role" else "", ref.name
        if not changed.isdisjoint((key_of(binding), role)):
            found.update(dict.fromkeys(places_of(binding)))
    return sorted(found)


def _is_aggregated(obj: Changed) -> bool:
    return isinstance(obj, ClusterRole) and obj.aggregation_rule is not None


def _by_key(authorizer: Authorizer) -> Mapping[ObjectKey, list[Changed]]:
    found: dict[ObjectKey, list[Changed]] = defaultdict(list)
    for one in changeable(authorizer.snapshot):
        found[key_of(one)].append(one)
    return found


def places_of(binding: AnyBinding) -> Iterator[_Place]:
    """Yield whom a binding gives its role, and where."""
    scope = binding.metadata.namespace if isinstance(binding, RoleBinding) else ""
    for subject in binding.subjects or ():
        node = subject_node(subject, scope)
        if node is not None:
            yield node, scope


# Finds what tokens of Vault may after a change that they might not before.

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
