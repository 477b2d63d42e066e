"""Take from the cluster the key with which Flux or helm-secrets decrypts files of SOPS.

Precondition
    - A Kustomization of Flux names the Secret in spec.decryption.secretRef;
    - or a key of the Secret is called as Flux wants it;
    - or a values file of helm-secrets names it: secrets+age-import-kubernetes://NS/NAME#KEY?FILE;
    - or a Kustomization names the ServiceAccount in spec.decryption.serviceAccountName.
    Which key the Secret holds is in its value, which rbacgraph never reads: each recipient of the
    input's files whose kind fits a key's name may be it.
Variants
    - *.agekey: private keys of age. *.asc: private keys of PGP.
    - sops.vault-token, sops.aws-kms, sops.azure-kv, sops.gcp-kms: a credential for the store.
    - A ServiceAccount: its identity in the cloud, which the cloud's policies let decrypt.
Use
    kubectl get secret sops-age -n flux-system -o yaml
Close
    Give each environment its own key and its own files; let nobody read Secrets of the namespace of
    Flux; prefer a key in a KMS, whose use is logged.
References
    https://fluxcd.io/flux/components/kustomize/kustomizations/#decryption
    https://github.com/jkroepke/helm-secrets/wiki/ArgoCD-Integration
    MITRE ATT&CK T1552.004 (private keys)
"""

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
    page=__doc__,
    effort=1,  # the key is at hand
    certainty="always conditional: which key it is, the input does not show",
    edges=_edges,
    explain=_explain,
)
