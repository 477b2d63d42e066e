"""Decides whether the claim that a PersistentVolume names has it.

Source: kubernetes ``pkg/controller/volume/persistentvolume/pv_controller.go`` (``syncVolume``,
``syncUnboundClaim``): a deleted and recreated claim has another uid, and its volume waits for an
administrator; a volume whose ``claimRef`` has no uid waits for the claim.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import ObjectReference, PersistentVolume, PersistentVolumeClaim

_Standing = Literal["free", "bound", "reserved", "released"]
"""A volume's claim: none named, the present one, one not created yet, or a deleted one."""

_RELEASED = frozenset({"Released", "Failed"})


class Claimed:
    """The claims of PersistentVolumes."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def standing(self, volume: PersistentVolume) -> _Standing:
        """Return the state of a volume's claim; without information, the claim has the volume."""
        ref = volume.spec.claim_ref if volume.spec else None
        if ref is None:
            return "free"
        phase = volume.status.phase if volume.status else ""
        claim = self._claims.get((ref.namespace, ref.name))
        if ref.uid and phase in _RELEASED:
            return "released"
        if claim is not None:
            return "bound" if _may_have(claim, volume, ref) else "released"
        gone = self._snapshot.is_listed("PersistentVolumeClaim", ref.namespace)
        if ref.uid:
            return "released" if gone else "bound"
        return "reserved" if gone or phase == "Available" else "bound"

    @cached_property
    def _claims(self) -> Mapping[Key, PersistentVolumeClaim]:
        claims = self._snapshot.persistent_volume_claims
        return {(claim.metadata.namespace, claim.metadata.name): claim for claim in claims}


def _may_have(claim: PersistentVolumeClaim, volume: PersistentVolume, ref: ObjectReference) -> bool:
    """Whether a claim of the name is the intended one, and has no other volume."""
    uid = claim.metadata.uid
    other = claim.spec.volume_name if claim.spec else ""
    return not (ref.uid and uid and ref.uid != uid) and other in {"", volume.metadata.name}
