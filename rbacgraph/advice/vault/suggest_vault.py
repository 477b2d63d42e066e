"""Suggests smaller roles and policies of Vault, by what the cluster's objects need."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.advice.changes.nobody_gains import nobody_gains
from rbacgraph.advice.vault.free_name import free_name
from rbacgraph.advice.vault.known_logins import KnownLogins, KnownToken, housekeeping, objects_of
from rbacgraph.advice.vault.narrow_role import admits_only, admitted_blocks, is_narrow
from rbacgraph.advice.vault.policy_proof import TokenNeeds, deciding_rule, stays_together
from rbacgraph.advice.vault.smallest_policy import (
    SmallestPolicy,
    Unsuggested,
    smallest_policy,
)
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.errors import UsageError
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.vault_uses import VaultUse
from rbacgraph.facts.world import Facts
from rbacgraph.model.changes.vault_suggestion import (
    KeptStanza,
    RoleBlock,
    VaultPath,
    VaultPolicyAdvice,
    VaultRoleAdvice,
    VaultSuggestResult,
)
from rbacgraph.model.stores.vault_dump import Field, VaultDump, VaultEntry, VaultPolicy
from rbacgraph.stores.vault.logins import bounds
from rbacgraph.stores.vault.mount_owners import MountOwner
from rbacgraph.stores.vault.policies import ROOT
from rbacgraph.stores.vault.request_limits import glob_matches
from rbacgraph.stores.vault.role_fields import texts, token_policies

_NEVER = frozenset({ROOT, "default"})


def suggest_vault(world: Facts) -> VaultSuggestResult:
    """Return what is wrong with the roles and policies of the dump, and smaller ones.

    Raises UsageError if the input has no dump; UnprovenError if somebody could send a request
        afterwards that it could not send before.
    """
    dump = world.snapshot.vault
    if dump is None:
        raise UsageError(
            "the input holds no dump of Vault",
            advice="rbacgraph explain vault says how to take one; give its folder with -f",
        )
    known = KnownLogins(world, dump)
    owners = sorted(known.owners.items())
    policies = tuple(
        found
        for namespace in sorted({namespace for namespace, _ in known.tokens})
        for found in _policies(known, namespace)
    )
    found = VaultSuggestResult(
        roles=tuple(
            replace(role_advice(known, role), given=_given(known, role, policies))
            for _, role in sorted(known.roles.items())
            if known.owner(role) is not MountOwner.ANOTHER
        ),
        policies=policies,
        foreign=tuple(_path(*key) for key, one in owners if one.owner is MountOwner.ANOTHER),
        unknown_roles=tuple(_path(*key) for key in sorted(known.uses) if key not in known.roles),
        servers=known.servers,
    )
    for changed in _changed(dump, found):
        nobody_gains(world.authorizer, Authorizer(world.snapshot.with_dump(changed)))
    return found


def _changed(dump: VaultDump, found: VaultSuggestResult) -> Iterator[VaultDump]:
    """Yield the dump after each change alone, and after all of them."""
    policies = {
        (one.namespace, one.own or one.name): one.text for one in found.policies if one.text
    }
    own = {(one.namespace, one.own): one.text for one in found.policies if one.own}
    roles = [
        _written(dump, role, block)
        for role in found.roles
        for block in (*reversed(role.blocks), *(() if role.blocks or not role.given else (None,)))
    ]
    for key, text in policies.items():
        yield _with(dump, {key: text}, ())
    for role in roles:
        yield _with(dump, own, (role,))
    if len(policies) + len(roles) > 1:
        yield _with(dump, policies, roles)


def _written(dump: VaultDump, role: VaultRoleAdvice, block: RoleBlock | None) -> VaultEntry:
    """Return a role as its command writes it: a new one has no other fields."""
    present = dump.entry(role.path, role.namespace)
    new = block is not None and block.new
    data: dict[str, Field] = {} if new or present is None else {**present.data}
    if role.given:
        data |= {"token_policies": role.given, "policies": ()}
    if block is None:
        return VaultEntry(role.namespace, role.path, data)
    data |= {
        "bound_service_account_names": block.names,
        "bound_service_account_namespaces": block.namespaces,
        "bound_service_account_namespace_selector": "",
    }
    if block.new:
        data |= {"token_policies": role.given or role.policies, "audience": block.audience}
        data |= dict(one.split("=", 1) for one in block.limits)
    path = f"{role.path.rpartition('/')[0]}/{block.name}"
    return VaultEntry(role.namespace, path, data)


def _with(
    dump: VaultDump, policies: Mapping[tuple[str, str], str], roles: Collection[VaultEntry]
) -> VaultDump:
    """Return a dump with some policies and roles written."""
    written = {(one.namespace, one.path): one for one in roles}
    kept = (one for one in dump.entries if (one.namespace, one.path) not in written)
    known = {(one.namespace, one.name): one for one in dump.policies}
    for key, text in policies.items():
        known[key] = replace(known[key], text=text) if key in known else VaultPolicy(*key, text)
    return replace(
        dump,
        policies=tuple(known.values()),
        entries=(*kept, *roles),
    )


def _policies(known: KnownLogins, namespace: str) -> Iterator[VaultPolicyAdvice]:
    """Yield what is said about the policies that used roles of a namespace give."""
    held = known.dump.policies_of(namespace)
    tokens = [one for key, found in known.tokens.items() if key[0] == namespace for one in found]
    named = sorted({one for token in tokens for one in token.held.policies} & held.keys() - _NEVER)
    shared = {name: known.sharing(namespace, name) for name in named}
    replaced = {one for token in tokens for one in _own_given(known, namespace, token)}
    own = {
        name: free_name(known.dump, namespace, name) if name in replaced else ""
        for name in named
        if shared[name]
    }
    now = {name: policy.text for name, policy in held.items()}
    now |= {own[name]: now[name] for name in own if own[name]}
    every = [_with_own(known, namespace, one, own) for one in tokens]
    every += [one.held for one in known.others(namespace)]
    flavour = known.dump.flavour
    found = {
        name: smallest_policy(own.get(name, name), now, every, flavour, namespace)
        if own.get(name, name)
        else Unsuggested.SHARED
        for name in named
    }
    new = {
        own.get(name, name): one.text
        for name, one in found.items()
        if isinstance(one, SmallestPolicy)
    }
    together = stays_together(now, new, every, flavour, namespace)
    for name, smallest in found.items():
        holding = [one for one in tokens if name in one.held.policies]
        advice = VaultPolicyAdvice(
            namespace=namespace,
            name=name,
            roles=tuple(dict.fromkeys(one.path for one in holding)),
            shared=shared[name],
            own=own.get(name, "") if isinstance(smallest, SmallestPolicy) else "",
            unread=known.lacking(
                namespace, sorted({one for token in holding for one in token.held.policies})
            ),
            needed=_needed(known, namespace, name, holding),
            file=held[name].file,
            line=held[name].line,
        )
        yield _with_text(advice, smallest, together=together)


def _own_given(known: KnownLogins, namespace: str, token: KnownToken) -> frozenset[str]:
    """Return the policies that a token has by its role alone."""
    given = token_policies(known.roles[namespace, token.path].data)
    return frozenset(given).difference(token.identity)


def _with_own(
    known: KnownLogins, namespace: str, token: KnownToken, own: Mapping[str, str]
) -> TokenNeeds:
    """Return a token once its role gives policies of its users' own in place of shared ones."""
    given = token_policies(known.roles[namespace, token.path].data)
    held = {own.get(name) or name for name in given}
    return token.held._replace(policies=tuple(sorted(held | {*token.identity})))


