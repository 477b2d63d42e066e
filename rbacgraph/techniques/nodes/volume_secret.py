"""Name a Secret in a PersistentVolume, and read it as the kubelet of a Pod with its claim."""

from collections.abc import Iterator

from rbacgraph.facts.secrets.secret_references import node_secrets
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.kubernetes.core import PersistentVolume
from rbacgraph.model.node import SECRET, GraphNode, Node
from rbacgraph.techniques.kubelet.any_kubelet import (
    KUBELET_WITH_CLAIM,
    READING_KUBELET,
    with_claims,
)
from rbacgraph.techniques.kubelet.bind_pod import BIND, binds, waits
from rbacgraph.techniques.new_pods.pod_makers import MAKE_PODS, MAKE_PODS_SOMEWHERE
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.nodes.create_persistentvolume import CREATE_VOLUME
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.rights_by_name import uses_by_name
from rbacgraph.techniques.spec.technique import Right

_CHANGE = Right(("update", "patch"), "", "persistentvolumes")

CHANGE_VOLUME = uses_by_name(
    "change-volume",
    _CHANGE,
    wanted=lambda world: bool(world.volumes.with_secrets or world.hosts.volumes),
    cluster_scoped=True,
)
"""Change an existing PersistentVolume to a claim of the attacker."""


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    if not world.running.nodes:
        return
    yield from _led_there(world, present)
    make = present.node(MAKE_PODS_SOMEWHERE, "")
    for led, volume, targets, words in _volumes(world, present):
        if not targets:
            continue
        if with_claims(world):
            there = f"{words} of a Pod there"
            yield Hyperarc((volume, KUBELET_WITH_CLAIM), targets, there, name=(*led, "there"))
        full = f"{words} of a Pod of one's own"
        if make is not None:
            yield Hyperarc((volume, make, READING_KUBELET), targets, full, name=(*led, "made"))
        for scope in present.scopes(APPLY_PODS):
            apply = present.node(APPLY_PODS, scope)
            assert apply is not None
            name = *led, "applied"
            yield Hyperarc((volume, apply, READING_KUBELET), targets, full, scope, name)
        for runner in world.running.waiting_pods:
            bind = binds(present, runner) if runner.spec.claims else None
            if bind is not None:
                _, namespace, pod = runner.node
                yield Hyperarc(
                    (volume, bind, READING_KUBELET),
                    targets,
                    f"{words} of waiting Pod {namespace}/{pod}, and bind it to the kubelet's node",
                    namespace,
                    (*led, "Pod", pod),
                    waits(world, runner),
                )


def _led_there(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    """Yield Pods of the attacker whose kubelet reads for an unchanged volume."""
    for volume in world.volumes.with_secrets:
        targets = _named(world, [volume])
        claim = volume.spec and volume.spec.claim_ref
        if claim and all(target[1] == claim.namespace for target in targets):
            continue  # a Pod there has these Secrets anyway
        words = f"can name the claim of PersistentVolume {_name(volume)} in a Pod of one's own"
        for ability, called in ((MAKE_PODS, "made"), (APPLY_PODS, "applied")):
            for scope in (claim.namespace,) if claim else present.scopes(ability):
                make = present.node(ability, scope)
                if make is not None:
                    name = "claimed", _name(volume), called
                    doubt = world.identities.making_pods.get(scope, CERTAIN)
                    yield Hyperarc((make, READING_KUBELET), targets, words, scope, name, doubt)


def _volumes(
    world: Facts, present: HeldCompoundRights
) -> Iterator[tuple[tuple[str, ...], GraphNode, tuple[Node, ...], str]]:
    """Yield the usable volumes, the Secrets that a kubelet reads through them, and how."""
    create = present.node(CREATE_VOLUME, "")
    if create is not None:
        every = (SECRETS_OF.everything(""),)
        words = "can name any Secret for the kubelet in a PersistentVolume, by the claim"
        yield ("created",), create, every, words
    for _, name in present.of(CHANGE_VOLUME):
        change = present.node(CHANGE_VOLUME, "", name)
        assert change is not None
        found = [volume for volume in world.volumes.with_secrets if name in {"", _name(volume)}]
        volumes = f"PersistentVolume {name}" if name else "PersistentVolumes"
        words = f"can lead {volumes} with Secrets for the kubelet to the claim"
        yield ("changed", name), change, _named(world, found), words


def _name(volume: PersistentVolume) -> str:
    return volume.metadata.name


def _named(world: Facts, volumes: list[PersistentVolume]) -> tuple[Node, ...]:
    """Return the Secrets that volumes name for a kubelet, outside the claim's namespace."""
    found = {
        (SECRET, reference.namespace, reference.name): None
        for volume in volumes
        if volume.spec is not None
        for _, reference in node_secrets(volume.spec)
        if reference.name in world.secret_numbers.get(reference.namespace, ())
    }
    return tuple(found)


EDGE = Conjunction(
    id="volume-secret",
    summary="a Secret that a PersistentVolume names is read by the kubelet of its claim's Pod",
    effort=5,  # a volume that remains visible, and a read with the kubelet's credential
    certainty="conditional where a Pod may not wait for a node",
    abilities=(CREATE_VOLUME, CHANGE_VOLUME, MAKE_PODS, MAKE_PODS_SOMEWHERE, APPLY_PODS, BIND),
    joins=_joins,
)
