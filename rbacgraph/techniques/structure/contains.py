"""What gives a whole collection gives each of its members."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(_world: Facts) -> Iterator[Edge]:
    # A collection has edges only where some rule leads to it, so the graph makes them.
    return iter(())


def _explain(_world: Facts, _source: Node, _target: Node, _basis: object) -> Explanation:
    return "contains it", ()


EDGE = ObjectEdge(
    id="contains",
    summary="a collection gives each of its members",
    effort=0,
    certainty="conditional for a ServiceAccount or a running Pod that the input does not show",
    edges=_edges,
    explain=_explain,
)
