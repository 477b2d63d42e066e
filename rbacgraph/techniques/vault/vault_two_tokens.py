"""Use two tokens of Vault in turn, where neither may send all requests of an escalation.

Precondition
    - The attacker has both tokens: one ServiceAccount may log in to several roles, and several
      ServiceAccounts may be the attacker's.
    - One token may send what the other may not: it reads an AppRole's role id while the other makes
      a secret id; it writes a policy that the other has, or that the other may give within the
      limits of its rules; it enables an auth method in which the other writes a user.
Variants
    - rbacgraph joins two tokens, not three.
Use
    As with one token: rbacgraph explain vault-policy-write, vault-credential, vault-auth-method and
    vault-token-role.
Close
    What closes either half.
References
    https://developer.hashicorp.com/vault/docs/concepts/policies
    https://openbao.org/docs/concepts/policies/
    MITRE ATT&CK T1098 (account manipulation)
"""

from collections.abc import Iterator
from itertools import chain

from rbacgraph.facts.external.vault_gains import gains_of_stores
from rbacgraph.facts.world import Facts
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.vault.vault_gains_edges import evidence_of, sent_by


def _joins(world: Facts, _present: HeldCompoundRights) -> Iterator[Hyperarc]:
    every = [gains.joint.values() for gains in world.part(gains_of_stores).values()]
    for tokens, gain in chain.from_iterable(every):
        name = (*tokens, gain.target)  # nodes: a token and a choice may have equal keys
        words = f"uses two tokens in turn: {sent_by(gain)}"
        evidence = evidence_of(gain)
        yield Hyperarc(tokens, (gain.target,), words, "", name, gain.condition, evidence)


EDGE = Conjunction(
    id="vault-two-tokens",
    summary="two tokens of Vault obtain together what neither does alone",
    page=__doc__,
    effort=5,  # something is made or changed, by two identities
    certainty="conditional where the dump lacks a policy of a token, and where others must approve",
    abilities=(),
    joins=_joins,
)
