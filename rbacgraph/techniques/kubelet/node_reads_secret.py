"""Read the Secrets that a node's kubelet may read."""

from collections.abc import Collection, Iterator

from rbacgraph.authz.match import Request
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.secrets.secret_uses import PULL_WORDS, container_words, kubelet_words
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.pods import Delivery
from rbacgraph.model.node import NODE_USER, NODES_GROUP, Node
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge

_READING = frozenset({"get", "list", "watch"})

_BITS = 32  # more than a node's number has

Reading = tuple[str, str, str, Object | None]
"""Namespace and name of a Secret, the field that names it, and the PersistentVolume if any."""


def _edges(world: Facts) -> EdgeBlock:
    nodes = world.running.kubelet_numbers
    places: dict[int, int] = {}
    sources: list[int] = []
    targets: list[int] = []
    runners: list[PodSource] = []
    conditions: dict[int, Condition] = {}
    last = None
    for runner, secret in _read(world):
        if runner is not last:
            last, condition = runner, None if runner.static else runner.on_node
            node = 0 if condition is None else nodes[runner.spec.node_name]
        if condition is None:
            continue
        size = len(targets)
        place = places.setdefault(key := node << _BITS | secret, size)
        if place < size:
            if not condition and conditions.pop(place, CERTAIN):
                runners[place] = runner
            if not runner.doubt or conditions.get(place, CERTAIN) in {CERTAIN, condition}:
                continue
            places[key] = size  # another version gives it too
        if condition:
            conditions[size] = condition
        sources.append(node)
        targets.append(secret)
        runners.append(runner)
    return EdgeBlock(sources, targets, runners, conditions)


def _read(world: Facts) -> list[tuple[PodSource, int]]:
    """Return what Pods would let a kubelet read if they were on a node, in their order."""
    secrets, none = world.secret_numbers, dict[str, int]()
    more = [
        (runner, number)
        for runner in world.naming_more
        if runner.spec.node_name
        for namespace, name, _, _ in _beyond_uses(world, runner)
        if (number := secrets.get(namespace, none).get(name)) is not None
    ]
    found = [(runner, number) for runner, _, number in world.uses] + more
    if more:
        found.sort(key=lambda reading: reading[0].number)
    return found


def authorize(
    snapshot: Snapshot, request: Request, user: str, groups: Collection[str]
) -> Decision | None:
    """Decide as the Node authorizer does whether a kubelet may read a Secret.

    Allowed comes with the Pod that refers to the Secret; None if the request is not a kubelet's
        read of a Secret by name, or no Pod on its node refers to it.
    """
    node = user.removeprefix(NODE_USER)
    asked = request.group, request.resource, request.subresource
    if node == user or NODES_GROUP[2] not in groups or asked != ("", "secrets", ""):
        return None
    if request.verb not in _READING or not (request.namespace and request.name):
        return None
    world = Facts(snapshot)
    for runner in world.running.runners:
        if runner.spec.node_name != node or runner.on_node != CERTAIN or runner.static:
            continue
        for namespace, name, how, volume in readings(world, runner):
            if (namespace, name) == (request.namespace, request.name):
                reason = f"allowed by the Node authorizer: a Pod on node {node} refers to it"
                evidence = _evidence(world, runner, node, how, volume)
                return Decision(allowed=True, reason=reason, evidence=evidence)
    return None


def readings(world: Facts, runner: PodSource) -> Iterator[Reading]:
    """Yield the Secrets that a Pod would let its node's kubelet read."""
    for use in runner.spec.secrets:
        yield runner.node[1], use.secret, container_words(use), None
    yield from _beyond_uses(world, runner)


def _beyond_uses(world: Facts, runner: PodSource) -> Iterator[Reading]:
    """Yield the Secrets among them that no container reads."""
    namespace, pod = runner.node[1], runner.name
    for named in runner.spec.kubelet:
        yield namespace, named.secret, kubelet_words(named), None
    if not runner.live:
        yield from _admitted_pulls(world, runner)
    if world.volumes.secrets:
        for claim, volume in runner.spec.claims:
            name = claim or f"{pod}-{volume}"
            for obj, field, reference in world.volumes.secrets.get((namespace, name), ()):
                how = f"{field}, for claim {name} of volume {volume}"
                yield reference.namespace, reference.name, how, obj


def _admitted_pulls(world: Facts, runner: PodSource) -> Iterator[Reading]:
    """Yield the account's image pull Secrets, which admission copies to a Pod without any."""
    key = runner.node[1], runner.spec.service_account
    account = world.snapshot.service_account_index.get(key)
    if account and not any(use.by is Delivery.PULL for use in runner.spec.kubelet):
        for pull in account.image_pull_secrets or ():
            if pull.name:
                yield key[0], pull.name, f"{PULL_WORDS} of ServiceAccount {key[1]}", None


def _explain(world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, PodSource)
    for namespace, name, how, volume in readings(world, basis):
        if (namespace, name) == target[1:]:
            evidence = _evidence(world, basis, source[2], how, volume)
            return f"its kubelet may read Secret {target[1]}/{target[2]}", evidence
    raise AssertionError(target)


def _evidence(
    world: Facts, runner: PodSource, node: str, how: str, volume: Object | None
) -> tuple[Evidence, ...]:
    on_node = f"on node {node}"
    detail = on_node if volume else f"{how}, {on_node}"
    pod = world.rbac.evidence(runner.obj, runner.kind, detail)
    return (pod, world.rbac.evidence(volume, "PersistentVolume", how)) if volume else (pod,)


EDGE = ObjectEdge(
    id="node-reads-secret",
    summary="a node's kubelet reads the Secrets its Pods refer to",
    effort=1,  # one request, with the credential on the node
    certainty="conditional for a template whose Pods may not run",
    edges=_edges,
    explain=_explain,
)
