"""Enable an auth method of Vault, and log in by it with any policy."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-auth-method",
    summary="a token of Vault enables an auth method and logs in with any policy",
    effort=4,  # a new auth method remains visible
    certainty="conditional where the dump lacks a policy of the token, and where others must"
    " approve",
    edges=gains_by("AUTH_METHOD"),
    explain=explained("enables an auth method and logs in"),
)
