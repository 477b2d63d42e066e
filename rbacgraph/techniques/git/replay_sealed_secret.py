"""Have the Sealed Secrets controller unseal a SealedSecret where the attacker reads it."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.node import SECRET, Node
from rbacgraph.techniques.new_pods.pod_makers import MAKE_PODS
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import where
from rbacgraph.techniques.stores.resource_writers import (
    READ_SOME_SECRET,
    WIDE,
    has_wide_sealed_secrets,
    writes,
)

WRITE_SEALED = writes(
    "write-sealed-secret", "bitnami.com", ("sealedsecrets",), has_wide_sealed_secrets
)
_READERS = ((READ_SOME_SECRET, "read"), (MAKE_PODS, "made"), (APPLY_PODS, "applied"))


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    if not has_wide_sealed_secrets(world):
        return
    for ability, called in _READERS:
        for scope in present.shared_scopes(WRITE_SEALED, ability):
            write, read = present.node(WRITE_SEALED, scope), present.node(ability, scope)
            targets = tuple(_unsealed(world, scope))
            if write and read and targets:
                words = f"can have SealedSecrets unsealed {where(scope)} and read the result"
                runs = If.SEALED_CONTROLLER_UNSEALS()
                yield Hyperarc((write, read), targets, words, scope, (called,), runs)


def _unsealed(world: Facts, scope: str) -> Iterator[Node]:
    """Yield the Secrets of SealedSecrets that can be unsealed under another name in a scope."""
    for sealed in world.snapshot.sealed_secrets:
        namespace, name = sealed.metadata.namespace, sealed.metadata.name
        here = scope in WIDE or namespace == scope
        fits = sealed.is_cluster_wide or (sealed.is_wide and here)
        if fits and (namespace, name) in world.secrets:
            yield SECRET, namespace, name


EDGE = Conjunction(
    id="replay-sealed-secret",
    summary="the Sealed Secrets controller unseals a copy of a SealedSecret for another author",
    effort=4,  # an object that remains visible, and a text that must be found
    certainty="always conditional: on the controller, and on the text of the SealedSecret",
    abilities=(WRITE_SEALED, READ_SOME_SECRET, MAKE_PODS, APPLY_PODS),
    joins=_joins,
)
