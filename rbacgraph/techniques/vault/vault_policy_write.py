"""Write a policy of Vault that one's own token has."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-policy-write",
    summary="a token of Vault writes the text of a policy that it has",
    effort=4,  # a policy changes, which its readers see
    certainty="conditional where the dump lacks a policy of the token, and where others must"
    " approve",
    edges=gains_by("POLICY_WRITE"),
    explain=explained("writes a policy that it has"),
)
