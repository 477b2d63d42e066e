"""Suggests smaller roles and policies of Vault, by what the cluster's objects need."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec.structs import replace

from rbacgraph.advice.changes.nobody_gains import nobody_gains
from rbacgraph.advice.vault.known_logins import KnownLogins, KnownToken, housekeeping
from rbacgraph.advice.vault.policy_proof import deciding_rule, stays_together
from rbacgraph.advice.vault.role_advice import role_advice, vault_paths
from rbacgraph.advice.vault.smallest_policy import (
    SmallestPolicy,
    Unsuggested,
    smallest_policy,
)
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.errors import UsageError
from rbacgraph.facts.world import Facts
from rbacgraph.model.changes.vault_suggestion import (
    KeptStanza,
    RoleBlock,
    VaultPath,
    VaultPolicyAdvice,
    VaultRoleAdvice,
    VaultSuggestResult,
)
from rbacgraph.model.stores.vault_dump import Field, VaultDump, VaultEntry
from rbacgraph.stores.vault.mount_owners import MountOwner
from rbacgraph.stores.vault.policies import ROOT

_NEVER = frozenset({ROOT, "default"})


def suggest_vault(world: Facts) -> VaultSuggestResult:
    """Return what is wrong with the roles and policies of the dump, and smaller ones.

    Parameters
    ----------
    world:
        The cluster.

    Raises
    ------
    UsageError
        If the input has no dump.
    UnprovenError
        If somebody could send a request afterwards that it could not send before.
    """
    dump = world.snapshot.vault
    if dump is None:
        raise UsageError(
            "the input holds no dump of Vault",
            advice="rbacgraph explain vault says how to take one; give its folder with -f",
        )
    known = KnownLogins(world, dump)
    owners = sorted(known.owners.items())
    found = VaultSuggestResult(
        roles=tuple(
            role_advice(known, role)
            for _, role in sorted(known.roles.items())
            if known.owner(role) is not MountOwner.ANOTHER
        ),
        policies=tuple(
            found
            for namespace in sorted({namespace for namespace, _ in known.tokens})
            for found in _policies(known, namespace)
        ),
        foreign=tuple(_path(*key) for key, one in owners if one.owner is MountOwner.ANOTHER),
        unknown_roles=tuple(_path(*key) for key in sorted(known.uses) if key not in known.roles),
        servers=known.servers,
    )
    for changed in _changed(dump, found):
        nobody_gains(world.authorizer, Authorizer(replace(world.snapshot, vault=changed)))
    return found


def _changed(dump: VaultDump, found: VaultSuggestResult) -> Iterator[VaultDump]:
    """Yield the dump after each change alone, and after all of them."""
    policies = {(one.namespace, one.name): one.text for one in found.policies if one.text}
    roles = [_written(dump, role, block) for role in found.roles for block in reversed(role.blocks)]
    for key, text in policies.items():
        yield _with(dump, {key: text}, ())
    for role in roles:
        yield _with(dump, {}, (role,))
    if len(policies) + len(roles) > 1:
        yield _with(dump, policies, roles)


def _written(dump: VaultDump, role: VaultRoleAdvice, block: RoleBlock) -> VaultEntry:
    """Return a role as its command writes it: a new one has no other fields."""
    present = dump.entry(role.path, role.namespace)
    data: dict[str, Field] = {} if block.new or present is None else {**present.data}
    data |= {
        "bound_service_account_names": block.names,
        "bound_service_account_namespaces": block.namespaces,
        "bound_service_account_namespace_selector": "",
    }
    if block.new:
        data |= {"token_policies": role.policies, "audience": block.audience}
        data |= dict(one.split("=", 1) for one in block.limits)
    path = f"{role.path.rpartition('/')[0]}/{block.name}"
    return VaultEntry(role.namespace, path, data)


def _with(
    dump: VaultDump, policies: Mapping[tuple[str, str], str], roles: Collection[VaultEntry]
) -> VaultDump:
    """Return a dump with some policies and roles written."""
    written = {(one.namespace, one.path): one for one in roles}
    kept = (one for one in dump.entries if (one.namespace, one.path) not in written)
    return replace(
        dump,
        policies=tuple(
            replace(one, text=policies.get((one.namespace, one.name), one.text))
            for one in dump.policies
        ),
        entries=(*kept, *roles),
    )


def _policies(known: KnownLogins, namespace: str) -> Iterator[VaultPolicyAdvice]:
    """Yield what is said about the policies that used roles of a namespace give."""
    held = known.dump.policies_of(namespace)
    texts = {name: policy.text for name, policy in held.items()}
    tokens = [one for key, found in known.tokens.items() if key[0] == namespace for one in found]
    others = known.others(namespace)
    every = [one.held for one in (*tokens, *others)]
    named = sorted({one for token in tokens for one in token.held.policies} & held.keys() - _NEVER)
    flavour = known.dump.flavour
    found = {name: smallest_policy(name, texts, every, flavour, namespace) for name in named}
    new = {name: one.text for name, one in found.items() if isinstance(one, SmallestPolicy)}
    together = stays_together(texts, new, every, flavour, namespace)
    for name, smallest in found.items():
        holding = [one for one in tokens if name in one.held.policies]
        advice = VaultPolicyAdvice(
            namespace=namespace,
            name=name,
            roles=tuple(dict.fromkeys(one.path for one in holding)),
            shared=known.sharing(namespace, name),
            unread=known.lacking(
                namespace, sorted({one for token in holding for one in token.held.policies})
            ),
            needed=_needed(known, namespace, name, holding),
            file=held[name].file,
            line=held[name].line,
        )
        yield _with_text(advice, smallest, together=together)


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
