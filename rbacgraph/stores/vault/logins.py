"""Which auth roles of a dump a ServiceAccount logs in to, and what its token then holds."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from rbacgraph.errors import UsageError
from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry
from rbacgraph.stores.vault.governing import Governing
from rbacgraph.stores.vault.jwt_role import (
    claims_of_a_token,
    jwt_admits,
    mapped_claims,
    serviceaccount_claims,
    user_of,
    without_claims,
)
from rbacgraph.stores.vault.kubernetes_role import admits, selector_labels
from rbacgraph.stores.vault.role_fields import texts, token_policies
from rbacgraph.stores.vault.template import Alias, Entity, Group

_NAME = "serviceaccount_name"
_USER, _ANY = "system:serviceaccount:", "*"


class VaultCaller(NamedTuple):
    """A ServiceAccount as it logs in.

    ``namespace``, ``name``: which it is.
    ``uid``: its uid; ``""`` where it is not known.
    ``labels``: the labels of its namespace; ``None`` where they are not known.
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
    CLAIMS = "claims"
    ENTITY = "entity"
    OTHER_ENTITY = "other entity"
    TEMPLATES = "templates"
    SENTINEL = "sentinel"
    SECOND_FACTOR = "second factor"


class VaultLogin(NamedTuple):
    """A role that admits a ServiceAccount.

    ``policies``: the names of the token's policies, with those of the entity and its groups.
    ``entity``: what templates stand for.
    ``needs``: what must hold besides, each with its value: an audience, networks, labels, claims,
        entities that the ServiceAccount is, or is not.
    ``identity``: those of the policies that the entity and its groups give.
    """

    role: VaultEntry
    policies: tuple[str, ...]
    entity: Entity
    needs: tuple[tuple[Need, str], ...]
    identity: tuple[str, ...] = ()


class Bounds(NamedTuple):
    """Where to look for the ServiceAccounts that a role admits.

    A role admits no others, and not each of these. ``*`` stands for any text in each of them.
    """

    namespaces: tuple[str, ...]
    names: tuple[str, ...]


