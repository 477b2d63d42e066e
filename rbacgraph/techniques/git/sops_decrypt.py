"""Decrypt a file that SOPS encrypted, with the private key of one of its recipients.

Precondition
    - The private key of a recipient, or the right to decrypt with it in its store.
    - The file, from Git: everyone who reads the repository has it, in each revision.
    - Of a file with key groups: keys of as many groups as its shamir_threshold says.
    Where the file is a Secret, or a SopsSecret, it gives the Secret that the cluster makes of it;
    otherwise the content of the file. A Secret that names no namespace, as Kustomize and Flux set
    it, may be that of its name in any namespace: this is a further condition.
Variants
    - age and PGP: a private key, which works without any server, for good.
    - KMS of AWS, Google Cloud and Huawei Cloud, Azure Key Vault: the right to decrypt.
    - Transit of Vault and OpenBao: update on transit/decrypt/KEY.
Use
    SOPS_AGE_KEY_FILE=key.txt sops decrypt FILE
Close
    After a key was exposed: take it out of .sops.yaml, run sops updatekeys and sops rotate on each
    file, and change the values themselves, since old revisions remain.
References
    https://getsops.io/docs/#encrypting-using-age
    https://getsops.io/docs/#key-groups
    MITRE ATT&CK T1552.004 (private keys)
"""

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
    page=__doc__,
    effort=2,  # the file must be found first
    certainty="always conditional: the encrypted file must be at hand",
    edges=_edges,
    explain=_explain,
)
