"""Become, at a store outside, the identity that it gives to a ServiceAccount."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.stores.store_hops import explained, hops

EDGE = ObjectEdge(
    id="store-identity",
    summary="a store lets a ServiceAccount or a node in as an identity, which may become another",
    effort=2,  # a token is exchanged, which the store's log shows
    certainty="conditional on what the dump does not settle, such as networks",
    edges=hops("store-identity"),
    explain=explained,
)
