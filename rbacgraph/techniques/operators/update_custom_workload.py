"""Change a custom resource from which its operator then makes new Pods.

Precondition
    - One rule with update or patch on a resource that rbacgraph explain lists below this page;
      resourceNames are its names.
    - The input defines the resource, or names it in some rule.
    - Such an object exists, and its operator runs.
Variants
    - Where an operator makes the Pods of an object once (workflows, taskruns, jobs of Volcano), no
      change makes new ones: only create-custom-workload is for these.
    - Kubeflow's training jobs and rayjobs (ray.io) make their Pods again once they are suspended
      and resumed, rayclusters (ray.io) with more replicas, scheduledworkflows (kubeflow.org) at the
      next time, strimzipodsets (core.strimzi.io) for one more entry, buildconfigs
      (build.openshift.io) by a trigger on an image.
    - Templates, such as workflowtemplates (argoproj.io), tasks (tekton.dev) and servingruntimes
      (serving.kserve.io), make Pods only once someone starts what refers to them.
Use
    kubectl patch one so that its Pod template names the ServiceAccount or the Secret
Close
    These rights weigh as much as update on deployments: give them only to the deployment pipeline.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation
    https://argo-rollouts.readthedocs.io/en/stable/features/specification/
    MITRE ATT&CK T1610 (deploy container)
"""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.rows import by_key, flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, both
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.custom_resources import (
    by_place,
    cluster_keys,
    present,
    rights_on,
    running,
    words_on,
)
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target

_ROWS = by_key(row for rows in rows_that("runs-pod").values() for row in rows if row.pods != "new")


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    if match.names and not match.exact_names:
        return
    for namespace, rows in by_place(world, scope, present(world, _ROWS, scope, match)).items():
        secrets = SECRETS_OF.everything(namespace)
        accounts = EXISTING_ACCOUNTS_OF.everything(namespace)
        remade = [row for row in rows if row.pods == "remade"]
        own = remade or rows
        naming = [row for row in own if row.rights == "named-account"]
        in_place, as_account = (
            (If.OBJECT_IS_IN_NAMESPACE, If.OBJECT_IS_IN_NAMESPACE)
            if remade
            else (If.SOMEBODY_STARTS_OBJECT, If.SOMEBODY_STARTS_OBJECT_AS_ACCOUNT)
        )
        yield secrets, both(in_place(*match.exact_names), running(world, own))
        if naming:
            yield accounts, both(as_account(*match.exact_names), running(world, naming))


EDGE = RuleEdge(
    id="update-custom-workload",
    summary="Pods of a changed custom resource get any Secret and ServiceAccount of its namespace",
    page=__doc__,
    effort=7,  # as create-custom-workload, and every Pod of it is replaced
    certainty="always conditional: on the operator, and on there being such an object",
    rights=rights_on(_ROWS, "update", "patch"),
    targets=_targets,
    words=words_on,
    cluster_keys=cluster_keys(_ROWS),
    rows=flat(_ROWS),
)
