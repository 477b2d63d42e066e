"""Write a role or a user of an auth method of Vault that gives any policy.

Precondition
    - The policies allow POST on the role or the user: create if it is new, update if it exists.
    - auth/MOUNT/role/ROLE of a kubernetes, jwt or oidc mount: the role may name the attacker's
      ServiceAccount, and the mount admits this cluster's.
    - auth/MOUNT/role/ROLE of an approle mount: the role may ask for no secret id; or the writer
      also gets the role id and a secret id.
    - auth/MOUNT/users/NAME of a userpass mount: with a password; or its policies and its password
      by two requests.
    - The stanza leaves token_policies, or its older name policies, to the writer.
Variants
    - A write that may not name policies lets the attacker log in to a role with those that it has.
    - allowed_parameters limit what can be named: a policy that is there, or a new one that the
      attacker writes first.
Use
    vault write auth/kubernetes/role/ROLE bound_service_account_names=NAME
    bound_service_account_namespaces=NAMESPACE token_policies=POLICY; then log in.
Close
    Let administrators alone write roles and users; or give each team a mount of its own in a
    namespace of its own.
References
    https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#create-update-role
    https://developer.hashicorp.com/vault/api-docs/auth/approle
    https://developer.hashicorp.com/vault/api-docs/auth/userpass
    https://openbao.org/api-docs/auth/kubernetes/
    MITRE ATT&CK T1098.003 (additional cloud roles)
"""

from rbacgraph.stores.vault.escalations import EscalationKind
from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-auth-role",
    summary="a token of Vault writes a role or a user that gives any policy",
    page=__doc__,
    effort=4,  # a role is made or changed, and remains visible
    certainty="conditional where the mount may be another cluster's, where the dump lacks"
    " what exists, and by networks",
    edges=gains_by(
        EscalationKind.AUTH_ROLE_WRITE, EscalationKind.APPROLE_WRITE, EscalationKind.USER_WRITE
    ),
    explain=explained("writes a role or a user and logs in"),
)