class LoginRoles:
    """The roles of ``auth/kubernetes`` and ``auth/jwt`` mounts, and whom they admit."""

    def __init__(self, dump: VaultDump) -> None:
        self._dump = dump
        self._accessors = {(one.namespace, one.path): one.accessor for one in dump.mounts}
        self._types = {(one.namespace, one.path): one.type for one in dump.mounts}
        self._governing = Governing(dump)

    @cached_property
    def roles(self) -> Sequence[VaultEntry]:
        """The roles, in the order of the dump."""
        return [role for role in self._dump.entries if mount_of(role)]

    def of(self, caller: VaultCaller) -> Iterator[VaultLogin]:
        """Yield the logins of a ServiceAccount to the roles that admit it."""
        for role in self.roles:
            yield from self.to_role(role, caller)

    def login(self, role: VaultEntry, caller: VaultCaller) -> VaultLogin | None:
        """Return the login of a ServiceAccount to a role; ``None`` if the role refuses it.

        If the input does not show which entity it is, the login is as if it were a new one.
        """
        return next(self.to_role(role, caller), None)

    def to_role(self, role: VaultEntry, caller: VaultCaller) -> Iterator[VaultLogin]:
        """Yield the login of a ServiceAccount to a role, then one for each entity it may be."""
        needs = _admission(role, caller)
        if needs is None:
            return
        accessor = self._accessors.get((role.namespace, mount_of(role)), "")
        alias = _alias(role, caller, accessor)
        known = self._known_entity(role, caller, alias)
        others = self._unowned(role.namespace, accessor) if not (known or alias.name) else []
        unlike = ((Need.OTHER_ENTITY, ", ".join(map(_name, others))),) if others else ()
        yield self._login(role, alias, known, (*needs, *unlike))
        for other in others:
            yield self._login(role, alias, other, (*needs, (Need.ENTITY, _name(other))))

    def _login(
        self,
        role: VaultEntry,
        alias: Alias,
        known: VaultEntry | None,
        needs: tuple[tuple[Need, str], ...],
    ) -> VaultLogin:
        entity, identity = self._entity(alias, known)
        policies = tuple(sorted({*token_policies(role.data), *identity}))
        filled = self._filled_by(alias, role.namespace, policies)
        if filled:
            needs = (*needs, (Need.TEMPLATES, ", ".join(filled)))
        needs = (*needs, *self.asked_at(role.namespace, mount_of(role), entity))
        return VaultLogin(role, policies, entity, needs, identity)

    def asked_at(self, namespace: str, mount: str, entity: Entity) -> Iterator[tuple[Need, str]]:
        """Yield what every login of an entity by a mount needs, whatever the role."""
        path = f"{namespace}/{mount}/login".lstrip("/")
        for need, names in (
            (Need.SENTINEL, self._governing.of_request(path, "", ())),
            (Need.SECOND_FACTOR, self._second_factors(namespace, mount, entity)),
        ):
            if names:
                yield need, ", ".join(names)

    def _second_factors(self, namespace: str, mount: str, entity: Entity) -> Sequence[str]:
        """Return what asks for a second factor of who logs in by a mount; "" is any mount."""
        return self._governing.of_login(
            namespace,
            kind=self._types.get((namespace, mount), ""),
            accessor=self._accessors.get((namespace, mount), ""),
            entity=entity.id,
            groups=[one.id for one in entity.groups],
        )

    def _filled_by(self, alias: Alias, namespace: str, policies: Sequence[str]) -> Sequence[str]:
        """Return the policies with a template of the alias's name, if the input lacks that.

        Their stanzas may add rules, and of some names OpenBao refuses every request.
        """
        if alias.name or not alias.accessor:
            return ()
        known, begin = self._dump.policies_of(namespace), f"entity.aliases.{alias.accessor}."
        wanted = (f"{begin}name", f"{begin}metadata.service_account_uid")
        return [
            name
            for name in policies
            if name in known and any(one in known[name].text for one in wanted)
        ]

    def _unowned(self, namespace: str, accessor: str) -> Sequence[VaultEntry]:
        """Return the entities that have policies and that no login shows the holder of."""
        return self._unowned_entities.get((namespace, accessor), ()) if accessor else ()

    @cached_property
    def _unowned_entities(self) -> Mapping[tuple[str, str], Sequence[VaultEntry]]:
        found: dict[tuple[str, str], list[VaultEntry]] = {}
        for (namespace, accessor, _), entry in self._entities.items():
            accounts = entry.data.get("alias_accounts")
            shown = isinstance(accounts, dict) and accessor in accounts
            matters = self._policies_of(entry) or self._second_factors(
                namespace, "", self._entity(Alias(accessor, ""), entry)[0]
            )
            if not shown and matters:
                found.setdefault((namespace, accessor), []).append(entry)
        return found

    def _policies_of(self, entity: VaultEntry) -> tuple[str, ...]:
        entries = (entity, *self._groups_of(entity))
        return tuple(policy for one in entries for policy in texts(one.data, "policies"))

    def _known_entity(
        self, role: VaultEntry, caller: VaultCaller, alias: Alias
    ) -> VaultEntry | None:
        """Return the entity of a ServiceAccount, if the dump shows it."""
        accessor, known = alias.accessor, None
        if accessor and alias.name:
            known = self._entities.get((role.namespace, accessor, alias.name))
        elif accessor:  # the uid is not known, but what an earlier login wrote down may be
            account = caller.namespace, caller.name
            known = self._entities_by_account.get((role.namespace, accessor, *account))
        return known

    def _entity(self, alias: Alias, known: VaultEntry | None) -> tuple[Entity, tuple[str, ...]]:
        """Return who the token's holder is for Vault, and the policies of the identity store."""
        if known is None:
            return Entity(aliases=(alias,)), ()
        groups = self._groups_of(known)
        entity = Entity(
            id=str(known.data.get("id", "")),
            name=str(known.data.get("name", "")),
            metadata=_metadata(known),
            aliases=(alias,),
            groups=[
                Group(str(one.data.get("id", "")), str(one.data.get("name", "")), _metadata(one))
                for one in groups
            ],
        )
        return entity, self._policies_of(known)

    @cached_property
    def _entities(self) -> Mapping[tuple[str, str, str], VaultEntry]:
        """The entities by their namespace, the accessor of a mount, and the alias there."""
        found: dict[tuple[str, str, str], VaultEntry] = {}
        for entry in self._dump.entries:
            aliases = entry.data.get("aliases")
            if isinstance(aliases, dict) and not entry.data.get("disabled"):
                for accessor, name in aliases.items():
                    found.setdefault((entry.namespace, accessor, str(name)), entry)
        return found

    @cached_property
    def _entities_by_account(self) -> Mapping[tuple[str, str, str, str], VaultEntry]:
        """The same by the ServiceAccount that logged in."""
        found: dict[tuple[str, str, str, str], VaultEntry] = {}
        for entry in self._dump.entries:
            accounts = entry.data.get("alias_accounts")
            if isinstance(accounts, dict) and not entry.data.get("disabled"):
                for accessor, account in accounts.items():
                    namespace, _, name = str(account).partition("/")
                    found.setdefault((entry.namespace, accessor, namespace, name), entry)
        return found

    @cached_property
    def _groups(self) -> Mapping[str, Mapping[str, VaultEntry]]:
        """The groups of each namespace, by id."""
        found: dict[str, dict[str, VaultEntry]] = {}
        for entry in self._dump.entries:
            if entry.path.startswith("identity/group/"):
                found.setdefault(entry.namespace, {})[str(entry.data.get("id"))] = entry
        return found

    def _groups_of(self, entity: VaultEntry) -> Sequence[VaultEntry]:
        """Return the groups of an entity, and those in which these groups are."""
        groups = self._groups.get(entity.namespace, {})
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


