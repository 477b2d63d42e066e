"""Change a ConfigMap or Secret from which Flux takes values of what it applies."""

from collections.abc import Iterator

from rbacgraph.facts.gitops.flux import Flux
from rbacgraph.facts.object_names import may_be_made
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.flux import FluxReference
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.rights_to_write import rule_writes
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed, where

_RESOURCES = {"ConfigMap": "configmaps", "Secret": "secrets"}


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    flux, found = world.part(Flux), dict[Node, Condition]()
    for values, appliers in flux.by_values.items():
        if scope not in {"", values.namespace} or _RESOURCES[values.kind] not in match.resources:
            continue
        writes = _writes(world, flux, values, match)
        for applier in appliers if writes is not None else ():
            metadata = applier.metadata
            decide = If.FLUX_VALUES_DECIDE(applier.kind, metadata.namespace, metadata.name)
            for node, exists in flux.identities(applier):
                condition = both(writes or CERTAIN, decide, exists)
                found[node] = min(condition, found.get(node, condition))
    yield from found.items()


def _writes(world: Facts, flux: Flux, values: FluxReference, match: Match) -> Condition | None:
    """Return the condition on which a rule lets its holder write the values; None if not."""
    place = values.namespace, values.name
    there: Condition | None = If.OBJECT_IS_THERE(values.name)
    if values.kind == "Secret":
        secret = world.secrets.get(place)
        if secret is not None and secret.immutable:
            return None
        if secret is not None:
            there = CERTAIN
        elif world.snapshot.is_listed("Secret", values.namespace):
            there = None
    elif place in flux.config_maps:
        there = CERTAIN
    key = "", _RESOURCES[values.kind]
    free = If.NAME_IS_FREE(values.name) if may_be_made(world, key, values.name) else None
    return rule_writes(match, values.name, there=there, free=free)


def _words(scope: str, match: Match) -> str:
    names = f" {', '.join(match.exact_names)}" if match.names else ""
    resources = [one for one in _RESOURCES.values() if one in match.resources]
    return f"can {listed(match.verbs)} values of Flux, {listed(resources)}{names} {where(scope)}"


EDGE = RuleEdge(
    id="flux-values",
    summary="Flux applies what its values, in a ConfigMap or Secret, make of a chart",
    effort=7,  # what the chart lets values do must be found, and the change shows
    certainty="always conditional: on what the values decide",
    rights=tuple(Right(("create", "update", "patch"), "", one) for one in _RESOURCES.values()),
    targets=_targets,
    words=_words,
)
