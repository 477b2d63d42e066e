"""Create a Pod that controls its node, on any node, or add such a container to a running Pod."""

from collections.abc import Callable, Iterable, Iterator
from itertools import product

from rbacgraph.facts.admission import security_context_constraints
from rbacgraph.facts.pods.container_escapes import own_kernel
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.openshift import CONSTRAINTS
from rbacgraph.model.node import EACH_NAMESPACE, GROUP, NODE, USER, Node
from rbacgraph.techniques.new_pods.pod_makers import DEBUG_PODS, MAKE_PODS, makers
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.nodes.cluster_scoped_writes import writes
from rbacgraph.techniques.spec.collections import NODES_OF_PODS_OF, every_host
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRight,
    HeldRights,
    Holder,
    Key,
    cluster_wide,
    common_names,
    meet,
    names_of,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Match, Right, where
from rbacgraph.techniques.structure.member_of import closure, given_groups, listed_in

_CREATE = Right(("create",), "", "pods")
_DEBUG = Right(("update", "patch"), "", "pods", "ephemeralcontainers")
_USE = Right(
    (security_context_constraints.VERB,),
    security_context_constraints.API_GROUP,
    security_context_constraints.RESOURCE,
)
_ASK = Right(("create",), "project.openshift.io", "projectrequests")
_LOGINS = (GROUP, "", "system:authenticated:oauth")
_LOGS_IN = If.INTRUDER_LOGS_IN_TO_OPENSHIFT()


def _usable(world: Facts, use: HeldRight) -> Condition | None:
    """Return the condition on which constraints of a rule give the node; None for never."""
    giving = world.constraints.giving
    names = common_names(names_of(use.match), giving)
    return min((giving[name] for name in names), default=None)


def _admitted(id: str, right: Right, names: Callable[[Match], Iterable[str]]) -> CompoundRight:  # noqa: A002
    """Return the compound right to do something to Pods and use constraints that give the node."""

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        for holding, use in product(held.get(right, ()), held.get(_USE, ())):
            scope, condition = meet(holding.scope, use.scope), _usable(world, use)
            if scope is not None and condition is not None:
                making = (
                    world.identities.making_by(scope, right.resource)
                    if right is _CREATE
                    else CERTAIN
                )
                for name in names(holding.match):
                    yield FoundRight(scope, name, (holding, use), both(condition, making))

    return CompoundRight(
        id=id,
        rights=(right, _USE),
        found=found,
        joint=True,
        together=((right, _USE),),
        objects=lambda world: _listed(world, right, names),
        wanted=lambda world: world.constraints.demanded,
    )


def _listed(
    world: Facts, right: Right, names: Callable[[Match], Iterable[str]]
) -> Iterator[tuple[Key, Holder]]:
    """Yield principals with a right on Pods that constraints list, directly or by a group."""
    listed = world.constraints.listed
    if not listed:
        return
    given = given_groups(world)
    for node in dict.fromkeys((*world.identities.principals, *given)):
        groups = closure(world, node, given)
        ways = [(listed[one].condition, one) for one in (node, *groups) if one in listed]
        if _LOGINS in listed and _may_log_in(node):
            ways.append((both(_LOGS_IN, listed[_LOGINS].condition), _LOGINS))
        if not ways:
            continue
        condition, by = min(ways)
        theirs: set[int] = set()
        for group in groups:  # what the members are and may do, counts for the group
            around = (group, *closure(world, group, given))
            if not listed.keys().isdisjoint(around):
                theirs.update(p for g in around for p in world.rbac.bindings_by_subject.get(g, ()))
        evidence = (*listed_in(world, node, by), *world.constraints.listing(by))
        for holding in _held(world, right, (node, *groups), theirs):
            at = holding.scope
            making = world.identities.making_by(at, right.resource) if right is _CREATE else CERTAIN
            for name in names(holding.match):
                combined = both(condition, making, _doubt(world, holding))
                yield (at, name), Holder(node, (holding, *evidence), combined)


def _may_log_in(node: Node) -> bool:
    """Whether it may be an OpenShift user, or a group of users."""
    return node[0] in {USER, GROUP} and ":" not in node[2]


def _doubt(world: Facts, holding: HeldRight) -> Condition:
    return world.rbac.versions.doubt(holding.binding, holding.role, holding.number)


