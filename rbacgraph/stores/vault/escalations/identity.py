"""Entities, groups and aliases of the identity store that a token writes.

The server looks up the policies of an entity and of its groups at each request, so a live token
changes at once. An entity has one alias for each auth mount: moving one's own alias to another
entity works only if that has none there; a merge names the alias that stays.

Source: ``vault/identity_store_entities.go``, ``_groups.go``, ``_aliases.go``; recorded as
``entity …`` and ``group create``.
"""

from collections.abc import Iterator, Mapping, Sequence

from rbacgraph.model.stores.vault_dump import VaultEntry
from rbacgraph.stores.vault.escalations.policy_texts import choices
from rbacgraph.stores.vault.escalations.requests import Body, joined, naming
from rbacgraph.stores.vault.escalations.rights import TokenInNamespace
from rbacgraph.stores.vault.escalations.types import (
    NEW,
    EscalationKind,
    TakesEffect,
    TokenChoice,
    VaultEscalation,
    VaultRequest,
    logged_in,
)
from rbacgraph.stores.vault.role_fields import texts
from rbacgraph.stores.vault.template import Alias, Entity

_ALIAS_FOLDERS = ("identity/entity-alias", "identity/alias")


def identity_writes(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield what the token may write about its own entity; a token without one has none."""
    entity = logged_in(rights.token.entity)
    if entity is None or not rights.at_home or not rights.reaches("identity"):
        return
    writes = _entity_writes(rights, entity), _group_writes(rights, entity)
    found = [one for one in writes if one is not None]
    yield from found
    if not any(isinstance(one.gain, TokenChoice) and one.gain.choices is None for one in found):
        yield from _joined_groups(rights, entity)
        yield from _other_entities(rights, entity)


def _places(kind: str, identifier: str, name: str) -> Iterator[tuple[str, Body]]:
    """Yield the path and the parameters that name an entity or a group."""
    yield f"identity/{kind}/id/{identifier}", {}
    if name:
        yield f"identity/{kind}/name/{name}", {}
        yield f"identity/{kind}", {"name": name}
    yield f"identity/{kind}", {"id": identifier}


def _send(
    rights: TokenInNamespace, places: Iterator[tuple[str, Body]], bodies: Sequence[Body]
) -> VaultRequest | None:
    sent = (rights.send("POST", path, joined(named, bodies)) for path, named in places)
    return next((one for one in sent if one is not None), None)


def _gain(rights: TokenInNamespace, choice: tuple[str, ...] | None) -> TokenChoice:
    token = rights.token
    return TokenChoice(
        token.namespace, token.names, choice, token.identity, token.entity, by_identity=True
    )


def _entity_writes(rights: TokenInNamespace, entity: Entity) -> VaultEscalation | None:
    def attempt(policy: str) -> Sequence[VaultRequest] | None:
        places = _places("entity", entity.id, entity.name)
        sent = _send(rights, places, list(naming(policy, "policies")))
        return None if sent is None else [sent]

    found = choices(rights, attempt)
    if found is None:
        return None
    return rights.escalation(
        EscalationKind.ENTITY_WRITE, found[0], _gain(rights, found[1]), TakesEffect.AT_ONCE
    )


def _members(entity: Entity) -> list[Body]:
    identifier = entity.id
    return [{"member_entity_ids": [identifier]}, {"member_entity_ids": identifier}]


def _group_writes(rights: TokenInNamespace, entity: Entity) -> VaultEscalation | None:
    """Return the write of a group that has the entity as a member and gives a policy."""
    own = [(group.id, group.name) for group in entity.groups]
    named = [(_id(one), str(one.data.get("name", ""))) for one in _all(rights, "group").values()]

    def attempt(policy: str) -> Sequence[VaultRequest] | None:
        policies = list(naming(policy, "policies"))
        members = [body for member in _members(entity) for body in joined(member, policies)]
        new = (
            ("identity/group", {"name": NEW}),
            ("identity/group", {}),
            *((f"identity/group/name/{name}", {}) for name in rights.names("identity/group/name")),
        )
        sent = _send(rights, iter(new), members)
        for identifier, name in named if sent is None else ():
            bodies = policies if (identifier, name) in own else members
            sent = sent or _send(rights, _places("group", identifier, name), bodies)
        return None if sent is None else [sent]

    found = choices(rights, attempt)
    if found is None:
        return None
    return rights.escalation(
        EscalationKind.GROUP_WRITE, found[0], _gain(rights, found[1]), TakesEffect.AT_ONCE
    )


def _joined_groups(rights: TokenInNamespace, entity: Entity) -> Iterator[VaultEscalation]:
    """Yield the groups that the entity can join, with the policies that they have."""
    own = {group.id for group in entity.groups}
    for group in _all(rights, "group").values():
        policies = texts(group.data, "policies")
        if _id(group) in own or not policies:
            continue
        places = _places("group", _id(group), str(group.data.get("name", "")))
        sent = _send(rights, places, _members(entity))
        if sent is not None:
            token = rights.token
            identity = tuple(sorted({*token.identity, *policies}))
            kept = tuple(sorted({*token.names, *policies}))
            gain = TokenChoice(token.namespace, kept, (), identity, entity)
            yield rights.escalation(EscalationKind.GROUP_WRITE, [sent], gain, TakesEffect.AT_ONCE)


def _other_entities(rights: TokenInNamespace, entity: Entity) -> Iterator[VaultEscalation]:
    """Yield the entities to which the token's holder can move."""
    own = next(iter(entity.aliases), None)
    for other in _all(rights, "entity").values():
        if _id(other) == entity.id or other.data.get("disabled"):
            continue
        given = [*texts(other.data, "policies"), *_group_policies(rights, _id(other))]
        if not given:
            continue
        identity = tuple(sorted(set(given)))
        kept = tuple(sorted({*rights.token.policies, *identity}))
        moved = Entity(id=_id(other), name=str(other.data.get("name", "")), aliases=entity.aliases)
        gain = TokenChoice(rights.namespace, kept, (), identity, moved)
        aliases = other.data.get("aliases")
        taken = own is not None and isinstance(aliases, dict) and own.accessor in aliases
        sent = None if own is None or taken else _alias_write(rights, own, _id(other))
        if sent is not None:
            yield rights.escalation(EscalationKind.ALIAS_WRITE, [sent], gain, TakesEffect.NEW_LOGIN)
        merge: Body = {"to_entity_id": _id(other), "from_entity_ids": [entity.id]}
        kept_alias: Body = {"conflicting_alias_ids_to_keep": [NEW]} if taken else {}
        sent = rights.send("POST", "identity/entity/merge", [{**merge, **kept_alias}])
        if sent is not None:
            yield rights.escalation(
                EscalationKind.ENTITY_MERGE, [sent], gain, TakesEffect.NEW_LOGIN
            )


def _alias_write(rights: TokenInNamespace, alias: Alias, entity: str) -> VaultRequest | None:
    body: Body = {
        "name": alias.name,
        "mount_accessor": alias.accessor,
        "canonical_id": entity,
    }
    for folder in _ALIAS_FOLDERS:
        sent = rights.send("POST", folder, [body]) or rights.send(
            "POST", f"{folder}/id/{alias.id or NEW}", [{"canonical_id": entity}, body]
        )
        if sent is not None:
            return sent
    return None


def _all(rights: TokenInNamespace, kind: str) -> Mapping[str, VaultEntry]:
    return rights.index.entries(rights.namespace, f"identity/{kind}/id") or rights.index.entries(
        rights.namespace, f"identity/{kind}/name"
    )


def _id(entry: VaultEntry) -> str:
    return str(entry.data.get("id", ""))


def _group_policies(rights: TokenInNamespace, entity: str) -> Iterator[str]:
    for group in _all(rights, "group").values():
        if entity in texts(group.data, "member_entity_ids"):
            yield from texts(group.data, "policies")
