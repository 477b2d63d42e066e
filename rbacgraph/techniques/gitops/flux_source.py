"""Point a source of Flux at the attacker's server: Flux applies what it finds there."""

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
    effort=7,  # a server of the attacker's, and an object that visibly points there
    certainty="always conditional: on Flux, and on the way to the attacker's server",
    rights=tuple(Right(("update", "patch"), SOURCE_GROUP, one) for one in SOURCES.values()),
    targets=_targets,
    words=_words,
)
