"""Read the storage of Vault below all its policies.

Precondition
    - The policies allow GET on sys/raw/* with sudo, in the root namespace.
    - The configuration of the server has raw_storage_endpoint = true: the dump does not show it.
    The storage is shown as it is behind the seal: policies, roles and values.
Use
    vault list sys/raw/logical; vault read sys/raw/logical/UUID/PATH
Close
    Leave raw_storage_endpoint out; give sudo on sys/raw to nobody.
References
    https://developer.hashicorp.com/vault/api-docs/system/raw
    https://openbao.org/api-docs/system/raw/
    MITRE ATT&CK T1555.006 (cloud secrets management stores)
"""

from rbacgraph.stores.vault.escalations import EscalationKind
from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-raw-storage",
    summary="a token of Vault reads the storage below all policies",
    page=__doc__,
    effort=4,  # what is read must be put together
    certainty="always conditional: on the configuration of the server",
    edges=gains_by(EscalationKind.RAW_STORAGE),
    explain=explained("reads the raw storage"),
)
