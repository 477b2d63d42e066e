"""Custom resources from which operators make Secrets: where each kind names them.

Only the names of Secrets are kept of a spec, and those of the secrets outside from which they
are made; their contents are elsewhere.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec import Struct

from rbacgraph.model.kubernetes.external_secrets import (
    CSI_GROUP,
    ESO_GROUP,
    VSO_GROUP,
    RemoteSecret,
)
from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta
from rbacgraph.model.kubernetes.secret_makers import SecretMaker
from rbacgraph.sources.external.keys import of_external_secret, of_vault_secret
from rbacgraph.sources.external.loose import is_ready
from rbacgraph.sources.external.provider_classes import (
    login_of_class,
    of_provider_class,
    shared_login,
)


class _Kinded(Struct, frozen=True, gc=False):
    kind: str | None = None


class _Target(Struct, frozen=True, gc=False, rename="camel"):
    name: str | None = None
    creation_policy: str | None = None
    manifest: _Kinded | None = None
    template: object = None

    @property
    def adds(self) -> bool:
        """Whether the Secret holds more, or other things, than what is read."""
        return self.template is not None or self.creation_policy in {"Merge", "CreateOrMerge"}


class _Named(Struct, frozen=True, gc=False):
    name: str | None = None
    namespace: str | None = None
    kind: str | None = None


class _Synced(Struct, frozen=True, gc=False, rename="camel"):
    secret_name: str | None = None
    secret_namespace: str | None = None
    data: object = None


class _Output(Struct, frozen=True, gc=False):
    secret: _Named | None = None


class _Acme(Struct, frozen=True, gc=False, rename="camel"):
    private_key_secret_ref: _Named | None = None
    disable_account_key_generation: bool | None = None


class _ExternalSecretSpec(Struct, frozen=True, gc=False, rename="camel"):
    target: _Target | None = None
    secret_store_ref: object = None
    data: object = None
    data_from: object = None


class MakerSpec(Struct, frozen=True, gc=False, rename="camel"):
    """The fields of ``spec`` that name Secrets, or their namespaces, in any kind of the table."""

    secret_name: str | None = None
    target: _Target | None = None
    destination: _Named | None = None
    secret_objects: tuple[_Synced, ...] | None = None
    secret_templates: tuple[_Named, ...] | None = None
    managed_secret: _Named | None = None
    managed_secret_reference: _Synced | None = None
    managed_kube_secret_references: tuple[_Synced, ...] | None = None
    targets: tuple[_Named, ...] | None = None
    output: _Output | None = None
    acme: _Acme | None = None
    external_secret_name: str | None = None
    external_secret_spec: _ExternalSecretSpec | None = None
    namespaces: tuple[str, ...] | None = None
    namespace_selector: LabelSelector | None = None
    namespace_selectors: tuple[LabelSelector, ...] | None = None
    # What is read of stores outside, whatever its shape in other kinds.
    secret_store_ref: object = None
    data: object = None
    data_from: object = None
    provider: object = None
    parameters: object = None
    vault_auth_ref: object = None
    mount: object = None
    path: object = None
    type: object = None
    role: object = None
    issuer_ref: object = None
    namespace: object = None


class _Status(Struct, frozen=True, gc=False, rename="camel"):
    provisioned_namespaces: tuple[str, ...] | None = None
    conditions: object = None


class MakerWire(Object, frozen=True, gc=False, rename="camel"):
    """One of these custom resources in its wire format."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    spec: MakerSpec | None = None
    status: _Status | None = None


class MadeName(NamedTuple):
    """The name of a Secret; without a namespace, the Secret is where its custom resource is."""

    name: str | None
    namespace: str | None = None


_Names = Callable[[MakerSpec, str], Iterable[MadeName]]
"""Returns the names of the Secrets, from a spec and the object's own name."""


def _of_target(target: _Target | None, own: str) -> Iterable[MadeName]:
    if target is not None and (target.creation_policy == "None" or target.manifest is not None):
        return ()
    return (MadeName((target and target.name) or own),)


def _external(spec: MakerSpec, own: str) -> Iterable[MadeName]:
    return _of_target(spec.target, own)


def _external_of_cluster(spec: MakerSpec, own: str) -> Iterable[MadeName]:
    found = spec.external_secret_spec
    target = found.target if found is not None else None
    return _of_target(target, spec.external_secret_name or own)


def _named(spec: MakerSpec, _own: str) -> Iterable[MadeName]:
    return (MadeName(spec.secret_name),)


