"""Decrypt SealedSecrets with the controller's key."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.node import SECRET, Node
from rbacgraph.techniques.spec.collections import UNSEALED
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    if not world.snapshot.sealed_secrets:
        return
    for secret in world.snapshot.secrets:
        labels = secret.metadata.labels
        if labels and labels.sealed_secrets_key and not secret.only_verifies:
            node = SECRET, secret.metadata.namespace, secret.metadata.name
            yield node, UNSEALED.everything(""), secret, If.SEALED_SECRET_IS_AT_HAND()


def _explain(world: Facts, _source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Secret)
    detail = "labelled as a key of the Sealed Secrets controller"
    return "decrypts SealedSecrets", (world.rbac.evidence(basis, "Secret", detail),)


EDGE = ObjectEdge(
    id="unseal",
    summary="a key of the Sealed Secrets controller decrypts SealedSecrets",
    effort=2,  # the text of the SealedSecret must be found first
    certainty="always conditional: the SealedSecret's text must be at hand",
    edges=_edges,
    explain=_explain,
)
