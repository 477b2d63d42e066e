"""The kinds that say where stores are, and what is copied to them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from rbacgraph.model.kubernetes.external_secrets import (
    CLUSTER_GENERATOR,
    CLUSTER_STORE,
    ESO_GROUP,
    GENERATORS_GROUP,
    STORE,
    VAULT_AUTH,
    VAULT_AUTH_GLOBAL,
    VAULT_CONNECTION,
    VSO_GROUP,
    generator_kind,
)
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.sources.external.generators import GENERATORS, GeneratorWire, to_generator
from rbacgraph.sources.external.keys import PushWire, to_push
from rbacgraph.sources.external.stores import StoreWire, to_store


class ExternalKind(NamedTuple):
    """One of these kinds.

    Parameters
    ----------
    kind, group, resource:
        The kind, its group and its resource.
    field:
        The field of the snapshot that keeps it.
    wire, keep:
        The type of its bytes, and the function that makes the model's object.
    namespaced:
        Whether it is in a namespace.
    """

    kind: str
    group: str
    resource: str
    field: str
    wire: type[Object]
    keep: Callable[[Any], Object]
    namespaced: bool = True


EXTERNAL_KINDS = (
    ExternalKind(STORE, ESO_GROUP, "secretstores", "secret_stores", StoreWire, to_store),
    ExternalKind(VAULT_AUTH, VSO_GROUP, "vaultauths", "secret_stores", StoreWire, to_store),
    ExternalKind(
        VAULT_AUTH_GLOBAL, VSO_GROUP, "vaultauthglobals", "secret_stores", StoreWire, to_store
    ),
    ExternalKind(
        VAULT_CONNECTION, VSO_GROUP, "vaultconnections", "secret_stores", StoreWire, to_store
    ),
    ExternalKind(
        CLUSTER_STORE,
        ESO_GROUP,
        "clustersecretstores",
        "cluster_secret_stores",
        StoreWire,
        to_store,
        namespaced=False,
    ),
    ExternalKind("PushSecret", ESO_GROUP, "pushsecrets", "secret_pushes", PushWire, to_push),
    ExternalKind(
        "ClusterPushSecret",
        ESO_GROUP,
        "clusterpushsecrets",
        "cluster_secret_pushes",
        PushWire,
        to_push,
        namespaced=False,
    ),
    *(
        ExternalKind(
            generator_kind(kind),
            GENERATORS_GROUP,
            resource,
            "secret_stores",
            GeneratorWire,
            to_generator,
        )
        for kind, resource in GENERATORS.items()
    ),
    ExternalKind(
        CLUSTER_GENERATOR,
        GENERATORS_GROUP,
        "clustergenerators",
        "cluster_secret_stores",
        GeneratorWire,
        to_generator,
        namespaced=False,
    ),
)
