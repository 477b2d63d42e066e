"""A technique of several parts needs each of them."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(_world: Facts) -> Iterator[Edge]:
    # The parts depend on the held compound rights, so the graph makes the edges.
    return iter(())


def _explain(_world: Facts, _source: Node, _target: Node, _basis: object) -> Explanation:
    return "is part of it", ()


EDGE = ObjectEdge(
    id="needs",
    summary="a technique of several parts needs each of them",
    effort=0,
    edges=_edges,
    explain=_explain,
)
