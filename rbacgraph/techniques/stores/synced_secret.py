"""Read a secret of an outside store in the Secret that is made of it."""

from collections.abc import Iterator

from rbacgraph.facts.external.external_secrets import ExternalSecrets, Read
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import SECRET, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    for read in world.part(ExternalSecrets).reads:
        for name in read.secrets:
            source: Node = (SECRET, read.namespace, name)
            known = name in world.secret_numbers.get(read.namespace, ())
            if known and source != read.remote:
                yield source, read.remote, read, both(read.condition, _kept(read))


def _kept(read: Read) -> Condition:
    maker = read.maker
    name = maker.kind, read.namespace, maker.metadata.name
    return If.TEMPLATE_KEEPS_VALUE(*name) if maker.templated else CERTAIN


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Read)
    return "holds the store's value", (
        world.rbac.evidence(basis.maker, basis.maker.kind, f"reads {target[2]}"),
    )


EDGE = ObjectEdge(
    id="synced-secret",
    summary="a Secret holds what its operator read of a store outside the cluster",
    effort=1,  # the value is at hand
    certainty="conditional where the input does not show that the operator made the Secret, and"
    " where a template decides what is kept",
    edges=_edges,
    explain=_explain,
)
