"""Have an operator apply manifests with its own rights.

Precondition
    - One rule with create, update or patch on a resource of an operator listed below.
    - For update and patch, such an object exists; a POST carries no name.
    - The input defines the resource, or names it in some rule.
    - The input holds the operator, recognised by its ServiceAccount's shipped name, or, whatever
      an install puts before that name, by labels and images.
Variants
    - applications, applicationsets (argoproj.io): Argo CD's application controller applies them,
      as far as the Application's project allows, in its own namespace and in others if it is so
      configured.
    - kustomizations (kustomize.toolkit.fluxcd.io), helmreleases (helm.toolkit.fluxcd.io): Flux
      applies them as its controller, unless spec.serviceAccountName is set or the controller runs
      with --default-service-account; the content comes from a source.
    - helmcharts (helm.cattle.io): the Helm controller of k3s and RKE2 installs the chart, which
      the object may hold, in a Job whose ServiceAccount is cluster-admin; helmchartconfigs set
      values of such a chart.
    - bundles, gitrepos (fleet.cattle.io): Fleet's agent applies them as cluster-admin.
    - clusterserviceversions (operators.coreos.com): the Operator Lifecycle Manager creates the
      roles and bindings that they request.
    - clusterpolicies (kyverno.io), generatingpolicies (policies.kyverno.io), which are
      cluster-scoped: Kyverno generates and changes objects as they say.
    - restores (velero.io): Velero writes the content of a backup.
Use
    Apply one whose manifests hold a RoleBinding for the attacker, or a Pod with the Secret
Close
    Flux: run the controllers with --default-service-account and --no-cross-namespace-refs. Argo
    CD: let only administrators' projects deploy everywhere. Others: give these rights only to
    cluster administrators.
References
    https://fluxcd.io/flux/installation/configuration/multitenancy/
    https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/
    https://docs.k3s.io/helm
    https://olm.operatorframework.io/docs/advanced-tasks/operator-scoping-with-operatorgroups/
    https://kyverno.io/docs/policy-types/cluster-policy/generate/
    MITRE ATT&CK T1098.006 (additional container cluster roles)
"""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.facts.operators.accounts import OperatorAccounts
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.node import EVERYTHING, Node
from rbacgraph.techniques.new_pods.known_operators import (
    Custom,
    object_there,
    operators_of,
    rights_on,
    words_on,
)
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target


class _Deputy(NamedTuple):
    """The identity of an operator, by its shipped names, and what else must hold.

    ``component`` is how the names of its accounts end in installs that rename them; None where
    no account matters. ``cluster_scoped`` says that the resource is cluster-scoped.
    """

    targets: tuple[Node, ...]
    does: If
    component: str | None = None
    cluster_scoped: bool = False


def _account(*names: str) -> tuple[Node, ...]:
    return tuple(EXISTING_ACCOUNTS_OF.named("", name) for name in names)


_ARGO_CD = _Deputy(
    _account("argocd-application-controller"),
    If.OPERATOR_APPLIES_BY_PROJECT,
    "application-controller",
)
_KYVERNO = _Deputy(
    _account("kyverno-background-controller", "kyverno"),
    If.OPERATOR_GENERATES,
    "background-controller",
    cluster_scoped=True,
)
_DEPUTIES: dict[Custom, _Deputy] = {
    Custom("Argo CD", "argoproj.io", "applications"): _ARGO_CD,
    Custom("Argo CD", "argoproj.io", "applicationsets"): _ARGO_CD,
    Custom("Flux", "kustomize.toolkit.fluxcd.io", "kustomizations"): _Deputy(
        _account("kustomize-controller"), If.OPERATOR_APPLIES_SOURCE, "kustomize-controller"
    ),
    Custom("Flux", "helm.toolkit.fluxcd.io", "helmreleases"): _Deputy(
        _account("helm-controller"), If.OPERATOR_APPLIES_SOURCE, "helm-controller"
    ),
    Custom("the Helm controller of k3s", "helm.cattle.io", "helmcharts"): _Deputy(
        (EVERYTHING,), If.OPERATOR_INSTALLS_CHARTS
    ),
    Custom("the Helm controller of k3s", "helm.cattle.io", "helmchartconfigs"): _Deputy(
        (EVERYTHING,), If.OPERATOR_INSTALLS_CHARTS_WITH_VALUES
    ),
    Custom("Fleet", "fleet.cattle.io", "bundles"): _Deputy((EVERYTHING,), If.OPERATOR_DEPLOYS_HERE),
    Custom("Fleet", "fleet.cattle.io", "gitrepos"): _Deputy(
        (EVERYTHING,), If.OPERATOR_DEPLOYS_HERE
    ),
    Custom(
        "the Operator Lifecycle Manager", "operators.coreos.com", "clusterserviceversions"
    ): _Deputy((EVERYTHING,), If.OPERATOR_INSTALLS_OPERATORS),
    Custom("Kyverno", "kyverno.io", "clusterpolicies"): _KYVERNO,
    Custom("Kyverno", "policies.kyverno.io", "generatingpolicies"): _KYVERNO,
    Custom("Velero", "velero.io", "restores"): _Deputy(
        _account("velero", "velero-server"), If.OPERATOR_RESTORES_BACKUP, ""
    ),
}
"""The identity of each operator, by its custom resource."""

_BY_RESOURCE = {custom.resource: custom for custom in _DEPUTIES}


def _identities(world: Facts, custom: Custom, deputy: _Deputy) -> Iterator[Node]:
    yield from deputy.targets
    if deputy.component is not None:
        shipped = {name for _, _, name in deputy.targets}
        accounts = world.part(OperatorAccounts).of(custom.operator, deputy.component)
        yield from (account for account in accounts if account[2] not in shipped)


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    there = object_there(match)
    if there is None:
        return
    found: dict[Node, Condition] = {}
    for resource in match.resources:
        custom = _BY_RESOURCE[resource]
        deputy = _DEPUTIES[custom]
        runs = None if deputy.cluster_scoped and scope else operators_of(world, (custom,))
        for target in _identities(world, custom, deputy) if runs is not None else ():
            found.setdefault(target, both(there, deputy.does(custom.operator)))
    yield from found.items()


EDGE = RuleEdge(
    id="operator-deputy",
    summary="an operator applies what it is given with its own rights",
    page=__doc__,
    effort=7,  # the operator must be set up for it, and shows what it did
    certainty="always conditional: on the operator and how it is set up",
    rights=rights_on(_DEPUTIES, "create", "update", "patch"),
    targets=_targets,
    words=words_on(_DEPUTIES),
)
