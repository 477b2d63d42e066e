"""Create a Pod that has its node, on any node, or add such a container to a running Pod.

Precondition
    Create on pods or a workload, or update or patch of a workload that exists, in a namespace
    that lets privileged Pods in: its label pod-security.kubernetes.io/enforce is privileged,
    or it has none and the API server was told no other default. baseline and restricted let
    none in. The custom workloads of create-custom-workload count, if their operator runs, but
    for those of Knative and KubeVirt. spec.nodeName is free to choose and the scheduler is
    not asked, so the Pod runs on any node, those of the control plane included; taints are
    tolerated at will. OpenShift also demands that whoever creates the Pod, or its
    ServiceAccount, may use SecurityContextConstraints for it (privileged, of those that it
    ships), but in namespaces of run-level 0 and 1.
    Patch or update of pods/ephemeralcontainers there gives the nodes of the Pods that run, but
    for static ones; names are Pod names.
Use
    kubectl run x --image=IMAGE --overrides='{"spec":{"nodeName":"NODE","hostPID":true,
    "containers":[{…,"securityContext":{"privileged":true}}]}}', then nsenter -t 1 -a
Close
    Label namespaces pod-security.kubernetes.io/enforce=restricted, or baseline; give create
    on pods and workloads only where it is needed, on OpenShift the use of privileged
    SecurityContextConstraints to few.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation
    https://kubernetes.io/docs/concepts/security/pod-security-admission/
    MITRE ATT&CK T1610 (deploy container), T1611 (escape to host)
"""

from collections.abc import Iterator

from rbacgraph.edges import efforts, openshift
from rbacgraph.edges.abilities import Ability, Found, Held, Holding, Present, meet, names_of
from rbacgraph.edges.applying_pods import APPLY_PODS
from rbacgraph.edges.base import Right, where
from rbacgraph.edges.collections import NODES_OF, NODES_OF_PODS_OF, RUNNING_PODS_OF
from rbacgraph.edges.escapes import both
from rbacgraph.edges.footholds import is_static
from rbacgraph.edges.joint import Join, JointEdge
from rbacgraph.edges.making_pods import DEBUG_PODS, MAKE_PODS, makers
from rbacgraph.edges.world import World
from rbacgraph.model.node import EACH_NAMESPACE, NODE, Node

EVERY_HOST = NODES_OF.everything(""), RUNNING_PODS_OF.everything("")
"""Every node, and every Pod that runs on any, be it known on which."""


_CREATE = Right(("create",), "", "pods")
_USE = Right((openshift.VERB,), openshift.GROUP, openshift.RESOURCE)


def _admitted(_world: World, held: Held) -> Iterator[Found]:
    for create in held.get(_CREATE, ()):
        for use in held.get(_USE, ()):
            scope = meet(create.scope, use.scope)
            if scope is not None and create.match.nameless and _lets(use):
                yield Found(scope, "", (create, use))


def _lets(use: Holding) -> bool:
    """Whether a rule lets one use the constraints that permit everything."""
    return not {"", openshift.PRIVILEGED}.isdisjoint(names_of(use.match))


ADMITTED_PODS = Ability(
    id="make-admitted-pods",
    rights=(_CREATE, _USE),
    found=_admitted,
    joint=True,
    together=((_CREATE, _USE),),
    wanted=lambda world: world.constraints.demanded,
)
"""Create Pods that OpenShift lets have their node, whatever their ServiceAccount may use."""


def _joins(world: World, present: Present) -> Iterator[Join]:
    yield from _creating(world, present)
    yield from _admitting(world, present)
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


def _admitting(world: World, present: Present) -> Iterator[Join]:
    """Yield where somebody may use the constraints that OpenShift demands."""
    security = world.pod_security
    for scope in present.scopes(ADMITTED_PODS):
        everywhere = scope in {"", EACH_NAMESPACE}
        condition = security.anywhere_by_level if everywhere else security.by_level(scope)
        make = present.node(ADMITTED_PODS, scope) if condition is not None else None
        if make is not None and condition is not None:
            words = f"can create privileged Pods {where(scope)}, on any node, as OpenShift allows"
            yield Join((make,), EVERY_HOST, words, scope, "admitted", condition)


def _debugging(world: World, present: Present) -> Iterator[Join]:
    for scope, name in present.of(DEBUG_PODS):
        everywhere = scope in {"", EACH_NAMESPACE}
        for namespace in world.namespaces if everywhere else (scope,):
            condition = debugged(world, namespace, name)
            target = None if condition is None else debugged_nodes(world, namespace, name)
            node = present.node(DEBUG_PODS, namespace, name) if target else None
            if node and target and condition is not None:
                pods = f"Pod {namespace}/{name}" if name else f"Pods in {namespace}"
                words = f"can add a privileged container to running {pods}"
                told = both(condition, target[1])
                yield Join((node,), (target[0],), words, namespace, name, told)


def debugged(world: World, namespace: str, name: str) -> str | None:
    """Condition under which one Pod, or each, takes a privileged container; None for never."""
    security = world.pod_security
    one = world.runner(namespace, name) if name else None
    runners = [one] if one else world.runners_in(namespace)
    accounts = {runner.spec.service_account for runner in runners if runner.running is not None}
    told = [security.of_pod(namespace, account) for account in accounts]
    return max((found for found in told if found is not None), default=None)


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
    certainty="conditional where the input lacks the Namespace, a Pod may not be running, or"
    " OpenShift decides",
    abilities=(MAKE_PODS, APPLY_PODS, ADMITTED_PODS, DEBUG_PODS),
    joins=_joins,
)
