"""Custom resources from which operators make Secrets: where each kind names them.

Only the names of Secrets are kept of a spec, and those of the secrets outside from which they
are made; their contents are elsewhere. A ClusterIssuer is not read: the namespace of its Secret is
an option of cert-manager's controller.
"""

from collections.abc import Iterator, Mapping
from typing import TypedDict

from rbacgraph.model.kubernetes.external_secrets import (
    CSI_GROUP,
    ESO_GROUP,
    VSO_GROUP,
    RemoteSecret,
)
from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta
from rbacgraph.model.kubernetes.secret_makers import SecretMaker
from rbacgraph.sources.external import provider_classes
from rbacgraph.sources.external.keys import of_external_secret, of_vault_secret
from rbacgraph.sources.external.loose import is_ready, items, mapping, text
from rbacgraph.sources.kinds import KindRow, kind_rows

_Fields = Mapping[str, object]


class _Kinded(TypedDict, total=False):
    kind: str | None


class _Target(TypedDict, total=False):
    name: str | None
    creationPolicy: str | None
    manifest: _Kinded | None
    template: object


class _Named(TypedDict, total=False):
    name: str | None
    namespace: str | None
    kind: str | None


class _Synced(TypedDict, total=False):
    secretName: str | None
    secretNamespace: str | None
    data: object


class _Output(TypedDict, total=False):
    secret: _Named | None


class _Acme(TypedDict, total=False):
    privateKeySecretRef: _Named | None
    disableAccountKeyGeneration: bool | None


class _ExternalSecretSpec(TypedDict, total=False):
    target: _Target | None
    secretStoreRef: object
    data: object
    dataFrom: object


class MakerSpec(_ExternalSecretSpec, total=False):
    """The fields of ``spec`` that are read of any kind of the table, and their shapes."""

    secretName: str | None
    destination: _Named | None
    secretObjects: list[_Synced] | None
    secretTemplates: list[_Named] | None
    managedSecret: _Named | None
    managedSecretReference: _Synced | None
    managedKubeSecretReferences: list[_Synced] | None
    targets: list[_Named] | None
    output: _Output | None
    acme: _Acme | None
    externalSecretName: str | None
    externalSecretSpec: _ExternalSecretSpec | None
    namespaces: list[str] | None
    namespaceSelector: LabelSelector | None
    namespaceSelectors: list[LabelSelector] | None
    # What is read of stores outside, whatever its shape in other kinds.
    provider: object
    parameters: object
    vaultAuthRef: object
    mount: object
    path: object
    type: object
    role: object
    issuerRef: object
    namespace: object


class _Status(TypedDict, total=False):
    provisionedNamespaces: list[str] | None
    conditions: object


class MakerWire(Object, frozen=True, gc=False, rename="camel"):
    """One of these custom resources in its wire format."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    spec: MakerSpec | None = None
    status: _Status | None = None


_ROWS = {(row.groups[0], row.name): row for row in kind_rows() if row.names}


def _found(value: object, path: str) -> Iterator[tuple[str, _Fields]]:
    """Yield what a path leads to, and what holds it; nothing behind what makes no Secret."""
    field, _, rest = path.partition(".")
    holder = mapping(value)
    foreign = holder.get("creationPolicy") == "None" or holder.get("manifest") is not None
    if foreign or holder.get("disableAccountKeyGeneration"):
        return
    if not rest:
        yield text(holder.get(field)), holder
        return
    name, is_list, condition = field.rstrip("]").partition("[")
    key, _, wanted = condition.partition("=")
    for inner in items(holder.get(name)) if is_list else [holder.get(name)]:
        if not key or mapping(inner).get(key) == wanted:
            yield from _found(inner, rest)


def _made(row: KindRow, wire: MakerWire) -> Iterator[tuple[object, str]]:
    """Yield the namespace that a resource gives for each of its Secrets, and the name."""
    whole = {"metadata": {"name": wire.metadata.name}, "spec": wire.spec}
    others = [name for path in row.otherwise for name, _ in _found(whole, path) if name]
    for path in row.names:
        for name, holder in _found(whole, path):
            called = name or "".join(others[:1])
            # SOPS may have encrypted the names too: the text is then not the name.
            if called and not (wire.kind == "SopsSecret" and called.startswith("ENC[")):
                yield holder.get(row.namespace), called


def _remotes(kind: str, group: str, spec: _Fields) -> tuple[RemoteSecret, ...]:
    """Return the secrets of stores outside that a custom resource names."""
    if group == ESO_GROUP:
        of_cluster = kind == "ClusterExternalSecret"
        return of_external_secret(mapping(spec, "externalSecretSpec") if of_cluster else spec)
    if group == VSO_GROUP and kind != "HCPVaultSecretsApp":
        return of_vault_secret(kind, spec)
    return provider_classes.of_provider_class(spec) if group == CSI_GROUP else ()


def _adds(target: _Fields) -> bool:
    """Whether a Secret holds more, or other things, than what is read."""
    policy = target.get("creationPolicy")
    return target.get("template") is not None or policy in {"Merge", "CreateOrMerge"}


def to_maker(wire: MakerWire) -> SecretMaker:
    """Keep the names of the Secrets that an operator makes from a custom resource.

    Examples
    --------
    >>> meta = ObjectMeta(name="own", namespace="shop")
    >>> made = MakerWire(
    ...     kind="ExternalSecret",
    ...     api_version="external-secrets.io/v1",
    ...     metadata=meta,
    ...     spec={"target": {"name": "db"}},
    ... )
    >>> to_maker(made).names
    ('db',)
    """
    spec, status = wire.spec or MakerSpec(), wire.status or _Status()
    group = wire.api_version.partition("/")[0]
    made = dict.fromkeys(_made(_ROWS[group, wire.kind], wire))
    provisioned = status.get("provisionedNamespaces") or ()
    selectors = (spec.get("namespaceSelector"), *(spec.get("namespaceSelectors") or ()))
    of_class = spec if group == CSI_GROUP else MakerSpec()
    return SecretMaker(
        kind=wire.kind,
        api_version=wire.api_version,
        metadata=wire.metadata,
        names=tuple(name for namespace, name in made if not namespace),
        elsewhere=tuple((text(namespace), name) for namespace, name in made if namespace),
        namespaces=tuple(dict.fromkeys((*(spec.get("namespaces") or ()), *provisioned))),
        selected=tuple(selector for selector in selectors if selector is not None),
        remotes=_remotes(wire.kind, group, spec),
        shared_login=provider_classes.shared_login(of_class),
        login=provider_classes.login_of_class(of_class),
        templated=any(_adds(mapping(spec, *at, "target")) for at in ((), ("externalSecretSpec",))),
        ready=is_ready(status),
    )
