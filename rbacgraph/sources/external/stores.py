"""Reads SecretStores, and Vault Secrets Operator's VaultAuths and VaultConnections.

Sources: external-secrets ``apis/externalsecrets/v1/secretstore_*_types.go``,
``runtime/esutils/resolvers/secret_ref.go``; vault-secrets-operator ``api/v1beta1/``.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.kubernetes.external_secrets import (
    AWS_SYSTEM,
    AZURE_SYSTEM,
    CLUSTER_STORE,
    GCP_SYSTEM,
    THIS_CLUSTER,
    VAULT_AUTH,
    VAULT_AUTH_GLOBAL,
    VAULT_CONNECTION,
    VAULT_SYSTEM,
    ObjectName,
    RoleLogin,
    SecretStore,
    StoreCondition,
)
from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta
from rbacgraph.sources.external.addresses import account_and_region, key_vault, server
from rbacgraph.sources.external.loose import items, mapping, named, text


class _ConditionWire(Struct, frozen=True, gc=False, rename="camel"):
    namespaces: tuple[str, ...] | None = None
    namespace_regexes: tuple[str, ...] | None = None
    namespace_selector: LabelSelector | None = None


class _StoreSpec(Struct, frozen=True, gc=False, rename="camel"):
    provider: dict[str, object] | None = None
    controller: object = None
    conditions: tuple[_ConditionWire, ...] | None = None
    method: object = None
    mount: object = None
    namespace: object = None
    allowed_namespaces: tuple[str, ...] | None = None
    vault_connection_ref: object = None
    vault_auth_global_ref: object = None
    kubernetes: object = None
    jwt: object = None
    app_role: object = None
    aws: object = None
    gcp: object = None
    address: object = None


class StoreWire(Object, frozen=True, gc=False, rename="camel"):
    """One of these objects in its wire format."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    spec: _StoreSpec | None = None


class StorePlace(NamedTuple):
    """StorePlace a store is, and what is put before its keys."""

    system: str
    place: str
    prefix: str = ""
    space: str = ""
    version: str = ""


_SYSTEMS = {"openbao": VAULT_SYSTEM, "openBao": VAULT_SYSTEM}
_CLUSTERS_OWN = frozenset({"", "kubernetes", "kubernetes.default"})
_PUBLIC = frozenset(
    {
        *("accessKeyIDSecretRef", "accessKeyID", "roleRef", "certSecretRef", "clientCert"),
        *("clientId", "clientID", "tenantId", "usernameRef", "roleIdRef", "accessID"),
        *("accessTypeParam", "usernameSecret"),
    }
)
"""References to a part of a login that gives nothing without another part."""

_NO_LOGIN = frozenset({"caProvider", "tls"})
_WITHOUT_LOGIN = frozenset({"fake", "webhook"})


def to_store(wire: StoreWire) -> SecretStore:
    """Keep of a store's object where the store is, and who logs in."""
    spec = wire.spec or _StoreSpec()
    found = SecretStore(kind=wire.kind, api_version=wire.api_version, metadata=wire.metadata)
    if wire.kind in {VAULT_AUTH, VAULT_AUTH_GLOBAL}:
        return _vault_auth(found, spec)
    if wire.kind == VAULT_CONNECTION:
        return replace(found, system=VAULT_SYSTEM, place=server(text(spec.address)))
    names = [name for name, body in (spec.provider or {}).items() if body is not None]
    if len(names) != 1:
        return found  # the operator refuses it
    body = mapping(spec.provider, names[0])
    accounts, credentials = identities(body)
    there = where(names[0], body)
    only = None
    if wire.kind == CLUSTER_STORE and spec.conditions:
        only = tuple(_condition(one) for one in spec.conditions)
    return replace(
        found,
        provider=names[0],
        system=there.system,
        place=there.place,
        prefix=there.prefix,
        space=there.space,
        version=there.version,
        accounts=accounts,
        credentials=credentials,
        own=not accounts and not credentials and names[0] not in _WITHOUT_LOGIN,
        login=_role_login(body) if there.system == VAULT_SYSTEM else None,
        conditions=only,
        controller=text(spec.controller),
        roles=_roles(body) if there.system == AWS_SYSTEM else (),
    )


def _roles(body: Mapping[str, object]) -> tuple[str, ...]:
    """Return the roles of AWS that External Secrets takes one after the other.

    Source: external-secrets ``providers/v1/aws/auth/auth.go``.
    """
    return tuple(filter(None, map(text, (*items(body.get("additionalRoles")), body.get("role")))))


def _condition(wire: _ConditionWire) -> StoreCondition:
    return StoreCondition(
        wire.namespaces or (), wire.namespace_regexes or (), wire.namespace_selector
    )


