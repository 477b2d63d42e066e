"""Reads which secrets of a store an ExternalSecret, a PushSecret and the like name.

Sources: external-secrets ``apis/externalsecrets/v1/externalsecret_types.go``,
``apis/externalsecrets/v1alpha1/pushsecret_types.go``; vault-secrets-operator ``api/v1beta1/``.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from rbacgraph.model.kubernetes.external_secrets import (
    GENERATOR,
    STORE,
    VAULT_AUTH,
    RemoteSecret,
    SecretPush,
)
from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta
from rbacgraph.sources.external.generators import MADE_UP
from rbacgraph.sources.external.loose import is_ready, items, mapping, text

Spec = Mapping[str, object]


def of_external_secret(spec: Spec) -> tuple[RemoteSecret, ...]:
    """Return what an ExternalSecret reads.

    Examples
    --------
    >>> ref = {"name": "vault", "kind": "ClusterSecretStore"}
    >>> data = [{"secretKey": "a", "remoteRef": {"key": "prod/db", "property": "password"}}]
    >>> found = of_external_secret({"secretStoreRef": ref, "data": data})
    >>> [(one.store_kind, one.store, one.key) for one in found]
    [('ClusterSecretStore', 'vault', 'prod/db')]
    """
    store = mapping(spec.get("secretStoreRef"))
    found = []
    for one in map(mapping, items(spec.get("data"))):
        own = mapping(one, "sourceRef", "storeRef") or store
        found.append(_read(own, mapping(one, "remoteRef")))
    for one in map(mapping, items(spec.get("dataFrom"))):
        own = mapping(one, "sourceRef", "storeRef") or store
        generator = mapping(one, "sourceRef", "generatorRef")
        if generator:
            kind, name = text(generator.get("kind")), text(generator.get("name"))
            if kind not in MADE_UP and name:
                found.append(RemoteSecret(key=name, store_kind=GENERATOR, store=kind))
        elif mapping(one.get("find")):
            path = text(mapping(one, "find").get("path"))
            found.append(_read(own, {"key": path}, every=True))
        else:
            found.append(_read(own, mapping(one, "extract")))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _read(store: Spec, ref: Spec, *, every: bool = False) -> RemoteSecret | None:
    name, key = text(store.get("name")), text(ref.get("key"))
    if not name or not (key or every):
        return None
    kind = text(store.get("kind")) or STORE
    fetches = text(ref.get("metadataPolicy")) == "Fetch"
    return RemoteSecret(key=key, store_kind=kind, store=name, every=every, metadata=fetches)


def of_vault_secret(kind: str, spec: Spec) -> tuple[RemoteSecret, ...]:
    """Return what a resource of Vault Secrets Operator reads.

    Examples
    --------
    >>> spec = {"mount": "kv", "path": "prod/db", "type": "kv-v2", "vaultAuthRef": "ops/app"}
    >>> [(one.store, one.key) for one in of_vault_secret("VaultStaticSecret", spec)]
    [('ops/app', 'kv/data/prod/db')]
    """
    mount, path = (text(spec.get(field)).strip("/") for field in ("mount", "path"))
    if kind == "VaultPKISecret":
        issuer = text(spec.get("issuerRef"))
        role = text(spec.get("role"))
        path = f"issuer/{issuer}/issue/{role}" if issuer else f"issue/{role}"
    elif kind == "VaultStaticSecret" and text(spec.get("type")) == "kv-v2":
        path = f"data/{path}"
    if not mount or not path.strip("/"):
        return ()
    auth = text(spec.get("vaultAuthRef"))
    space = text(spec.get("namespace")).strip("/")
    key = f"{mount}/{path}"
    return (RemoteSecret(key=key, store_kind=VAULT_AUTH, store=auth, space=space),)


class _PushSpec(Struct, frozen=True, gc=False, rename="camel"):
    secret_store_refs: object = None
    update_policy: object = None
    selector: object = None
    data: object = None
    data_to: object = None
    push_secret_spec: "_PushSpec | None" = None
    namespace_selectors: tuple[LabelSelector, ...] | None = None


class PushWire(Object, frozen=True, gc=False, rename="camel"):
    """A PushSecret, or a ClusterPushSecret, in its wire format."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    spec: _PushSpec | None = None
    status: object = None


def to_push(wire: PushWire) -> SecretPush:
    """Keep of a PushSecret which Secrets it copies where."""
    outer = wire.spec or _PushSpec()
    spec = outer.push_secret_spec or outer
    chosen = mapping(spec.selector, "secret")
    name, labels = text(chosen.get("name")), mapping(chosen, "selector")
    return SecretPush(
        kind=wire.kind,
        api_version=wire.api_version,
        metadata=wire.metadata,
        secrets=(name,) if name else (),
        selector=_selector(labels) if "selector" in chosen and not name else None,
        remotes=tuple(dict.fromkeys((*_pushed(spec), *_already_pushed(wire.status)))),
        # With IfNotExists the store may keep an older value.
        ready=is_ready(wire.status) and text(spec.update_policy) != "IfNotExists",
        selected=outer.namespace_selectors or (),
    )


def _selector(labels: Spec) -> LabelSelector:
    wanted = mapping(labels, "matchLabels")
    return LabelSelector(
        match_labels={key: value for key, value in wanted.items() if isinstance(value, str)}
    )


def _pushed(spec: _PushSpec) -> Iterator[RemoteSecret]:
    """Yield what a PushSecret names itself: each key, at each store that it calls by name."""
    stores = items(spec.secret_store_refs)
    for one in map(mapping, items(spec.data)):
        yield from _at(stores, mapping(one, "match", "remoteRef").get("remoteKey"))
    for one in map(mapping, items(spec.data_to)):
        yield from _at([one.get("storeRef")], one.get("remoteKey"))


def _already_pushed(status: object) -> Iterator[RemoteSecret]:
    """Yield what the operator wrote: to stores chosen by labels, and keys that ``dataTo`` made."""
    for store, keys in mapping(status, "syncedPushSecrets").items():
        kind, _, name = store.partition("/")
        for one in mapping(keys).values():
            key = mapping(one, "match", "remoteRef").get("remoteKey")
            yield from _at([{"kind": kind, "name": name}], key)


def _at(stores: Iterable[object], key: object) -> Iterator[RemoteSecret]:
    for store in map(mapping, stores if text(key) else ()):
        if name := text(store.get("name")):
            kind = text(store.get("kind")) or STORE
            yield RemoteSecret(key=text(key), store_kind=kind, store=name)