def _destination(spec: MakerSpec, _own: str) -> Iterable[MadeName]:
    return (MadeName(spec.destination.name),) if spec.destination is not None else ()


def _synced(spec: MakerSpec, _own: str) -> Iterable[MadeName]:
    return [MadeName(one.secret_name) for one in spec.secret_objects or ()]


def _account_key(spec: MakerSpec, _own: str) -> Iterable[MadeName]:
    acme = spec.acme
    if acme is None or acme.disable_account_key_generation or acme.private_key_secret_ref is None:
        return ()
    return (MadeName(acme.private_key_secret_ref.name),)


def _templates(spec: MakerSpec, _own: str) -> Iterable[MadeName]:
    # SOPS may have encrypted the names too: the text is then not the name.
    names = [one.name for one in spec.secret_templates or ()]
    return [MadeName(name) for name in names if name and not name.startswith("ENC[")]


def _managed(spec: MakerSpec, _own: str) -> Iterable[MadeName]:
    found = spec.managed_secret
    return (MadeName(found.name, found.namespace),) if found is not None else ()


def _references(spec: MakerSpec, _own: str) -> Iterable[MadeName]:
    every = (spec.managed_secret_reference, *(spec.managed_kube_secret_references or ()))
    return [MadeName(one.secret_name, one.secret_namespace) for one in every if one is not None]


def _targets(spec: MakerSpec, _own: str) -> Iterable[MadeName]:
    return [MadeName(one.name, one.namespace) for one in spec.targets or () if one.kind == "Secret"]


def _output(spec: MakerSpec, _own: str) -> Iterable[MadeName]:
    found = spec.output.secret if spec.output is not None else None
    return (MadeName(found.name),) if found is not None else ()


def _alike(_spec: MakerSpec, own: str) -> Iterable[MadeName]:
    return (MadeName(own),)


class Making(NamedTuple):
    """One kind from which Secrets are made.

    ``names``: returns the names of its Secrets.
    ``document``: the documentation that says so.
    ``namespaced``: whether it is in a namespace; a Secret whose namespace it does not name is there
        too.
    """

    kind: str
    group: str
    resource: str
    names: _Names
    document: str
    namespaced: bool = True


_VSO = "https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso/api-reference"
_ESO = "https://external-secrets.io/latest/api"
_CERTS = "https://cert-manager.io/docs/reference/api-docs"
_INFISICAL = "https://infisical.com/docs/integrations/platforms/kubernetes"
_GENERATOR = "https://github.com/mittwald/kubernetes-secret-generator#crd-based-secret-generation"

MAKINGS = (
    Making(
        "ExternalSecret",
        "external-secrets.io",
        "externalsecrets",
        _external,
        f"{_ESO}/externalsecret/",
    ),
    Making(
        "ClusterExternalSecret",
        "external-secrets.io",
        "clusterexternalsecrets",
        _external_of_cluster,
        f"{_ESO}/clusterexternalsecret/",
        namespaced=False,
    ),
    Making(
        "Certificate",
        "cert-manager.io",
        "certificates",
        _named,
        f"{_CERTS}/#cert-manager.io/v1.CertificateSpec",
    ),
    Making(
        "Issuer",
        "cert-manager.io",
        "issuers",
        _account_key,
        f"{_CERTS}/#acme.cert-manager.io/v1.ACMEIssuer",
    ),
    Making(
        "SecretProviderClass",
        "secrets-store.csi.x-k8s.io",
        "secretproviderclasses",
        _synced,
        "https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret",
    ),
    *(
        Making(kind, "secrets.hashicorp.com", f"{kind.lower()}s", _destination, f"{_VSO}#{kind}")
        for kind in (
            *("VaultStaticSecret", "VaultDynamicSecret", "VaultPKISecret"),
            "HCPVaultSecretsApp",
        )
    ),
    Making(
        "OnePasswordItem",
        "onepassword.com",
        "onepassworditems",
        _alike,
        "https://developer.1password.com/docs/k8s/operator/",
    ),
    Making(
        "SopsSecret",
        "isindir.github.com",
        "sopssecrets",
        _templates,
        "https://github.com/isindir/sops-secrets-operator#sopssecret-custom-resource-file-creation",
    ),
    *(
        Making(kind, "secrets.infisical.com", f"{kind.lower()}s", names, f"{_INFISICAL}/{page}")
        for kind, names, page in (
            ("InfisicalSecret", _references, "infisical-secret-crd"),
            ("InfisicalDynamicSecret", _references, "infisical-dynamic-secret-crd"),
            ("InfisicalStaticSecret", _targets, "infisical-static-secret-crd"),
        )
    ),
    Making(
        "DopplerSecret",
        "secrets.doppler.com",
        "dopplersecrets",
        _managed,
        "https://docs.doppler.com/docs/kubernetes-operator",
    ),
    Making(
        "AzureKeyVaultSecret",
        "spv.no",
        "azurekeyvaultsecrets",
        _output,
        "https://akv2k8s.io/reference/azure-key-vault-secret/",
    ),
    Making(
        "BitwardenSecret",
        "k8s.bitwarden.com",
        "bitwardensecrets",
        _named,
        "https://bitwarden.com/help/secrets-manager-kubernetes-operator/",
    ),
    Making(
        "VaultSecret",
        "ricoberger.de",
        "vaultsecrets",
        _alike,
        "https://github.com/ricoberger/vault-secrets-operator#usage",
    ),
    *(
        Making(kind, "secretgenerator.mittwald.de", f"{kind.lower()}s", _alike, _GENERATOR)
        for kind in ("StringSecret", "SSHKeyPair", "BasicAuth")
    ),
)
"""The kinds that are read. A SealedSecret and its Secret share a name: see ``kinds.py``.

A ClusterIssuer is not among them: the namespace of its Secret is an option of cert-manager's
controller.
"""

