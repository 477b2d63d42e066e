"""Enable an auth method of Vault, and log in by it with any policy.

Precondition
    - The policies allow POST on sys/auth/PATH with update and sudo.
    - They allow POST with create on a user or a role below auth/PATH.
    rbacgraph tries userpass and approle, at each path that the stanzas tell apart and that no auth
    method has.
Use
    vault auth enable -path=PATH userpass; then
    vault write auth/PATH/users/ME password=PASSWORD token_policies=POLICY
Close
    Give sudo on sys/auth/* to administrators alone.
References
    https://developer.hashicorp.com/vault/api-docs/system/auth
    https://openbao.org/api-docs/system/auth/
    MITRE ATT&CK T1556 (modify authentication process)
"""

from rbacgraph.stores.vault.escalations import EscalationKind
from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-auth-method",
    summary="a token of Vault enables an auth method and logs in with any policy",
    page=__doc__,
    effort=4,  # a new auth method remains visible
    certainty="conditional where the dump lacks a policy of the token, and where others must"
    " approve",
    edges=gains_by(EscalationKind.AUTH_METHOD),
    explain=explained("enables an auth method and logs in"),
)
