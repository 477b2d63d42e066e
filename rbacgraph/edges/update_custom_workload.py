"""Change a custom resource of which its operator then makes new Pods.

Precondition
    One rule with verb update or patch on a resource of the catalogue whose Pods follow a
    change: cronworkflows, rollouts, sensors, eventsources (argoproj.io), services,
    configurations (serving.knative.dev), virtualmachines, virtualmachineinstancereplicasets
    (kubevirt.io), notebooks (kubeflow.org), leaderworkersets, scaledjobs, deploymentconfigs,
    rayservices, raycronjobs, and what OpenKruise, KServe, Volcano (cronjobs), the Spark
    Operator, the Prometheus Operator, the OpenTelemetry Operator and Actions Runner
    Controller make Pods of; resourceNames are names of them. The input must define the
    resource, or name it in some rule. Such an object must be there, and its operator must
    run.
Use
    kubectl patch one so that its Pod template names the ServiceAccount or the Secret
Close
    These rights weigh as much as update on deployments: give them to the deployment
    pipeline alone.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation
    https://argo-rollouts.readthedocs.io/en/stable/features/specification/
    MITRE ATT&CK T1610 (deploy container)
"""

from collections.abc import Iterator

from rbacgraph.edges import efforts
from rbacgraph.edges.base import Match, RuleEdge, Target, listed, where
from rbacgraph.edges.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.edges.custom_workloads import CHANGED, named, operators_of, rights_on
from rbacgraph.edges.world import World


def _targets(world: World, scope: str, match: Match) -> Iterator[Target]:
    runs = operators_of(world, (CHANGED[resource] for resource in match.resources))
    if runs is not None and (match.exact_names or not match.names):
        names = f" called {' or '.join(match.exact_names)}" if match.names else ""
        condition = f"there is such an object{names} in the namespace and {runs}"
        yield SECRETS_OF.everything(scope), condition
        yield EXISTING_ACCOUNTS_OF.everything(scope), condition


def _words(scope: str, match: Match) -> str:
    customs = [CHANGED[resource] for resource in match.resources]
    return f"can {listed(match.verbs)} {named(customs, match)} {where(scope)}"


EDGE = RuleEdge(
    id="update-custom-workload",
    summary="Pods of a changed custom resource get any Secret and ServiceAccount of its namespace",
    page=__doc__,
    effort=efforts.UPDATE_CUSTOM_WORKLOAD,
    certainty="always conditional: on the operator, and on there being such an object",
    rights=rights_on(CHANGED.values(), "update", "patch"),
    targets=_targets,
    words=_words,
)
