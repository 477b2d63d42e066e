"""The kinds of Flux that say what it applies: where each is decoded and kept."""

from rbacgraph.model.kubernetes.flux import (
    HELM_GROUP,
    HELM_RELEASE,
    KUSTOMIZATION,
    KUSTOMIZE_GROUP,
    SOURCE_GROUP,
    SOURCES,
)
from rbacgraph.sources.gitops.flux import FluxWire, to_applier, to_source
from rbacgraph.sources.kept_kind import KeptKind

_HIDES = "what Flux applies, from which sources, and as whom"

FLUX_KINDS = (
    KeptKind(
        KUSTOMIZATION,
        (KUSTOMIZE_GROUP,),
        "kustomizations",
        "flux_appliers",
        FluxWire,
        to_applier,
        _HIDES,
    ),
    KeptKind(
        HELM_RELEASE,
        (HELM_GROUP,),
        "helmreleases",
        "flux_appliers",
        FluxWire,
        to_applier,
        _HIDES,
    ),
    *(
        KeptKind(kind, (SOURCE_GROUP,), resource, "flux_sources", FluxWire, to_source, _HIDES)
        for kind, resource in SOURCES.items()
    ),
)
