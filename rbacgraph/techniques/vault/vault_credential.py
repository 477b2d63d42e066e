"""Make a credential of a role or a user of Vault that exists."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-credential",
    summary="a token of Vault makes a credential of a role or a user that exists",
    effort=4,  # a user whose password changes is locked out
    certainty="conditional where the role binds networks, and where others must approve",
    edges=gains_by("APPROLE_LOGIN", "USER_PASSWORD"),
    explain=explained("makes a credential and logs in"),
)
