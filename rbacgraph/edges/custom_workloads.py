"""Custom resources whose operators make Pods, and those that operators apply as themselves.

Told is whether a Pod of it may name any ServiceAccount and Secret of its namespace, and
whether Pods are made anew when the object changes. None of it was tried on a server, so that
every edge from here is conditional.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rbacgraph.edges.base import Match, Right
from rbacgraph.edges.world import World

_FEW = 3


class Custom(NamedTuple):
    """A custom resource, and the operator that must run.

    Parameters
    ----------
    operator:
        What the operator is called.
    group, resource:
        As rules name it. No two of one table share the resource.
    """

    operator: str
    group: str
    resource: str

    @property
    def full_name(self) -> str:
        """``resource.group``."""
        return f"{self.resource}.{self.group}"


def _of(operator: str, group: str, *resources: str) -> Iterator[Custom]:
    return (Custom(operator, group, resource) for resource in resources)


_REMADE = (
    *_of("Argo Workflows", "argoproj.io", "cronworkflows"),
    *_of("Argo Rollouts", "argoproj.io", "rollouts"),
    *_of("Knative Serving", "serving.knative.dev", "services", "configurations"),
    *_of("KubeVirt", "kubevirt.io", "virtualmachines"),
    *_of("Kubeflow", "kubeflow.org", "notebooks"),
    *_of("LeaderWorkerSet", "leaderworkerset.x-k8s.io", "leaderworkersets"),
    *_of("OpenShift", "apps.openshift.io", "deploymentconfigs"),
    *_of("KEDA", "keda.sh", "scaledjobs"),
    *_of(
        "the Prometheus Operator",
        "monitoring.coreos.com",
        "prometheuses",
        "prometheusagents",
        "alertmanagers",
        "thanosrulers",
    ),
)
_MADE_ONCE = (
    *_of("Argo Workflows", "argoproj.io", "workflows"),
    *_of("Argo Rollouts", "argoproj.io", "experiments"),
    *_of("Tekton", "tekton.dev", "taskruns", "pipelineruns"),
    *_of(
        "KubeVirt",
        "kubevirt.io",
        "virtualmachineinstances",
        "virtualmachineinstancereplicasets",
    ),
    *_of("Kubeflow", "kubeflow.org", "pytorchjobs", "tfjobs", "mpijobs", "xgboostjobs"),
    *_of("JobSet", "jobset.x-k8s.io", "jobsets"),
    *_of("KubeRay", "ray.io", "rayclusters", "rayjobs", "rayservices"),
    *_of("Volcano", "batch.volcano.sh", "jobs"),
    *_of(
        "the Spark Operator",
        "sparkoperator.k8s.io",
        "sparkapplications",
        "scheduledsparkapplications",
    ),
)
CHANGED = {custom.resource: custom for custom in _REMADE}
"""Those whose Pods are made anew when the object changes, by resource."""

CREATED = {custom.resource: custom for custom in (*_MADE_ONCE, *_REMADE)}
"""Those of which a new object makes Pods, by resource."""


def rights_on(customs: Iterable[Custom], *verbs: str) -> tuple[Right, ...]:
    """Rights on each of some custom resources."""
    return tuple(Right(verbs, custom.group, custom.resource) for custom in customs)


def operators_of(world: World, customs: Iterable[Custom]) -> str | None:
    """Say whose operator must run; None where nothing tells that there are such resources.

    A resource is there where the input defines it, or, if it may lack definitions, where
    some rule names it: a rule for everything alone does not tell.
    """
    customs = tuple(customs)
    there = [c for c in customs if (c.group, c.resource) in world.snapshot.served]
    if not there and not world.snapshot.is_listed("CustomResourceDefinition"):
        told = world.footholds.named_resources
        there = [c for c in customs if not told.isdisjoint({(c.group, c.resource), (c.group, "*")})]
    if not there:
        return None
    names = tuple(dict.fromkeys(custom.operator for custom in there))
    who = "an operator of custom workloads" if len(names) > _FEW else " or ".join(names)
    return f"{who} runs in the cluster"


def named(customs: Sequence[Custom], match: Match) -> str:
    """Say which resources a rule is about, in words; a few of many."""
    names = [custom.full_name for custom in customs]
    if len(names) > _FEW:
        names[_FEW - 1 :] = [f"{len(names) - _FEW + 1} more custom resources"]
    objects = f" {', '.join(match.exact_names) or '(no name)'}" if match.names else ""
    return f"{', '.join(names)}{objects}"
