"""Have a CSI driver log in with a Secret of any namespace, at a server of the attacker's."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.techniques.new_pods.pod_makers import (
    MAKE_PODS_SOMEWHERE,
    makers_somewhere,
)
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.nodes.class_secret import CREATE_CLASS
from rbacgraph.techniques.nodes.cluster_scoped_writes import writes
from rbacgraph.techniques.nodes.create_persistentvolume import CREATE_VOLUME
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRights,
    made_by_name,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Right

_SNAPSHOTS = "snapshot.storage.k8s.io"


def _made_somewhere(id: str, group: str, resource: str) -> CompoundRight:  # noqa: A002
    """Return the compound right to create an object of a kind in some namespace."""
    create, patch = Right(("create",), group, resource), Right(("patch",), group, resource)

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        for one in made_by_name(world, held.get(create, ()), held.get(patch, ())):
            yield FoundRight("", "", one.uses)
            return

    return CompoundRight(
        id=id,
        rights=(create, patch),
        found=found,
        joint=True,
        together=((create, patch),),
        alone=(create,),
    )


MAKE_CLAIMS = _made_somewhere("make-claims-somewhere", "", "persistentvolumeclaims")
MAKE_SNAPSHOTS = _made_somewhere("make-snapshots-somewhere", _SNAPSHOTS, "volumesnapshots")
WRITE_SNAPSHOT_CLASS = writes(
    "write-snapshot-class",
    _SNAPSHOTS,
    "VolumeSnapshotClass",
    "volumesnapshotclasses",
    lambda world: world.snapshot.volume_snapshot_classes,
)


def _joins(_world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for kind, write, use in (
        ("PersistentVolume", CREATE_VOLUME, None),
        ("StorageClass", CREATE_CLASS, MAKE_CLAIMS),
        ("VolumeSnapshotClass", WRITE_SNAPSHOT_CLASS, MAKE_SNAPSHOTS),
    ):
        named = present.node(write, "")
        if named is None:
            continue
        used = None if use is None else present.node(use, "")
        uses = [("", used, "used")] if used is not None else []
        if write is not WRITE_SNAPSHOT_CLASS:
            uses += makers_somewhere(present)
        words = f"can name any Secret for a driver in a {kind}, next to a server of one's own"
        for scope, by, called in uses:
            every, sends = (SECRETS_OF.everything(""),), If.DRIVER_SENDS_SECRET()
            yield Hyperarc((named, by), every, words, scope, (kind, called), sends)


EDGE = Conjunction(
    id="driver-sends-secret",
    summary="a CSI driver logs in with any Secret at a server that a volume or its class names",
    effort=7,  # a volume or class that remains visible, a server, and a driver that logs in there
    certainty="always conditional: which drivers send a Secret, and where, is not known",
    abilities=(
        CREATE_VOLUME,
        CREATE_CLASS,
        WRITE_SNAPSHOT_CLASS,
        MAKE_PODS_SOMEWHERE,
        APPLY_PODS,
        MAKE_CLAIMS,
        MAKE_SNAPSHOTS,
    ),
    joins=_joins,
)
