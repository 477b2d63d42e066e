"""Mount a PersistentVolume that is a path of the node, in a Pod of the attacker's own."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.facts.nodes.node_roles import NodeVolume
from rbacgraph.facts.pods.container_escapes import best_escape, host_files
from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import change_condition
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.core import ObjectReference, PersistentVolume
from rbacgraph.model.kubernetes.pods import HostAccess, HostContainer
from rbacgraph.model.node import EACH_NAMESPACE, NODE, GraphNode, Node
from rbacgraph.techniques.new_pods.pod_makers import DEBUG_PODS, MAKE_PODS, makers
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.nodes.create_privileged_pod import debugged
from rbacgraph.techniques.nodes.volume_secret import CHANGE_VOLUME
from rbacgraph.techniques.spec.collections import every_host
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRights,
    made_by_name,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.node_files import finds
from rbacgraph.techniques.spec.rights_by_name import creates_by_name
from rbacgraph.techniques.spec.technique import Right, where

_MAKERS = (MAKE_PODS, "made"), (APPLY_PODS, "applied")
_POD_AND_VOLUME = re.compile(r"[a-z0-9.-]*[a-z0-9]-[a-z0-9]([a-z0-9-]*[a-z0-9])?")
"""Names of claims that a Pod and its volume can have."""

_PODS = Right(("create",), "", "pods"), Right(("patch",), "", "pods")


def _names_pods(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    made = made_by_name(world, *(held.get(right, ()) for right in _PODS))
    yield from (found for found in made if not found.name)


def _reserves(world: Facts) -> bool:
    volumes = world.hosts.volumes.values()
    return any(world.claimed.standing(one.volume) == "reserved" for one in volumes)


CREATE_CLAIM = creates_by_name("create-claim", "", "persistentvolumeclaims", wanted=_reserves)
NAME_PODS = CompoundRight(
    id="name-pods",
    rights=_PODS,
    found=_names_pods,
    joint=True,
    together=(_PODS,),
    alone=_PODS[:1],
    wanted=_reserves,
)
"""Create Pods of any name, from which the claims of their ephemeral volumes get their names."""


class _Place(NamedTuple):
    """Where an identity has Pods made, by which right, with a word for the name.

    Also by which change of the volume or creation of its claim, and the condition.
    """

    scope: str
    ability: CompoundRight
    called: str
    changed: GraphNode | None = None
    claiming: GraphNode | None = None
    condition: Condition = CERTAIN


class _Mount(NamedTuple):
    """A volume, with what a part of its path gives and on which condition."""

    volume: PersistentVolume
    part: str
    targets: tuple[Node, ...]
    words: str
    condition: Condition
    evidence: tuple[Evidence, ...] = ()


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    mounts = [
        mount
        for one in world.hosts.volumes.values()
        for mount in _gives(world, one, node="" if _is_fixed(one.volume) else None)
    ]
    known = set[tuple[object, ...]]()
    for mount in mounts:
        for place in _places(world, present, mount.volume):
            key = place, mount.targets, mount.condition
            join = None if key in known else _join(world, present, mount, place)
            if join is not None:
                known.add(key)
                yield join
    if mounts:
        yield from _debugging(world, present)


def _debugging(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    """Yield what a container added to a running Pod gets from the Pod's claims."""
    for runner in world.running.pods:
        namespace, pod = runner.node[1], runner.name
        change = change_condition(world, runner) if runner.running is not None else None
        claims = runner.spec.claims if change is not None else ()
        debug = _debugs(present, namespace, pod) if claims else None
        sandbox = runner.spec.sandbox
        if debug is None or (debugged(world, namespace, pod) == CERTAIN and not sandbox):
            continue  # a privileged container does it
        for claim, called in claims:
            found = world.hosts.claimed.get((namespace, claim or f"{pod}-{called}"))
            if found is None:
                continue
            writable, node = called not in runner.spec.read_only, runner.spec.node_name
            for mount in _gives(world, found, node=node, writable=writable, sandbox=sandbox):
                words = f"can add a container to Pod {pod} that mounts {called}, {mount.words}"
                root = world.pod_security.root(namespace, runner.spec.service_account)
                condition = both(
                    mount.condition, runner.running or CERTAIN, change or CERTAIN, root
                )
                name = called, "of", runner.node[2], mount.part
                evidence = (_evidence(world, mount.volume), *mount.evidence)
                yield Hyperarc((debug,), mount.targets, words, namespace, name, condition, evidence)


def _debugs(present: HeldCompoundRights, namespace: str, pod: str) -> GraphNode | None:
    by_name = any(key[1] for key in present.wider(DEBUG_PODS, namespace, pod))
    return present.node(DEBUG_PODS, namespace, pod if by_name else "")


def _evidence(world: Facts, volume: PersistentVolume) -> Evidence:
    one = world.hosts.volumes[volume.metadata.name]
    is_what = f"is the disk {one.path} of the node" if one.disk else f"is {one.path} of the node"
    return world.rbac.evidence(volume, "PersistentVolume", is_what)


