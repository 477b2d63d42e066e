"""Edges by which a token of Vault obtains more, as its techniques share them."""

from collections.abc import Callable, Iterator

from rbacgraph.facts.external.vault_gains import VaultGain, VaultGains
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import GraphNode
from rbacgraph.stores.vault.escalations import EscalationKind
from rbacgraph.stores.vault.policies import VaultDecision
from rbacgraph.techniques.spec.technique import Edge, Explanation
from rbacgraph.techniques.stores.wording import stanza_evidence

Explain = Callable[[Facts, GraphNode, GraphNode, object], Explanation]


def gains_by(*kinds: EscalationKind) -> Callable[[Facts], Iterator[Edge]]:
    """Return the edges of some kinds of escalations."""

    def edges(world: Facts) -> Iterator[Edge]:
        if world.snapshot.vault is not None:
            for gain in world.part(VaultGains).of(*kinds):
                yield gain.source, gain.target, gain, gain.condition

    return edges


def explained(words: str) -> Explain:
    """Return what explains such an edge: words, requests, and the stanzas that allow these."""

    def explain(
        _world: Facts, _source: GraphNode, _target: GraphNode, basis: object
    ) -> Explanation:
        assert isinstance(basis, VaultGain)
        sent = ", then ".join(f"{one.method} {one.path}" for one, _ in basis.requests)
        evidence = tuple(
            found
            for request, stanzas in basis.requests
            for found in stanza_evidence(VaultDecision(allowed=True, rule=request.rule), stanzas)
        )
        return f"{words}: {sent}", tuple(dict.fromkeys(evidence))

    return explain
