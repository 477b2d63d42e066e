"""Edges by which a token of Vault obtains more, as its techniques share them.

What knows Vault is imported once an input holds a dump of it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from rbacgraph.facts.world import Facts
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import GraphNode
from rbacgraph.techniques.spec.technique import Edge, Explanation

if TYPE_CHECKING:
    from rbacgraph.facts.external.vault_gains import VaultGain, VaultGains
    from rbacgraph.facts.external.vault_tokens import VaultTokens

Explain = Callable[[Facts, GraphNode, GraphNode, object], Explanation]


def tokens_of(world: Facts) -> "Mapping[str, VaultTokens]":
    """Return the tokens of each dump of Vault, by the address that their nodes have."""
    if not world.snapshot.stores:
        return {}
    from rbacgraph.facts.external.vault_tokens import tokens_of_stores

    return world.part(tokens_of_stores)


def gains_of(world: Facts) -> "Mapping[str, VaultGains]":
    """Return what tokens obtain at the server of each dump, by that address."""
    if not world.snapshot.stores:
        return {}
    from rbacgraph.facts.external.vault_gains import gains_of_stores

    return world.part(gains_of_stores)


def gains_by(*kinds: str) -> Callable[[Facts], Iterator[Edge]]:
    """Return the edges of some kinds of escalations: names of ``EscalationKind``."""

    def edges(world: Facts) -> Iterator[Edge]:
        for gains in gains_of(world).values():
            for gain in gains.of(*kinds):
                yield gain.source, gain.target, gain, gain.condition

    return edges


def explained(words: str) -> Explain:
    """Return what explains such an edge: words, requests, and the stanzas that allow these."""

    def explain(
        _world: Facts, _source: GraphNode, _target: GraphNode, basis: object
    ) -> Explanation:
        from rbacgraph.facts.external.vault_gains import VaultGain

        assert isinstance(basis, VaultGain)
        return f"{words}: {sent_by(basis)}", evidence_of(basis)

    return explain


def sent_by(gain: "VaultGain") -> str:
    """Return the requests in order."""
    return ", then ".join(f"{one.method} {one.path}" for one, _ in gain.requests)


def evidence_of(gain: "VaultGain") -> tuple[Evidence, ...]:
    """Return the stanzas that allow the requests."""
    from rbacgraph.facts.external.vault_evidence import stanza_evidence
    from rbacgraph.stores.vault.policies import VaultDecision

    found = (
        one
        for request, stanzas in gain.requests
        for one in stanza_evidence(VaultDecision(allowed=True, rule=request.rule), stanzas)
    )
    return tuple(dict.fromkeys(found))
