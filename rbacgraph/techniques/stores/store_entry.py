"""Come from a store's cloud into the cluster, as the user and groups of an identity there."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.stores.store_hops import explained, hops

EDGE = ObjectEdge(
    id="store-entry",
    summary="an identity of a cloud logs in to the cluster as a user and groups",
    effort=1,  # a usual login
    certainty="conditional where the input does not show which cluster of the dump it is",
    edges=hops("store-entry"),
    explain=explained,
)