def _held(world: Facts, right: Right, nodes: Iterable[Node], but: set[int]) -> Iterator[HeldRight]:
    """Yield the rules that give an identity a right, except those of some bindings."""
    for place in (p for node in nodes for p in world.rbac.bindings_by_subject.get(node, ())):
        binding, scope = world.rbac.bindings[place]
        for role in () if place in but else world.authorizer.roles_of(binding):
            for number, rule in enumerate(role.rules or ()):
                verbs = right.verbs_in(rule)
                if verbs:
                    match = Match(verbs, (right.key,), rule.resource_names or ())
                    yield HeldRight(right, match, scope, role, number, binding)


ADMITTED_PODS = _admitted("make-admitted-pods", _CREATE, lambda match: ("",) * match.nameless)
"""Create Pods that OpenShift lets control their node, whatever their account may use."""

ADMITTED_DEBUG = _admitted("debug-pods-admitted", _DEBUG, names_of)
"""Add a privileged ephemeral container to a running Pod by name, as OpenShift allows."""


def _uses(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for use in held.get(_USE, ()):
        condition = _usable(world, use)
        if condition is not None:
            yield FoundRight(use.scope, "", (use,), condition)


def _those_listed(world: Facts) -> Iterator[tuple[Key, Holder]]:
    for node, one in world.constraints.listed.items():
        yield ("", ""), Holder(node, world.constraints.listing(node), one.condition)


USE_CONSTRAINTS = CompoundRight(
    id="use-constraints",
    rights=(_USE,),
    found=_uses,
    objects=_those_listed,
    wanted=lambda world: world.constraints.demanded,
)
"""Use constraints that give the node: another identity of the attacker may create the Pod."""

WRITE_CONSTRAINTS = writes(
    "write-constraints",
    security_context_constraints.API_GROUP,
    CONSTRAINTS,
    security_context_constraints.RESOURCE,
    lambda world: world.snapshot.security_context_constraints,
)
"""Change constraints to permit anything to anyone."""


def _asks(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for holding in cluster_wide(held.get(_ASK, ())):
        if holding.match.nameless:
            yield FoundRight("", "", (holding,))


def _logins(world: Facts) -> Iterator[tuple[Key, Holder]]:
    """Yield users that may request a project as every login may."""
    for holding in _held(world, _ASK, (_LOGINS,), set()):
        if holding.match.nameless and not holding.scope:
            for node in (*world.identities.known_users, *sorted(world.identities.known_groups)):
                if _may_log_in(node):
                    condition = both(_LOGS_IN, _doubt(world, holding))
                    yield ("", ""), Holder(node, (holding,), condition)
            return


ASK_FOR_PROJECT = CompoundRight(
    id="ask-for-project",
    rights=(_ASK,),
    found=_asks,
    objects=_logins,
    wanted=lambda world: world.constraints.demanded,
    cluster_scoped=True,
)
"""Become the admin of a new OpenShift project."""

_MORE = (
    (USE_CONSTRAINTS, "use SecurityContextConstraints and", "using"),
    (WRITE_CONSTRAINTS, "write SecurityContextConstraints and", "writing"),
)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    yield from _creating(world, present)
    yield from _admitting(world, present)
    yield from _debugging(world, present)
    if world.constraints.demanded:
        yield from _asking(world, present)
        for ability, words, called in _MORE if world.constraints.complete else _MORE[1:]:
            yield from _creating_with(world, present, ability, words, called)
            yield from _debugging_with(world, present, ability, words, called)


def _asking(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    """Yield how Pods of a new project control their node."""
    ask = present.node(ASK_FOR_PROJECT, "")
    if ask is None:
        return
    condition = both(If.PROJECT_HAS_ADMIN(), world.pod_security.relabelled(""))
    does = "ask for a project of OpenShift's and create privileged Pods there, on any node"
    use = world.constraints.in_new_namespace
    if use is not None:
        evidence = world.constraints.evidence_of(use, "")
        there = both(condition, use.condition)
        yield Hyperarc((ask,), every_host(world), f"can {does}", "", ("project",), there, evidence)
    for ability, words, called in _MORE:
        more = present.node(ability, "")
        if more is not None:
            can, name_of_join = f"can {words} {does}", ("project", called)
            yield Hyperarc((ask, more), every_host(world), can, "", name_of_join, condition)


def _creating_with(
    world: Facts, present: HeldCompoundRights, more: CompoundRight, words: str, called: str
) -> Iterator[Hyperarc]:
    """Yield joins of a right to use or write constraints with a right to make Pods."""
    security = world.pod_security
    for ability, how in ((MAKE_PODS, "made"), (APPLY_PODS, "applied")):
        for scope in present.shared_scopes(ability, more):
            everywhere = scope in {"", EACH_NAMESPACE}
            some = security.somewhere(scope)
            let_in = some.condition if everywhere else security.condition(scope)
            level = some.by_level if everywhere else security.by_level(scope)
            if let_in == CERTAIN or level is None:
                continue
            make, other = present.node(ability, scope), present.node(more, scope)
            if make and other:
                does = f"can {words} have privileged Pods made {where(scope)}, on any node"
                name = how, called
                condition = both(level, _if(world, more, "" if everywhere else scope))
                yield Hyperarc((make, other), every_host(world), does, scope, name, condition)


def _if(world: Facts, more: CompoundRight, namespace: str) -> Condition:
    """Return the condition on which it works for Pods that another identity makes."""
    return world.constraints.otherwise(namespace) if more is USE_CONSTRAINTS else CERTAIN


def _debugging_with(
    world: Facts, present: HeldCompoundRights, more: CompoundRight, words: str, called: str
) -> Iterator[Hyperarc]:
    """Yield the same for containers that are added to running Pods."""
    for namespace, name in debugged_beyond(world, present, more):
        level = world.pod_security.by_level(namespace, added=True)
        if debugged(world, namespace, name) == CERTAIN or level is None:
            continue
        targets = debugged_nodes(world, namespace, name)
        debug = present.node(DEBUG_PODS, namespace, name) if targets else None
        other = present.node(more, namespace) if debug else None
        for number, target in enumerate(targets if debug and other else ()):
            assert debug is not None
            assert other is not None
            pods = f"Pod {namespace}/{name}" if name else f"Pods in {namespace}"
            does = f"can {words} add a privileged container to running {pods}"
            condition = both(level, target[1], _if(world, more, namespace))
            name_of_join = numbered(("debugged", name, called), number)
            yield Hyperarc((debug, other), (target[0],), does, namespace, name_of_join, condition)


def numbered(name: tuple[str, ...], number: int) -> tuple[str, ...]:
    """Return a distinct name for each of several joins.

    Examples
    --------
    >>> numbered(("web",), 0), numbered(("web",), 1)
    (('web',), ('web', '2'))
    """
    return (*name, str(number + 1)) if number else name


def _creating(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    security = world.pod_security
    for scope, ability, called in makers(present):
        everywhere = scope in {"", EACH_NAMESPACE}
        namespace = security.somewhere(scope).easiest if everywhere else scope
        condition = security.somewhere(scope).condition if everywhere else security.condition(scope)
        make = present.node(ability, scope) if condition is not None else None
        if make is not None and condition is not None:
            words = f"can have privileged Pods made {where(scope)}, on any node"
            evidence = world.constraints.evidence(namespace)
            yield Hyperarc((make,), every_host(world), words, scope, (called,), condition, evidence)


def _admitting(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    """Yield where an identity may use the constraints that OpenShift requires."""
    security = world.pod_security
    for scope in present.scopes(ADMITTED_PODS):
        everywhere = scope in {"", EACH_NAMESPACE}
        condition = security.somewhere(scope).by_level if everywhere else security.by_level(scope)
        make = present.node(ADMITTED_PODS, scope) if condition is not None else None
        if make is not None and condition is not None:
            words = f"can create privileged Pods {where(scope)}, on any node, as OpenShift allows"
            yield Hyperarc((make,), every_host(world), words, scope, ("admitted",), condition)


def _debugging(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for key in present.of(DEBUG_PODS):
        for pod in _debuggable(world, *key):
            yield from _debugged_by(world, present, DEBUG_PODS, pod, debugged(world, *pod))
    for key in present.of(ADMITTED_DEBUG):
        for pod in _debuggable(world, *key):
            condition = world.pod_security.by_level(pod[0], added=True)
            yield from _debugged_by(world, present, ADMITTED_DEBUG, pod, condition)


def debugged_beyond(world: Facts, present: HeldCompoundRights, more: CompoundRight) -> list[Key]:
    """Return the Pods, each once, that an identity debugs without making others by more rights."""
    everywhere = ("", "")
    by_making = present.certain(MAKE_PODS, everywhere) & present.certain(more, everywhere)
    found = (
        pod
        for key in present.of(DEBUG_PODS)
        if present.holders(DEBUG_PODS, key) - by_making
        for pod in _debuggable(world, *key)
    )
    return list(dict.fromkeys(found))


def _debuggable(world: Facts, scope: str, name: str) -> Iterator[Key]:
    """Yield the namespaces and names (``""``: any) of the Pods that one right debugs.

    If it matters which Pod of a namespace it is, each one is listed.
    """
    for namespace in world.identities.namespaces if scope in {"", EACH_NAMESPACE} else (scope,):
        heeded = world.constraints.heeds(namespace)
        if name or not (heeded or namespace in world.running.sandboxed_in):
            yield namespace, name
        else:
            if world.constraints.shown:  # else the Pods that the input lacks count too
                yield namespace, name
            for one in world.running.runners_in(namespace):
                if one.kind == "Pod" and one.number not in world.running.added:
                    yield namespace, one.node[2]


def _debugged_by(
    world: Facts,
    present: HeldCompoundRights,
    ability: CompoundRight,
    pod: Key,
    condition: Condition | None,
) -> Iterator[Hyperarc]:
    namespace, name = pod
    targets = () if condition is None else debugged_nodes(world, namespace, name)
    node = present.node(ability, namespace, name) if targets else None
    for target in targets if node else ():
        assert node is not None
        assert condition is not None
        pods = f"Pod {namespace}/{name}" if name else f"Pods in {namespace}"
        words = f"can add a privileged container to running {pods}"
        name_of_join = ability.id, name
        yield Hyperarc(
            (node,), (target[0],), words, namespace, name_of_join, both(condition, target[1])
        )


def debugged(world: Facts, namespace: str, name: str) -> Condition | None:
    """Return the condition on which a Pod, or any, takes a privileged container; None for never."""
    runner = world.running.runner(namespace, name) if name else None
    if runner is None:
        level = world.pod_security.by_level(namespace, added=True)
        if level is not None and not name and world.constraints.heeds(namespace):
            return both(level, world.constraints.otherwise(namespace))
        return level
    return world.pod_security.of_pod(namespace, runner.spec.service_account)


def debugged_nodes(world: Facts, namespace: str, name: str) -> list[tuple[Node, Condition]]:
    """Return the nodes of a namespace's Pods or of one Pod, and the condition on which it runs."""
    if not name:
        running = namespace in world.running.running_in
        return [(NODES_OF_PODS_OF.everything(namespace), CERTAIN)] if running else []
    runner = world.running.runner(namespace, name)
    versions = world.running.versions_of(runner) if runner else ()
    return [node for one in versions if (node := _debugged_node(world, one)) is not None]


def _debugged_node(world: Facts, runner: PodSource) -> tuple[Node, Condition] | None:
    if runner.static or runner.running is None or not runner.spec.node_name:
        return None
    if runner.spec.node_name in world.running.windows_nodes:
        return None  # all containers of a Windows Pod are HostProcess containers, or none
    virtual = world.running.virtual_nodes.get(runner.spec.node_name)
    lets = virtual.lets if virtual else CERTAIN
    condition = both(runner.running, own_kernel(runner.spec.sandbox), lets)
    return (NODE, "", runner.spec.node_name), condition


EDGE = Conjunction(
    id="create-privileged-pod",
    summary="a new Pod that is privileged has any node",
    effort=5,  # as create-pod, and then an escape from the Pod
    certainty="conditional where the input lacks the Namespace, a Pod may not be running, the"
    " namespace is being deleted, a quota is used up, a node is not ready, or the platform decides",
    abilities=(
        MAKE_PODS,
        APPLY_PODS,
        ADMITTED_PODS,
        DEBUG_PODS,
        ADMITTED_DEBUG,
        USE_CONSTRAINTS,
        WRITE_CONSTRAINTS,
        ASK_FOR_PROJECT,
    ),
    joins=_joins,
)
