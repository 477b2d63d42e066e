"""Create a Pod that has its node, on any node, or add such a container to a running Pod.

Precondition
    Create on pods or a workload, or update or patch of a workload that exists, in a namespace
    that lets privileged Pods in: its label pod-security.kubernetes.io/enforce is privileged,
    or it has none and the API server was told no other default. baseline and restricted let
    none in. The custom workloads of create-custom-workload count, if their operator runs, but
    for those of Knative and KubeVirt. spec.nodeName is free to choose and the scheduler is
    not asked, so the Pod runs on any node, those of the control plane included; taints are
    tolerated at will.
    Patch or update of pods/ephemeralcontainers there gives the nodes of the Pods that run, but
    for static ones; names are Pod names.
Use
    kubectl run x --image=IMAGE --overrides='{"spec":{"nodeName":"NODE","hostPID":true,
    "containers":[{…,"securityContext":{"privileged":true}}]}}', then nsenter -t 1 -a
Close
    Label namespaces pod-security.kubernetes.io/enforce=restricted, or baseline; give create
    on pods and workloads only where it is needed.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation
    https://kubernetes.io/docs/concepts/security/pod-security-admission/
    MITRE ATT&CK T1610 (deploy container), T1611 (escape to host)
"""

from collections.abc import Iterator

from rbacgraph.edges import efforts
from rbacgraph.edges.abilities import Present
from rbacgraph.edges.applying_pods import APPLY_PODS
from rbacgraph.edges.base import where
from rbacgraph.edges.collections import NODES_OF, NODES_OF_PODS_OF, RUNNING_PODS_OF
from rbacgraph.edges.escapes import both
from rbacgraph.edges.footholds import is_static
from rbacgraph.edges.joint import Join, JointEdge
from rbacgraph.edges.making_pods import DEBUG_PODS, MAKE_PODS, makers
from rbacgraph.edges.world import World
from rbacgraph.model.node import EACH_NAMESPACE, NODE, Node

EVERY_HOST = NODES_OF.everything(""), RUNNING_PODS_OF.everything("")
"""Every node, and every Pod that runs on any, be it known on which."""


def _joins(world: World, present: Present) -> Iterator[Join]:
    yield from _creating(world, present)
    yield from _debugging(world, present)


def _creating(world: World, present: Present) -> Iterator[Join]:
    for scope, ability, called in makers(present):
        everywhere = scope in {"", EACH_NAMESPACE}
        security = world.pod_security
        condition = security.anywhere if everywhere else security.condition(scope)
        make = present.node(ability, scope) if condition is not None else None
        if make is not None and condition is not None:
            words = f"can create privileged Pods {where(scope)}, on any node"
            yield Join((make,), EVERY_HOST, words, scope, called, condition)


def _debugging(world: World, present: Present) -> Iterator[Join]:
    for scope, name in present.of(DEBUG_PODS):
        everywhere = scope in {"", EACH_NAMESPACE}
        for namespace in world.namespaces if everywhere else (scope,):
            condition = world.pod_security.condition(namespace)
            target = None if condition is None else debugged_nodes(world, namespace, name)
            node = present.node(DEBUG_PODS, namespace, name) if target else None
            if node and target and condition is not None:
                pods = f"Pod {namespace}/{name}" if name else f"Pods in {namespace}"
                words = f"can add a privileged container to running {pods}"
                told = both(condition, target[1])
                yield Join((node,), (target[0],), words, namespace, name, told)


def debugged_nodes(world: World, namespace: str, name: str) -> tuple[Node, str] | None:
    """Return the nodes of a namespace's Pods or of one Pod, and when that runs."""
    if not name:
        running = namespace in world.running_in
        return (NODES_OF_PODS_OF.everything(namespace), "") if running else None
    runner = world.runner(namespace, name)
    if runner is None or is_static(runner) or runner.running is None or not runner.spec.node_name:
        return None
    return (NODE, "", runner.spec.node_name), runner.running


EDGE = JointEdge(
    id="create-privileged-pod",
    summary="a new Pod that is privileged has any node",
    page=__doc__,
    effort=efforts.CREATE_PRIVILEGED_POD,
    certainty="conditional where the input lacks the Namespace, or a Pod may not be running",
    abilities=(MAKE_PODS, APPLY_PODS, DEBUG_PODS),
    joins=_joins,
)
