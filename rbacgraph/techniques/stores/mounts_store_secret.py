"""Read in a Pod what a driver or an agent writes into its files from a store outside."""

from collections.abc import Iterator

from rbacgraph.facts.external.external_secrets import ExternalSecrets, PodRead
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import both
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    for one in world.part(ExternalSecrets).pod_reads:
        if one.runner.running is not None:
            yield one.runner.number, one.remote, one, both(one.runner.running, one.condition)


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, PodRead)
    runner, maker = basis.runner, basis.maker
    how = (
        f"mounts SecretProviderClass {maker.metadata.name}" if maker else "annotated for the agent"
    )
    evidence = [world.rbac.evidence(runner.obj, runner.kind, how)]
    if maker:
        evidence.append(world.rbac.evidence(maker, maker.kind, f"reads {target[2]}"))
    return "has the store's value in a file", tuple(evidence)


EDGE = ObjectEdge(
    id="mounts-store-secret",
    summary="a Pod has secrets of an outside store in its files",
    effort=1,  # a file at hand
    certainty="conditional where the input does not show that the injector added its agent",
    edges=_edges,
    explain=_explain,
)
