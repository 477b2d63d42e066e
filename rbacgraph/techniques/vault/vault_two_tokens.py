"""Use two tokens of Vault in turn, where neither may send all requests of an escalation."""

from collections.abc import Iterator
from itertools import chain

from rbacgraph.facts.world import Facts
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.vault.vault_gains_edges import evidence_of, gains_of, sent_by


def _joins(world: Facts, _present: HeldCompoundRights) -> Iterator[Hyperarc]:
    every = [gains.joint.values() for gains in gains_of(world).values()]
    for tokens, gain in chain.from_iterable(every):
        name = (*tokens, gain.target)  # nodes: a token and a choice may have equal keys
        words = f"uses two tokens in turn: {sent_by(gain)}"
        evidence = evidence_of(gain)
        yield Hyperarc(tokens, (gain.target,), words, "", name, gain.condition, evidence)


EDGE = Conjunction(
    id="vault-two-tokens",
    summary="two tokens of Vault obtain together what neither does alone",
    effort=5,  # something is made or changed, by two identities
    certainty="conditional where the dump lacks a policy of a token, and where others must approve",
    abilities=(),
    joins=_joins,
)
