"""Have an operator apply manifests with its own rights.

Precondition
    - One rule with create, update or patch on a resource that rbacgraph explain lists below this
      page.
    - For update and patch, such an object exists; a POST carries no name.
    - The input defines the resource, or names it in some rule.
    - The input holds the operator's ServiceAccount: by its shipped name; or, however it is called,
      by labels and images of what runs as it; or by a weaker sign, such as how its name ends, and
      its right to watch the operator's resources. That is not asked where the operator acts as a
      ServiceAccount that the object names, or in the object's namespace alone.
Variants
    - Argo CD applies as far as the Application's project allows. Applications count in its own
      namespace, and in those that the controller's flag --application-namespaces lists, or
      application.namespaces in argocd-cmd-params-cm. A changed AppProject allows more.
    - Flux applies the content of a source as its controller, unless that runs with
      --default-service-account; or as any ServiceAccount of the namespace, which
      spec.serviceAccountName names. With --watch-all-namespaces=false a controller heeds its own
      namespace alone. For who writes sources see flux-source.
    - The Helm controller of k3s and RKE2 installs the chart, which a HelmChart may hold, in a Job
      whose ServiceAccount is cluster-admin. Fleet's agent applies as cluster-admin, too.
    - OLM installs operators with the roles that their packages ask for, and gives subscriptions to
      edit and admin.
    - Velero writes the content of a backup; backups, schedules and restores run commands in Pods.
    - Crossplane applies as the provider, or itself. Agents of Open Cluster Management, Sveltos and
      Cluster API apply in this cluster if it manages itself.
    - Tekton Triggers, Argo Events' sensors, kapp-controller: objects are created as any
      ServiceAccount of the namespace.
    - tenantresources (capsule.clastix.io), policies (kyverno.io), namespacedgeneratingpolicies
      (policies.kyverno.io): what the operator may do in the namespace, for example make Pods there.
    - namespacedmutatingpolicies (policies.kyverno.io): in Kyverno 1.18.0 and 1.18.1 their
      conditions generate objects in any namespace (CVE-2026-54523).
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
    heeding,
    least,
    object_there,
    present,
    rights_on,
    words_on,
)
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target

_ROWS = rows_that("applies")


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    there = object_there(world, match)
    if there is not None:
        yield from least(
            (target, both(there, row.condition, heeded))
            for row in present(world, _ROWS, scope, match)
            if (heeded := heeding(world, row, scope)) is not None
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
