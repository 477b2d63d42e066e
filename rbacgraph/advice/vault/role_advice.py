"""Says of a role whom it admits too many, and which roles admit its users alone."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

from rbacgraph.advice.vault.known_logins import KnownLogins, housekeeping, objects_of
from rbacgraph.advice.vault.narrow_role import admits_only, admitted_blocks, is_narrow
from rbacgraph.advice.vault.policy_proof import deciding_rule
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.vault_uses import VaultUse
from rbacgraph.model.changes.vault_suggestion import RoleBlock, VaultPath, VaultRoleAdvice
from rbacgraph.model.stores.vault_dump import VaultEntry
from rbacgraph.stores.vault.logins import bounds
from rbacgraph.stores.vault.mount_owners import MountOwner
from rbacgraph.stores.vault.request_limits import glob_matches
from rbacgraph.stores.vault.role_fields import texts, token_policies

_DEFAULT = "default"
_LIMITS = (
    *("alias_name_source", "bound_cidrs", "token_bound_cidrs"),
    *("token_no_default_policy", "token_type"),
)
_NAMES = "bound_service_account_names"
_NAMESPACES = "bound_service_account_namespaces"


class _Admitted(NamedTuple):
    others: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


def role_advice(known: KnownLogins, role: VaultEntry) -> VaultRoleAdvice:
    """Return what is said about a role.

    ``role``: a role that may admit ServiceAccounts of this cluster.
    """
    uses = known.uses.get((role.namespace, role.path), ())
    accounts = sorted({use.account for use in uses})
    users = [one for one in accounts if known.login(role, one) is not None]
    policies = token_policies(role.data)
    own = known.owner(role) is MountOwner.THIS
    admitted = _admitted(known, role, users) if own else _Admitted()
    patterns = [one for field in (_NAMES, _NAMESPACES) for one in texts(role.data, field)]
    return VaultRoleAdvice(
        namespace=role.namespace,
        path=role.path,
        owner=known.owner(role).value,
        users=tuple(map(_account, users)),
        objects=objects_of(uses),
        refused=tuple(_account(one) for one in accounts if one not in users),
        others=admitted.others,
        absent=admitted.absent,
        unseen=admitted.unseen,
        patterns=tuple(one for one in patterns if "*" in one),
        selector=str(role.data.get("bound_service_account_namespace_selector") or ""),
        audience=", ".join((*texts(role.data, "audience"), *texts(role.data, "bound_audiences"))),
        audiences=tuple(sorted({one for use in uses for one in use.login.audiences or ("",)})),
        policies=policies,
        unread=tuple(one for one in known.lacking(role.namespace, policies) if one != _DEFAULT),
        unmet=_unmet(known, role),
        blocks=_blocks(known, role, users, uses) if own else (),
        file=role.file,
    )


def _admitted(known: KnownLogins, role: VaultEntry, users: Sequence[Key]) -> _Admitted:
    """Return who is admitted that no object lets log in, and who could be made so."""
    existing = known.accounts
    near = [_matching(patterns) for patterns in bounds(role)]
    others = [
        key
        for key in sorted(existing)
        if all(matches(one) for matches, one in zip(near, key, strict=True))
        and key not in users
        and known.login(role, key) is not None
    ]
    names, namespaces = (texts(role.data, field) for field in (_NAMES, _NAMESPACES))
    literal = [
        (namespace, name)
        for namespace, name in product(sorted(namespaces), sorted(names))
        if "*" not in namespace + name
    ]
    unseen = {one for one, _ in literal if known.snapshot.is_partial("ServiceAccount", one)}
    absent = [key for key in literal if key not in existing and key[0] not in unseen]
    return _Admitted(
        tuple(map(_account, others)), tuple(map(_account, absent)), tuple(sorted(unseen))
    )


def _matching(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Return whether a name is one of these, or matches one."""
    literal = frozenset(patterns)
    globs = [pattern for pattern in patterns if "*" in pattern]
    return lambda name: name in literal or any(glob_matches(one, name) for one in globs)


def _unmet(known: KnownLogins, role: VaultEntry) -> tuple[VaultPath, ...]:
    """Return what objects surely ask for by a role and its policies do not allow."""
    found: dict[str, dict[str, set[str]]] = {}
    for token in known.tokens.get((role.namespace, role.path), ()):
        if {*known.lacking(role.namespace, token.held.policies)} - {_DEFAULT}:
            continue  # what the dump lacks may allow it
        policies = known.policies(token, role.namespace)
        for need, objects in token.objects.items():
            rule = deciding_rule(need, policies)
            allowed = rule is not None and need.capability in rule.capabilities
            own = need in housekeeping(role.namespace)
            if not (allowed or need.below or own) and any(objects.values()):
                by = found.setdefault(need.path, {}).setdefault(need.capability, set())
                by.update(objects)
    return vault_paths(found)


def vault_paths(found: "dict[str, dict[str, set[str]]]") -> tuple[VaultPath, ...]:
    """Return the paths with their capabilities and the objects that need them, sorted."""
    return tuple(
        VaultPath(
            path=path,
            capabilities=tuple(sorted(by)),
            objects=tuple(sorted({one for objects in by.values() for one in objects})),
        )
        for path, by in sorted(found.items())
    )


def _blocks(
    known: KnownLogins, role: VaultEntry, users: Sequence[Key], uses: Sequence[VaultUse]
) -> tuple[RoleBlock, ...]:
    """Return the roles that admit the users alone."""
    if _NAMES not in role.data or not users or is_narrow(role.data, users):
        return ()
    labels = {one.metadata.name: one.metadata.labels or {} for one in known.snapshot.namespaces}
    blocks = admitted_blocks(users)
    if not all(admits_only(block, role.data, labels) for block in blocks):
        return ()  # the labels of a namespace are not known
    mount, _, name = role.path.rpartition("/")
    taken = {path for space, path in known.roles if space == role.namespace}
    free = (f"{name}-{number}" for number in range(2, len(taken) + len(blocks) + 2))
    names = [name, *(one for one in free if f"{mount}/{one}" not in taken)]
    return tuple(
        RoleBlock(
            name=own,
            names=block.names,
            namespaces=block.namespaces,
            audience=str(role.data.get("audience") or ""),
            new=own != name,
            limits=tuple(_limits(role)) if own != name else (),
            objects=objects_of(
                use for use in uses if own != name and use.account in block.accounts
            ),
        )
        for own, block in zip(names, blocks, strict=False)
    )


def _limits(role: VaultEntry) -> Iterator[str]:
    """Yield the fields without which a role would give more: a policy, networks, another name."""
    for key in _LIMITS:
        value = role.data.get(key)
        if isinstance(value, bool):
            yield from (f"{key}=true",) if value else ()
        elif value:
            yield f"{key}={','.join(texts(role.data, key))}"


def _account(key: Key) -> str:
    return "/".join(key)
