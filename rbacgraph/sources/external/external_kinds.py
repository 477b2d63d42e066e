"""The kinds that say where stores are, and what is copied to them."""

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
from rbacgraph.sources.external.generators import GENERATORS, GeneratorWire, to_generator
from rbacgraph.sources.external.keys import PushWire, to_push
from rbacgraph.sources.external.stores import StoreWire, to_store
from rbacgraph.sources.kept_kind import KeptKind

_HIDES = "who reads which secrets of stores outside the cluster"

EXTERNAL_KINDS = (
    KeptKind(STORE, (ESO_GROUP,), "secretstores", "secret_stores", StoreWire, to_store, _HIDES),
    KeptKind(VAULT_AUTH, (VSO_GROUP,), "vaultauths", "secret_stores", StoreWire, to_store, _HIDES),
    KeptKind(
        VAULT_AUTH_GLOBAL,
        (VSO_GROUP,),
        "vaultauthglobals",
        "secret_stores",
        StoreWire,
        to_store,
        _HIDES,
    ),
    KeptKind(
        VAULT_CONNECTION,
        (VSO_GROUP,),
        "vaultconnections",
        "secret_stores",
        StoreWire,
        to_store,
        _HIDES,
    ),
    KeptKind(
        CLUSTER_STORE,
        (ESO_GROUP,),
        "clustersecretstores",
        "cluster_secret_stores",
        StoreWire,
        to_store,
        _HIDES,
        namespaced=False,
    ),
    KeptKind("PushSecret", (ESO_GROUP,), "pushsecrets", "secret_pushes", PushWire, to_push, _HIDES),
    KeptKind(
        "ClusterPushSecret",
        (ESO_GROUP,),
        "clusterpushsecrets",
        "cluster_secret_pushes",
        PushWire,
        to_push,
        _HIDES,
        namespaced=False,
    ),
    *(
        KeptKind(
            generator_kind(kind),
            (GENERATORS_GROUP,),
            resource,
            "secret_stores",
            GeneratorWire,
            to_generator,
            _HIDES,
        )
        for kind, resource in GENERATORS.items()
    ),
    KeptKind(
        CLUSTER_GENERATOR,
        (GENERATORS_GROUP,),
        "clustergenerators",
        "cluster_secret_stores",
        GeneratorWire,
        to_generator,
        _HIDES,
        namespaced=False,
    ),
)
