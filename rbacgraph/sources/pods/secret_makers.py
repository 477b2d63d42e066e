"""Custom resources from which operators make Secrets: where each kind names them.

Only the names of Secrets are kept of a spec; their contents are elsewhere.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec import Struct

from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta
from rbacgraph.model.kubernetes.secret_makers import SecretMaker


class _Target(Struct, frozen=True, gc=False, rename="camel"):
    name: str | None = None
    creation_policy: str | None = None


class _Named(Struct, frozen=True, gc=False):
    name: str | None = None


class _Synced(Struct, frozen=True, gc=False, rename="camel"):
    secret_name: str | None = None


class _ExternalSecretSpec(Struct, frozen=True, gc=False):
    target: _Target | None = None


class MakerSpec(Struct, frozen=True, gc=False, rename="camel"):
    """The fields of ``spec`` that name Secrets, or their namespaces, in any kind of the table."""

    secret_name: str | None = None
    target: _Target | None = None
    destination: _Named | None = None
    secret_objects: tuple[_Synced, ...] | None = None
    external_secret_name: str | None = None
    external_secret_spec: _ExternalSecretSpec | None = None
    namespaces: tuple[str, ...] | None = None
    namespace_selector: LabelSelector | None = None
    namespace_selectors: tuple[LabelSelector, ...] | None = None


class _Status(Struct, frozen=True, gc=False, rename="camel"):
    provisioned_namespaces: tuple[str, ...] | None = None


class MakerWire(Object, frozen=True, gc=False, rename="camel"):
    """One of these custom resources in its wire format."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    spec: MakerSpec | None = None
    status: _Status | None = None


Names = Callable[[MakerSpec, str], Iterable[str | None]]
"""Returns the names of the Secrets, from a spec and the object's own name."""


def _of_target(target: _Target | None, own: str) -> Iterable[str | None]:
    if target is not None and target.creation_policy == "None":
        return ()
    return ((target and target.name) or own,)


def _external(spec: MakerSpec, own: str) -> Iterable[str | None]:
    return _of_target(spec.target, own)


def _external_of_cluster(spec: MakerSpec, own: str) -> Iterable[str | None]:
    found = spec.external_secret_spec
    target = found.target if found is not None else None
    return _of_target(target, spec.external_secret_name or own)


def _named(spec: MakerSpec, _own: str) -> Iterable[str | None]:
    return (spec.secret_name,)


def _destination(spec: MakerSpec, _own: str) -> Iterable[str | None]:
    return (spec.destination.name if spec.destination is not None else None,)


def _synced(spec: MakerSpec, _own: str) -> Iterable[str | None]:
    return [one.secret_name for one in spec.secret_objects or ()]


def _alike(_spec: MakerSpec, own: str) -> Iterable[str | None]:
    return (own,)


class Making(NamedTuple):
    """One kind from which Secrets are made.

    Parameters
    ----------
    kind, group, resource:
        The kind, its group and its resource.
    names:
        Returns the names of its Secrets.
    document:
        The documentation that says so.
    namespaced:
        Whether it is in a namespace; its Secrets are then there too.
    """

    kind: str
    group: str
    resource: str
    names: Names
    document: str
    namespaced: bool = True


_VSO = "https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso/api-reference"
_ESO = "https://external-secrets.io/latest/api"

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
        "https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateSpec",
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
)
"""The kinds that are read. A SealedSecret and its Secret share a name: see ``kinds.py``."""

_NAMES = {(making.group, making.kind): making.names for making in MAKINGS}


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
    names = _NAMES[wire.api_version.partition("/")[0], wire.kind]
    provisioned = (wire.status and wire.status.provisioned_namespaces) or ()
    selectors = (spec.namespace_selector, *(spec.namespace_selectors or ()))
    return SecretMaker(
        kind=wire.kind,
        api_version=wire.api_version,
        metadata=wire.metadata,
        names=tuple(dict.fromkeys(name for name in names(spec, own) if name)),
        namespaces=tuple(dict.fromkeys((*(spec.namespaces or ()), *provisioned))),
        selected=tuple(selector for selector in selectors if selector is not None),
    )
