"""Reads which secrets a SecretProviderClass of the Secrets Store CSI driver names.

Sources: vault-csi-provider ``internal/config/config.go``; secrets-store-csi-driver-provider-aws
``README.md``; secrets-store-csi-driver-provider-azure ``pkg/provider/types/types.go``;
secrets-store-csi-driver-provider-gcp ``docs/``.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from rbacgraph.model.kubernetes.external_secrets import (
    AWS_SYSTEM,
    AZURE_SYSTEM,
    GCP_SYSTEM,
    VAULT_SYSTEM,
    RemoteSecret,
    RoleLogin,
)
from rbacgraph.sources.external.addresses import server
from rbacgraph.sources.external.loose import items, mapping, text

_LARGEST = 1 << 20
_VERSION = re.compile(r"projects/([^/]+)/(?:locations/[^/]+/)?secrets/([^/]+)(?:/versions/[^/]+)?")

Parameters = Mapping[str, object]
_Found = Iterator[tuple[str, RemoteSecret]]
"""The names by which the class calls an entry, and the entry."""


def of_provider_class(spec: Mapping[str, object]) -> tuple[RemoteSecret, ...]:
    r"""Return what Pods read by a SecretProviderClass.

    Examples
    --------
    >>> objects = "- objectName: db\n  secretPath: kv/data/prod/db\n  secretKey: password"
    >>> parameters = {"roleName": "web", "objects": objects}
    >>> found = of_provider_class({"provider": "vault", "parameters": parameters})
    >>> [(one.system, one.key) for one in found]
    [('vault', 'kv/data/prod/db')]
    """
    parameters = mapping(spec.get("parameters"))
    read = _READERS.get(text(spec.get("provider")))
    if read is None:
        return ()
    synced = list(_synced(spec))
    found: dict[RemoteSecret, list[str]] = {}
    for name, remote in read(parameters):
        found.setdefault(remote, []).extend(secret for secret, of in synced if name in of)
    return tuple(
        RemoteSecret(
            key=one.key,
            system=one.system,
            place=one.place,
            space=one.space,
            secrets=tuple(dict.fromkeys(filter(None, secrets))),
        )
        for one, secrets in found.items()
    )


def shared_login(spec: Mapping[str, object]) -> str:
    """Return the identity of a login that is the node's, not the Pod's; ``""`` for the Pod's.

    Examples
    --------
    >>> shared_login({"provider": "azure", "parameters": {"useVMManagedIdentity": "true"}})
    'azure:'
    """
    parameters = mapping(spec.get("parameters"))
    provider = text(spec.get("provider"))
    if provider == "azure" and text(parameters.get("useVMManagedIdentity")).lower() == "true":
        return f"azure:{text(parameters.get('userAssignedIdentityID'))}"
    if provider == "gcp" and text(parameters.get("auth")) == "provider-adc":
        return "gcp:"
    return ""


def login_of_class(spec: Mapping[str, object]) -> RoleLogin | None:
    """Return the role of Vault by which the driver logs in for a Pod.

    Examples
    --------
    >>> login_of_class({"provider": "vault", "parameters": {"roleName": "web"}}).mount
    'auth/kubernetes'
    """
    parameters = mapping(spec.get("parameters"))
    role = text(parameters.get("roleName"))
    if text(spec.get("provider")) not in {"vault", "openbao"} or not role:
        return None
    mounts = (text(parameters.get(f"vault{kind}MountPath")) for kind in ("Auth", "Kubernetes"))
    mount = next(filter(None, mounts), "kubernetes").strip("/")
    audience = text(parameters.get("audience"))
    return RoleLogin(
        mount=f"auth/{mount}",
        role=role,
        space=text(parameters.get("vaultNamespace")).strip("/"),
        audiences=(audience,) if audience else (),
    )


def _synced(spec: Mapping[str, object]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the Secrets that are made, each with the entries that it is made of."""
    for one in map(mapping, items(spec.get("secretObjects"))):
        of = frozenset(text(mapping(entry).get("objectName")) for entry in items(one.get("data")))
        yield text(one.get("secretName")), of


def _entries(value: object) -> list[Parameters]:
    """Return the entries of ``objects``: a text in YAML, a list, or a list of texts."""
    from rbacgraph.sources.yaml11 import faults, parser

    written = text(value)
    if not written or len(written) > _LARGEST:
        return []
    try:
        found = parser.load(written).value
        listed = items(mapping(found).get("array")) or items(found)
        return [
            mapping(parser.load(one).value) if isinstance(one, str) else mapping(one)
            for one in listed
        ]
    except (faults.YamlFault, RecursionError):
        return []


def _vault(parameters: Parameters) -> _Found:
    place = server(text(parameters.get("vaultAddress")))
    space = text(parameters.get("vaultNamespace")).strip("/")
    for one in _entries(parameters.get("objects")):
        path = text(one.get("secretPath")).strip("/")
        path = path.removeprefix("v1/")
        if path:
            remote = RemoteSecret(key=path, system=VAULT_SYSTEM, place=place, space=space)
            yield text(one.get("objectName")), remote


def _aws(parameters: Parameters) -> _Found:
    place = text(parameters.get("region"))
    for one in _entries(parameters.get("objects")):
        name = text(one.get("objectName"))
        alias = text(one.get("objectAlias")) or name
        kind = text(one.get("objectType"))
        for written in (name, text(mapping(one, "failoverObject").get("objectName"))):
            if not written:
                continue
            if written.startswith("arn:"):
                key = written
            else:
                service = "ssm" if kind == "ssmparameter" else "secretsmanager"
                key = f"{service}/{written.removeprefix('/') if service == 'ssm' else written}"
            remote = RemoteSecret(key=key, system=AWS_SYSTEM, place=place)
            yield alias, remote


def _azure(parameters: Parameters) -> _Found:
    vault = text(parameters.get("keyvaultName")).lower()
    for one in _entries(parameters.get("objects")):
        name = text(one.get("objectName"))
        # A key and a certificate come without their private part.
        if vault and name and text(one.get("objectType")) in {"secret", ""}:
            remote = RemoteSecret(key=name, system=AZURE_SYSTEM, place=vault)
            yield text(one.get("objectAlias")) or name, remote


def _gcp(parameters: Parameters) -> _Found:
    for one in _entries(parameters.get("secrets")):
        found = _VERSION.fullmatch(text(one.get("resourceName")))
        if found:
            called = text(one.get("fileName")) or text(one.get("path"))
            yield called, RemoteSecret(key=found[2], system=GCP_SYSTEM, place=found[1])


_READERS: dict[str, Callable[[Parameters], _Found]] = {
    "vault": _vault,
    "openbao": _vault,
    "aws": _aws,
    "azure": _azure,
    "gcp": _gcp,
}
