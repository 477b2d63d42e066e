"""A technique of several parts needs each of them.

Precondition
    - The source is one of the parts.
    The parts may belong to different identities, as long as one attacker controls them all: they
    meet in objects (a token Secret, a certificate request, a role), not in one request.
Use
    No step is needed.
Close
    Remove one of the parts.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/
"""

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
    page=__doc__,
    effort=0,
    edges=_edges,
    explain=_explain,
)
