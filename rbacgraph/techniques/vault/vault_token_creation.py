"""Create a token of Vault with policies that one's own has not, or without one that it has.

Precondition
    - The policies allow POST on auth/token/create, auth/token/create-orphan, or
      auth/token/create/ROLE.
    - By the first two with sudo: any policy but root. Without sudo: some of the token's own
      policies: one may deny what another allows.
    - By a token role: what it allows, whether the creator has it or not. A role with
      disallowed_policies alone allows every other policy.
    - In a namespace below the token's own: only with sudo.
Variants
    - A token that is an orphan has no entity, and so none of the policies of that.
    - allowed_parameters and denied_parameters on policies, and the patterns of a token role, limit
      what can be named: a policy that is there, or a new one that the attacker writes first.
Use
    vault token create -policy=NAME [-role=ROLE] [-no-default-policy]
Close
    Give sudo on these paths to nobody; give token roles allowed_policies; put what must stay
    denied into the policies that allow, not into others.
References
    https://developer.hashicorp.com/vault/api-docs/auth/token
    https://openbao.org/api-docs/auth/token/
    MITRE ATT&CK T1528 (steal application access token)
"""

from rbacgraph.stores.vault.escalations import EscalationKind
from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-token-creation",
    summary="a token of Vault creates another with other policies",
    page=__doc__,
    effort=2,  # a token is created, as many do
    certainty="conditional where the dump lacks a policy of the token, and where others must"
    " approve",
    edges=gains_by(EscalationKind.TOKEN_CREATION),
    explain=explained("creates a token with other policies"),
)
