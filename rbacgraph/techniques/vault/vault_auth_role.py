"""Write a role or a user of an auth method of Vault that gives any policy."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-auth-role",
    summary="a token of Vault writes a role or a user that gives any policy",
    effort=4,  # a role is made or changed, and remains visible
    certainty="conditional where the mount may be another cluster's, where the dump lacks"
    " what exists, and by networks",
    edges=gains_by("AUTH_ROLE_WRITE", "APPROLE_WRITE", "USER_WRITE"),
    explain=explained("writes a role or a user and logs in"),
)
