"""Create a token of Vault with policies that one's own has not, or without one that it has."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-token-creation",
    summary="a token of Vault creates another with other policies",
    effort=2,  # a token is created, as many do
    certainty="conditional where the dump lacks a policy of the token, and where others must"
    " approve",
    edges=gains_by("TOKEN_CREATION"),
    explain=explained("creates a token with other policies"),
)
