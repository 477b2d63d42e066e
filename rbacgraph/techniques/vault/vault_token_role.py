"""Write a token role of Vault that allows any policy, and create a token by it."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-token-role",
    summary="a token of Vault writes a token role and creates a token by it",
    effort=4,  # a role is made or changed, and remains visible
    certainty="conditional where the dump lacks what exists or a policy of the token, and"
    " where others must approve",
    edges=gains_by("TOKEN_ROLE_WRITE"),
    explain=explained("writes a token role and creates a token"),
)
