"""Custom resources from which operators make Pods, or which they apply with their own rights.

Each lets its author name any ServiceAccount and Secret of the namespace for its Pods. The tables
say whether a change of the object makes new Pods, and whether the Pods may control their node:
those of Knative, KubeVirt and OpenShift's builds do not. Groups and resources are those of the
projects' CustomResourceDefinitions. None was tried on a server, so every edge from here is
conditional.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import WritableObjects
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.techniques.spec.technique import Match, Right, listed, where

_FEW = 3


class Custom(NamedTuple):
    """A custom resource, and the operator that must run.

    Parameters
    ----------
    operator:
        The name of the operator.
    group, resource:
        As in rules. No two of one table share the resource.
    host:
        Whether the operator allows its Pods to be privileged or to mount paths of the node.
    """

    operator: str
    group: str
    resource: str
    host: bool = True

    @property
    def full_name(self) -> str:
        """``resource.group``."""
        return f"{self.resource}.{self.group}"


def _of(operator: str, group: str, *resources: str, host: bool = True) -> Iterator[Custom]:
    return (Custom(operator, group, resource, host) for resource in resources)


_OPENSHIFT = "OpenShift"
_RUNNERS = "Actions Runner Controller"

_REMADE = (
    *_of("Argo Workflows", "argoproj.io", "cronworkflows"),
    *_of("Argo Rollouts", "argoproj.io", "rollouts"),
    *_of("Argo Events", "argoproj.io", "sensors", "eventsources"),
    *_of("Knative Serving", "serving.knative.dev", "services", "configurations", host=False),
    *_of(
        "KubeVirt",
        "kubevirt.io",
        "virtualmachines",
        "virtualmachineinstancereplicasets",
        host=False,
    ),
    *_of("Kubeflow", "kubeflow.org", "notebooks"),
    *_of("KServe", "serving.kserve.io", "inferenceservices"),
    *_of("LeaderWorkerSet", "leaderworkerset.x-k8s.io", "leaderworkersets"),
    *_of(_OPENSHIFT, "apps.openshift.io", "deploymentconfigs"),
    *_of(
        "OpenKruise",
        "apps.kruise.io",
        "clonesets",
        "statefulsets",
        "daemonsets",
        "uniteddeployments",
        "advancedcronjobs",
    ),
    *_of("KEDA", "keda.sh", "scaledjobs"),
    *_of("KubeRay", "ray.io", "rayservices", "raycronjobs"),
    *_of("Volcano", "batch.volcano.sh", "cronjobs"),
    *_of(
        "the Spark Operator",
        "sparkoperator.k8s.io",
        "sparkapplications",
        "scheduledsparkapplications",
    ),
    *_of(
        "the Prometheus Operator",
        "monitoring.coreos.com",
        "prometheuses",
        "prometheusagents",
        "alertmanagers",
        "thanosrulers",
    ),
    *_of("the OpenTelemetry Operator", "opentelemetry.io", "opentelemetrycollectors"),
    *_of(_RUNNERS, "actions.github.com", "autoscalingrunnersets", "ephemeralrunnersets"),
    *_of(
        _RUNNERS,
        "actions.summerwind.dev",
        "runners",
        "runnersets",
        "runnerdeployments",
        "runnerreplicasets",
    ),
)
_MADE_ONCE = (
    *_of("Argo Workflows", "argoproj.io", "workflows"),
    *_of("Argo Rollouts", "argoproj.io", "experiments", "analysisruns"),
    *_of("Tekton", "tekton.dev", "taskruns", "pipelineruns"),
    *_of(_OPENSHIFT, "build.openshift.io", "builds", "buildconfigs", host=False),
    *_of("KubeVirt", "kubevirt.io", "virtualmachineinstances", host=False),
    *_of(
        "Kubeflow",
        "kubeflow.org",
        "jaxjobs",
        "mpijobs",
        "mxjobs",
        "paddlejobs",
        "pytorchjobs",
        "tfjobs",
        "xgboostjobs",
    ),
    *_of("JobSet", "jobset.x-k8s.io", "jobsets"),
    *_of("OpenKruise", "apps.kruise.io", "broadcastjobs"),
    *_of("KubeRay", "ray.io", "rayclusters", "rayjobs"),
    *_of("Volcano", "batch.volcano.sh", "jobs"),
    *_of("the Spark Operator", "sparkoperator.k8s.io", "sparkconnects"),
    *_of(_RUNNERS, "actions.github.com", "ephemeralrunners"),
)
_RUN = (
    *_of(
        "Argo Workflows",
        "argoproj.io",
        "workflowtemplates",
        "clusterworkflowtemplates",
    ),
    *_of("Argo Rollouts", "argoproj.io", "analysistemplates", "clusteranalysistemplates"),
    *_of("Tekton", "tekton.dev", "tasks", "pipelines"),
)
RUN = {custom.resource: custom for custom in _RUN}
"""By resource, kinds without Pods until another object refers to them."""

CHANGED = {custom.resource: custom for custom in _REMADE}
"""By resource, kinds whose Pods are made again when the object changes."""

CREATED = {custom.resource: custom for custom in (*_MADE_ONCE, *_REMADE)}
"""By resource, kinds whose new objects make Pods."""


def rights_on(customs: Iterable[Custom], *verbs: str) -> tuple[Right, ...]:
    """Return rights on each of some custom resources."""
    return tuple(Right(verbs, custom.group, custom.resource) for custom in customs)


def operators_of(world: Facts, customs: Iterable[Custom]) -> Condition | None:
    """Return which operators must run; None if nothing shows that such resources exist.

    A resource exists if the input defines it, or, if the input may lack definitions, if some rule
    names it; a rule for everything does not count. OpenShift's resources have no definitions: a
    separate API server has them.
    """
    key = tuple(customs)
    if key not in world.operators:
        world.operators[key] = _operators(world, key)
    return world.operators[key]


def _operators(world: Facts, customs: Sequence[Custom]) -> Condition | None:
    there = [
        custom
        for custom in customs
        if (custom.group, custom.resource) in world.snapshot.served
        or (custom.operator == _OPENSHIFT and world.constraints.demanded)
    ]
    if not there and not world.snapshot.is_listed("CustomResourceDefinition"):
        resources = world.part(WritableObjects).named_resources
        there = [
            c for c in customs if not resources.isdisjoint({(c.group, c.resource), (c.group, "*")})
        ]
    if not there:
        return None
    names = tuple(dict.fromkeys(custom.operator for custom in there))
    return If.OPERATOR_RUNS(*(names if len(names) <= _FEW else ()))


def object_there(match: Match) -> Condition | None:
    """Return which object must exist for a request; None if no request is allowed.

    Examples
    --------
    >>> object_there(Match(("patch",), ("bundles",), ("web",)))
    Condition(OBJECT_IS_THERE('web'))
    >>> object_there(Match(("create", "patch"), ("bundles",), ("web",)))
    Condition()
    """
    if "create" in match.verbs and (match.nameless or "patch" in match.verbs):
        return CERTAIN  # server-side apply creates with a name
    if match.verbs == ("create",) or not (match.exact_names or not match.names):
        return None
    return If.OBJECT_IS_THERE(*match.exact_names)


def words_on(customs: Iterable[Custom]) -> Callable[[str, Match], str]:
    """Return a function that describes what a rule allows on some custom resources."""
    by_resource = {custom.resource: custom for custom in customs}

    def words(scope: str, match: Match) -> str:
        resources = named([by_resource[resource] for resource in match.resources], match)
        return f"can {listed(match.verbs)} {resources} {where(scope)}"

    return words


def named(customs: Sequence[Custom], match: Match) -> str:
    """Return which resources a rule covers, in words; a few of many."""
    names = [custom.full_name for custom in customs]
    if len(names) > _FEW:
        names[_FEW - 1 :] = [f"{len(names) - _FEW + 1} more custom resources"]
    objects = f" {', '.join(match.exact_names) or '(no name)'}" if match.names else ""
    return f"{', '.join(names)}{objects}"
