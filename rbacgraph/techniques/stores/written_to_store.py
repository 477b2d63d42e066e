"""Know a secret of a store from the Secret of the cluster that is copied to it."""

from collections.abc import Iterator

from rbacgraph.facts.external.external_secrets import ExternalSecrets, Pushed
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import SECRET, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    for one in world.part(ExternalSecrets).pushes:
        if one.secret is not None and one.remote != (SECRET, *one.secret):
            yield (SECRET, *one.secret), one.remote, one, one.condition


def _explain(world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Pushed)
    detail = f"writes Secret {source[1]}/{source[2]} to {target[2]}"
    return "is what is written to the store", (
        world.rbac.evidence(basis.push, basis.push.kind, detail),
    )


EDGE = ObjectEdge(
    id="written-to-store",
    summary="a Secret is what a PushSecret writes to a secret of a store",
    effort=1,  # the value is at hand
    certainty="conditional where the input does not show that the operator wrote it",
    edges=_edges,
    explain=_explain,
)
