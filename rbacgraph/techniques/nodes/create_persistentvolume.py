"""Create a PersistentVolume that is a path of the node, and a Pod that mounts it.

Precondition
    - create on persistentvolumes, cluster-wide; or create and patch on a free name.
    - create on pods or a workload, or a change of a workload, in a namespace.
    The two rights may belong to different identities of the attacker. Pod Security does not check
    what is behind claims: even restricted admits them, but as it forbids root, only files readable
    by a user with chosen groups count there. No right on claims is needed, as a Pod's ephemeral
    volume brings its own. The attacker chooses spec.nodeName of the Pod. Server-side apply creates
    the volume if the right has names.
Use
    A PersistentVolume of hostPath / with storageClassName x, and a Pod with
    volumes[].ephemeral.volumeClaimTemplate of that class; it then holds the sockets and files of
    the node. Or one of local with volumeMode Block and a disk of the node, which
    volumeDevices of the Pod hands to it
Close
    Give create on persistentvolumes only to provisioners; forbid hostPath and local
    PersistentVolumes by an admission policy.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#persistent-volume-creation
    https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#security
    MITRE ATT&CK T1611 (escape to host)
"""

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
    page=__doc__,
    effort=6,  # as mount-persistentvolume, by a volume that remains visible
    certainty="conditional where Pod Security may forbid root",
    abilities=(CREATE_VOLUME, MAKE_PODS, APPLY_PODS),
    joins=_joins,
)
