"""Read in a Helm release the values of a file that SOPS encrypts in Git.

Precondition
    - helmfile.yaml names the file in the secrets of the release, or in its values as secrets://;
    - or a HelmRelease of Flux does, in spec.chart.spec.valuesFiles.
    - The input holds the Secret, or ConfigMap, of the release.
    helm-secrets decrypts the file before Helm runs: SOPS protects the values in Git alone. The
    release holds them as the user's values, packed but not encrypted. Argo CD renders charts itself
    and makes no release.
Use
    helm get values RELEASE -n NAMESPACE
Close
    Treat the right to read Secrets of the namespace as the right to read the file; give charts the
    name of a Secret in place of its values.
References
    https://github.com/jkroepke/helm-secrets/wiki/Usage
    https://helmfile.readthedocs.io/en/latest/#secrets
    MITRE ATT&CK T1552.007 (container API)
"""

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
    page=__doc__,
    effort=1,  # the values are in the release, only packed
    certainty="always conditional: the input does not show with which file a revision was made",
    edges=_edges,
    explain=_explain,
)
