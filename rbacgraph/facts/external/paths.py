"""Builds the path of a secret in its store as operators do.

Source: external-secrets ``providers/v1/vault/client_get.go`` (``buildPath``),
``providers/v1/{aws,azure,gcp}``.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple, Protocol

from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.kubernetes.external_secrets import (
    AWS_SYSTEM,
    AZURE_SYSTEM,
    CLUSTER_GENERATOR,
    GCP_SYSTEM,
    THIS_CLUSTER,
    VAULT_AUTH,
    VAULT_SYSTEM,
    RemoteSecret,
    SecretStore,
)
from rbacgraph.model.node import AWS, AZURE, EXTERNAL, GCP, SECRET, VAULT
from rbacgraph.stores.aws.arns import arn_parts

KIND_OF = {
    VAULT_SYSTEM: VAULT,
    AWS_SYSTEM: AWS,
    AZURE_SYSTEM: AZURE,
    GCP_SYSTEM: GCP,
    THIS_CLUSTER: SECRET,
}
"""The kind of node of a system's secrets."""

_MADE = re.compile(r"-(?![a-z]{6}$)[A-Za-z0-9]{6}$")
_OTHER_OBJECTS = ("key/", "cert/")


class Place(NamedTuple):
    """A secret in a store: the kind of its node, the store's address, and its path."""

    kind: str
    address: str
    path: str


class StoreNames(Protocol):
    """The names of the secrets of a store; made of its dump."""

    @property
    def places(self) -> Collection[Place]:
        """The place of every secret of the dump."""

    def canonical(self, place: Place) -> Place:
        """Return the place of the dump that an object means; the same if there is none."""

    def called(self, text: str) -> Place | None:
        """Return the place of a secret by a name that is no path, if there is one."""


def vault_path(mount: str, version: str, key: str) -> str:
    """Return the path in Vault that External Secrets reads for a key.

    Examples
    --------
    >>> vault_path("kv", "v2", "prod/db"), vault_path("", "v2", "kv/prod/db")
    ('kv/data/prod/db', 'kv/data/prod/db')
    >>> vault_path("kv", "v2", "kv/data/prod/db"), vault_path("kv", "v1", "prod/db")
    ('kv/data/prod/db', 'kv/prod/db')
    """
    data = ("data",) if version == "v2" else ()
    if mount:
        if key.startswith(f"{mount}/"):
            key = key.removeprefix(f"{mount}/")
            key = key.removeprefix("data/") if data else key
        return "/".join((mount, *data, key))
    if data and "/data/" not in key:
        first, _, rest = key.partition("/")
        return "/".join((first, *data, *((rest,) if rest else ())))
    return key


def place_in(store: SecretStore, address: str, remote: RemoteSecret) -> Place | None:
    """Return a secret of the store that an object stands for; None if it is no secret."""
    system, key = store.system, remote.key
    if system == VAULT_SYSTEM:
        if store.kind != VAULT_AUTH:
            key = vault_path(store.prefix, store.version, key)
        space = remote.space or store.space
        return Place(VAULT, address, f"{space}/{key}" if space else key)
    if system == AWS_SYSTEM:
        whole = key if key.startswith("arn:") else f"{store.prefix}{key}"
        return Place(AWS, address, whole.replace("ssm//", "ssm/", 1))
    if system == AZURE_SYSTEM:
        name = key.removeprefix("secret/")
        vault = f"{address}/{name}".lower()  # Key Vault compares its names without case
        return None if key.startswith(_OTHER_OBJECTS) else Place(AZURE, "", vault)
    if system == GCP_SYSTEM:
        return Place(GCP, "", f"{address}/{key}" if address else key)
    return Place(EXTERNAL, address, f"{store.provider}/{store.prefix}{key}")


def generated(store: SecretStore | None, remote: RemoteSecret, namespace: str) -> Place | None:
    """Return what a generator asks for; None if it makes its values up.

    Of a generator that is not in the input, only the name is known.
    """
    kind = remote.store if store is None else store.provider
    if store is not None and not store.system:
        return None
    if store is not None and store.system == VAULT_SYSTEM:
        path = f"{store.space}/{store.prefix}" if store.space else store.prefix
        return Place(VAULT, store.place, path) if store.prefix else None
    home = "" if remote.store == CLUSTER_GENERATOR else namespace
    return Place(EXTERNAL, home, f"{kind}/{remote.key}")


def place_of(remote: RemoteSecret) -> Place | None:
    """Return a secret that a resource names completely, as SecretProviderClasses do."""
    kind = KIND_OF.get(remote.system)
    if kind is None:
        return None
    if kind in {AZURE, GCP}:
        path = f"{remote.place}/{remote.key}"
        return Place(kind, "", path.lower() if kind == AZURE else path)
    path = f"{remote.space}/{remote.key}" if remote.space else remote.key
    return Place(kind, remote.place, path)


def place_of_arn(arn: str) -> Place | None:
    """Return the place that an ARN means where no dump shows the secret; None for another ARN.

    Six letters at the end are the suffix that Secrets Manager makes, unless all are small letters:
    of 200 suffixes one is so, and many names end with a word.
    """
    _, _, service, region, account, rest = arn_parts(arn)
    if service == "ssm" and rest.startswith("parameter/"):
        return Place(AWS, f"{account}/{region}", f"ssm/{rest.removeprefix('parameter/')}")
    if service != "secretsmanager" or not rest.startswith("secret:"):
        return None
    name = _MADE.sub("", rest.removeprefix("secret:"))
    return Place(AWS, f"{account}/{region}", f"secretsmanager/{name}")


def meant_by(place: Place, addresses: Collection[str]) -> Iterator[tuple[str, Condition]]:
    """Yield the addresses that a place may be at, of those at which the input names its path.

    Source: an address is ``ACCOUNT/REGION``, or what is known of it.
    """
    said = set(filter(None, place.address.split("/")))
    fuller = [one for one in addresses if said < set(one.split("/"))]
    fullest = [
        one for one in fuller if not any(set(one.split("/")) < set(m.split("/")) for m in fuller)
    ]
    for one in fullest:
        yield one, If.AWS_SECRET_IS_THERE(place.path, one)
    if not fullest:
        yield place.address, CERTAIN
