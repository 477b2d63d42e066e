"""Remove a namespace's Pod Security level, and create a Pod that controls its node."""

from collections.abc import Iterator, Sequence
from itertools import product

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import WritableObjects, is_limited
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import EACH_NAMESPACE, GraphNode
from rbacgraph.techniques.new_pods.pod_makers import DEBUG_PODS, MAKE_PODS
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.nodes.cluster_scoped_writes import makes
from rbacgraph.techniques.nodes.create_privileged_pod import (
    debugged,
    debugged_beyond,
    debugged_nodes,
    numbered,
)
from rbacgraph.techniques.running_pods.ephemeral_container import held_beside
from rbacgraph.techniques.running_pods.patch_pod import by_images
from rbacgraph.techniques.spec.collections import SECRETS_OF, every_host, existing
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRights,
    by_one_rule,
    names_of,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Right, RuleTarget, Target, where

_RELABELS = (
    Right(("patch", "update"), "", "namespaces"),
    Right(("patch", "update"), "", "namespaces", "status"),
    Right(("update",), "", "namespaces", "finalize"),  # the server has no patch of it
)
_EVERYWHERE = ("", EACH_NAMESPACE)


def _relabels(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for holding in (one for right in _RELABELS for one in held.get(right, ())):
        for name in names_of(holding.match):
            if not name:
                yield FoundRight(holding.scope, "", (holding,))
            elif holding.scope in {*_EVERYWHERE, name}:
                exists = _exists(world, name)
                if exists is not None:
                    yield FoundRight(name, "", (holding,), exists)


def _exists(world: Facts, name: str) -> Condition | None:
    """Return the condition on which a namespace exists; None if it does not."""
    if name in world.identities.namespace_names:
        return CERTAIN
    listed = world.snapshot.is_listed("Namespace")
    return None if listed else If.NAMESPACE_IS_THERE(name)


RELABEL = CompoundRight(id="relabel-namespace", rights=_RELABELS, found=_relabels)
CHANGE_PODS = CompoundRight(
    id="change-pods",
    rights=(Right(("patch", "update"), "", "pods"),),
    found=by_one_rule(lambda _world, _scope, match: names_of(match)),
    wanted=lambda world: bool(world.part(WritableObjects).refused),
)
_CHANGES = (CHANGE_PODS, "change the images of"), (DEBUG_PODS, "add containers to")
CREATE_NAMESPACE = makes(
    "create-namespace", "Namespace", "namespaces", lambda world: world.identities.namespace_names
)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    security = world.pod_security
    yield from _debugging(world, present)
    yield from _changing(world, present)
    for ability, called in ((MAKE_PODS, "made"), (APPLY_PODS, "applied")):
        yield from _relabelling(world, present, ability, called)
    then = security.relabelled("")
    scopes = [s for s in _EVERYWHERE if security.somewhere(s).condition not in {CERTAIN, then}]
    words = "can have privileged Pods made in a new namespace, on any node"
    for ability, name_of_join in (MAKE_PODS, "new"), (APPLY_PODS, "applied anew"):
        for scope in scopes:
            make, create = present.node(ability, scope), present.node(CREATE_NAMESPACE, "")
            if make and create:
                yield Hyperarc(
                    (make, create), every_host(world), words, scope, (name_of_join,), then
                )


def _debugging(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    """Yield where a privileged container can be added to running Pods without the level."""
    for namespace, name in debugged_beyond(world, present, RELABEL):
        if debugged(world, namespace, name) in {CERTAIN, _unlabelled(world, namespace)}:
            continue
        relabel = present.node(RELABEL, namespace)
        targets = debugged_nodes(world, namespace, name) if relabel else []
        debug = present.node(DEBUG_PODS, namespace, name) if targets else None
        for number, target in enumerate(targets if debug else ()):
            assert relabel is not None
            assert debug is not None
            pods = f"Pod {name}" if name else "Pods"
            words = f"can lift Pod Security in {namespace} and add a privileged container to {pods}"
            name_of_join = numbered(("debugging", name), number)
            condition = both(target[1], _unlabelled(world, namespace))
            yield Hyperarc(
                (debug, relabel), (target[0],), words, namespace, name_of_join, condition
            )


def _unlabelled(world: Facts, namespace: str) -> Condition:
    return world.pod_security.relabelled(namespace, added=True)


def _changing(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    """Yield the Pods that cannot be changed while their namespace has its level."""
    for namespace, refused in world.part(WritableObjects).refused.items():
        relabel = present.node(RELABEL, namespace)
        for ability, what in _CHANGES if relabel else ():
            names = {name for at, name in present.of(ability) if at in {*_EVERYWHERE, namespace}}
            found: dict[tuple[str, Condition], list[PodSource]] = {}
            for name, pod in product(sorted(names), refused):
                if name in {"", pod.name}:
                    found.setdefault((name, pod.running or CERTAIN), []).append(pod)
            for (name, running), pods in found.items():
                change = present.node(ability, namespace, name)
                if relabel and change:
                    words = f"can lift Pod Security in {namespace} and {what} Pods that violate it"
                    called = (pods[0].node[2],) if running else ()
                    name_of_join = ability.id, name, *called
                    given: dict[Condition, dict[GraphNode, None]] = {}
                    for target, condition in _given(world, ability, pods):
                        given.setdefault(both(running, condition), {})[target] = None
                    for number, (condition, targets) in enumerate(given.items()):
                        yield Hyperarc(
                            (change, relabel),
                            tuple(targets),
                            words,
                            namespace,
                            numbered(name_of_join, number),
                            condition,
                        )


def _given(world: Facts, ability: CompoundRight, pods: Sequence[PodSource]) -> Iterator[RuleTarget]:
    """Yield what a change of Pods gives: the Pods, and more by a new container or image."""
    yield from ((pod.node, CERTAIN) for pod in pods)
    if ability is DEBUG_PODS and not all(is_limited(world, pod) for pod in pods):
        yield SECRETS_OF.everything(pods[0].node[1]), CERTAIN
    for target, condition in _more(world, ability, pods):
        found = existing(world, target, condition)
        if found is not None:
            yield found


def _more(world: Facts, ability: CompoundRight, pods: Sequence[PodSource]) -> Iterator[Target]:
    numbers = {pod.number for pod in pods}
    if ability is DEBUG_PODS:
        yield from held_beside(world, lambda one: CERTAIN if one.number in numbers else None)
        return
    for pod in world.running.stalled_pods:
        if pod.number in numbers:
            yield from by_images(world, pod)


def _relabelling(
    world: Facts, present: HeldCompoundRights, ability: CompoundRight, called: str
) -> Iterator[Hyperarc]:
    security = world.pod_security
    for scope in present.shared_scopes(ability, RELABEL):
        everywhere = scope in _EVERYWHERE
        let_in = security.somewhere(scope).condition if everywhere else security.condition(scope)
        then = security.somewhere(scope).relabelled if everywhere else security.relabelled(scope)
        if let_in not in {CERTAIN, then}:  # else no relabelling is needed
            make, relabel = present.node(ability, scope), present.node(RELABEL, scope)
            if make and relabel:
                words = (
                    f"can lift Pod Security {where(scope)} and have privileged Pods made there,"
                    " on any node"
                )
                yield Hyperarc((make, relabel), every_host(world), words, scope, (called,), then)


EDGE = Conjunction(
    id="relabel-namespace",
    summary="a namespace without its Pod Security level lets a privileged Pod have any node",
    effort=6,  # as create-privileged-pod, after a change of a label
    abilities=(MAKE_PODS, APPLY_PODS, DEBUG_PODS, CHANGE_PODS, RELABEL, CREATE_NAMESPACE),
    joins=_joins,
)
