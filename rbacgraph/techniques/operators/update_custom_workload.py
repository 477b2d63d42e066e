"""Change a custom resource from which its operator then makes new Pods.

Precondition
    - One rule with update or patch on a resource listed below; resourceNames are its names.
    - The input defines the resource, or names it in some rule.
    - Such an object exists, and its operator runs.
Variants
    - cronworkflows, rollouts, sensors, eventsources (argoproj.io), services, configurations
      (serving.knative.dev), virtualmachines, virtualmachineinstancereplicasets (kubevirt.io),
      notebooks (kubeflow.org), leaderworkersets, scaledjobs, deploymentconfigs, rayservices,
      raycronjobs;
    - resources from which OpenKruise, KServe, Volcano (cronjobs), the Spark Operator, the
      Prometheus Operator, the OpenTelemetry Operator and Actions Runner Controller make Pods;
    - workflowtemplates, analysistemplates (argoproj.io), tasks, pipelines (tekton.dev), and the
      cluster-scoped clusterworkflowtemplates and clusteranalysistemplates: Pods only once someone
      starts what refers to them.
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

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, both
from rbacgraph.techniques.new_pods.known_operators import (
    CHANGED,
    RUN,
    operators_of,
    rights_on,
    words_on,
)
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target

_CUSTOMS = {**CHANGED, **RUN}


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    if match.names and not match.exact_names:
        return
    names = match.exact_names
    secrets, accounts = SECRETS_OF.everything(scope), EXISTING_ACCOUNTS_OF.everything(scope)
    runs = operators_of(world, (CHANGED[one] for one in match.resources if one in CHANGED))
    if runs is not None:
        condition = both(If.OBJECT_IS_IN_NAMESPACE(*names), runs)
        yield secrets, condition
        yield accounts, condition
        return
    runs = operators_of(world, (RUN[one] for one in match.resources if _is_run(one, scope)))
    if runs is not None:
        yield secrets, both(If.SOMEBODY_STARTS_OBJECT(*names), runs)
        yield accounts, both(If.SOMEBODY_STARTS_OBJECT_AS_ACCOUNT(*names), runs)


def _is_run(resource: str, scope: str) -> bool:
    """Whether a change of a resource may change what others start; some are cluster-scoped."""
    return resource in RUN and not (resource.startswith("cluster") and scope)


EDGE = RuleEdge(
    id="update-custom-workload",
    summary="Pods of a changed custom resource get any Secret and ServiceAccount of its namespace",
    page=__doc__,
    effort=7,  # as create-custom-workload, and every Pod of it is replaced
    certainty="always conditional: on the operator, and on there being such an object",
    rights=rights_on(_CUSTOMS.values(), "update", "patch"),
    targets=_targets,
    words=words_on(_CUSTOMS.values()),
)
