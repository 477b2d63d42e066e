"""Take from the cluster the key with which Flux or helm-secrets decrypts files of SOPS."""

from collections.abc import Iterator

from rbacgraph.facts.external.encrypted_files import EncryptedFiles, KeyHolder
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.world import Facts
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.node import SECRET, Node
from rbacgraph.model.stores.sops import FluxDecryption
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    external = world.part(ExternalSecrets)
    for one in world.part(EncryptedFiles).key_holders:
        yield one.holder, external.node(one.recipient), one, one.condition


def _explain(world: Facts, source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, KeyHolder)
    by, kind = basis.named_by, "Secret" if source[0] == SECRET else "ServiceAccount"
    detail = f"decrypts with {kind} {source[1]}/{source[2]}"
    if isinstance(by, Secret):
        evidence = world.rbac.evidence(by, "Secret", f"has {', '.join(by.keys or ())}")
    elif isinstance(by, FluxDecryption):
        evidence = Evidence("Kustomization", by.namespace, by.name, by.file, by.line, detail=detail)
    else:
        evidence = Evidence("File", "", by.file, by.file, by.line, detail=f"{detail}: {by.path}")
    return "has the key of a recipient", (evidence,)


EDGE = ObjectEdge(
    id="sops-key",
    summary="a Secret or an identity by which Flux or helm-secrets decrypts files of SOPS",
    effort=1,  # the key is at hand
    certainty="always conditional: which key it is, the input does not show",
    edges=_edges,
    explain=_explain,
)
