"""Which auth roles of a dump a ServiceAccount logs in to, and what its token then holds."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from rbacgraph.errors import UsageError
from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry
from rbacgraph.stores.vault.jwt_role import jwt_admits, serviceaccount_claims
from rbacgraph.stores.vault.kubernetes_role import admits
from rbacgraph.stores.vault.role_fields import texts, token_policies
from rbacgraph.stores.vault.template import Alias, Entity, Group

_UID, _NAME = "serviceaccount_uid", "serviceaccount_name"


class VaultCaller(NamedTuple):
    """A ServiceAccount as it logs in.

    Parameters
    ----------
    namespace, name:
        Which it is.
    uid:
        Its uid; ``""`` where it is not known.
    labels:
        The labels of its namespace; ``None`` where they are not known.
    """

    namespace: str
    name: str
    uid: str = ""
    labels: Mapping[str, str] | None = None


class Need(Enum):
    """What a login needs besides the ServiceAccount's token of the API server."""

    AUDIENCE = "audience"
    ADDRESS = "address"
    LABELS = "labels"


class VaultLogin(NamedTuple):
    """A role that admits a ServiceAccount.

    Parameters
    ----------
    role:
        The role.
    policies:
        The names of the token's policies, with those of the entity and its groups.
    entity:
        What templates stand for.
    needs:
        What must hold besides, each with its value: an audience, networks, labels.
    """

    role: VaultEntry
    policies: tuple[str, ...]
    entity: Entity
    needs: tuple[tuple[Need, str], ...]


def logins(dump: VaultDump, caller: VaultCaller) -> Iterator[VaultLogin]:
    """Yield the roles of ``auth/kubernetes`` and ``auth/jwt`` mounts that admit a ServiceAccount.

    Parameters
    ----------
    dump:
        The dump.
    caller:
        Who logs in.
    """
    for role in dump.entries:
        mount, kind, _ = role.path.rpartition("/role/")
        if not kind or not mount.startswith("auth/"):
            continue
        needs = _admission(role, caller)
        if needs is None:
            continue
        accessor = next(
            (
                one.accessor
                for one in dump.mounts
                if one.path == mount and one.namespace == role.namespace
            ),
            "",
        )
        entity, identity = _entity(dump, role, caller, accessor)
        policies = {*token_policies(role.data), *identity}
        yield VaultLogin(role, tuple(sorted(policies)), entity, needs)


def _admission(role: VaultEntry, caller: VaultCaller) -> tuple[tuple[Need, str], ...] | None:
    """Return what a login to a role needs; ``None`` if the role does not admit the caller."""
    needs = [(Need.ADDRESS, ", ".join(networks))] if (networks := _networks(role)) else []
    if "bound_service_account_names" in role.data:
        audience = role.data.get("audience")
        if audience:
            needs.append((Need.AUDIENCE, str(audience)))
        unlabelled = _kubernetes_admits(role, caller, caller.labels or {})
        if not unlabelled:
            selector = role.data.get("bound_service_account_namespace_selector")
            if caller.labels is not None or not selector:
                return None
            if not _kubernetes_admits(role, caller, None):
                return None
            needs.append((Need.LABELS, str(selector)))
        return tuple(needs)
    if role.data.get("role_type") != "jwt":
        return None
    bound = texts(role.data, "bound_audiences")
    claims = serviceaccount_claims(caller.namespace, caller.name, audiences=bound, uid=caller.uid)
    if not jwt_admits(role.data, claims):
        return None
    return (*needs, (Need.AUDIENCE, " or ".join(bound)))


def _kubernetes_admits(
    role: VaultEntry, caller: VaultCaller, labels: Mapping[str, str] | None
) -> bool:
    """Whether a role admits the caller; ``labels`` None stands for those that it selects."""
    data = role.data
    if labels is None:
        data = {**data, "bound_service_account_namespace_selector": "{}"}
    try:
        return admits(
            data,
            namespace=caller.namespace,
            serviceaccount=caller.name,
            namespace_labels=labels,
            audiences=texts(data, "audience"),
        )
    except UsageError:
        return False


def _networks(role: VaultEntry) -> tuple[str, ...]:
    return (*texts(role.data, "token_bound_cidrs"), *texts(role.data, "bound_cidrs"))


def _entity(
    dump: VaultDump, role: VaultEntry, caller: VaultCaller, accessor: str
) -> tuple[Entity, tuple[str, ...]]:
    """Return who the token's holder is for Vault, and the policies of the identity store."""
    by_name = role.data.get("alias_name_source") == _NAME
    name = f"{caller.namespace}/{caller.name}" if by_name else caller.uid
    alias = Alias(
        accessor,
        name,
        metadata={
            "service_account_name": caller.name,
            "service_account_namespace": caller.namespace,
            "service_account_uid": caller.uid,
        },
    )
    known = _known_entity(dump, role.namespace, alias)
    if known is None:
        return Entity(aliases=(alias,)), ()
    groups = _groups(dump, role.namespace, known)
    policies = [policy for entry in (known, *groups) for policy in texts(entry.data, "policies")]
    entity = Entity(
        id=str(known.data.get("id", "")),
        name=str(known.data.get("name", "")),
        metadata=_metadata(known),
        aliases=(alias,),
        groups=[
            Group(str(group.data.get("id", "")), str(group.data.get("name", "")), _metadata(group))
            for group in groups
        ],
    )
    return entity, tuple(policies)


def _known_entity(dump: VaultDump, namespace: str, alias: Alias) -> VaultEntry | None:
    for entry in dump.entries:
        aliases = entry.data.get("aliases")
        if (
            entry.namespace == namespace
            and isinstance(aliases, dict)
            and alias.accessor
            and alias.name
            and aliases.get(alias.accessor) == alias.name
            and not entry.data.get("disabled")
        ):
            return entry
    return None


def _groups(dump: VaultDump, namespace: str, entity: VaultEntry) -> list[VaultEntry]:
    """Return the groups of an entity, and those in which these groups are."""
    groups = {
        str(entry.data.get("id")): entry
        for entry in dump.entries
        if entry.namespace == namespace and entry.path.startswith("identity/group/")
    }
    waiting = [
        group_id
        for group_id, group in groups.items()
        if entity.data.get("id") in texts(group.data, "member_entity_ids")
    ]
    found: dict[str, VaultEntry] = {}
    while waiting:
        group_id = waiting.pop()
        if group_id not in found and group_id in groups:
            found[group_id] = groups[group_id]
            waiting += [
                other
                for other, group in groups.items()
                if group_id in texts(group.data, "member_group_ids")
            ]
            waiting += texts(groups[group_id].data, "parent_group_ids")
    return [found[group_id] for group_id in sorted(found)]


def _metadata(entry: VaultEntry) -> Mapping[str, str]:
    metadata = entry.data.get("metadata")
    if not isinstance(metadata, dict):
        return {}
    return {key: value for key, value in metadata.items() if isinstance(value, str)}
