"""Have an operator apply manifests with its own rights.

Precondition
    - One rule with create, update or patch on a resource of an operator listed below.
    - For update and patch, such an object exists; a POST carries no name.
    - The input defines the resource, or names it in some rule.
    - The input holds the operator, recognised by its ServiceAccount's shipped name, or, whatever
      an install puts before that name, by labels and images. That is not asked where the operator
      acts as a ServiceAccount that the object names, or in the object's namespace alone.
Variants
    - applications, applicationsets (argoproj.io): Argo CD's application controller applies them,
      as far as the Application's project allows, in its own namespace and in others if it is so
      configured. appprojects: a changed project allows more.
    - kustomizations (kustomize.toolkit.fluxcd.io), helmreleases (helm.toolkit.fluxcd.io): Flux
      applies the content of a source as its controller, unless that runs with
      --default-service-account; or as any ServiceAccount of the namespace, which
      spec.serviceAccountName names. For who writes sources see flux-source.
    - helmcharts (helm.cattle.io): the Helm controller of k3s and RKE2 installs the chart, which
      the object may hold, in a Job whose ServiceAccount is cluster-admin; helmchartconfigs set
      values of such a chart.
    - bundles, gitrepos (fleet.cattle.io): Fleet's agent applies them as cluster-admin.
    - clusterserviceversions (operators.coreos.com): the Operator Lifecycle Manager creates the
      roles and bindings that they request.
    - clusterpolicies (kyverno.io), generatingpolicies (policies.kyverno.io), which are
      cluster-scoped: Kyverno generates and changes objects as they say.
    - restores (velero.io): Velero writes the content of a backup; backups, schedules and restores
      run commands in Pods.
    - subscriptions, catalogsources, operatorgroups (operators.coreos.com), clusterextensions,
      clustercatalogs (olm.operatorframework.io): operators are installed with what their packages
      ask for. OLM gives subscriptions to edit and admin.
    - objects (kubernetes.crossplane.io, kubernetes.m.crossplane.io), releases (helm.crossplane.io,
      helm.m.crossplane.io), compositions (apiextensions.crossplane.io): Crossplane applies them as
      the provider, or itself.
    - manifestworks (work.open-cluster-management.io), clusterprofiles, profiles
      (config.projectsveltos.io), helmops (fleet.cattle.io), clusterresourcesets
      (addons.cluster.x-k8s.io): agents apply them, also in this cluster if it manages itself.
    - applications (core.oam.dev), compositecontrollers, decoratorcontrollers
      (metacontroller.k8s.io), resourcegraphdefinitions (kro.run), namespaceconfigs
      (redhatcop.redhat.io), globaltenantresources (capsule.clastix.io), resourcesets
      (fluxcd.controlplane.io): any object, as the operator.
    - eventlisteners, triggertemplates (triggers.tekton.dev), sensors (argoproj.io), apps
      (kappctrl.k14s.io), packageinstalls (packaging.carvel.dev): objects are created as any
      ServiceAccount of the namespace.
    - tenantresources (capsule.clastix.io), policies (kyverno.io), namespacedgeneratingpolicies
      (policies.kyverno.io): what the operator may do in the namespace, for example make Pods there.
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

from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import both
from rbacgraph.techniques.spec.custom_resources import (
    cluster_keys,
    gained,
    least,
    object_there,
    present,
    rights_on,
    words_on,
)
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target

_ROWS = rows_that("applies")


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    there = object_there(match)
    if there is not None:
        yield from least(
            (target, both(there, row.condition))
            for row in present(world, _ROWS, scope, match)
            for target in gained(world, scope, row)
        )


EDGE = RuleEdge(
    id="operator-deputy",
    summary="an operator applies what it is given with its own rights",
    page=__doc__,
    effort=7,  # the operator must be set up for it, and shows what it did
    certainty="always conditional: on the operator and how it is set up",
    rights=rights_on(_ROWS, "create", "update", "patch"),
    targets=_targets,
    words=words_on,
    cluster_keys=cluster_keys(_ROWS),
    rows=flat(_ROWS),
)
