"""Give one's own entity of Vault policies, groups, or the place of another entity.

Precondition
    - The policies allow POST with update, and the token has an entity, as every login gives one.
    - identity/entity, identity/entity/id/ID or identity/entity/name/NAME: of one's own entity,
      with policies.
    - identity/group and the paths below it: a group with the own entity as a member.
    - identity/entity-alias, identity/alias: the own alias is given to an entity that has none on
      the same mount.
    - identity/entity/merge: the own entity is merged into another.
Variants
    - Policies and groups count at once, also for live tokens; a moved alias at the next login.
    - Which entity is the token's own is known if the dump has it; else patterns alone count.
Use
    vault write identity/entity/id/ID policies=NAME
Close
    Let administrators alone write below identity/; a template in the path does not help if
    policies can be written.
References
    https://developer.hashicorp.com/vault/api-docs/secret/identity/entity
    https://developer.hashicorp.com/vault/api-docs/secret/identity/group
    https://openbao.org/api-docs/secret/identity/entity/
    MITRE ATT&CK T1098 (account manipulation)
"""

from rbacgraph.stores.vault.escalations import EscalationKind
from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-identity",
    summary="a token of Vault changes what its own entity is given",
    page=__doc__,
    effort=4,  # the entity or the group remains changed
    certainty="conditional where the dump lacks a policy of the token, and where others must"
    " approve",
    edges=gains_by(
        EscalationKind.ENTITY_WRITE,
        EscalationKind.GROUP_WRITE,
        EscalationKind.ALIAS_WRITE,
        EscalationKind.ENTITY_MERGE,
    ),
    explain=explained("changes what its entity is given"),
)
