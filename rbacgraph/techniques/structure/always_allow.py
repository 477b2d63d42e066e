"""An API server with the authorizer AlwaysAllow lets every authenticated user do everything."""

from collections.abc import Iterator

from rbacgraph.authz.always_allow import Opening, opening
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import AUTHENTICATED, EVERYTHING, GRANT, UNAUTHENTICATED, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

GRANTS: dict[Node, Node] = {
    AUTHENTICATED: (GRANT, "", "AlwaysAllow"),
    UNAUTHENTICATED: (GRANT, "", "AlwaysAllow without credentials"),
}
"""The grant of each group."""


def openings(world: Facts) -> Iterator[tuple[Node, Opening]]:
    """Yield the groups that may do everything, each with an API server that allows it."""
    for group in GRANTS:
        found = opening(world.snapshot, anonymous=group == UNAUTHENTICATED)
        if found is not None:
            yield group, found


def _edges(world: Facts) -> Iterator[Edge]:
    for group, found in openings(world):
        yield GRANTS[group], EVERYTHING, found, found.condition


def _explain(world: Facts, _source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Opening)
    return "can do everything", (basis.evidence(world.snapshot),)


EDGE = ObjectEdge(
    id="always-allow",
    summary="an API server that authorizes by AlwaysAllow lets everybody do everything",
    effort=1,  # no right is checked
    certainty="conditional behind a webhook, or where the Pod mirrors no static Pod",
    edges=_edges,
    explain=_explain,
)
