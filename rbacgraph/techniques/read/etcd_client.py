"""Read and write the cluster's etcd with the client certificate that a Secret holds."""

from collections.abc import Iterator

from rbacgraph.facts.cluster_secrets.etcd import etcd_key
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.node import EVERYTHING, SECRET, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    for secret in world.snapshot.secrets:
        found = etcd_key(secret)
        if found is not None:
            namespace, name = secret.metadata.namespace, secret.metadata.name
            condition = If.ETCD_IS_REACHED(namespace, name)
            yield (SECRET, namespace, name), EVERYTHING, (secret, found), condition


def _explain(world: Facts, _source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, tuple)
    secret, key = basis
    return "holds a client certificate of etcd", (
        world.rbac.evidence(secret, "Secret", f"private key {key}"),
    )


EDGE = ObjectEdge(
    id="etcd-client",
    summary="a Secret with a client certificate of etcd gives all that is kept there",
    effort=2,  # etcd is reached without the API server, and so without its log
    certainty="always conditional: whose etcd it is, and whether it can be reached, is not known",
    edges=_edges,
    explain=_explain,
)
