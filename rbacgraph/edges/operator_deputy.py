"""Have an operator apply manifests with its own rights.

Precondition
    One rule with verb create, update or patch on
    applications or applicationsets (argoproj.io): Argo CD's application controller applies
    them, as far as the Application's project allows; it heeds its own namespace, and others
    where it is told to;
    kustomizations (kustomize.toolkit.fluxcd.io) or helmreleases (helm.toolkit.fluxcd.io):
    Flux applies them as its controller, unless spec.serviceAccountName is set or the
    controller runs with --default-service-account; what is applied comes from a source;
    helmcharts (helm.cattle.io): the Helm controller of k3s and RKE2 installs the chart, which
    may be written into the object, in a Job whose ServiceAccount is cluster-admin.
    A POST carries no name; update and patch need an object that is there. The input must
    define the resource, or name it in some rule; a controller is recognised by the name that
    its ServiceAccount is shipped with.
Use
    Apply one whose manifests hold a RoleBinding for oneself, or a Pod with the Secret
Close
    Flux: run the controllers with --default-service-account and --no-cross-namespace-refs.
    Argo CD: let no project but its administrators' deploy everywhere. k3s: give helmcharts to
    cluster administrators alone.
References
    https://fluxcd.io/flux/installation/configuration/multitenancy/
    https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/
    https://docs.k3s.io/helm
    MITRE ATT&CK T1098.006 (additional container cluster roles)
"""

from collections.abc import Iterator

from rbacgraph.edges import efforts
from rbacgraph.edges.base import Match, RuleEdge, Target, listed, where
from rbacgraph.edges.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.edges.custom_workloads import Custom, named, operators_of, rights_on
from rbacgraph.edges.world import World
from rbacgraph.model.node import ALL, Node

_FLUX = "without --default-service-account, applying a source that the intruder writes"
_ARGO = "and the Application's project lets it apply that"
_DEPUTIES: dict[Custom, tuple[Node, str]] = {
    Custom("Argo CD", "argoproj.io", "applications"): (
        EXISTING_ACCOUNTS_OF.named("", "argocd-application-controller"),
        _ARGO,
    ),
    Custom("Argo CD", "argoproj.io", "applicationsets"): (
        EXISTING_ACCOUNTS_OF.named("", "argocd-application-controller"),
        _ARGO,
    ),
    Custom("Flux", "kustomize.toolkit.fluxcd.io", "kustomizations"): (
        EXISTING_ACCOUNTS_OF.named("", "kustomize-controller"),
        _FLUX,
    ),
    Custom("Flux", "helm.toolkit.fluxcd.io", "helmreleases"): (
        EXISTING_ACCOUNTS_OF.named("", "helm-controller"),
        _FLUX,
    ),
    Custom("the Helm controller of k3s", "helm.cattle.io", "helmcharts"): (
        (ALL, "", "*"),
        "and installs charts as cluster-admin",
    ),
}
"""Whom each acts as, and what else must hold."""

_BY_RESOURCE = {custom.resource: custom for custom in _DEPUTIES}


def _targets(world: World, _scope: str, match: Match) -> Iterator[Target]:
    there = _there(match)
    if there is None:
        return
    found: dict[Node, str] = {}
    for resource in match.resources:
        custom = _BY_RESOURCE[resource]
        runs = operators_of(world, (custom,))
        if runs is not None:
            deputy, more = _DEPUTIES[custom]
            found.setdefault(deputy, f"{there}{runs} {more}")
    yield from found.items()


def _there(match: Match) -> str | None:
    """Say what must be there for the request; None where none is allowed."""
    if "create" in match.verbs and match.nameless:
        return ""
    if match.verbs == ("create",) or not (match.exact_names or not match.names):
        return None
    names = f" called {' or '.join(match.exact_names)}" if match.names else ""
    return f"there is such an object{names} and "


def _words(scope: str, match: Match) -> str:
    customs = [_BY_RESOURCE[resource] for resource in match.resources]
    return f"can {listed(match.verbs)} {named(customs, match)} {where(scope)}"


EDGE = RuleEdge(
    id="operator-deputy",
    summary="an operator applies what it is given with its own rights",
    page=__doc__,
    effort=efforts.OPERATOR_DEPUTY,
    certainty="always conditional: on the operator and how it is set up",
    rights=rights_on(_DEPUTIES, "create", "update", "patch"),
    targets=_targets,
    words=_words,
)
