"""Read a secret of Vault or OpenBao with a token whose policies allow it."""

from collections.abc import Iterator

from rbacgraph.facts.external.vault_evidence import stanza_evidence
from rbacgraph.facts.external.vault_gains import gains_of_stores
from rbacgraph.facts.external.vault_tokens import TokenRead, tokens_of_stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import GraphNode, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    for at, gains in world.part(gains_of_stores).items():
        tokens = world.part(tokens_of_stores)[at]
        for node, token in gains.tokens.items():
            for one in tokens.reads(token):
                yield node, one.target, one, one.condition


def _explain(_world: Facts, _source: GraphNode, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, TokenRead)
    if basis.decision is None:
        return "has a policy that is not in the input", ()
    evidence = tuple(stanza_evidence(basis.decision, basis.stanzas))
    return f"may {basis.method} {basis.path} by its policies", evidence


EDGE = ObjectEdge(
    id="vault-policy",
    summary="a token of Vault reads what its policies allow",
    effort=1,  # one read
    certainty="conditional where the dump lacks a policy of the token, where others must approve,"
    " and where objects name the path at an address that may be another server's",
    edges=_edges,
    explain=_explain,
)
