"""Give one's own entity of Vault policies, groups, or the place of another entity."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-identity",
    summary="a token of Vault changes what its own entity is given",
    effort=4,  # the entity or the group remains changed
    certainty="conditional where the dump lacks a policy of the token, and where others must"
    " approve",
    edges=gains_by(
        "ENTITY_WRITE",
        "GROUP_WRITE",
        "ALIAS_WRITE",
        "ENTITY_MERGE",
    ),
    explain=explained("changes what its entity is given"),
)
