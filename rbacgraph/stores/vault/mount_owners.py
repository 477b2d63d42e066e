"""Whose ServiceAccounts an auth mount admits: this cluster's, or those of another one.

Only what a server would check proves an answer. Source: ``path_login.go`` of
``hashicorp/vault-plugin-auth-kubernetes`` and of ``hashicorp/vault-plugin-auth-jwt``;
``pkg/serviceaccount/jwt.go`` of Kubernetes.
"""

import ipaddress
from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from typing import NamedTuple
from urllib.parse import urlsplit

from rbacgraph.model.inputs.snapshot import IN_CLUSTER, Snapshot
from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry

__all__ = ["MountOwner", "OwnerSign", "Ownership", "mount_owners", "owners_in"]

MountKey = tuple[str, str]
"""The namespace of Vault and the path of a mount: ``("", "auth/kubernetes")``."""

LEGACY_ISSUER = "kubernetes/serviceaccount"
"""The issuer of every token that a Secret holds, whatever the API server's flags say."""

_CONFIG = "/config"
_KEY_PATHS = ("openid/v1/jwks", "jwks", "keys")
"""Where API servers, GKE and EKS publish the keys of an issuer, below its URL."""

_PORTS = {"https": 443, "http": 80}


class MountOwner(Enum):
    """Whose ServiceAccounts a mount admits."""

    THIS = "this cluster"
    ANOTHER = "another cluster"
    UNKNOWN = "unknown"


class OwnerSign(Enum):
    """What shows whose a mount is."""

    STATED = "stated"
    HOST = "kubernetes_host"
    ISSUER = "issuer"
    NOTHING = "nothing"


class Ownership(NamedTuple):
    """Whose ServiceAccounts a mount admits, and what shows it.

    ``sign``, ``value``: what shows it: the host or the issuer that the mount's configuration names.
    """

    owner: MountOwner = MountOwner.UNKNOWN
    sign: OwnerSign = OwnerSign.NOTHING
    value: str = ""


def owners_in(
    snapshot: Snapshot, dump: VaultDump, stated: Iterable[str] = ()
) -> Mapping[MountKey, Ownership]:
    """Return whose each auth mount of a dump of the input is.

    ``stated``: more mounts that the caller says are this cluster's: see :func:`mount_owners`.
    """
    collected = snapshot.collected
    # The address of the API server within a Pod is the same in many clusters.
    server = collected.server if collected and collected.context != IN_CLUSTER else ""
    said = (*snapshot.own_mounts(dump), *stated)
    return mount_owners(dump, server=server, issuers=snapshot.issuers, stated=said)


def mount_owners(
    dump: VaultDump,
    *,
    server: str = "",
    issuers: Collection[str] = (),
    stated: Iterable[str] = (),
) -> Mapping[MountKey, Ownership]:
    """Return whose each auth mount of a dump is.

    A mount is this cluster's if the caller says so, if its ``kubernetes_host`` is the address of
    the API server, or if it asks for an issuer that only this cluster has. It is another cluster's
    if it asks for an issuer that is none of this cluster's. Another ``kubernetes_host`` proves
    nothing: an API server has several addresses. Nor does an issuer that many clusters share, as
    kubeadm's ``https://kubernetes.default.svc.cluster.local``, show that a mount is this cluster's.

    ``server``: the address at which rbacgraph asked the API server; ``""`` if it did not.
    ``issuers``: every issuer of this cluster's tokens; none if they are not known.
    ``stated``: the mounts that the caller says are this cluster's, as ``kubernetes``,
        ``auth/kubernetes`` or, in a namespace of Vault, ``team/auth/kubernetes``.
    They are by namespace and path. A mount is unknown if nothing shows whose it is.

    Examples
    --------
    >>> config = VaultEntry("", "auth/jwt/config", {"bound_issuer": "https://a.example"})
    >>> dump = VaultDump(entries=(config,))
    >>> mount_owners(dump, issuers=["https://b.example"])["", "auth/jwt"].owner
    <MountOwner.ANOTHER: 'another cluster'>
    """
    said = {_stated_key(one) for one in stated}
    configs = {
        (entry.namespace, entry.path.removesuffix(_CONFIG)): entry
        for entry in dump.entries
        if entry.path.startswith("auth/") and entry.path.endswith(_CONFIG)
    }
    mounts = {(one.namespace, one.path) for one in dump.mounts if one.path.startswith("auth/")}
    roles = {
        (entry.namespace, entry.path.rpartition("/role/")[0])
        for entry in dump.entries
        if entry.path.startswith("auth/") and "/role/" in entry.path
    }
    return {
        key: Ownership(MountOwner.THIS, OwnerSign.STATED)
        if key in said
        else _shown_by(configs.get(key), server, issuers)
        for key in sorted({*configs, *mounts, *roles, *said})
    }