def _alias(role: VaultEntry, caller: VaultCaller, accessor: str) -> Alias:
    """Return who a ServiceAccount is for an auth mount."""
    if role.data.get("role_type") == "jwt":
        claims = serviceaccount_claims(caller.namespace, caller.name, uid=caller.uid)
        return Alias(
            accessor, user_of(role.data, claims), metadata=mapped_claims(role.data, claims)
        )
    by_name = role.data.get("alias_name_source") == _NAME
    metadata = {
        "service_account_name": caller.name,
        "service_account_namespace": caller.namespace,
        **({"service_account_uid": caller.uid} if caller.uid else {}),
    }
    name = f"{caller.namespace}/{caller.name}" if by_name else caller.uid
    return Alias(accessor, name, metadata=metadata)


def _name(entity: VaultEntry) -> str:
    return str(entity.data.get("name") or entity.data.get("id", ""))


def mount_of(role: VaultEntry) -> str:
    """Return the auth mount of a role; ``""`` if the entry is no role of one.

    Examples
    --------
    >>> mount_of(VaultEntry("", "auth/k8s/role/shop", {}))
    'auth/k8s'
    """
    mount, kind, _ = role.path.rpartition("/role/")
    return mount if kind and mount.startswith("auth/") else ""


def bounds(role: VaultEntry) -> Bounds:
    """Return where to look for the ServiceAccounts that a role admits.

    Examples
    --------
    >>> names, spaces = "bound_service_account_names", "bound_service_account_namespaces"
    >>> bounds(VaultEntry("", "auth/kubernetes/role/r", {names: ("api*",), spaces: ("a",)}))
    Bounds(namespaces=('a',), names=('api*',))
    """
    data = role.data
    if "bound_service_account_names" in data:
        selected = (_ANY,) if data.get("bound_service_account_namespace_selector") else ()
        namespaces = (*texts(data, "bound_service_account_namespaces"), *selected)
        return Bounds(namespaces, texts(data, "bound_service_account_names"))
    claims = data.get("bound_claims")
    claims = claims if isinstance(claims, dict) else {}
    subjects = [text for text in (data.get("bound_subject"), *_listed(claims.get("sub"))) if text]
    if len(subjects) == 1 and _ANY not in str(subjects[0]):
        namespace, _, name = str(subjects[0]).removeprefix(_USER).partition(":")
        return Bounds((namespace,), (name,))
    namespaces = _listed(claims.get("/kubernetes.io/namespace"))
    names = _listed(claims.get("/kubernetes.io/serviceaccount/name"))
    return Bounds(tuple(namespaces) or (_ANY,), tuple(names) or (_ANY,))


def chosen_labels(role: VaultEntry) -> Mapping[str, str]:
    """Return the labels by which a role selects namespaces; none if it does not, or by errors.

    Examples
    --------
    >>> selector = '{"matchLabels": {"env": "prod"}}'
    >>> entry = {"bound_service_account_namespace_selector": selector}
    >>> chosen_labels(VaultEntry("", "auth/kubernetes/role/r", entry))
    {'env': 'prod'}
    """
    try:
        return selector_labels(role.data) or {}
    except UsageError:
        return {}


def _listed(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, tuple | list) else (str(value),)


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
    of_token = claims_of_a_token(role.data, uid=caller.uid)
    if not jwt_admits(without_claims(role.data, of_token, uid=caller.uid), claims):
        return None
    if of_token:
        needs.append((Need.CLAIMS, ", ".join(of_token)))
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


def _metadata(entry: VaultEntry) -> Mapping[str, str]:
    metadata = entry.data.get("metadata")
    if not isinstance(metadata, dict):
        return {}
    return {key: value for key, value in metadata.items() if isinstance(value, str)}
