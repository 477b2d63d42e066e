"""Change a ConfigMap or Secret from which Flux takes values of what it applies.

Precondition
    - One rule with update or patch on a ConfigMap or Secret that a HelmRelease names in
      spec.valuesFrom, or a Kustomization in spec.postBuild.substituteFrom;
    - or with create, if it is missing.
    - The values decide something: a chart that takes a Pod's image, extra objects or rules of a
      role from its values; a manifest with a variable in such a place, which cannot add lines.
    What is applied has the rights of the same identity as for flux-source.
Use
    kubectl patch configmap values -n shop -p '{"data": {"values.yaml": "rbac: {rules: […]}"}}'
Close
    Let only the authors of the HelmRelease write what its values come from; set
    spec.serviceAccountName to an account with the rights that the chart needs.
References
    https://fluxcd.io/flux/components/helm/helmreleases/#values-references
    https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
    MITRE ATT&CK T1195.002 (compromise software supply chain)
"""

from collections.abc import Iterator

from rbacgraph.facts.gitops.flux import Flux
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.flux import FluxReference
from rbacgraph.model.node import EACH_NAMESPACE, Node
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed, where

_RESOURCES = {"ConfigMap": "configmaps", "Secret": "secrets"}


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    flux, found = world.part(Flux), dict[Node, Condition]()
    for values, appliers in flux.by_values.items():
        inside = scope in {"", EACH_NAMESPACE} or scope == values.namespace
        if not inside or _RESOURCES[values.kind] not in match.resources:
            continue
        writes = _writes(world, values, match)
        for applier in appliers if writes is not None else ():
            metadata = applier.metadata
            decide = If.FLUX_VALUES_DECIDE(applier.kind, metadata.namespace, metadata.name)
            for node, exists in flux.identities(applier):
                condition = both(writes or CERTAIN, decide, exists)
                found[node] = min(condition, found.get(node, condition))
    yield from found.items()


def _writes(world: Facts, values: FluxReference, match: Match) -> Condition | None:
    """Return the condition on which a rule lets its holder write the values; None if not."""
    if match.names and values.name not in match.exact_names and not match.nameless:
        return None
    secret = world.secrets.get((values.namespace, values.name))
    held = secret if values.kind == "Secret" else None
    named = not match.names or values.name in match.exact_names
    if named and not {"update", "patch"}.isdisjoint(match.verbs) and not (held and held.immutable):
        return CERTAIN
    if "create" in match.verbs and match.nameless and held is None:
        return If.NAME_IS_FREE(values.name)
    return None


def _words(scope: str, match: Match) -> str:
    names = f" {', '.join(match.exact_names)}" if match.names else ""
    resources = [one for one in _RESOURCES.values() if one in match.resources]
    return f"can {listed(match.verbs)} values of Flux, {listed(resources)}{names} {where(scope)}"


EDGE = RuleEdge(
    id="flux-values",
    summary="Flux applies what its values, in a ConfigMap or Secret, make of a chart",
    page=__doc__,
    effort=7,  # what the chart lets values do must be found, and the change shows
    certainty="always conditional: on what the values decide",
    rights=tuple(Right(("create", "update", "patch"), "", one) for one in _RESOURCES.values()),
    targets=_targets,
    words=_words,
)
