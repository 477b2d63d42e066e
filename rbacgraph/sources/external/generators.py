"""Reads generators of External Secrets: which asks what, and as whom.

A generator's ``auth`` is that of a store of the same system, with names of its own namespace
alone; those of a ClusterGenerator are looked up where the ExternalSecret is.

Sources: external-secrets ``apis/generators/v1alpha1/types_*.go``, ``generators/v1/*/*.go``,
``runtime/esutils/resolvers/generator.go``.
"""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.model.kubernetes import external_secrets
from rbacgraph.sources.external.loose import LooseObject, mapping, text
from rbacgraph.sources.external.stores import identities, where

VAULT_GENERATOR = "VaultDynamicSecret"
MADE_UP = frozenset({"", "Password", "UUID", "SSHKey", "Fake", "MFA"})
"""Generators whose values come from nowhere else; MFA's from a Secret of the cluster."""

_AS_CONTROLLER = frozenset(
    {"ACRAccessToken", "ECRAuthorizationToken", "GCRAccessToken", "STSSessionToken"}
) | {VAULT_GENERATOR}
"""Generators that log in as the controller itself if they name nobody."""


class _Meant(NamedTuple):
    kind: str
    spec: Mapping[str, object]


def to_generator(wire: LooseObject) -> external_secrets.SecretStore:
    """Keep of a generator what it asks, and as whom.

    Examples
    --------
    >>> from rbacgraph.model.kubernetes.meta import ObjectMeta
    >>> spec = {"path": "/pki/issue/web", "provider": {"server": "https://vault.example.com"}}
    >>> found = to_generator(
    ...     LooseObject(
    ...         kind="VaultDynamicSecret",
    ...         api_version="generators.external-secrets.io/v1alpha1",
    ...         metadata=ObjectMeta("pki"),
    ...         spec=spec,
    ...     )
    ... )
    >>> found.system, found.place, found.prefix, found.own
    ('vault', 'vault.example.com', 'pki/issue/web', True)
    """
    kind, spec = _meant(wire)
    found = external_secrets.SecretStore(
        kind=external_secrets.generator_kind(wire.kind),
        api_version=wire.api_version,
        metadata=wire.metadata,
        provider=kind,
        controller=text(spec.get("controller")),
    )
    if kind in MADE_UP:
        return found
    provider = mapping(spec, "provider") or spec
    accounts, credentials = _identities(kind, provider)
    found = replace(
        found,
        system=kind,
        accounts=accounts,
        credentials=credentials,
        own=kind in _AS_CONTROLLER and not accounts and not credentials,
    )
    if kind != VAULT_GENERATOR:
        return found
    there = where("vault", provider)
    path = text(spec.get("path")).strip("/")
    return replace(
        found,
        system=external_secrets.VAULT_SYSTEM,
        place=there.place,
        space=there.space,
        prefix=path,
    )


def _meant(wire: LooseObject) -> _Meant:
    """Return the kind and the spec of a generator, or of the one in a ClusterGenerator."""
    kind = wire.kind.removesuffix(f".{external_secrets.GENERATORS_GROUP}")
    spec = mapping(wire.spec)
    if kind != external_secrets.CLUSTER_GENERATOR:
        return _Meant(kind, spec)
    inner = [mapping(one) for one in mapping(spec, "generator").values()]
    return _Meant(text(spec.get("kind")), inner[0] if len(inner) == 1 else {})


def _identities(
    kind: str, body: Mapping[str, object]
) -> tuple[tuple[external_secrets.ObjectName, ...], tuple[external_secrets.ObjectName, ...]]:
    """Return the ServiceAccounts and the Secrets that log in."""
    if kind == "Grafana":  # its serviceAccount is one of Grafana's own
        body = mapping(body, "auth")
    return identities(body)