def _is_fixed(volume: PersistentVolume) -> bool:
    """Whether a volume belongs to one node."""
    spec = volume.spec
    return spec is not None and (spec.local is not None or spec.node_affinity is not None)


def _gives(
    world: Facts,
    given: NodeVolume,
    *,
    node: str | None,
    writable: bool = True,
    sandbox: str = "",
) -> Iterator[_Mount]:
    """Yield what a path gives to root: ``""`` for an unknown node, None for a chosen one."""
    volume, held = given.volume, ((given.path, writable),)
    container = HostContainer(
        name="of one's own",
        paths=() if given.disk else held,
        disks=held if given.disk else (),
    )
    windows = bool(node) and node in world.running.windows_nodes
    host = HostAccess(containers=(container,), sandbox=sandbox, windows=windows)
    nodes, known = node or "", world.hosts.distributions
    escape = best_escape(host, set_up_by=known.may_be(nodes), runtimes=known.runtimes(nodes))
    if escape is not None and node:
        its = ((NODE, "", node),)
        yield _Mount(volume, "", its, "and break out to its node", escape.condition)
    elif escape is not None:
        on_it = CERTAIN if node is None else If.POD_IS_ON_VOLUMES_NODE()
        there = both(escape.condition, on_it)
        yield _Mount(volume, "", every_host(world), "and break out to any node", there)
    if escape is None or escape.condition:
        files = tuple(host_files(host))
        found = (find for file in files for find in finds(world, node, file))
        for number, find in enumerate(found):
            words, combined = (
                f"which {find.words}",
                both(find.condition, *(one.condition for one in files)),
            )
            target = (find.target,)
            yield _Mount(volume, f"({number})", target, words, combined, find.evidence)


def _places(
    world: Facts, present: HeldCompoundRights, volume: PersistentVolume
) -> Iterator[_Place]:
    """Yield where the attacker's Pods can have the claim of a volume."""
    claim = volume.spec.claim_ref if volume.spec else None
    if claim is None:
        yield from (_Place(*maker) for maker in makers(present))
        return
    standing = world.claimed.standing(volume)
    if standing == "bound":
        for ability, called in _MAKERS:
            yield _Place(claim.namespace, ability, called)
    elif standing == "reserved":
        yield from _making_claims(world, present, claim)
    change = present.node(CHANGE_VOLUME, "", volume.metadata.name)
    if change is not None:
        yield from (_Place(*maker, change) for maker in makers(present))


def _making_claims(
    world: Facts, present: HeldCompoundRights, claim: ObjectReference
) -> Iterator[_Place]:
    """Yield where Pods of one's own have a claim that is yet to be made."""
    namespace, name = claim.namespace, claim.name
    create = present.node(CREATE_CLAIM, namespace, name)
    room = world.identities.creating_one(namespace, "persistentvolumeclaims")
    for ability, called in _MAKERS:
        if create is not None:
            claimed = f"{called}-claimed"
            yield _Place(namespace, ability, claimed, claiming=create, condition=room)
        waits = If.CLAIM_IS_MADE(namespace, name)
        yield _Place(namespace, ability, f"{called}-waiting", condition=waits)
    if _POD_AND_VOLUME.fullmatch(name):
        yield _Place(namespace, NAME_PODS, "brought", condition=room)


def _join(
    world: Facts, present: HeldCompoundRights, mount: _Mount, place: _Place
) -> Hyperarc | None:
    """Return the join of a mount in a place; None if no identity needs it or has Pods there."""
    name = mount.volume.metadata.name
    scope, changed = place.scope, place.changed
    security, everywhere = world.pod_security, scope in {"", EACH_NAMESPACE}
    let_in = security.somewhere(scope).condition if everywhere else security.condition(scope)
    make = None if let_in == CERTAIN else present.node(place.ability, scope)
    if make is None:
        return None
    root = security.somewhere(scope).root if everywhere else security.root(scope)
    led = f"lead PersistentVolume {name} to a Pod's claim" if changed else f"mount {name}"
    more = filter(None, (changed, place.claiming))
    return Hyperarc(
        (make, *more),
        mount.targets,
        f"can {led} by Pods {where(scope)}, {mount.words}",
        scope,
        ("changed" if changed else "led", name, place.called, mount.part),
        both(
            mount.condition, place.condition, root, world.identities.making_pods.get(scope, CERTAIN)
        ),
        (_evidence(world, mount.volume), *mount.evidence),
    )


EDGE = Conjunction(
    id="mount-persistentvolume",
    summary="a new Pod mounts a PersistentVolume that is a path of the node",
    effort=5,  # as a Pod, and then an escape by the files that it mounts
    certainty="conditional where the path, its node, Pod Security or a claim to be made decides",
    abilities=(MAKE_PODS, APPLY_PODS, DEBUG_PODS, CHANGE_VOLUME, CREATE_CLAIM, NAME_PODS),
    joins=_joins,
)
