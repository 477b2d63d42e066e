"""Reduces Kustomizations, HelmReleases and sources of Flux.

Parts of another shape than Flux's own count as not there.
"""

from collections.abc import Iterator, Mapping

from rbacgraph.model.kubernetes.flux import KUSTOMIZATION, FluxApplier, FluxReference, FluxSource
from rbacgraph.sources.external.loose import LooseObject, items, mapping, text

_VALUES = frozenset({"ConfigMap", "Secret"})


def to_applier(wire: LooseObject) -> FluxApplier:
    """Keep of a Kustomization or HelmRelease where its content is, and as whom it is applied.

    Examples
    --------
    >>> from rbacgraph.model.kubernetes.meta import ObjectMeta
    >>> found = to_applier(
    ...     LooseObject(
    ...         kind="HelmRelease",
    ...         api_version="helm.toolkit.fluxcd.io/v2",
    ...         metadata=ObjectMeta("web", "shop"),
    ...         spec={
    ...             "chartRef": {"kind": "OCIRepository", "name": "charts"},
    ...             "serviceAccountName": "ci",
    ...         },
    ...     )
    ... )
    >>> found.source, found.account
    (FluxReference(kind='OCIRepository', namespace='', name='charts'), 'ci')
    """
    spec = mapping(wire.spec)
    if wire.kind == KUSTOMIZATION:
        source, values = spec.get("sourceRef"), mapping(spec, "postBuild").get("substituteFrom")
    else:
        source = spec.get("chartRef") or mapping(spec, "chart", "spec").get("sourceRef")
        values = spec.get("valuesFrom")
    return FluxApplier(
        kind=wire.kind,
        api_version=wire.api_version,
        metadata=wire.metadata,
        account=text(spec.get("serviceAccountName")),
        source=_reference(mapping(source)),
        values=tuple(dict.fromkeys(_values(items(values)))),
        remote=bool(mapping(spec, "kubeConfig")),
    )


def to_source(wire: LooseObject) -> FluxSource:
    """Keep of a source by which Secret Flux logs in, and where a chart is."""
    spec = mapping(wire.spec)
    return FluxSource(
        kind=wire.kind,
        api_version=wire.api_version,
        metadata=wire.metadata,
        secret=text(mapping(spec, "secretRef").get("name")),
        source=_reference(mapping(spec, "sourceRef")),
    )


def _reference(value: Mapping[str, object]) -> FluxReference | None:
    kind, name = text(value.get("kind")), text(value.get("name"))
    return FluxReference(kind, text(value.get("namespace")), name) if kind and name else None


def _values(value: list[object]) -> Iterator[FluxReference]:
    for one in map(mapping, value):
        kind, name = text(one.get("kind")), text(one.get("name"))
        if kind in _VALUES and name:
            yield FluxReference(kind, "", name)