def where(provider: str, body: Mapping[str, object]) -> StorePlace:
    """Return where the store of a provider is."""
    system = _SYSTEMS.get(provider, provider)
    if system == VAULT_SYSTEM:
        place = server(text(body.get("server")))
        mount, space = (text(body.get(field)).strip("/") for field in ("path", "namespace"))
        return StorePlace(VAULT_SYSTEM, place, mount, space, text(body.get("version")) or "v2")
    if provider == "aws":
        service = "ssm" if text(body.get("service")) == "ParameterStore" else "secretsmanager"
        place = account_and_region(text(body.get("role")), text(body.get("region")))
        return StorePlace(AWS_SYSTEM, place, f"{service}/{text(body.get('prefix'))}")
    if provider == "azurekv":
        vault = key_vault(text(body.get("vaultUrl")))
        return StorePlace(AZURE_SYSTEM, vault)
    if provider == "gcpsm":
        return StorePlace(GCP_SYSTEM, text(body.get("projectID")))
    if provider == "kubernetes":
        host = server(text(mapping(body, "server").get("url")))
        space = text(body.get("remoteNamespace")) or "default"
        own = host in _CLUSTERS_OWN
        return (
            StorePlace(THIS_CLUSTER, "", space) if own else StorePlace(provider, host, f"{space}/")
        )
    return StorePlace(provider, "")


def identities(
    body: Mapping[str, object],
) -> tuple[tuple[ObjectName, ...], tuple[ObjectName, ...]]:
    """Return the ServiceAccounts and the Secrets that a provider's body names for its login."""
    accounts: dict[ObjectName, None] = {}
    secrets: dict[ObjectName, None] = {}
    public: dict[ObjectName, None] = {}
    for field, found in named(body, _NO_LOGIN):
        name = ObjectName(text(found.get("name")), text(found.get("namespace")))
        if field in {"serviceAccountRef", "serviceAccount"}:
            accounts[name] = None
        elif "key" in found or field.lower().endswith("ref"):
            (public if field in _PUBLIC else secrets)[name] = None
    return tuple(accounts), tuple(secrets or public)


def _role_login(body: Mapping[str, object]) -> RoleLogin | None:
    """Return the role by which External Secrets logs in with a ServiceAccount's token."""
    space = text(mapping(body, "auth").get("namespace")) or text(body.get("namespace"))
    kubernetes, jwt = mapping(body, "auth", "kubernetes"), mapping(body, "auth", "jwt")
    used = kubernetes or jwt
    mount = text(used.get("mountPath")) or text(used.get("path"))
    token = mapping(jwt, "kubernetesServiceAccountToken")
    account = mapping(kubernetes, "serviceAccountRef") or mapping(token, "serviceAccountRef")
    return _named_login(
        mount or ("kubernetes" if kubernetes else "jwt"),
        used,
        space,
        (*items(account.get("audiences")), *items(token.get("audiences"))),
    )


def _named_login(
    mount: str, body: Mapping[str, object], space: str, audiences: Iterable[object]
) -> RoleLogin | None:
    if not body:
        return None
    name = mount.strip("/").removeprefix("auth/")
    return RoleLogin(
        mount=f"auth/{name}" if name else "",
        role=text(body.get("role")),
        space=space.strip("/"),
        audiences=tuple(dict.fromkeys(filter(None, map(text, audiences)))),
    )


def _vault_auth(found: SecretStore, spec: _StoreSpec) -> SecretStore:
    accounts: dict[ObjectName, None] = {}
    secrets: dict[ObjectName, None] = {}
    for login in (spec.kubernetes, spec.jwt, spec.app_role, spec.aws, spec.gcp):
        body = mapping(login)
        for field in ("serviceAccount", "irsaServiceAccount", "workloadIdentityServiceAccount"):
            if name := text(body.get(field)):
                accounts[ObjectName(name)] = None
        if name := text(body.get("secretRef")):
            secrets[ObjectName(name)] = None
    shared = mapping(spec.vault_auth_global_ref)
    space = text(spec.namespace)
    login = _operator_login(spec, space)
    return replace(
        found,
        provider=text(spec.method),
        system=VAULT_SYSTEM,
        space=space.strip("/"),
        accounts=tuple(accounts),
        credentials=tuple(secrets),
        conditions=(StoreCondition(spec.allowed_namespaces or ()),),
        connection=text(spec.vault_connection_ref),
        base="/".join(filter(None, (text(shared.get("namespace")), text(shared.get("name"))))),
        login=login,
    )


def _operator_login(spec: _StoreSpec, space: str) -> RoleLogin | None:
    """Return the role by which the Vault Secrets Operator logs in, as far as the object says.

    A global object may have no method, and a VaultAuth may leave the mount to it.

    Source: vault-secrets-operator ``api/v1beta1/vaultauth{,global}_types.go``.
    """
    methods = {"kubernetes": spec.kubernetes, "jwt": spec.jwt}
    method = text(spec.method) or next((name for name in methods if mapping(methods[name])), "")
    used = mapping(methods.get(method))
    mount = text(spec.mount) or text(used.get("mount"))
    return _named_login(mount, used, space, items(used.get("audiences")))
