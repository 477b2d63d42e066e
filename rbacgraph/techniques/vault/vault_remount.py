"""Move a secrets engine of Vault to a path that one's own policies read.

Precondition
    - The policies allow POST on sys/remount with update and sudo.
    - They allow GET on the secret's path behind a mount that does not exist yet: neither used, nor
      below or above a mount, nor below auth/, sys/, identity/ and cubbyhole/.
Use
    vault secrets move kv/ free/; vault kv get free/PATH
Close
    Give sudo on sys/remount to administrators alone; do not allow paths of no mount.
References
    https://developer.hashicorp.com/vault/api-docs/system/remount
    https://openbao.org/api-docs/system/remount/
    MITRE ATT&CK T1555.006 (cloud secrets management stores)
"""

from rbacgraph.stores.vault.escalations import EscalationKind
from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-remount",
    summary="a token of Vault moves a mount to where it reads it",
    page=__doc__,
    effort=5,  # all who read the mount fail at once
    certainty="conditional where the dump lacks a policy of the token, and where others must"
    " approve",
    edges=gains_by(EscalationKind.MOUNT_MOVE),
    explain=explained("moves a mount and reads it"),
)
