"""Create a Pod that has its node, on any node.

Precondition
    Create on pods or a workload, or update or patch of a workload that exists, in a namespace
    that lets privileged Pods in: its label pod-security.kubernetes.io/enforce is privileged,
    or it has none and the API server was told no other default. baseline and restricted let
    none in. spec.nodeName is free to choose and the scheduler is not asked, so the Pod
    runs on any node, those of the control plane included; taints are tolerated at will.
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
from rbacgraph.edges.base import where
from rbacgraph.edges.collections import NODES_OF, RUNNING_PODS_OF
from rbacgraph.edges.joint import Join, JointEdge
from rbacgraph.edges.making_pods import MAKE_PODS
from rbacgraph.edges.world import World
from rbacgraph.model.node import EACH_NAMESPACE

EVERY_HOST = NODES_OF.everything(""), RUNNING_PODS_OF.everything("")
"""Every node, and every Pod that runs on any, be it known on which."""


def _joins(world: World, present: Present) -> Iterator[Join]:
    for scope in present.scopes(MAKE_PODS):
        everywhere = scope in {"", EACH_NAMESPACE}
        security = world.pod_security
        condition = security.anywhere if everywhere else security.condition(scope)
        make = present.node(MAKE_PODS, scope) if condition is not None else None
        if make is not None and condition is not None:
            words = f"can create privileged Pods {where(scope)}, on any node"
            yield Join((make,), EVERY_HOST, words, scope, condition=condition)


EDGE = JointEdge(
    id="create-privileged-pod",
    summary="a new Pod that is privileged has any node",
    page=__doc__,
    effort=efforts.CREATE_PRIVILEGED_POD,
    certainty="conditional where the input lacks the Namespace, whose label decides",
    abilities=(MAKE_PODS,),
    joins=_joins,
)
