"""Write a token role of Vault that allows any policy, and create a token by it.

Precondition
    - The policies allow POST on auth/token/roles/ROLE: create if the role is new, update if it
      exists.
    - They allow POST on auth/token/create/ROLE.
    - The stanza leaves one of allowed_policies, allowed_policies_glob and disallowed_policies to
      the writer.
Variants
    - One role may be written by one stanza and used by another: rbacgraph tries each name that
      the stanzas tell apart.
Use
    vault write auth/token/roles/ROLE allowed_policies=NAME; then
    vault token create -role=ROLE -policy=NAME
Close
    Let administrators alone write token roles.
References
    https://developer.hashicorp.com/vault/api-docs/auth/token#create-update-token-role
    https://openbao.org/api-docs/auth/token/
    MITRE ATT&CK T1098 (account manipulation)
"""

from rbacgraph.stores.vault.escalations import EscalationKind
from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-token-role",
    summary="a token of Vault writes a token role and creates a token by it",
    page=__doc__,
    effort=4,  # a role is made or changed, and remains visible
    certainty="conditional where the dump lacks what exists or a policy of the token, and"
    " where others must approve",
    edges=gains_by(EscalationKind.TOKEN_ROLE_WRITE),
    explain=explained("writes a token role and creates a token"),
)