def _given(
    known: KnownLogins, role: VaultEntry, policies: Sequence[VaultPolicyAdvice]
) -> tuple[str, ...]:
    """Return the policies that a role that is used gives instead; none if they stay."""
    own = {one.name: one.own for one in policies if one.own and one.namespace == role.namespace}
    named = (*texts(role.data, "token_policies"), *texts(role.data, "policies"))
    now = dict.fromkeys(name.strip().lower() for name in named)
    used = (role.namespace, role.path) in known.tokens
    return tuple(own.get(name, name) for name in now) if used and own.keys() & now.keys() else ()


def _with_text(
    advice: VaultPolicyAdvice, found: SmallestPolicy | Unsuggested, *, together: bool
) -> VaultPolicyAdvice:
    if isinstance(found, Unsuggested):
        return replace(advice, without=found.value)
    return replace(
        advice,
        text=found.text,
        kept=tuple(KeptStanza(path=path, reason=why.value) for path, why in found.kept),
        denied=found.denied,
        dropped=found.dropped,
        together=together,
    )


def _needed(
    known: KnownLogins, namespace: str, name: str, tokens: Sequence[KnownToken]
) -> tuple[VaultPath, ...]:
    """Return what objects need that a policy allows."""
    found: dict[str, dict[str, set[str]]] = {}
    for token in tokens:
        policies = known.policies(token, namespace)
        for need, objects in token.objects.items():
            rule = deciding_rule(need, policies)
            if need.below or rule is None or need.capability not in rule.capabilities:
                continue
            gives = any(origin.policy == name for origin in rule.origins)
            if gives and need not in housekeeping(namespace):
                by = found.setdefault(need.path, {}).setdefault(need.capability, set())
                by.update(objects)
    return vault_paths(found)


def _path(namespace: str, path: str) -> str:
    return f"{namespace}/{path}".lstrip("/")


# Says of a role whom it admits too many, and which roles admit its users alone.

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
