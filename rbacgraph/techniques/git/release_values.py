"""Read in a Helm release the values of a file that SOPS encrypts in Git."""

from collections.abc import Iterator

from rbacgraph.facts.external.encrypted_files import EncryptedFiles, ReleasedValues
from rbacgraph.facts.world import Facts
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import Node
from rbacgraph.techniques.git.same_ways import each_once
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    released = world.part(EncryptedFiles).released
    yield from each_once((one.holder, one.target, one, one.condition) for one in released)


def _explain(_world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, ReleasedValues)
    file, line = basis.line
    detail = f"gives the release of {source[2]} the values of {target[2]}"
    return "holds the file's values", (Evidence("File", "", file, file, line, detail=detail),)


EDGE = ObjectEdge(
    id="release-values",
    summary="a Helm release holds the values of an encrypted file",
    effort=1,  # the values are in the release, only packed
    certainty="always conditional: the input does not show with which file a revision was made",
    edges=_edges,
    explain=_explain,
)
