"""Read the storage of Vault below all its policies."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-raw-storage",
    summary="a token of Vault reads the storage below all policies",
    effort=4,  # what is read must be put together
    certainty="always conditional: on the configuration of the server",
    edges=gains_by("RAW_STORAGE"),
    explain=explained("reads the raw storage"),
)