_NAMES = {(making.group, making.kind): making.names for making in MAKINGS}


def _remotes(kind: str, group: str, spec: MakerSpec) -> tuple[RemoteSecret, ...]:
    """Return the secrets of stores outside that a custom resource names."""
    if group == ESO_GROUP:
        of: MakerSpec | _ExternalSecretSpec = spec
        if kind == "ClusterExternalSecret":
            of = spec.external_secret_spec or _ExternalSecretSpec()
        return of_external_secret(
            {"secretStoreRef": of.secret_store_ref, "data": of.data, "dataFrom": of.data_from}
        )
    if group == VSO_GROUP and kind != "HCPVaultSecretsApp":
        fields = {
            "mount": spec.mount,
            "path": spec.path,
            "type": spec.type,
            "role": spec.role,
            "issuerRef": spec.issuer_ref,
            "namespace": spec.namespace,
            "vaultAuthRef": spec.vault_auth_ref,
        }
        return of_vault_secret(kind, fields)
    return of_provider_class(_class_fields(spec)) if group == CSI_GROUP else ()


def _targets_of(spec: MakerSpec) -> tuple[_Target | None, ...]:
    inner = spec.external_secret_spec
    return spec.target, inner.target if inner else None


def _class_fields(spec: MakerSpec) -> dict[str, object]:
    objects = [
        {"secretName": one.secret_name, "data": one.data} for one in spec.secret_objects or ()
    ]
    return {
        "provider": spec.provider,
        "parameters": spec.parameters,
        "secretObjects": objects,
    }


def to_maker(wire: MakerWire) -> SecretMaker:
    """Keep the names of the Secrets that an operator makes from a custom resource.

    Examples
    --------
    >>> spec = MakerSpec(target=_Target(name="db"))
    >>> meta = ObjectMeta(name="own", namespace="shop")
    >>> made = MakerWire(
    ...     kind="ExternalSecret", api_version="external-secrets.io/v1", metadata=meta, spec=spec
    ... )
    >>> to_maker(made).names
    ('db',)
    """
    spec, own = wire.spec or MakerSpec(), wire.metadata.name
    group = wire.api_version.partition("/")[0]
    rule = _NAMES[group, wire.kind]
    made = list(dict.fromkeys(rule(spec, own)))
    provisioned = (wire.status and wire.status.provisioned_namespaces) or ()
    selectors = (spec.namespace_selector, *(spec.namespace_selectors or ()))
    return SecretMaker(
        kind=wire.kind,
        api_version=wire.api_version,
        metadata=wire.metadata,
        names=tuple(name for name, namespace in made if name and not namespace),
        elsewhere=tuple((namespace, name) for name, namespace in made if name and namespace),
        namespaces=tuple(dict.fromkeys((*(spec.namespaces or ()), *provisioned))),
        selected=tuple(selector for selector in selectors if selector is not None),
        remotes=_remotes(wire.kind, group, spec),
        shared_login=shared_login(_class_fields(spec)) if group == CSI_GROUP else "",
        login=login_of_class(_class_fields(spec)) if group == CSI_GROUP else None,
        templated=any(target is not None and target.adds for target in _targets_of(spec)),
        ready=wire.status is not None and is_ready({"conditions": wire.status.conditions}),
    )
