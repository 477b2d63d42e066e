"""Flux: what it applies, from which sources, and as whom.

Sources: kustomize-controller ``api/v1/kustomization_types.go``; helm-controller
``api/v2/{helmrelease,reference}_types.go``; source-controller ``api/v1/*_types.go``.
"""

from msgspec import Struct

from rbacgraph.model.kubernetes.meta import Object, ObjectMeta

KUSTOMIZE_GROUP = "kustomize.toolkit.fluxcd.io"
HELM_GROUP = "helm.toolkit.fluxcd.io"
SOURCE_GROUP = "source.toolkit.fluxcd.io"

KUSTOMIZATION = "Kustomization"
HELM_RELEASE = "HelmRelease"
HELM_CHART = "HelmChart"

SOURCES = {
    "GitRepository": "gitrepositories",
    "OCIRepository": "ocirepositories",
    "Bucket": "buckets",
    "HelmRepository": "helmrepositories",
    HELM_CHART: "helmcharts",
}
"""The kinds of sources, each with its resource."""


class FluxReference(Struct, frozen=True, omit_defaults=True):
    """An object that another one names; the namespace ``""`` is that one's own."""

    kind: str
    namespace: str
    name: str


class FluxApplier(Object, frozen=True, gc=False, rename="camel"):
    """A Kustomization or a HelmRelease of Flux.

    ``account``: the ServiceAccount of its namespace that Flux acts as; ``""`` for none.
    ``source``: where its manifests or its chart are.
    ``values``: the ConfigMaps and Secrets of its namespace that it takes values or variables from.
    ``remote``: whether it applies to another cluster, or to this one by a kubeconfig.
    """

    kind: str
    api_version: str
    metadata: ObjectMeta
    account: str = ""
    source: FluxReference | None = None
    values: tuple[FluxReference, ...] = ()
    remote: bool = False


class FluxSource(Object, frozen=True, gc=False, rename="camel"):
    """A source of Flux.

    ``secret``: the Secret of its namespace by which Flux logs in; ``""`` for none.
    ``source``: of a HelmChart, where it is.
    """

    kind: str
    api_version: str
    metadata: ObjectMeta
    secret: str = ""
    source: FluxReference | None = None
