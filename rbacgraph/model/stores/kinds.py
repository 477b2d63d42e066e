"""The stores outside of which rbacgraph reads dumps, a row each.

Nothing else names a store but what its row names. That is imported once an input holds such a dump.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

from rbacgraph.model.node import AWS, AZURE, GCP, VAULT


class StoreKind(NamedTuple):
    """One store.

    ``kind``: of the nodes of its secrets, and of its dump in a snapshot.
    ``title``: in sentences.
    ``files``: what the name of a file of a dump matches; the reader decides.
    ``dump``: the record in a snapshot, as ``module:name``, as in what follows.
    ``reader``: a :class:`~rbacgraph.sources.objects.dumps.DumpReader`.
    ``names``: :class:`~rbacgraph.facts.external.paths.StoreNames`; ``""`` if paths have one name.
    ``store``: a :class:`~rbacgraph.facts.external.stores.DumpedStore`.
    """

    kind: str
    title: str
    files: str
    dump: str
    reader: str
    names: str
    store: str


KINDS: tuple[StoreKind, ...] = (
    StoreKind(
        VAULT,
        "Vault",
        r"(?:^|[/\\])vault[/\\]|\.hcl(?:\.gz|\.zst)?$",
        "rbacgraph.model.stores.vault_dump:VaultDump",
        "rbacgraph.sources.vault.read_dump:VaultDumps",
        "",
        "rbacgraph.facts.external.vault_stores:VaultStores",
    ),
    StoreKind(
        AWS,
        "AWS",
        r"(?:^|[/\\])aws[/\\]",
        "rbacgraph.model.stores.aws_dump:AwsDump",
        "rbacgraph.sources.aws.read_dump:AwsReader",
        "rbacgraph.facts.external.aws_names:AwsNames",
        "rbacgraph.facts.external.aws_stores:AwsStores",
    ),
    StoreKind(
        AZURE,
        "Azure",
        r"(?:^|[/\\])azure[/\\]",
        "rbacgraph.model.stores.azure_dump:AzureDump",
        "rbacgraph.sources.clouds.azure:AzureReader",
        "rbacgraph.facts.external.cloud_stores:AzureNames",
        "rbacgraph.facts.external.cloud_stores:AzureStores",
    ),
    StoreKind(
        GCP,
        "Google Cloud",
        r"(?:^|[/\\])gcp[/\\]",
        "rbacgraph.model.stores.gcp_dump:GcpDump",
        "rbacgraph.sources.clouds.gcp:GcpReader",
        "rbacgraph.facts.external.cloud_stores:GcpNames",
        "rbacgraph.facts.external.cloud_stores:GcpStores",
    ),
)
"""In the order in which readers are asked, and in which answers name what dumps lack."""


def opened(name: str) -> Any:  # noqa: ANN401 - whatever a row names
    """Return what a row names, imported now."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def dumped(dumps: Mapping[str, object]) -> list[StoreKind]:
    """Return the rows of the stores of which there are dumps."""
    return [row for row in KINDS if dumps.get(row.kind)]
