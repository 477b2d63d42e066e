"""Change, at a store outside, what decides on an identity, a secret or a cluster there."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.stores.store_hops import explained, hops

EDGE = ObjectEdge(
    id="store-gain",
    summary="an identity at a store changes there what it, or another one, may do",
    effort=5,  # a policy changes, which remains visible and stands in the store's log
    certainty="conditional on what the dump does not settle, such as the cluster or networks",
    edges=hops("store-gain"),
    explain=explained,
)