def _stated_key(mount: str) -> MountKey:
    path = mount.strip("/")
    namespace, auth, name = f"/{path}".rpartition("/auth/")
    return (namespace.strip("/"), f"auth/{name}") if auth else ("", f"auth/{path}")


def _shown_by(config: VaultEntry | None, server: str, issuers: Collection[str]) -> Ownership:
    if config is None:
        return Ownership()
    bound = _bound_issuer(config)
    known = {one.rstrip("/") for one in (*issuers, LEGACY_ISSUER)}
    refuses = bool(issuers and bound) and bound.rstrip("/") not in known
    own = _own_sign(config, bound, server, issuers)
    if refuses:  # by its host it may be this cluster's, whose tokens it then refuses
        another = Ownership(MountOwner.ANOTHER, OwnerSign.ISSUER, bound)
        return Ownership() if own else another
    return own or Ownership()


def _own_sign(
    config: VaultEntry, bound: str, server: str, issuers: Collection[str]
) -> Ownership | None:
    """Return what shows that a mount is this cluster's."""
    host = _field(config, "kubernetes_host")
    origin = _origin(server)
    if host and origin and origin == _origin(host):
        return Ownership(MountOwner.THIS, OwnerSign.HOST, host)
    own = [one for one in issuers if _only_one_has(one)]
    if bound in own:
        return Ownership(MountOwner.THIS, OwnerSign.ISSUER, bound)
    for address in (_field(config, "oidc_discovery_url"), _field(config, "jwks_url")):
        if any(_publishes(address, one) for one in own):
            return Ownership(MountOwner.THIS, OwnerSign.ISSUER, address)
    return None


def _bound_issuer(config: VaultEntry) -> str:
    """Return the issuer that the server compares with a token's; ``""`` if it compares none."""
    if config.data.get("disable_iss_validation") is False:
        return _field(config, "issuer")
    return _field(config, "bound_issuer")


def _publishes(address: str, issuer: str) -> bool:
    """Whether a URL is that of an issuer, of its configuration or of its keys."""
    base = issuer.rstrip("/")
    found = address.rstrip("/")
    return found == base or found in {f"{base}/{path}" for path in _KEY_PATHS}


def _field(config: VaultEntry, name: str) -> str:
    value = config.data.get(name)
    return value if isinstance(value, str) else ""


def _only_one_has(issuer: str) -> bool:
    """Whether an issuer is a name that no two clusters share."""
    parts = _split(issuer)
    if parts is None or parts[0] not in _PORTS or _is_local(parts[1]):
        return False
    try:
        return ipaddress.ip_address(parts[1]).is_global
    except ValueError:
        return "." in parts[1]


def _origin(address: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port; None if they depend on who looks."""
    parts = _split(address)
    if parts is None or not parts[1] or _is_local(parts[1]):
        return None
    scheme, host, port = parts
    return scheme, host, port or _PORTS.get(scheme, 0)


def _is_local(host: str) -> bool:
    """Whether a name stands for another server in each cluster, or on each machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = host.startswith("kubernetes.default") or host in {"localhost", "kubernetes"}
        return own or host.endswith((".svc", ".cluster.local", ".localhost"))


def _split(address: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(address)
        return parts.scheme.lower(), (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
