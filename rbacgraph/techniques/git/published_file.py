"""Read in Vault the values of a file that SOPS encrypts in Git and sops publish writes there."""

from collections.abc import Iterator

from rbacgraph.facts.external.encrypted_files import EncryptedFiles, Published
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.world import Facts
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import Node
from rbacgraph.techniques.git.same_ways import each_once
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    external = world.part(ExternalSecrets)
    published = world.part(EncryptedFiles).published
    yield from each_once(
        (external.node(one.place), one.target, one, one.condition) for one in published
    )


def _explain(_world: Facts, source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Published)
    file, line = basis.line
    evidence = Evidence("File", "", file, file, line, detail=f"publishes to {source[2]}")
    return "holds the file's values", (evidence,)


EDGE = ObjectEdge(
    id="published-file",
    summary="a secret of Vault holds the values of a file that sops publish wrote to it",
    effort=1,  # the values are at hand
    certainty="always conditional: the input does not show that sops publish was run",
    edges=_edges,
    explain=_explain,
)
