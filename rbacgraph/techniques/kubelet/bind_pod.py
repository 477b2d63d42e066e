"""Bind a waiting Pod to a node whose kubelet's identity the attacker controls."""

from collections.abc import Iterator, Sequence

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.pods import Pod
from rbacgraph.model.node import EACH_NAMESPACE, SECRET, SERVICE_ACCOUNT, GraphNode, Node
from rbacgraph.techniques.kubelet.any_kubelet import READING_KUBELET, TOKEN_KUBELET
from rbacgraph.techniques.kubelet.node_reads_secret import readings
from rbacgraph.techniques.kubelet.node_requests_token import token_condition
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRight,
    HeldRights,
    used_by_name,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Right

_POD = Right(("create",), "", "pods", "binding")
_ANY = Right(("create",), "", "bindings")
_SCHEDULER = "system:kube-scheduler"


def _binds(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    yield from used_by_name(held.get(_POD, ()))
    for holding in held.get(_ANY, ()):
        if holding.match.nameless:
            yield FoundRight(holding.scope, "", (holding,))


BIND = CompoundRight(id="bind-pod", rights=(_POD, _ANY), found=_binds)


def _binds_new(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for found in _binds(world, held):
        (holding,) = found.uses
        assert isinstance(holding, HeldRight)
        rule = (holding.role.rules or ())[holding.number]
        if found.name or "*" in (rule.resources or ()):
            continue
        if holding.role.metadata.name != _SCHEDULER or _has_others(world):
            yield found


def _has_others(world: Facts) -> bool:
    """Whether any other identity has the scheduler's role."""
    return any(
        subject.name != _SCHEDULER
        for binding, _ in world.rbac.bindings
        if binding.role_ref.name == _SCHEDULER
        for subject in binding.subjects or ()
    )


BIND_NEW = CompoundRight(id="bind-new-pods", rights=(_POD, _ANY), found=_binds_new)
"""Bind any new Pod, for identities other than schedulers."""


def binds(present: HeldCompoundRights, runner: PodSource) -> GraphNode | None:
    """Return the node of the right to bind a Pod, if any identity has it."""
    namespace, name = runner.node[1], runner.name
    by_name = any(key[1] for key in present.wider(BIND, namespace, name))
    return present.node(BIND, namespace, name if by_name else "")


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for runner in world.running.waiting_pods if world.running.nodes else ():
        bind = binds(present, runner)
        if bind is not None:
            yield from _joins_of(world, runner, bind)
    for namespace in _places(world, present):
        bind = present.node(BIND_NEW, namespace)
        if bind is not None:
            yield from _joins_in(world, namespace, bind)


def _places(world: Facts, present: HeldCompoundRights) -> Sequence[str]:
    """Return the namespaces in which an identity may bind any new Pod."""
    scopes = present.scopes(BIND_NEW) if world.running.nodes else ()
    return scopes if {"", EACH_NAMESPACE}.isdisjoint(scopes) else world.identities.namespaces


def _joins_in(world: Facts, namespace: str, bind: GraphNode) -> Iterator[Hyperarc]:
    words = f"can bind new Pods of {namespace} to the kubelet's node, which reads for them"
    found: dict[tuple[GraphNode, Condition], dict[Node, None]] = {}
    for runner in world.running.runners_in(namespace):
        if _is_remade(runner):
            for target, kubelet, condition in _given(world, runner):
                found.setdefault(
                    (kubelet, both(If.CONTROLLER_MAKES_POD_BOUND_LATE(), condition)), {}
                )[target] = None
    for number, ((kubelet, condition), targets) in enumerate(found.items()):
        inputs = bind, kubelet
        yield Hyperarc(inputs, tuple(targets), words, namespace, ("new", str(number)), condition)


def _is_remade(runner: PodSource) -> bool:
    """Whether a controller makes Pods like this one, which then wait for a node."""
    if isinstance(runner.obj, Pod):
        return bool(runner.obj.owners) and not runner.static
    return not runner.spec.node_name and runner.kind != "PodTemplate"


def _joins_of(world: Facts, runner: PodSource, bind: GraphNode) -> Iterator[Hyperarc]:
    _, namespace, name = runner.node
    words = f"can bind waiting Pod {namespace}/{name} to the kubelet's node, which reads for it"
    evidence = (world.rbac.evidence(runner.obj, runner.kind, "waits for a node"),)
    found: dict[tuple[GraphNode, Condition], dict[Node, None]] = {}
    for target, kubelet, condition in _given(world, runner):
        combined = both(waits(world, runner), condition)
        found.setdefault((kubelet, combined), {})[target] = None
    for number, ((kubelet, condition), targets) in enumerate(found.items()):
        inputs, called = (bind, kubelet), ("Pod", name, str(number))
        yield Hyperarc(inputs, tuple(targets), words, namespace, called, condition, evidence)


def waits(world: Facts, runner: PodSource) -> Condition:
    """Return the condition on which a Pod without a node can be bound."""
    namespace, name = runner.node[1], runner.name
    waiting = CERTAIN if runner.live else If.WAITING_POD(namespace, name)
    gated = If.GATES_ARE_REMOVED(namespace, name) if runner.spec.gated else CERTAIN
    return both(runner.doubt, waiting, gated, world.identities.creating.get(namespace, CERTAIN))


def _given(world: Facts, runner: PodSource) -> Iterator[tuple[Node, GraphNode, Condition]]:
    """Yield what the kubelet gets of a Pod that is bound to its node, and how."""
    secrets = world.secret_numbers
    for namespace, name, _, _ in readings(world, runner):
        if name in secrets.get(namespace, ()):
            yield (SECRET, namespace, name), READING_KUBELET, CERTAIN
    account = runner.node[1], runner.spec.service_account
    exists = world.identities.service_accounts.get(account)
    token = token_condition(world, runner)
    if exists is not None and token is not None:
        yield (SERVICE_ACCOUNT, *account), TOKEN_KUBELET, both(token, exists)


EDGE = Conjunction(
    id="bind-pod",
    summary="a Pod that is bound to a node gives its Secrets and token to the node's kubelet",
    effort=3,  # a Pod is bound, which the scheduler sees, and then read for its kubelet
    certainty="conditional where the Pod may not wait, or is not made yet, or the namespace is"
    " being deleted",
    abilities=(BIND, BIND_NEW),
    joins=_joins,
)
