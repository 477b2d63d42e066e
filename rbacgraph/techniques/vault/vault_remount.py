"""Move a secrets engine of Vault to a path that one's own policies read."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-remount",
    summary="a token of Vault moves a mount to where it reads it",
    effort=5,  # all who read the mount fail at once
    certainty="conditional where the dump lacks a policy of the token, and where others must"
    " approve",
    edges=gains_by("MOUNT_MOVE"),
    explain=explained("moves a mount and reads it"),
)
