"""Create a Pod that has its node, on any node, or add such a container to a running Pod.

Precondition
    Create on pods or a workload, or update or patch of a workload that exists, in a namespace
    that lets privileged Pods in: its label pod-security.kubernetes.io/enforce is privileged,
    or it has none and the API server was told no other default, which a file that the flag
    --admission-control-config-file of its Pod names may say. baseline and restricted let
    none in. The custom workloads of create-custom-workload count, if their operator runs, but
    for those of Knative and KubeVirt and OpenShift's builds. spec.nodeName is free to choose
    and the scheduler is not asked, so the Pod runs on any node, those of the control plane
    included; taints are tolerated at will. OpenShift also demands that whoever creates the
    Pod, or its ServiceAccount, may use SecurityContextConstraints for it (privileged, of
    those that it ships), but in namespaces of run-level 0 and 1, and those that it has by
    default. GKE Autopilot lets such Pods in by allowlists alone.
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

from collections.abc import Callable, Iterable, Iterator
from itertools import product

from rbacgraph.edges import efforts, openshift
from rbacgraph.edges.abilities import (
    Ability,
    Found,
    Held,
    Key,
    Present,
    common_names,
    meet,
    names_of,
)
from rbacgraph.edges.applying_pods import APPLY_PODS
from rbacgraph.edges.base import Match, Right, where
from rbacgraph.edges.collections import NODES_OF, NODES_OF_PODS_OF, RUNNING_PODS_OF
from rbacgraph.edges.escapes import both, own_kernel
from rbacgraph.edges.footholds import is_static
from rbacgraph.edges.joint import Join, JointEdge
from rbacgraph.edges.making_pods import DEBUG_PODS, MAKE_PODS, makers
from rbacgraph.edges.world import World
from rbacgraph.model.node import EACH_NAMESPACE, NODE, Node

EVERY_HOST = NODES_OF.everything(""), RUNNING_PODS_OF.everything("")
"""Every node, and every Pod that runs on any, be it known on which."""


_CREATE = Right(("create",), "", "pods")
_DEBUG = Right(("update", "patch"), "", "pods", "ephemeralcontainers")
_USE = Right((openshift.VERB,), openshift.GROUP, openshift.RESOURCE)


def _admitted(id: str, right: Right, names: Callable[[Match], Iterable[str]]) -> Ability:  # noqa: A002
    """Make the ability to do something to Pods, as one who may use what permits everything."""

    def found(_world: World, held: Held) -> Iterator[Found]:
        for holding, use in product(held.get(right, ()), held.get(_USE, ())):
            scope = meet(holding.scope, use.scope)
            if scope is not None and common_names(names_of(use.match), (openshift.PRIVILEGED,)):
                for name in names(holding.match):
                    yield Found(scope, name, (holding, use))

    return Ability(
        id=id,
        rights=(right, _USE),
        found=found,
        joint=True,
        together=((right, _USE),),
        wanted=lambda world: world.constraints.demanded,
    )


ADMITTED_PODS = _admitted("make-admitted-pods", _CREATE, lambda match: ("",) * match.nameless)
"""Create Pods that OpenShift lets have their node, whatever their ServiceAccount may use."""

ADMITTED_DEBUG = _admitted("debug-pods-admitted", _DEBUG, names_of)
"""Add a privileged ephemeral container to a running Pod by name, as OpenShift lets one."""


def _joins(world: World, present: Present) -> Iterator[Join]:
    yield from _creating(world, present)
    yield from _admitting(world, present)
    yield from _debugging(world, present)


def _creating(world: World, present: Present) -> Iterator[Join]:
    security = world.pod_security
    for scope, ability, called in makers(present):
        namespace = security.easiest if scope in {"", EACH_NAMESPACE} else scope
        condition = security.condition(namespace)
        make = present.node(ability, scope) if condition is not None else None
        if make is not None and condition is not None:
            words = f"can create privileged Pods {where(scope)}, on any node"
            evidence = world.constraints.evidence(namespace)
            yield Join((make,), EVERY_HOST, words, scope, called, condition, evidence)


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
    for key in present.of(DEBUG_PODS):
        for pod in debuggable(world, *key):
            yield from _debugged_by(world, present, DEBUG_PODS, pod, debugged(world, *pod))
    for key in present.of(ADMITTED_DEBUG):
        for pod in debuggable(world, *key):
            condition = world.pod_security.by_level(pod[0])
            yield from _debugged_by(world, present, ADMITTED_DEBUG, pod, condition)


def debuggable(world: World, scope: str, name: str) -> Iterator[Key]:
    """Yield the namespaces and names (``""``: any) of the Pods that one debugs by one ability.

    Where it matters which Pod of a namespace it is, each is told.
    """
    for namespace in world.namespaces if scope in {"", EACH_NAMESPACE} else (scope,):
        if name or not (world.constraints.heeds(namespace) or namespace in world.sandboxed_in):
            yield namespace, name
        else:
            pods = (one.node[2] for one in world.runners_in(namespace) if one.kind == "Pod")
            yield from ((namespace, pod) for pod in pods)


def _debugged_by(
    world: World,
    present: Present,
    ability: Ability,
    pod: Key,
    condition: str | None,
) -> Iterator[Join]:
    namespace, name = pod
    target = None if condition is None else debugged_nodes(world, namespace, name)
    node = present.node(ability, namespace, name) if target else None
    if node and target and condition is not None:
        pods = f"Pod {namespace}/{name}" if name else f"Pods in {namespace}"
        words = f"can add a privileged container to running {pods}"
        called = f"{name} admitted".lstrip() if ability is ADMITTED_DEBUG else name
        yield Join((node,), (target[0],), words, namespace, called, both(condition, target[1]))


def debugged(world: World, namespace: str, name: str) -> str | None:
    """Condition under which a Pod, or any, takes a privileged container; None for never."""
    runner = world.runner(namespace, name) if name else None
    if runner is None:
        return world.pod_security.by_level(namespace)
    return world.pod_security.of_pod(namespace, runner.spec.service_account)


def debugged_nodes(world: World, namespace: str, name: str) -> tuple[Node, str] | None:
    """Return the nodes of a namespace's Pods or of one Pod, and when that runs."""
    if not name:
        running = namespace in world.running_in
        return (NODES_OF_PODS_OF.everything(namespace), "") if running else None
    runner = world.runner(namespace, name)
    if runner is None or is_static(runner) or runner.running is None or not runner.spec.node_name:
        return None
    condition = both(runner.running, own_kernel(runner.spec.sandbox))
    return (NODE, "", runner.spec.node_name), condition


EDGE = JointEdge(
    id="create-privileged-pod",
    summary="a new Pod that is privileged has any node",
    page=__doc__,
    effort=efforts.CREATE_PRIVILEGED_POD,
    certainty="conditional where the input lacks the Namespace, a Pod may not be running, or"
    " the platform decides",
    abilities=(MAKE_PODS, APPLY_PODS, ADMITTED_PODS, DEBUG_PODS, ADMITTED_DEBUG),
    joins=_joins,
)
