"""Write a policy of Vault that one's own token has.

Precondition
    - The policies of the token allow PUT on sys/policies/acl/NAME, or on the older
      sys/policy/NAME, where NAME is one of them, also one of its entity or groups, and default.
    - The stanza does not forbid the parameter that holds the text.
    Then the token may send every request in its namespace and in those below it: what other
    policies deny it does in an auth method or by a token of its own.
Variants
    - PUT and POST need update; create is not enough, since a write of a policy is never one.
    - OpenBao also takes PATCH, with patch.
Use
    vault policy write NAME everything.hcl; tokens that have the policy change at once.
Close
    Let nobody write policies by sys/policies/acl/*: name the policies, and none of the writer's.
    A deny on the writer's own policies closes the path that it names alone, not sys/policy.
References
    https://developer.hashicorp.com/vault/api-docs/system/policies
    https://openbao.org/api-docs/system/policies/
    MITRE ATT&CK T1098.003 (additional cloud roles)
"""

from rbacgraph.stores.vault.escalations import EscalationKind
from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-policy-write",
    summary="a token of Vault writes the text of a policy that it has",
    page=__doc__,
    effort=4,  # a policy changes, which its readers see
    certainty="conditional where the dump lacks a policy of the token, and where others must"
    " approve",
    edges=gains_by(EscalationKind.POLICY_WRITE),
    explain=explained("writes a policy that it has"),
)
