"""Point a source of Flux at the attacker's server: Flux applies what it finds there.

Precondition
    - One rule with update or patch on a source of Flux: gitrepositories, ocirepositories, buckets,
      helmrepositories or helmcharts (source.toolkit.fluxcd.io).
    - A Kustomization or HelmRelease takes that source, also from another namespace.
    - Flux runs, and reaches the attacker's server. Its controllers heed the namespaces of both, as
      they do without --watch-all-namespaces=false. The writer changes secretRef, verify and ref
      too, so that neither a login nor a signature stands in the way.
    What is applied has the rights of the ServiceAccount that the Kustomization or HelmRelease names
    (spec.serviceAccountName), of the controller's --default-service-account in that namespace, or
    else of the controller. Where the input lacks these objects, rbacgraph expects one that names
    no account.
Variants
    - helmcharts: those that a HelmRelease names in spec.chartRef. The charts that Flux makes for
      spec.chart are changed back.
    - Who may write to the repository itself: see source-credential.
Use
    kubectl patch gitrepository flux-system -n flux-system --type merge -p '{"spec": {"url": URL,
    "secretRef": null, "ref": {"branch": "main"}}}'
Close
    Treat writes of sources as the rights of what applies them. The shipped manifests give the roles
    edit and admin these rights: keep them out of Flux's own namespace, and run the controllers
    with --default-service-account and --no-cross-namespace-refs.
References
    https://fluxcd.io/flux/installation/configuration/multitenancy/
    https://fluxcd.io/flux/security/
    https://fluxcd.io/flux/components/source/gitrepositories/
    kustomize-controller internal/controller/kustomization_controller.go
    MITRE ATT&CK T1195.002 (compromise software supply chain)
"""

from collections.abc import Iterator

from rbacgraph.facts.gitops.flux import Flux
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.flux import (
    HELM_CHART,
    HELM_RELEASE,
    KUSTOMIZATION,
    SOURCE_GROUP,
    SOURCES,
    FluxReference,
)
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed, where

_CHARTS_ALONE = frozenset({"HelmRepository", HELM_CHART})


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    if match.names and not match.exact_names:
        return
    flux, found = world.part(Flux), dict[Node, Condition]()
    for kind, resource in SOURCES.items():
        if resource in match.resources:
            for node, condition in _of_kind(world, flux, kind, scope, match):
                found[node] = min(condition, found.get(node, condition))
    yield from found.items()


def _of_kind(world: Facts, flux: Flux, kind: str, scope: str, match: Match) -> Iterator[Target]:
    for source, appliers in flux.by_source.items():
        there = _there(world, flux, source)
        fetched = flux.heeds(SOURCE_GROUP, source.namespace)
        if source.kind == kind and fetched and there is not None and _reaches(scope, match, source):
            fetches = both(there, If.FLUX_FETCHES_SOURCE())
            for applier in appliers:
                for node, exists in flux.identities(applier):
                    yield node, both(exists, fetches)
    if scope and not flux.heeds(SOURCE_GROUP, scope):
        return
    if world.snapshot.is_listed(kind, scope) and not any(
        source.kind == kind and _reaches(scope, match, source) for source in flux.sources
    ):
        return
    appliers_of = (HELM_RELEASE,) if kind in _CHARTS_ALONE else (KUSTOMIZATION, HELM_RELEASE)
    for applying in appliers_of:
        for node, unseen in flux.unseen(applying, ""):
            yield node, both(unseen, If.FLUX_FETCHES_SOURCE())


def _reaches(scope: str, match: Match, source: FluxReference) -> bool:
    inside = scope in {"", source.namespace}
    return inside and (not match.names or source.name in match.exact_names)


def _there(world: Facts, flux: Flux, source: FluxReference) -> Condition | None:
    """Return the condition on which a source exists that something takes; None if it does not."""
    if source in flux.sources:
        return CERTAIN
    listed_all = world.snapshot.is_listed(source.kind, source.namespace)
    return None if listed_all else If.OBJECT_IS_THERE(source.name)


def _words(scope: str, match: Match) -> str:
    names = f" {', '.join(match.exact_names)}" if match.names else ""
    resources = [one for one in SOURCES.values() if one in match.resources]
    return f"can {listed(match.verbs)} Flux's {listed(resources)}{names} {where(scope)}"


EDGE = RuleEdge(
    id="flux-source",
    summary="Flux applies what it finds where a changed source points",
    page=__doc__,
    effort=7,  # a server of the attacker's, and an object that visibly points there
    certainty="always conditional: on Flux, and on the way to the attacker's server",
    rights=tuple(Right(("update", "patch"), SOURCE_GROUP, one) for one in SOURCES.values()),
    targets=_targets,
    words=_words,
)
