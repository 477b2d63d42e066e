"""Create a PersistentVolume that is a path of the node, and a Pod that mounts it."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.node import EACH_NAMESPACE
from rbacgraph.techniques.new_pods.pod_makers import MAKE_PODS, makers
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.nodes.cluster_scoped_writes import makes
from rbacgraph.techniques.spec.collections import every_host
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import where


def _taken(world: Facts) -> frozenset[str]:
    return frozenset(volume.metadata.name for volume in world.snapshot.persistent_volumes)


CREATE_VOLUME = makes("create-volume", "PersistentVolume", "persistentvolumes", _taken)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    volume = present.node(CREATE_VOLUME, "")
    if volume is None:
        return
    security = world.pod_security
    for scope, ability, called in makers(present):
        everywhere = scope in {"", EACH_NAMESPACE}
        let_in = security.somewhere(scope).condition if everywhere else security.condition(scope)
        if let_in == CERTAIN:
            continue  # a privileged Pod does it
        make = present.node(ability, scope)
        if make is not None:
            condition = security.somewhere(scope).root if everywhere else security.root(scope)
            words = f"can mount any path of a node by PersistentVolumes and Pods {where(scope)}"
            yield Hyperarc((volume, make), every_host(world), words, scope, (called,), condition)


EDGE = Conjunction(
    id="create-persistentvolume",
    summary="a PersistentVolume of a node's path gives any node to a Pod that mounts it",
    effort=6,  # as mount-persistentvolume, by a volume that remains visible
    certainty="conditional where Pod Security may forbid root",
    abilities=(CREATE_VOLUME, MAKE_PODS, APPLY_PODS),
    joins=_joins,
)
