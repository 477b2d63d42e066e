"""Edges that dumps of stores show, whatever the store is, as its techniques share them."""

from collections.abc import Callable, Iterator

from rbacgraph.facts.external.stores import StoreHop, Stores, StoreStep
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import GraphNode
from rbacgraph.techniques.spec.technique import Edge, Explanation


def hops(step: StoreStep) -> Callable[[Facts], Iterator[Edge]]:
    """Return the edges of a technique that every store serves."""

    def edges(world: Facts) -> Iterator[Edge]:
        for store in world.part(Stores):
            for one in store.hops(step):
                yield one.source, one.target, one, one.condition

    return edges


def explained(world: Facts, _source: GraphNode, _target: GraphNode, basis: object) -> Explanation:
    """Return what the store says of such an edge."""
    assert isinstance(basis, StoreHop)
    return world.part(Stores).explain(basis)
