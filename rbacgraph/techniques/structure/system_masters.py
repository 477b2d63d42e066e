"""Members of group system:masters may do everything; the server asks no authorizer."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import EVERYTHING, MASTERS, MASTERS_GRANT, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(_world: Facts) -> Iterator[Edge]:
    yield MASTERS_GRANT, EVERYTHING, None, CERTAIN


def _explain(_world: Facts, _source: Node, _target: Node, _basis: object) -> Explanation:
    detail = "built into the API server: no authorizer is asked about its members"
    return "can do everything", (Evidence("Group", "", MASTERS[2], detail=detail),)


EDGE = ObjectEdge(
    id="system-masters",
    summary="group system:masters controls the whole cluster",
    effort=1,  # no right is checked
    edges=_edges,
    explain=_explain,
)
