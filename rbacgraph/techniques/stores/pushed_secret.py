"""Read a Secret of the cluster in the store to which it is copied."""

from collections.abc import Iterator

from rbacgraph.facts.external.external_secrets import ExternalSecrets, Pushed
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import SECRET, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    for one in world.part(ExternalSecrets).pushes:
        if one.secret is not None and one.remote != (SECRET, *one.secret):
            yield one.remote, (SECRET, *one.secret), one, one.condition


def _explain(world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Pushed)
    detail = f"writes Secret {target[1]}/{target[2]} to {source[2]}"
    return "is a copy of the Secret", (world.rbac.evidence(basis.push, basis.push.kind, detail),)


EDGE = ObjectEdge(
    id="pushed-secret",
    summary="a store's secret is a copy of a Secret that a PushSecret writes to it",
    effort=1,  # the value is known
    certainty="conditional where the input does not show that the operator wrote it",
    edges=_edges,
    explain=_explain,
)
