"""Make a credential of a role or a user of Vault that exists.

Precondition
    - auth/MOUNT/role/ROLE of an approle mount: the policies allow GET on role-id or POST on it, and
      POST on secret-id or custom-secret-id; a role that binds no secret id needs the first alone.
    - auth/MOUNT/users/NAME of a userpass mount: POST on password, or on the user with update.
    Then the attacker logs in with the policies of the role or the user.
Variants
    - Networks that the role binds are a condition.
Use
    vault read auth/approle/role/ROLE/role-id; vault write -f auth/approle/role/ROLE/secret-id; then
    vault write auth/approle/login role_id=ID secret_id=SECRET
Close
    Let one identity read the role id and another make secret ids; name the roles in the policy.
References
    https://developer.hashicorp.com/vault/api-docs/auth/approle
    https://developer.hashicorp.com/vault/api-docs/auth/userpass
    https://openbao.org/api-docs/auth/approle/
    MITRE ATT&CK T1098.001 (additional cloud credentials)
"""

from rbacgraph.stores.vault.escalations import EscalationKind
from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-credential",
    summary="a token of Vault makes a credential of a role or a user that exists",
    page=__doc__,
    effort=4,  # a user whose password changes is locked out
    certainty="conditional where the role binds networks, and where others must approve",
    edges=gains_by(EscalationKind.APPROLE_LOGIN, EscalationKind.USER_PASSWORD),
    explain=explained("makes a credential and logs in"),
)
