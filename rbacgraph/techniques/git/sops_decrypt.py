"""Decrypt a file that SOPS encrypted, with the private key of one of its recipients."""

from collections.abc import Iterator

from rbacgraph.facts.external.encrypted_files import Decryption, EncryptedFiles
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import Node
from rbacgraph.techniques.git.same_ways import each_once
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    external = world.part(ExternalSecrets)
    yield from each_once(
        (external.node(one.recipient), target, one, both(one.condition, applied))
        for one in world.part(EncryptedFiles).decryptions
        for target, applied in one.targets
    )


def _explain(_world: Facts, source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Decryption)
    document = basis.document
    detail = f"encrypted to {source[2]}"
    evidence = Evidence("File", "", document.file, document.file, document.line, detail=detail)
    return "decrypts the file", (evidence,)


EDGE = ObjectEdge(
    id="sops-decrypt",
    summary="a recipient's key decrypts the files that SOPS encrypted to it",
    effort=2,  # the file must be found first
    certainty="always conditional: the encrypted file must be at hand",
    edges=_edges,
    explain=_explain,
)
