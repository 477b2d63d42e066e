"""Edges by which a token of Vault obtains more, as its techniques share them."""

from collections.abc import Callable, Iterator

from rbacgraph.facts.external.vault_evidence import stanza_evidence
from rbacgraph.facts.external.vault_gains import VaultGain, gains_of_stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import GraphNode
from rbacgraph.stores.vault.escalations import EscalationKind
from rbacgraph.stores.vault.policies import VaultDecision
from rbacgraph.techniques.spec.technique import Edge, Explanation

Explain = Callable[[Facts, GraphNode, GraphNode, object], Explanation]


def gains_by(*kinds: EscalationKind) -> Callable[[Facts], Iterator[Edge]]:
    """Return the edges of some kinds of escalations."""

    def edges(world: Facts) -> Iterator[Edge]:
        for gains in world.part(gains_of_stores).values():
            for gain in gains.of(*kinds):
                yield gain.source, gain.target, gain, gain.condition

    return edges


def explained(words: str) -> Explain:
    """Return what explains such an edge: words, requests, and the stanzas that allow these."""

    def explain(
        _world: Facts, _source: GraphNode, _target: GraphNode, basis: object
    ) -> Explanation:
        assert isinstance(basis, VaultGain)
        return f"{words}: {sent_by(basis)}", evidence_of(basis)

    return explain


def sent_by(gain: VaultGain) -> str:
    """Return the requests in order."""
    return ", then ".join(f"{one.method} {one.path}" for one, _ in gain.requests)


def evidence_of(gain: VaultGain) -> tuple[Evidence, ...]:
    """Return the stanzas that allow the requests."""
    found = (
        one
        for request, stanzas in gain.requests
        for one in stanza_evidence(VaultDecision(allowed=True, rule=request.rule), stanzas)
    )
    return tuple(dict.fromkeys(found))
